//! winmail.dat: what Outlook makes of attachments when it believes the other side is Exchange
//! ([MS-OXTNEF](https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxtnef)).

use super::{Attachment, attachments, charset};

/// Most files taken out of one, and most properties read of one file.
const MOST_FILES: usize = 100;
const MOST_PROPERTIES: u32 = 2_000;

const SIGNATURE: [u8; 4] = [0x78, 0x9f, 0x3e, 0x22];

/// What a winmail.dat holds.
#[derive(Debug, Default)]
pub(super) struct Tnef {
    pub(super) files: Vec<Attachment>,
    /// The plain text of the message, where it is in here only.
    pub(super) text: Option<String>,
}

/// A file as it is put together from its attributes.
#[derive(Default)]
struct File<'a> {
    short_name: Option<String>,
    long_name: Option<String>,
    kind: Option<String>,
    data: Option<&'a [u8]>,
}

/// Opens a winmail.dat; `None` where it is something else.
pub(super) fn open(bytes: &[u8]) -> Option<Tnef> {
    let mut rest = Bytes(bytes);
    if rest.take(4)? != SIGNATURE {
        return None;
    }
    rest.take(2)?;
    let mut found = Tnef::default();
    let mut files: Vec<File<'_>> = Vec::new();
    let mut page = "windows-1252".to_owned();
    // whatever is damaged or cut off ends the list; what came before it counts
    while let Some((name, data)) = attribute(&mut rest) {
        match name {
            OEM_CODE_PAGE => page = code_page(data).unwrap_or(page),
            BODY => found.text = Some(string(data, &page)),
            BEGINS_FILE => files.push(File::default()),
            TITLE | DATA | PROPERTIES if files.is_empty() => files.push(File::default()),
            _ => {}
        }
        let Some(file) = files.last_mut() else {
            continue;
        };
        match name {
            TITLE => file.short_name = Some(string(data, &page)),
            DATA => file.data = Some(data),
            PROPERTIES => properties(data, &page, file),
            _ => {}
        }
        if files.len() > MOST_FILES {
            break;
        }
    }
    let described = files.into_iter().filter_map(|file| {
        let name = file.long_name.or(file.short_name);
        let kind = file.kind.filter(|kind| kind.contains('/'));
        let kind = kind.as_deref().unwrap_or("application/octet-stream");
        Some(attachments::found(name.as_deref(), kind, file.data?))
    });
    found.files = described.take(MOST_FILES).collect();
    Some(found)
}

// attribute names (§2.1.3.3); their upper half is a type that nothing here depends on
const BODY: u16 = 0x800c;
const DATA: u16 = 0x800f;
const TITLE: u16 = 0x8010;
const BEGINS_FILE: u16 = 0x9002;
const PROPERTIES: u16 = 0x9005;
const OEM_CODE_PAGE: u16 = 0x9007;

/// Level, name, length, data and a checksum that some writers get wrong.
fn attribute<'a>(rest: &mut Bytes<'a>) -> Option<(u16, &'a [u8])> {
    let level = rest.take(1)?;
    if !matches!(level, [1 | 2]) {
        return None;
    }
    let name = u16::try_from(rest.long()? & 0xffff).ok()?;
    let length = usize::try_from(rest.long()?).ok()?;
    let data = rest.take(length)?;
    rest.take(2);
    Some((name, data))
}

/// The MAPI properties of a file (§2.1.3.4): its long name, type, and sometimes its data.
fn properties<'a>(data: &'a [u8], page: &str, file: &mut File<'a>) {
    let mut rest = Bytes(data);
    let Some(count) = rest.long() else {
        return;
    };
    for _ in 0..count.min(MOST_PROPERTIES) {
        let Some((id, kind, value)) = property(&mut rest) else {
            return;
        };
        let text = || match kind {
            0x1f => charset::decode(value, Some("utf-16le"))
                .text
                .trim_end_matches('\0')
                .to_owned(),
            _ => string(value, page),
        };
        match id {
            0x3707 => file.long_name = Some(text()),
            0x3001 if file.short_name.is_none() => file.short_name = Some(text()),
            0x370e => file.kind = Some(text().to_ascii_lowercase()),
            // an object begins with its interface's id
            0x3701 if file.data.is_none() && kind == 0x0d => file.data = value.get(16..),
            0x3701 if file.data.is_none() => file.data = Some(value),
            _ => {}
        }
    }
}

/// One property: its id, type and (first) value.
fn property<'a>(rest: &mut Bytes<'a>) -> Option<(u16, u16, &'a [u8])> {
    let kind = rest.short()?;
    let id = rest.short()?;
    if id >= 0x8000 {
        // a named one: which set, and a number or a name
        rest.take(16)?;
        if rest.long()? == 0 {
            rest.take(4)?;
        } else {
            rest.sized()?;
        }
    }
    let several = kind & 0x1000 != 0;
    let kind = kind & !0x1000;
    let size = match kind {
        0x02 | 0x03 | 0x04 | 0x0a | 0x0b => Some(4),
        0x05 | 0x06 | 0x07 | 0x14 | 0x40 => Some(8),
        0x48 => Some(16),
        0x0d | 0x1e | 0x1f | 0x102 => None,
        _ => return None,
    };
    let count = match (size, several) {
        (Some(_), false) => 1,
        _ => rest.long()?.min(MOST_PROPERTIES),
    };
    let mut first: &[u8] = &[];
    for i in 0..count {
        let value = match size {
            Some(size) => rest.take(size)?,
            None => rest.sized()?,
        };
        if i == 0 {
            first = value;
        }
    }
    Some((id, kind, first))
}

fn string(bytes: &[u8], page: &str) -> String {
    let text = charset::decode(bytes, Some(page)).text;
    text.split('\0').next().unwrap_or("").to_owned()
}

fn code_page(data: &[u8]) -> Option<String> {
    match Bytes(data).long()? {
        65001 => Some("utf-8".to_owned()),
        page @ (932 | 936 | 949 | 950) => Some(format!("cp{page}")),
        page => Some(format!("windows-{page}")),
    }
}

/// Little-endian numbers, and never more than there is.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn short(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes(self.take(2)?.try_into().ok()?))
    }

    fn long(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    /// A length, so many bytes, and the padding to a multiple of four.
    fn sized(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.long()?).ok()?;
        let value = self.take(length)?;
        self.take(length.next_multiple_of(4) - length);
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn attribute(level: u8, name: u16, data: &[u8]) -> Vec<u8> {
        let mut bytes = vec![level];
        bytes.extend(u32::from(name).to_le_bytes());
        bytes.extend((data.len() as u32).to_le_bytes());
        bytes.extend(data);
        bytes.extend([0, 0]);
        bytes
    }

    #[test]
    fn files_and_text_are_found_inside() {
        let mut bytes = SIGNATURE.to_vec();
        bytes.extend([1, 0]);
        bytes.extend(attribute(1, OEM_CODE_PAGE, &[0xa8, 3, 0, 0, 0, 0, 0, 0]));
        bytes.extend(attribute(1, BODY, b"\xcd\xb6\xcb\xdf\0"));
        bytes.extend(attribute(2, BEGINS_FILE, &[0; 14]));
        bytes.extend(attribute(2, TITLE, b"SHORT~1.TXT\0"));
        bytes.extend(attribute(2, DATA, b"hello"));
        let mut long = 1u32.to_le_bytes().to_vec();
        long.extend([0x1e, 0, 0x07, 0x37]);
        long.extend(1u32.to_le_bytes());
        long.extend(14u32.to_le_bytes());
        long.extend(b"a long nam.txt\0\0");
        bytes.extend(attribute(2, PROPERTIES, &long));
        let whole = open(&bytes).unwrap();
        assert_eq!(whole.text.as_deref(), Some("投诉"));
        assert_eq!(whole.files[0].filename.as_deref(), Some("a long nam.txt"));
        assert_eq!(whole.files[0].size, 5);
        assert!(open(b"PK\x03\x04").is_none());
        assert!(open(&SIGNATURE).is_none());
    }

    proptest! {
        #[test]
        fn damage_harms_nobody(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let mut whole = SIGNATURE.to_vec();
            whole.extend(bytes);
            open(&whole);
        }
    }
}
