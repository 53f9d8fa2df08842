//! The fields at the head of a message or part, as they stand: in order, undecoded, never copied
//! unless they are folded.

use std::borrow::Cow;

use memchr::{memchr, memrchr};

use super::charset;

/// Most fields kept of one head; the screen refuses messages with more.
const MOST_FIELDS: usize = 10_000;

/// The fields of one head, topmost first.
#[derive(Debug, Default, Clone)]
pub(super) struct Headers<'a> {
    fields: Vec<(&'a str, &'a [u8])>,
}

impl<'a> Headers<'a> {
    /// The fields at the start of a message or part, and where its body begins.
    pub(super) fn split(raw: &'a [u8]) -> (Headers<'a>, usize) {
        let mut fields: Vec<(&'a str, &'a [u8])> = Vec::new();
        let mut start = envelope_line(raw);
        while let Some(line) = raw.get(start..).filter(|rest| !rest.is_empty()) {
            let end = memchr(b'\n', line).map_or(raw.len(), |at| start + at + 1);
            let line = trim_line_end(&raw[start..end]);
            if line.is_empty() {
                return (Headers { fields }, end);
            }
            if let Some((name, value)) = name_and_value(line) {
                if fields.len() < MOST_FIELDS {
                    fields.push((name, value));
                }
            } else if line.starts_with(b" ") || line.starts_with(b"\t") || wrapped(raw, end) {
                // folded (RFC 5322 §2.2.3), or wrapped by a careless client without the indent
                if let Some((_, value)) = fields.last_mut() {
                    let from = offset(raw, value);
                    *value = trim_line_end(&raw[from..end]);
                } else if let Some(field) = name_and_value(line.trim_ascii_start()) {
                    fields.push(field);
                }
            } else {
                // no field, so the body has begun without the empty line
                return (Headers { fields }, start);
            }
            start = end;
        }
        (Headers { fields }, raw.len())
    }

    pub(super) fn of(raw: &'a [u8]) -> Headers<'a> {
        Headers::split(raw).0
    }

    pub(super) fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Every field with its value, topmost first, as bytes, still folded.
    pub(super) fn fields(&self) -> impl Iterator<Item = (&'a str, &'a [u8])> {
        self.fields.iter().copied()
    }

    /// The topmost value of a field, as bytes, still folded.
    pub(super) fn raw(&self, name: &str) -> Option<&'a [u8]> {
        self.raw_all(name).next()
    }

    /// Every value of a field, topmost first, as bytes, still folded.
    pub(super) fn raw_all(&self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        self.fields
            .iter()
            .filter(move |(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, value)| *value)
    }

    /// The topmost value of a field, unfolded.
    pub(super) fn first(&self, name: &str) -> Option<Cow<'a, str>> {
        self.raw(name).map(unfolded)
    }

    /// Every value of a field, topmost first, unfolded.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = Cow<'a, str>> {
        self.raw_all(name).map(unfolded)
    }

    /// Message-IDs in a field, without their brackets, in order, each once.
    pub(super) fn message_ids(&self, name: &str, most: usize) -> Vec<String> {
        let mut ids: Vec<String> = Vec::new();
        for id in self
            .all(name)
            .flat_map(|value| message_ids(&value))
            .take(most)
        {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        ids
    }

    /// The message's own Message-ID; `None` where it has none, or several: whoever sends a mail on may put another above
    /// the one that is signed.
    pub(super) fn message_id(&self) -> Option<String> {
        let ids = self.message_ids("message-id", 2);
        <[String; 1]>::try_from(ids).ok().map(|[id]| id)
    }

    /// All values with bytes beyond ASCII, for a guess at the charset nobody named.
    pub(super) fn raw_eight_bit(&self) -> impl Iterator<Item = &'a [u8]> {
        self.fields
            .iter()
            .map(|(_, value)| *value)
            .filter(|value| !value.is_ascii())
    }
}

/// Message-IDs in a text: what stands in angle brackets, or, where there are none, words with an @.
pub(super) fn message_ids(text: &str) -> Vec<String> {
    let usable = |id: &str| {
        (3..=998).contains(&id.len())
            && id.contains('@')
            && !id
                .chars()
                .any(|c| c.is_control() || c.is_whitespace() || super::clean::is_invisible(c))
    };
    let bracketed: Vec<String> = text
        .split('<')
        .skip(1)
        .filter_map(|rest| rest.split_once('>'))
        // a broken client may have folded inside the brackets
        .map(|(id, _)| id.split_whitespace().collect::<String>())
        .filter(|id| usable(id))
        .collect();
    if !bracketed.is_empty() {
        return bracketed;
    }
    text.split([' ', '\t', ',', ';'])
        .map(|word| word.trim_matches(['<', '>', '"']))
        .filter(|word| usable(word))
        .map(str::to_owned)
        .collect()
}

/// A field's value on one line (RFC 5322 §2.2.3), bytes beyond ASCII read as UTF-8 where they are.
pub(super) fn unfolded(value: &[u8]) -> Cow<'_, str> {
    let value = value.trim_ascii();
    if memchr(b'\n', value).is_none() {
        return String::from_utf8_lossy(value);
    }
    let text = String::from_utf8_lossy(value);
    text.split('\n')
        .map(|line| line.trim_end_matches('\r'))
        .enumerate()
        .fold(String::with_capacity(text.len()), |mut all, (i, line)| {
            if i > 0 {
                all.push(' ');
            }
            all.push_str(if i > 0 { line.trim_start() } else { line });
            all
        })
        .into()
}

/// A field's value on one line, bytes beyond ASCII read in the charset that they seem to have.
pub(super) fn unfolded_guessing(value: &[u8], hint: Option<&'static str>) -> String {
    if std::str::from_utf8(value).is_ok() {
        return unfolded(value).into_owned();
    }
    unfolded(charset::decode(value, hint).text.as_bytes()).into_owned()
}

/// The length of an mbox separator (`From wang Mon …`) before the first field.
fn envelope_line(raw: &[u8]) -> usize {
    if raw.starts_with(b"From ") || raw.starts_with(b">From ") {
        memchr(b'\n', raw).map_or(raw.len(), |at| at + 1)
    } else {
        0
    }
}

fn name_and_value(line: &[u8]) -> Option<(&str, &[u8])> {
    let colon = memchr(b':', line)?;
    let name = line[..colon].trim_ascii_end();
    let printable = !name.is_empty() && name.iter().all(u8::is_ascii_graphic);
    let name = std::str::from_utf8(name).ok().filter(|_| printable)?;
    Some((name, &line[colon + 1..]))
}

/// Whether a line that is no field stands in the middle of fields: another follows it.
fn wrapped(raw: &[u8], next: usize) -> bool {
    let rest = &raw[next..];
    let line = &rest[..memchr(b'\n', rest).unwrap_or(rest.len())];
    name_and_value(line).is_some_and(|(name, _)| {
        name.len() > 1 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    })
}

fn trim_line_end(line: &[u8]) -> &[u8] {
    let end = match memrchr(b'\n', line) {
        Some(at) if at + 1 == line.len() => at,
        _ => line.len(),
    };
    line[..end].strip_suffix(b"\r").unwrap_or(&line[..end])
}

/// Where a part of a slice begins in it.
fn offset(whole: &[u8], part: &[u8]) -> usize {
    (part.as_ptr() as usize).saturating_sub(whole.as_ptr() as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn message_ids_are_found_however_broken() {
        for (text, ids) in [
            ("<a@b>", &["a@b"][..]),
            ("<a@b> <c@d>\t<e@f>", &["a@b", "c@d", "e@f"]),
            ("<a@b><c@d>", &["a@b", "c@d"]),
            ("a@b", &["a@b"]),
            ("a@b, c@d", &["a@b", "c@d"]),
            ("<a @b>", &["a@b"]),
            ("\"Wang\" <a@b> of Monday", &["a@b"]),
            ("nothing", &[]),
            ("<<<<>>>>", &[]),
        ] {
            assert_eq!(message_ids(text), ids, "{text}");
        }
    }

    #[test]
    fn folded_headers_are_one() {
        let headers = Headers::of(b"A: 1\r\nReferences: <a@b>\r\n\t<c@d>\nA : 2\r\n\r\nA: 3");
        assert_eq!(headers.all("a").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(headers.message_ids("references", 10), ["a@b", "c@d"]);
        assert_eq!(headers.first("references").as_deref(), Some("<a@b> <c@d>"));
    }

    #[test]
    fn the_body_begins_where_fields_end() {
        for (raw, body) in [
            ("A: b\r\n\r\nc", "c"),
            ("A: b\n\nc", "c"),
            ("A: b\nthis is text\n\nmore", "this is text\n\nmore"),
            ("From wang Mon Nov 24\nA: b\n\nc", "c"),
            ("A: b\nwrapped=1\nBb: c\n\nd", "d"),
            (" A: b\nB: c\n\nd", "d"),
            ("\nc", "c"),
            ("hello", "hello"),
            ("A: b", ""),
            ("", ""),
        ] {
            let (_, at) = Headers::split(raw.as_bytes());
            assert_eq!(&raw[at..], body, "{raw:?}");
        }
        let (headers, _) = Headers::split(b" A: b\nC: d;\nwrapped=1\nBb: c\n\n");
        assert_eq!(headers.first("a").as_deref(), Some("b"));
        assert_eq!(headers.first("c").as_deref(), Some("d; wrapped=1"));
    }
}
