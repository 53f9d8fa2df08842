//! Any bytes as a message: no panic, the same reading twice, nothing harmful in what is shown.
#![no_main]

use libfuzzer_sys::fuzz_target;
use redress::mail::{Context, read};

fuzz_target!(|raw: &[u8]| {
    let own = ["complaints@example.com".to_owned()];
    let context = Context {
        own_addresses: &own,
    };
    let reading = read(raw, &context);
    assert_eq!(reading, read(raw, &context));
    assert!(!reading.subject.chars().any(char::is_control));
    for text in [&reading.text, &reading.new_text] {
        assert!(!text.chars().any(|c| c.is_control() && c != '\n' && c != '\t'));
    }
    for file in &reading.attachments {
        let name = file.filename.as_deref().unwrap_or("");
        assert!(!name.contains(['/', '\\', '\n', '\r', '\0']));
    }
});
