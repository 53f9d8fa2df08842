//! Any text as an address and as an address field: what counts as one can be written to. Any text can be
//! searched for a case reference.

#![no_main]

use libfuzzer_sys::fuzz_target;
use redress::case::CaseRef;
use redress::mail::address::{plain, without_tag};
use redress::mail::{Context, read};

fuzz_target!(|text: &str| {
    let holds = |address: &str| plain(address).as_deref() == Some(address);
    if let Some(address) = plain(text) {
        assert!(holds(&address) && address.len() <= 320);
        assert!(!address.contains(|c: char| c.is_control() || c.is_whitespace()));
    }
    without_tag(text);
    let raw = format!("From: {text}\nTo: {text}\nReferences: {text}\n\nx");
    let reading = read(raw.as_bytes(), &Context::default());
    for found in reading.from.iter().chain(&reading.to) {
        assert!(holds(&found.address), "{}", found.address);
    }
    if let Some(reference) = CaseRef::find(text) {
        assert_eq!(reference.to_string().parse(), Ok(reference));
    }
});
