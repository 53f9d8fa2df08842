//! Files that came with a message: as metadata; their bytes stay in the raw message.

use data_encoding::HEXLOWER;
use ring::digest::{Context, SHA256};

use super::structure::Part;
use super::{Attachment, clean, sniff, transfer};

/// Most attachments described; a message with more says so in its warnings.
pub(super) const MOST: usize = 500;

/// Longest file name shown, in characters.
const LONGEST_NAME: usize = 200;

/// A part as an attachment. Its bytes are decoded once, piece by piece, and kept only where that is wanted.
pub(super) fn describe(part: &Part<'_>, keep: bool) -> Attachment {
    let mut size = 0;
    let mut hash = Context::new(&SHA256);
    let mut real_type = None;
    let mut kept = keep.then(Vec::new);
    transfer::decode_to(part.body, part.encoding, |piece| {
        if size == 0 {
            real_type = sniff::real_type(piece, part.kind());
        }
        size += piece.len() as u64;
        hash.update(piece);
        if let Some(kept) = &mut kept {
            kept.extend_from_slice(piece);
        }
    });
    let content_id = part
        .headers
        .first("content-id")
        .and_then(|id| content_id(&id));
    Attachment {
        filename: part.name().as_deref().and_then(file_name),
        content_type: clean::line(part.kind(), 120),
        real_type: real_type.map(str::to_owned),
        size,
        sha256: HEXLOWER.encode(hash.finish().as_ref()),
        inline: part.disposition.value == "inline"
            || (!part.is_attachment() && content_id.is_some()),
        content_id,
        bytes: kept,
    }
}

/// An identifier by which a page names its pictures (RFC 2392), without its brackets.
pub(super) fn content_id(text: &str) -> Option<String> {
    let id = clean::line(text.trim_matches(['<', '>', ' ', '"']), LONGEST_NAME);
    Some(id).filter(|id| !id.is_empty())
}

/// Bytes that were found in another part, as an attachment that holds them.
pub(super) fn found(name: Option<&str>, content_type: &str, bytes: &[u8]) -> Attachment {
    Attachment {
        filename: name.and_then(file_name),
        content_type: content_type.to_owned(),
        real_type: sniff::real_type(bytes, content_type).map(str::to_owned),
        size: bytes.len() as u64,
        sha256: HEXLOWER.encode(ring::digest::digest(&SHA256, bytes).as_ref()),
        inline: false,
        content_id: None,
        bytes: Some(bytes.to_vec()),
    }
}

/// A file's name without any folder (`/`, `\`), safe to show, never to be used as a path.
fn file_name(name: &str) -> Option<String> {
    // a sender may have cut a long name in the middle of a character
    let name = name.trim_end_matches(char::REPLACEMENT_CHARACTER);
    let name = clean::line(
        name.rsplit(['/', '\\']).next().unwrap_or(name),
        LONGEST_NAME,
    );
    (!name.is_empty() && name != "." && name != "..").then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_is_safe_to_show() {
        for (name, shown) in [
            ("照片.jpg", Some("照片.jpg")),
            ("../../etc/passwd", Some("passwd")),
            (r"C:\Users\x\invoice.pdf", Some("invoice.pdf")),
            ("a\r\nb\0.txt", Some("a b .txt")),
            ("fdp\u{202e}exe.pdf", Some("fdpexe.pdf")),
            ("..", None),
            ("a/", None),
        ] {
            assert_eq!(file_name(name).as_deref(), shown, "{name:?}");
        }
    }
}
