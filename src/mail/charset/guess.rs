//! What bytes without a true label look like.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{
    BIG5, EUC_JP, EUC_KR, Encoding, GBK, ISO_2022_JP, SHIFT_JIS, UTF_8, WINDOWS_1252,
};

/// Longest sample a detector is fed, in bytes.
const SAMPLE: usize = 64 * 1024;

/// The charset that bytes without a label seem to be in; `None` for UTF-8 and ASCII.
pub(in super::super) fn detect(samples: &[&[u8]]) -> Option<&'static str> {
    let mut all = Vec::new();
    for sample in samples {
        let room = SAMPLE.saturating_sub(all.len());
        all.extend_from_slice(&sample[..sample.len().min(room)]);
        all.push(b'\n');
    }
    (!all.is_ascii() && std::str::from_utf8(&all).is_err()).then(|| guess(&all).name())
}

/// What the bytes look like. The detector was made for web pages: a few Chinese characters, as a subject
/// or a file name has them, are too little for it, so they are weighed first.
pub(super) fn guess(bytes: &[u8]) -> &'static Encoding {
    let sample = &bytes[..bytes.len().min(SAMPLE)];
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(sample, true);
    let found = detector.guess(None, Utf8Detection::Allow);
    let asian = [GBK, BIG5, SHIFT_JIS, EUC_JP, EUC_KR, ISO_2022_JP].contains(&found);
    if !asian && is_common_chinese(sample) {
        return GBK;
    }
    if found == UTF_8 {
        return WINDOWS_1252;
    }
    found
}

/// Latin charsets have their letters above 0xC0; what uses the signs below as often is none.
pub(super) fn has_more_than_letters(bytes: &[u8]) -> bool {
    let sample = &bytes[..bytes.len().min(SAMPLE)];
    let foreign = sample.iter().filter(|b| !b.is_ascii()).count();
    let signs = sample.iter().filter(|b| matches!(b, 0x80..=0xbf)).count();
    signs * 8 >= foreign
}

/// More bytes beyond ASCII than any Latin text has.
pub(super) fn is_mostly_foreign(bytes: &[u8]) -> bool {
    let sample = &bytes[..bytes.len().min(SAMPLE)];
    let foreign = sample.iter().filter(|b| !b.is_ascii()).count();
    let letters = sample.iter().filter(|b| b.is_ascii_alphabetic()).count();
    foreign >= 8 && foreign > letters
}

/// Whether the bytes beyond ASCII come in pairs, nearly all of which are among the 3,755 most common
/// characters or the punctuation of GB 2312, and words of Latin letters don't surround them.
pub(super) fn is_common_chinese(bytes: &[u8]) -> bool {
    let (mut common, mut other, mut touching) = (0usize, 0usize, 0usize);
    let mut i = 0;
    while let Some(&first) = bytes.get(i) {
        if first < 0x80 {
            i += 1;
            continue;
        }
        let Some(&second) = bytes.get(i + 1) else {
            break;
        };
        match (first, second) {
            (0xb0..=0xd7, 0xa1..=0xfe) | (0xa1 | 0xa3, 0xa1..=0xfe) => common += 1,
            (0x81..=0xfe, 0x40..=0xfe) => other += 1,
            _ => return false,
        }
        let letter = |at: Option<usize>| {
            at.and_then(|at| bytes.get(at))
                .is_some_and(u8::is_ascii_lowercase)
        };
        touching += usize::from(letter(i.checked_sub(1)) || letter(Some(i + 2)));
        i += 2;
    }
    common >= 2 && common >= other * 9 && touching * 4 <= common
}

/// Which order of bytes makes of them more of what people write: ASCII, Latin and Asian letters, and their
/// punctuation.
pub(super) fn is_big_endian(bytes: &[u8]) -> bool {
    let sample = &bytes[..bytes.len().min(SAMPLE)];
    let usual = |unit: u16| {
        matches!(unit, 0x20..=0x24f | 0x370..=0x6ff | 0x0a | 0x0d | 0x09 | 0x2010..=0x203a
            | 0x3000..=0x30ff | 0x4e00..=0x9fff | 0xac00..=0xd7a3 | 0xff00..=0xff5e)
    };
    let (mut big, mut little) = (0_usize, 0_usize);
    for pair in sample.chunks_exact(2) {
        let &[first, second] = pair else { continue };
        // a blank or punctuation of one order is no letter of the other
        let weight = |unit: u16| match unit {
            0x0a | 0x0d | 0x20..=0x7e | 0x3000..=0x3002 | 0xff01 | 0xff0c | 0xff1a | 0xff1f => 4,
            unit if usual(unit) => 1,
            _ => 0,
        };
        big += weight(u16::from_be_bytes([first, second]));
        little += weight(u16::from_le_bytes([first, second]));
    }
    // RFC 2781 §4.3
    big >= little
}
