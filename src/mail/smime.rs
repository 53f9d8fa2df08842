//! S/MIME messages whose content is wrapped in its signature (RFC 8551 §3.5.2): opened far enough to be
//! read. Whether the signature holds is nobody's question here.

/// What a PKCS #7 object is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wrapped {
    /// Signed, with what was signed inside.
    Signed(Vec<u8>),
    Encrypted,
    Other,
}

/// 1.2.840.113549.1.7.2 and .3 (RFC 5652 §5.1, §6.1).
const SIGNED_DATA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";
const ENVELOPED_DATA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03";
/// 1.2.840.113549.1.9.16.1.23 (RFC 5083 §2).
const AUTH_ENVELOPED_DATA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x17";

const OCTETS: u8 = 0x04;
const OBJECT: u8 = 0x06;
const CONSTRUCTED: u8 = 0x20;

pub(super) fn open(bytes: &[u8]) -> Wrapped {
    let Some(info) = inside(bytes) else {
        return Wrapped::Other;
    };
    let Some((OBJECT, kind, rest)) = element(info) else {
        return Wrapped::Other;
    };
    match kind {
        ENVELOPED_DATA | AUTH_ENVELOPED_DATA => Wrapped::Encrypted,
        SIGNED_DATA => signed(rest).map_or(Wrapped::Other, Wrapped::Signed),
        _ => Wrapped::Other,
    }
}

/// SignedData: a version, digest algorithms, and then what was signed (RFC 5652 §5.1, §5.2).
fn signed(bytes: &[u8]) -> Option<Vec<u8>> {
    let data = inside(inside(bytes)?)?;
    let (_, _, after_version) = element(data)?;
    let (_, _, after_algorithms) = element(after_version)?;
    let (_, _, content) = element(inside(after_algorithms)?)?;
    let octets = inside(content)?;
    let (tag, value, _) = element(octets)?;
    if tag & !CONSTRUCTED != OCTETS {
        return None;
    }
    if tag & CONSTRUCTED == 0 {
        return Some(value.to_vec());
    }
    // written in pieces, as by programs that didn't know the length
    let mut whole = Vec::new();
    let mut rest = value;
    while let Some((OCTETS, piece, after)) = element(rest) {
        whole.extend_from_slice(piece);
        rest = after;
    }
    Some(whole)
}

/// The content of the constructed element at the start.
fn inside(bytes: &[u8]) -> Option<&[u8]> {
    let (tag, value, _) = element(bytes)?;
    (tag & CONSTRUCTED != 0).then_some(value)
}

/// Tag, value and what follows (X.690 §8.1). Of an element of indefinite length the value is all that
/// follows: its end is met by whoever reads on.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x80 => return Some((tag, rest, &[])),
        _ => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            if digits.len() > 4 {
                return None;
            }
            let length = digits
                .iter()
                .fold(0, |all, digit| all << 8 | usize::from(*digit));
            (length, rest)
        }
    };
    // the last one may have been cut off
    let (value, after) = rest.split_at(length.min(rest.len()));
    Some((tag, value, after))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
        let value = parts.concat();
        [&[tag, value.len() as u8], value.as_slice()].concat()
    }

    #[test]
    fn what_was_signed_is_found() {
        let data = der(OBJECT, &[b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"]);
        for octets in [
            der(OCTETS, &[b"hello"]),
            der(
                OCTETS | CONSTRUCTED,
                &[&der(OCTETS, &[b"hel"]), &der(OCTETS, &[b"lo"])],
            ),
        ] {
            let content = der(0x30, &[&data, &der(0xa0, &[&octets])]);
            let signed = der(0x30, &[&der(2, &[b"\x01"]), &der(0x31, &[]), &content]);
            let whole = der(
                0x30,
                &[&der(OBJECT, &[SIGNED_DATA]), &der(0xa0, &[&signed])],
            );
            assert_eq!(open(&whole), Wrapped::Signed(b"hello".to_vec()));
        }
        let secret = der(0x30, &[&der(OBJECT, &[ENVELOPED_DATA])]);
        assert_eq!(open(&secret), Wrapped::Encrypted);
        assert_eq!(open(b"anything"), Wrapped::Other);
    }

    proptest! {
        #[test]
        fn damage_harms_nobody(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            open(&bytes);
            signed(&bytes);
        }
    }
}
