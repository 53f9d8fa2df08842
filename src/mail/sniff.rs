//! What a file is by its first bytes, whatever its name and claimed type say.

/// The type that the first bytes show; `None` where they don't tell, or agree with the claimed one.
pub(super) fn real_type(start: &[u8], claimed: &str) -> Option<&'static str> {
    let found = by_magic(start)?;
    // the claimed type may say more: an Office file is a ZIP, a picture has several names
    let agrees = claimed == found
        || found == "application/zip"
            && [
                "zip",
                "officedocument",
                "opendocument",
                "epub",
                "java-archive",
                "apk",
                "ms-excel",
                "msword",
            ]
            .iter()
            .any(|kind| claimed.contains(kind))
        || found == "application/x-ole-storage"
            && ["ms", "excel", "word", "powerpoint", "outlook"]
                .iter()
                .any(|kind| claimed.contains(kind))
        || claimed.replace("/x-", "/") == found.replace("/x-", "/")
        || claimed == "image/jpg" && found == "image/jpeg"
        || claimed == "image/pjpeg" && found == "image/jpeg"
        || claimed.starts_with("video/") && found == "video/mp4"
        || claimed.starts_with("audio/") && found == "video/mp4";
    (!agrees).then_some(found)
}

fn by_magic(start: &[u8]) -> Option<&'static str> {
    const MAGIC: [(usize, &[u8], &str); 22] = [
        (0, b"\x89PNG\r\n\x1a\n", "image/png"),
        (0, b"\xff\xd8\xff", "image/jpeg"),
        (0, b"GIF8", "image/gif"),
        (8, b"WEBP", "image/webp"),
        (0, b"II*\0", "image/tiff"),
        (0, b"MM\0*", "image/tiff"),
        (4, b"ftypheic", "image/heic"),
        (4, b"ftypmif1", "image/heic"),
        (4, b"ftyp", "video/mp4"),
        (0, b"%PDF-", "application/pdf"),
        (0, b"PK\x03\x04", "application/zip"),
        (0, b"Rar!\x1a\x07", "application/vnd.rar"),
        (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
        (0, b"\x1f\x8b\x08", "application/gzip"),
        (0, b"BZh", "application/x-bzip2"),
        (
            0,
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            "application/x-ole-storage",
        ),
        (0, b"{\\rtf", "application/rtf"),
        (0, b"MZ", "application/x-msdownload"),
        (0, b"\x7fELF", "application/x-executable"),
        (0, b"#!", "text/x-shellscript"),
        (0, b"OggS", "audio/ogg"),
        (0, b"ID3", "audio/mpeg"),
    ];
    let known = MAGIC
        .iter()
        .find(|(at, magic, _)| start.get(*at..).is_some_and(|rest| rest.starts_with(magic)))
        .map(|(.., kind)| *kind);
    known.or_else(|| {
        let text = start.trim_ascii_start();
        let begins =
            |tag: &[u8]| text.len() >= tag.len() && text[..tag.len()].eq_ignore_ascii_case(tag);
        (begins(b"<!doctype html") || begins(b"<html") || begins(b"<script")).then_some("text/html")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_its_first_bytes_say() {
        for (start, claimed, real) in [
            (
                &b"MZ\x90\0"[..],
                "image/png",
                Some("application/x-msdownload"),
            ),
            (b"\x89PNG\r\n\x1a\n..", "image/png", None),
            (
                b"\xff\xd8\xff\xe0",
                "application/octet-stream",
                Some("image/jpeg"),
            ),
            (b"\xff\xd8\xff\xe0", "image/jpg", None),
            (
                b"PK\x03\x04",
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
                None,
            ),
            (b"PK\x03\x04", "application/pdf", Some("application/zip")),
            (b"\n<HTML><script>", "text/plain", Some("text/html")),
            (b"plain words", "text/plain", None),
            (b"", "text/plain", None),
        ] {
            assert_eq!(real_type(start, claimed), real, "{claimed}");
        }
    }
}
