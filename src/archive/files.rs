//! The files of a dossier, from the bytes that were kept.

use super::names::safe_name;
use crate::mail::{self, Attachment};

/// A file of a dossier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    pub path: String,
    pub bytes: Vec<u8>,
}

/// The files that one mail makes: itself first, then what came with it. `number` is its place in the dossier, so
/// that no two names are the same whatever senders called their files.
pub fn mail_files(number: usize, raw: Vec<u8>) -> Vec<File> {
    let attachments = mail::files(&raw);
    let mut files = vec![File {
        path: format!("mails/{number:04}.eml"),
        bytes: raw,
    }];
    for (place, attachment) in attachments.into_iter().enumerate() {
        let name = safe_name(&name_of(&attachment));
        let path = format!("attachments/{number:04}-{:02}-{name}", place + 1);
        if let Some(bytes) = attachment.bytes {
            files.push(File { path, bytes });
        }
    }
    files
}

/// A letter as it was sent.
pub fn letter_file(number: usize, letter: &str, bytes: Vec<u8>) -> File {
    File {
        path: format!("letters/{number:04}-{letter}.eml"),
        bytes,
    }
}

fn name_of(attachment: &Attachment) -> String {
    if let Some(name) = &attachment.filename {
        return name.clone();
    }
    let kind = attachment
        .real_type
        .as_ref()
        .unwrap_or(&attachment.content_type);
    let ending = match kind.as_str() {
        "message/rfc822" => "eml",
        "text/plain" => "txt",
        "image/jpeg" => "jpg",
        other => {
            let ending = other.rsplit('/').next().unwrap_or("bin");
            ending.rsplit(['.', '-', '+']).next().unwrap_or("bin")
        }
    };
    format!("unnamed.{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_becomes_itself_and_its_files() {
        let raw = b"From: a@b.test\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
            --b\r\nContent-Type: text/plain\r\n\r\nHello\r\nbegin 644 cat.txt\r\n#0V%T\r\n`\r\nend\r\n\
            --b\r\nContent-Type: image/jpeg\r\nContent-Disposition: attachment; filename=\"../../cup.jpg\"\r\n\
            Content-Transfer-Encoding: base64\r\n\r\n/9j/4AAQSkZJRg==\r\n\
            --b\r\nContent-Type: text/html\r\nContent-Disposition: attachment; filename=cup.html\r\n\r\n<script>\r\n\
            --b--\r\n"
            .to_vec();
        let files = mail_files(3, raw.clone());
        let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(
            paths,
            [
                "mails/0003.eml",
                "attachments/0003-01-cat.txt",
                "attachments/0003-02-cup.jpg",
                "attachments/0003-03-cup.html.bin"
            ]
        );
        assert_eq!(files[0].bytes, raw);
        assert_eq!(files[1].bytes, b"Cat");
        assert_eq!(files[2].bytes, b"\xff\xd8\xff\xe0\0\x10JFIF");
        assert_eq!(files[3].bytes, b"<script>");
        // as they are described to staff
        let read = mail::read(&raw, &mail::Context::default());
        let hashes: Vec<String> = files[1..]
            .iter()
            .map(|file| super::super::sha256(&file.bytes))
            .collect();
        let described: Vec<String> = read
            .attachments
            .iter()
            .map(|file| file.sha256.clone())
            .collect();
        assert_eq!(hashes, described);
        assert!(read.attachments.iter().all(|file| file.bytes.is_none()));
    }
}
