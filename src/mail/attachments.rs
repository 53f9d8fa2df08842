//! Files that came with a message: as metadata; their bytes stay in the raw message.

use data_encoding::HEXLOWER;
use mail_parser::{ContentType, Message, MessagePart, MimeHeaders, PartType};
use ring::digest::{SHA256, digest};

use super::{Attachment, clean};

/// Most attachments described; a message with more says so in its warnings.
pub(super) const MOST: usize = 500;

/// Longest file name shown, in characters.
const LONGEST_NAME: usize = 200;

pub(super) fn attachments(message: &Message<'_>) -> Vec<Attachment> {
    message.attachments().take(MOST).map(describe).collect()
}

fn describe(part: &MessagePart<'_>) -> Attachment {
    let bytes: &[u8] = match &part.body {
        PartType::Message(nested) => nested.raw_message(),
        PartType::Text(text) | PartType::Html(text) => text.as_bytes(),
        PartType::Binary(bytes) | PartType::InlineBinary(bytes) => bytes,
        PartType::Multipart(_) => &[],
    };
    let disposition = part
        .content_disposition()
        .map(|header| header.c_type.to_ascii_lowercase());
    let content_id = part.content_id().map(|id| clean::line(id, LONGEST_NAME));
    Attachment {
        filename: part.attachment_name().and_then(file_name),
        content_type: part
            .content_type()
            .map_or_else(|| default_type(part), type_name),
        size: bytes.len() as u64,
        sha256: HEXLOWER.encode(digest(&SHA256, bytes).as_ref()),
        inline: disposition.as_deref() == Some("inline")
            || (disposition.is_none() && content_id.is_some()),
        content_id,
    }
}

/// A file's name without any folder (`/`, `\`), safe to show, never to be used as a path.
fn file_name(name: &str) -> Option<String> {
    let name = clean::line(
        name.rsplit(['/', '\\']).next().unwrap_or(name),
        LONGEST_NAME,
    );
    (!name.is_empty() && name != "." && name != "..").then_some(name)
}

fn type_name(header: &ContentType<'_>) -> String {
    let name = match header.subtype() {
        Some(subtype) => format!("{}/{subtype}", header.ctype()),
        None => header.ctype().to_owned(),
    };
    clean::line(&name.to_ascii_lowercase(), 120)
}

fn default_type(part: &MessagePart<'_>) -> String {
    match part.body {
        PartType::Text(_) => "text/plain",
        PartType::Html(_) => "text/html",
        PartType::Message(_) => "message/rfc822",
        PartType::Binary(_) | PartType::InlineBinary(_) => "application/octet-stream",
        PartType::Multipart(_) => "multipart/mixed",
    }
    .to_owned()
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
