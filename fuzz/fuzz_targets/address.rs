//! Any text as an address and as an address field.
#![no_main]

use libfuzzer_sys::fuzz_target;
use redress::mail::{Context, address, read};

fuzz_target!(|text: &str| {
    if let Some(plain) = address::plain(text) {
        assert_eq!(address::plain(&plain).as_deref(), Some(plain.as_str()));
        assert!(plain.len() <= 320 && !plain.contains(char::is_whitespace));
    }
    address::without_tag(text);
    let raw = format!("From: {text}\nTo: {text}\nReferences: {text}\n\nx");
    let reading = read(raw.as_bytes(), &Context::default());
    for found in reading.from.iter().chain(&reading.to) {
        assert_eq!(
            address::plain(&found.address).as_deref(),
            Some(found.address.as_str())
        );
    }
});
