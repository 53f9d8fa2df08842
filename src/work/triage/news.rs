//! What a mail brings, for those who are told of it: its new words, and its files as attachments that nothing runs.

use super::Read;
use crate::archive::is_passive;
use crate::letter::File;
use crate::mail::{self, Attachment};
use crate::work::to_staff::News;

/// Most bytes of files that go with one mail; others stay in the case, and are named.
const MOST_BYTES: usize = 10_000_000;

/// Media types that a client shows and never runs (mail-facts: RT CVE-2016-6127, Roundup CVE-2024-39126).
const HARMLESS: [&str; 8] = [
    "image/jpeg",
    "image/png",
    "image/gif",
    "image/bmp",
    "image/webp",
    "image/heic",
    "text/plain",
    "application/pdf",
];

pub(super) fn news(message: &Read) -> News {
    let mut files = files(message);
    let names = files.iter().map(|file| file.name.clone()).collect();
    let mut bytes = 0;
    files.retain(|file| {
        bytes += file.bytes.len();
        bytes <= MOST_BYTES
    });
    News {
        words: Some(message.reading.new_text.clone()),
        names,
        files: files.into(),
    }
}

fn files(message: &Read) -> Vec<File> {
    if message.reading.attachments.is_empty() || message.raw.is_empty() {
        return vec![];
    }
    let files = mail::files(&message.raw).into_iter().enumerate();
    let file = |(at, file): (usize, Attachment)| {
        let name = file
            .filename
            .unwrap_or_else(|| format!("attachment {}", at + 1));
        let shows = file.real_type.is_none()
            && HARMLESS.contains(&file.content_type.as_str())
            // a client goes by the ending as well
            && (is_passive(&name) || !name.contains('.'));
        Some(File {
            name,
            media_type: if shows {
                file.content_type
            } else {
                "application/octet-stream".to_owned()
            },
            bytes: file.bytes?,
            content_id: None,
        })
    };
    files.filter_map(file).collect()
}
