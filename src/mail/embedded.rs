//! Files and signatures inside a text: uuencode, yEnc, and OpenPGP's clear-signed form.

use memchr::memmem;

use super::{Attachment, attachments, transfer};

/// Most files taken out of one text.
const MOST_FILES: usize = 50;

/// What a text is without the files in it.
pub(super) struct Extracted {
    pub(super) text: Vec<u8>,
    pub(super) files: Vec<Attachment>,
}

/// Takes out what isn't text; `None` where all is.
pub(super) fn extract(text: &[u8]) -> Option<Extracted> {
    if memmem::find(text, b"begin ").is_none() && memmem::find(text, b"=ybegin ").is_none() {
        return None;
    }
    let mut kept = Vec::with_capacity(text.len());
    let mut files = Vec::new();
    let mut rest = text;
    // a file without an end is none, and then neither is any that begins behind it
    let mut ends = true;
    while !rest.is_empty() {
        let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
        let (line, tail) = rest.split_at(end);
        let taken = if files.len() >= MOST_FILES {
            None
        } else if let Some(name) = uu_name(line, tail) {
            take_uu(&name, tail)
        } else if ends && line.starts_with(b"=ybegin ") {
            let taken = take_yenc(line, tail);
            ends = taken.is_some();
            taken
        } else {
            None
        };
        match taken {
            Some((file, after)) => {
                files.push(file);
                rest = after;
            }
            None => {
                kept.extend_from_slice(line);
                rest = tail;
            }
        }
    }
    (!files.is_empty()).then_some(Extracted { text: kept, files })
}

/// The name in `begin 644 name`, where a line of uuencode follows.
fn uu_name(line: &[u8], tail: &[u8]) -> Option<String> {
    let rest = line.strip_prefix(b"begin ")?;
    let mode = rest.iter().take_while(|b| b.is_ascii_digit()).count();
    let name = rest.get(mode..)?.strip_prefix(b" ")?;
    let first = &tail[..memchr::memchr(b'\n', tail)?];
    let data = is_uu_line(first) || first.trim_ascii() == b"end";
    ((3..=4).contains(&mode) && data).then(|| String::from_utf8_lossy(name).trim().to_owned())
}

/// Whether a line's length is what its first character says; blanks at its end may have been lost.
fn is_uu_line(line: &[u8]) -> bool {
    let line = line.trim_ascii_end();
    let Some((&first, digits)) = line.split_first() else {
        return false;
    };
    let bytes = usize::from(first.wrapping_sub(b' ') & 0x3f);
    let full = bytes.div_ceil(3) * 4;
    (0x20..=0x60).contains(&first)
        && digits.iter().all(|b| (0x20..=0x60).contains(b))
        && digits.len() <= full + 2
        && digits.len() + 3 > full / 2
}

fn take_uu<'a>(name: &str, tail: &'a [u8]) -> Option<(Attachment, &'a [u8])> {
    let mut at = 0;
    loop {
        let rest = &tail[at..];
        let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
        let line = rest[..end].trim_ascii_end();
        let last = line == b"end" || rest.is_empty();
        if last || !(is_uu_line(line) || line.is_empty() || line == b"`") {
            let bytes = transfer::uuencoded(&tail[..at]);
            let after = at + if line == b"end" { end } else { 0 };
            let file = attachments::found(Some(name), "application/octet-stream", &bytes);
            return Some((file, &tail[after..]));
        }
        at += end;
    }
}

/// yEnc: every byte 42 higher, critical ones escaped (<http://www.yenc.org/yenc-draft.1.3.txt>).
fn take_yenc<'a>(begin: &[u8], tail: &'a [u8]) -> Option<(Attachment, &'a [u8])> {
    let name = memmem::find(begin, b" name=")
        .map(|at| String::from_utf8_lossy(&begin[at + 6..]).trim().to_owned());
    let end = memmem::find(tail, b"\n=yend")?;
    let mut bytes = Vec::with_capacity(end);
    for line in tail[..end].split(|b| *b == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.starts_with(b"=ypart ") {
            continue;
        }
        let mut escaped = false;
        for byte in line {
            match (escaped, byte) {
                (false, b'=') => escaped = true,
                (false, byte) => bytes.push(byte.wrapping_sub(42)),
                (true, byte) => {
                    bytes.push(byte.wrapping_sub(42 + 64));
                    escaped = false;
                }
            }
        }
    }
    let after = &tail[end + 1..];
    let after = &after[memchr::memchr(b'\n', after).map_or(after.len(), |at| at + 1)..];
    Some((
        attachments::found(name.as_deref(), "application/octet-stream", &bytes),
        after,
    ))
}

/// The signed text without its armour (RFC 9580 §7); `None` where there is none.
pub(super) fn clear_signed(text: &str) -> Option<String> {
    let (before, rest) = text.split_once("-----BEGIN PGP SIGNED MESSAGE-----")?;
    let (body, after) = rest.split_once("-----BEGIN PGP SIGNATURE-----")?;
    let after = after
        .split_once("-----END PGP SIGNATURE-----")
        .map_or("", |(_, after)| after);
    // the armour's own headers end at an empty line
    let body = body.trim_start_matches([' ', '\r']);
    let body = body
        .split_once("\n\n")
        .or_else(|| body.split_once("\r\n\r\n"))
        .map_or(body, |(_, body)| body);
    let mut out = before.to_owned();
    for line in body.lines() {
        // lines that began with a dash were escaped (§7.2)
        out.push_str(line.strip_prefix("- ").unwrap_or(line));
        out.push('\n');
    }
    out.push_str(after);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_in_a_text_are_taken_out() {
        let text = b"Hello\nbegin 644 cat.txt\n#0V%T\n`\nend\nbegin here, please\nBye\n";
        let found = extract(text).unwrap();
        assert_eq!(found.text, b"Hello\nbegin here, please\nBye\n");
        assert_eq!(found.files[0].filename.as_deref(), Some("cat.txt"));
        assert_eq!(found.files[0].size, 3);
        let yenc = b"a\n=ybegin line=128 size=3 name=cat.txt\n\x6d\x8b=\xde\n=yend size=3\nb\n";
        let found = extract(yenc).unwrap();
        assert_eq!(found.text, b"a\nb\n");
        assert_eq!(
            found.files[0],
            attachments::found(
                Some("cat.txt"),
                "application/octet-stream",
                b"Cat"[..2]
                    .iter()
                    .copied()
                    .chain([0x74])
                    .collect::<Vec<_>>()
                    .as_slice()
            )
        );
        assert!(extract(b"begin 644 x\nordinary text follows here\n").is_none());
        assert!(extract(b"let us begin now").is_none());
    }

    #[test]
    fn a_clear_signed_text_is_read_without_its_armour() {
        let text = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nHello\n- - a dash\n\
                    -----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\n";
        assert_eq!(clear_signed(text).as_deref(), Some("Hello\n- a dash\n\n"));
        assert_eq!(clear_signed("plain"), None);
    }
}
