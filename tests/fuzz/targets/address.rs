//! Whatever counts as an address can be written to; any text can be searched for a reference.

#![no_main]

use libfuzzer_sys::fuzz_target;
use redress::case::CaseRef;
use redress::mail::address::{plain, without_tag};

fuzz_target!(|text: &str| {
    if let Some(address) = plain(text) {
        assert_eq!(plain(&address).as_deref(), Some(address.as_str()));
        assert!(address.len() <= 320 && !address.contains(char::is_control));
    }
    without_tag(text);
    if let Some(reference) = CaseRef::find(text) {
        assert_eq!(reference.to_string().parse(), Ok(reference));
    }
});
