//! Any text as the body of a reply: every line of the new text is one of the mail.
#![no_main]

use libfuzzer_sys::fuzz_target;
use redress::mail::{Context, read};

fuzz_target!(|text: &str| {
    let raw = format!(
        "From: a@example.net\nContent-Type: text/plain; charset=utf-8\n\
         Content-Transfer-Encoding: 8bit\n\n{text}"
    );
    let reading = read(raw.as_bytes(), &Context::default());
    for line in reading.new_text.lines().filter(|line| !line.is_empty()) {
        assert!(reading.text.lines().any(|old| old.trim() == line.trim()));
    }
});
