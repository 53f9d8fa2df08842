//! Compressed RTF as Exchange stores it
//! ([MS-OXRTFCP](https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxrtfcp)).

/// Most bytes unpacked: the format can grow to eight times its size.
const MOST: usize = 8_000_000;

/// What the dictionary begins with (§2.1.2.1).
const START: &[u8; 207] = b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \
\\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \
\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";

/// Unpacks; what is damaged or too long ends the text. `None` where it is something else.
pub(in crate::mail) fn unpack(bytes: &[u8]) -> Option<Vec<u8>> {
    let (header, packed) = bytes.split_at_checked(16)?;
    let size = u32::from_le_bytes(header[4..8].try_into().ok()?);
    let size = usize::try_from(size).ok()?.min(MOST);
    match &header[8..12] {
        b"MELA" => Some(packed[..size.min(packed.len())].to_vec()),
        b"LZFu" => Some(lzfu(packed, size)),
        _ => None,
    }
}

/// §2.2.2.2: each control byte tells of eight tokens, least first, which are references and which literals.
fn lzfu(packed: &[u8], size: usize) -> Vec<u8> {
    let mut dictionary = [0_u8; 4096];
    dictionary[..START.len()].copy_from_slice(START);
    let mut at = START.len();
    let mut out = Vec::with_capacity(size);
    let mut bytes = packed.iter().copied();
    while out.len() < size {
        let Some(control) = bytes.next() else {
            break;
        };
        for bit in 0..8 {
            let Some(first) = bytes.next() else {
                return out;
            };
            if control >> bit & 1 == 0 {
                put(first, &mut dictionary, &mut at, &mut out);
            } else {
                let Some(second) = bytes.next() else {
                    return out;
                };
                let offset = usize::from(first) << 4 | usize::from(second >> 4);
                // a reference to the place being written ends the data
                if offset == at {
                    return out;
                }
                for i in 0..usize::from(second & 0x0f) + 2 {
                    let byte = dictionary[(offset + i) % dictionary.len()];
                    put(byte, &mut dictionary, &mut at, &mut out);
                }
            }
            if out.len() >= size {
                out.truncate(size);
                return out;
            }
        }
    }
    out
}

fn put(byte: u8, dictionary: &mut [u8; 4096], at: &mut usize, out: &mut Vec<u8>) {
    dictionary[*at] = byte;
    *at = (*at + 1) % dictionary.len();
    out.push(byte);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_examples_of_the_specification_are_unpacked() {
        // §3.1.1 and §3.1.2
        let simple = "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0";
        let simple = data_encoding::HEXLOWER.decode(simple.as_bytes()).unwrap();
        assert_eq!(
            unpack(&simple).unwrap(),
            b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
        );
        let over = "1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0";
        let over = data_encoding::HEXLOWER.decode(over.as_bytes()).unwrap();
        assert_eq!(unpack(&over).unwrap(), b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}");
    }

    #[test]
    fn what_isnt_compressed_is_taken_as_it_is() {
        let mut plain = [0_u8; 16];
        plain[4] = 3;
        plain[8..12].copy_from_slice(b"MELA");
        assert_eq!(unpack(&[&plain[..], b"{} more"].concat()).unwrap(), b"{} ");
        assert_eq!(unpack(b"short"), None);
        assert_eq!(unpack(&[0; 16]), None);
    }

    proptest! {
        #[test]
        fn damage_harms_nobody(bytes in proptest::collection::vec(any::<u8>(), 0..300), size in any::<u32>()) {
            let mut whole = vec![0; 4];
            whole.extend(size.to_le_bytes());
            whole.extend(b"LZFu\0\0\0\0");
            whole.extend(bytes);
            prop_assert!(unpack(&whole).unwrap().len() <= MOST);
        }
    }
}
