//! Any bytes can be read, to the same reading each time, and nothing in it can harm a header or a database.

#![no_main]

use libfuzzer_sys::fuzz_target;
use redress::mail::{Context, read};

fuzz_target!(|raw: &[u8]| {
    let reading = read(raw, &Context::default());
    assert_eq!(reading, read(raw, &Context::default()));
    // Postgres takes no NUL, not even in JSON
    let json = serde_json::to_string(&reading).expect("a reading is plain data");
    assert!(!json.contains("\\u0000"), "{json}");
    assert!(!reading.subject.contains(char::is_control));
    for text in [&reading.text, &reading.new_text] {
        assert!(!text.contains(|c: char| c.is_control() && c != '\n' && c != '\t'));
    }
    for file in &reading.attachments {
        let name = file.filename.as_deref().unwrap_or("");
        assert!(!name.contains(['/', '\\', '\n', '\r', '\0']));
    }
});
