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
    let names = reading.attachments.iter().filter_map(|file| file.filename.as_ref());
    let from = reading.from.iter().filter_map(|from| from.name.as_ref());
    for line in names.chain(from).chain([&reading.subject]) {
        assert!(!line.contains(['\0', '\r', '\n']), "{line:?}");
    }
    assert!(!reading.text.contains('\0') && !reading.new_text.contains('\0'));
});
