//! The parts of a message (RFC 2046), found without decoding or copying any.
//!
//! Why not a parser from a crate: mail-parser nests messages without bound, so that its drop overflows
//! the stack and aborts the process, decodes every body at once (up to 45 times the input in memory),
//! and loses what is needed to correct a wrong charset. Here depth and number are bounded, a part is
//! its bytes, and a nested message stays one part until somebody asks for it.

use memchr::memmem;

use super::headers::Headers;
use super::params::Value;
use super::transfer::{self, Encoding};

/// Most levels of parts in parts; each is searched once more, so this bounds the time as well.
const DEEPEST: usize = 120;
/// Most parts of one message.
const MOST_PARTS: usize = 2_000;

/// One part of a message.
#[derive(Debug, Default)]
pub(super) struct Part<'a> {
    pub(super) headers: Headers<'a>,
    /// `type/subtype` in lower case, as claimed, or the default of its place; with parameters.
    pub(super) content_type: Value,
    pub(super) disposition: Value,
    pub(super) encoding: Encoding,
    /// As it stands in the message, still encoded.
    pub(super) body: &'a [u8],
    /// Positions of the parts in it; empty for all but multiparts.
    pub(super) children: Vec<usize>,
    depth: usize,
}

impl Part<'_> {
    pub(super) fn is_multipart(&self) -> bool {
        !self.children.is_empty()
    }

    pub(super) fn kind(&self) -> &str {
        &self.content_type.value
    }

    pub(super) fn is_attachment(&self) -> bool {
        self.disposition.value == "attachment"
    }

    /// The name it was given, decoded but not cleaned.
    pub(super) fn name(&self) -> Option<String> {
        self.disposition
            .get("filename")
            .or_else(|| self.disposition.get("name"))
            .or_else(|| self.content_type.get("name"))
            .filter(|name| !name.trim().is_empty())
    }

    pub(super) fn decoded(&self) -> std::borrow::Cow<'_, [u8]> {
        transfer::decode(self.body, self.encoding)
    }
}

/// A message as a tree of parts; the first is the message itself.
#[derive(Debug, Default)]
pub(super) struct Structure<'a> {
    pub(super) parts: Vec<Part<'a>>,
    /// The charset that raw bytes in header fields seem to have.
    pub(super) hint: Option<&'static str>,
    /// Set where bounds were reached: what lies beyond isn't looked at.
    pub(super) exceeded: Option<&'static str>,
}

impl<'a> Structure<'a> {
    pub(super) fn of(raw: &'a [u8], hint: Option<&'static str>) -> Structure<'a> {
        let mut structure = Structure {
            parts: vec![part(raw, "text/plain", 0, hint)],
            hint,
            exceeded: None,
        };
        // depth first, so that parts stand in the order of the message
        let mut open = vec![0];
        while let Some(at) = open.pop() {
            let pieces = structure.pieces(at);
            if pieces.is_empty() {
                continue;
            }
            let depth = structure.parts[at].depth + 1;
            if depth > DEEPEST {
                structure.exceeded = Some("too many nested parts");
                break;
            }
            // RFC 2046 §5.1.5: in a digest everything is a message unless it says otherwise
            let default = match structure.parts[at].kind() {
                "multipart/digest" => "message/rfc822",
                _ => "text/plain",
            };
            for piece in pieces {
                if structure.parts.len() >= MOST_PARTS {
                    structure.exceeded = Some("too many parts");
                    return structure;
                }
                let child = structure.parts.len();
                structure.parts.push(part(piece, default, depth, hint));
                structure.parts[at].children.push(child);
            }
            open.extend(structure.parts[at].children.iter().rev());
        }
        structure
    }

    pub(super) fn root(&self) -> &Part<'a> {
        &self.parts[0]
    }

    /// All parts without parts of their own, in the order in which they are met when reading.
    pub(super) fn leaves(&self) -> Vec<usize> {
        let mut leaves = Vec::new();
        let mut open = vec![0];
        while let Some(at) = open.pop() {
            let part = &self.parts[at];
            if part.is_multipart() {
                open.extend(part.children.iter().rev());
            } else {
                leaves.push(at);
            }
        }
        leaves
    }

    /// The parts of a multipart, raw; none for anything else.
    fn pieces(&self, at: usize) -> Vec<&'a [u8]> {
        let part = &self.parts[at];
        if !part.kind().starts_with("multipart/") && part.kind() != "multipart" {
            return Vec::new();
        }
        let named = part
            .content_type
            .get("boundary")
            .map(String::into_bytes)
            .filter(|boundary| !boundary.is_empty());
        let pieces = named.map_or_else(Vec::new, |boundary| split(part.body, &boundary));
        if !pieces.is_empty() {
            return pieces;
        }
        // no boundary named, or another than is used: take the one that is
        apparent_boundary(part.body).map_or_else(Vec::new, |boundary| split(part.body, boundary))
    }
}

fn part<'a>(raw: &'a [u8], default: &str, depth: usize, hint: Option<&'static str>) -> Part<'a> {
    let (headers, start) = Headers::split(raw);
    let mut content_type = headers
        .raw("content-type")
        .map(|raw| Value::parse(raw, hint))
        .unwrap_or_default();
    if !content_type.value.contains('/') {
        content_type.value = match content_type.value.as_str() {
            // RFC 822's own time had types without a subtype
            "text" => "text/plain".to_owned(),
            "multipart" => "multipart/mixed".to_owned(),
            "" | "mime" => default.to_owned(),
            _ => "application/octet-stream".to_owned(),
        };
    }
    let mut encoding = headers
        .first("content-transfer-encoding")
        .map_or(Encoding::Identity, |name| Encoding::named(&name));
    let body = &raw[start..];
    if encoding == Encoding::Base64
        && content_type.value.starts_with("text/")
        && !transfer::is_base64(body)
    {
        encoding = Encoding::Identity;
    }
    Part {
        content_type,
        disposition: headers
            .raw("content-disposition")
            .map(|raw| Value::parse(raw, hint))
            .unwrap_or_default(),
        encoding,
        headers,
        body,
        children: Vec::new(),
        depth,
    }
}

/// What stands between the lines of a boundary (RFC 2046 §5.1.1). The line end before a boundary belongs
/// to it; a part whose closing boundary is missing goes to the end.
fn split<'a>(body: &'a [u8], boundary: &[u8]) -> Vec<&'a [u8]> {
    let mut dashed = b"--".to_vec();
    dashed.extend_from_slice(boundary.trim_ascii_end());
    let mut pieces = Vec::new();
    let mut start = None;
    for at in memmem::find_iter(body, &dashed) {
        if at > 0 && body[at - 1] != b'\n' {
            continue;
        }
        if start.is_some_and(|start| at < start) {
            continue;
        }
        let after = &body[at + dashed.len()..];
        let line = &after[..memchr::memchr(b'\n', after).map_or(after.len(), |end| end + 1)];
        let (closing, rest) = match line.strip_prefix(b"--") {
            Some(rest) => (true, rest),
            None => (false, line),
        };
        // another boundary may begin with this one
        if !rest.trim_ascii().is_empty() {
            continue;
        }
        if let Some(start) = start {
            let end = body[..at]
                .strip_suffix(b"\n")
                .map(|piece| piece.strip_suffix(b"\r").unwrap_or(piece).len())
                .unwrap_or(at);
            pieces.push(&body[start..end.max(start)]);
        }
        start = (!closing).then_some(at + dashed.len() + line.len());
        if closing || pieces.len() > MOST_PARTS {
            start = None;
            break;
        }
    }
    if let Some(start) = start
        && !body[start..].trim_ascii().is_empty()
    {
        pieces.push(&body[start..]);
    }
    pieces
}

/// A line of dashes and more that a field follows.
fn apparent_boundary(body: &[u8]) -> Option<&[u8]> {
    let mut rest = body;
    for _ in 0..200 {
        let end = memchr::memchr(b'\n', rest)?;
        let (line, tail) = (rest[..end].trim_ascii_end(), &rest[end + 1..]);
        if let Some(boundary) = line.strip_prefix(b"--")
            && boundary.len() > 2
            && boundary.iter().all(u8::is_ascii_graphic)
            && tail.len() > 8
            && tail[..8].eq_ignore_ascii_case(b"content-")
        {
            return Some(boundary);
        }
        rest = tail;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outline(raw: &str) -> String {
        let structure = Structure::of(raw.as_bytes(), None);
        fn of(structure: &Structure<'_>, at: usize) -> String {
            let part = &structure.parts[at];
            if part.is_multipart() {
                let inner: Vec<String> = part.children.iter().map(|c| of(structure, *c)).collect();
                format!("{}({})", part.kind(), inner.join(" "))
            } else {
                let body = String::from_utf8_lossy(part.body);
                format!("{}={body:?}", part.kind())
            }
        }
        of(&structure, 0)
    }

    #[test]
    fn parts_are_found_however_broken() {
        let mixed = "Content-Type: multipart/mixed; boundary=x\n\n";
        for (body, expected) in [
            (
                "pre\n--x\n\na\n--x\nContent-Type: text/html\n\nb\n--x--\nepi",
                "multipart/mixed(text/plain=\"a\" text/html=\"b\")",
            ),
            // never closed
            (
                "--x\n\na\n--x\n\nb\n",
                "multipart/mixed(text/plain=\"a\" text/plain=\"b\\n\")",
            ),
            // blanks behind a boundary, longer boundaries that begin like it
            (
                "--x \t\r\n\r\na\r\n--xy\r\n--x--",
                "multipart/mixed(text/plain=\"a\\r\\n--xy\")",
            ),
            // an empty part
            ("--x\n\n--x--", "multipart/mixed(text/plain=\"\")"),
            // another boundary than named
            (
                "--other\nContent-Type: text/plain\n\na\n--other--",
                "multipart/mixed(text/plain=\"a\")",
            ),
            ("no parts at all", "multipart/mixed=\"no parts at all\""),
        ] {
            assert_eq!(outline(&format!("{mixed}{body}")), expected, "{body:?}");
        }
        assert_eq!(
            outline("Content-Type: multipart/digest; boundary=x\n\n--x\n\nSubject: a\n\nb\n--x--"),
            "multipart/digest(message/rfc822=\"Subject: a\\n\\nb\")"
        );
        assert_eq!(outline("Content-Type: text\n\na"), "text/plain=\"a\"");
        assert_eq!(outline("a"), "text/plain=\"a\"");
    }

    #[test]
    fn depth_and_number_are_bounded() {
        let mut deep = String::new();
        for i in 0..1000 {
            deep += &format!("Content-Type: multipart/mixed; boundary=b{i}\n\n--b{i}\n");
        }
        let deep = Structure::of(deep.as_bytes(), None);
        assert_eq!(deep.exceeded, Some("too many nested parts"));
        let many = format!(
            "Content-Type: multipart/mixed; boundary=x\n\n{}",
            "--x\n\na\n".repeat(10_000)
        );
        let many = Structure::of(many.as_bytes(), None);
        assert_eq!(many.exceeded, Some("too many parts"));
    }
}
