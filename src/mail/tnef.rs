//! winmail.dat: what Outlook makes of attachments when it believes the other side is Exchange
//! ([MS-OXTNEF](https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxtnef)).

use super::{Attachment, attachments, charset, html, rtf};

/// Most files taken out of one, and most properties read of one file.
const MOST_FILES: usize = 100;
const MOST_PROPERTIES: u32 = 2_000;

const SIGNATURE: [u8; 4] = [0x78, 0x9f, 0x3e, 0x22];

/// What a winmail.dat holds.
#[derive(Debug, Default)]
pub(super) struct Tnef {
    pub(super) files: Vec<Attachment>,
    /// The text of the message, where it is in here only: plain, or made so from HTML or RTF.
    pub(super) text: Option<String>,
}

/// A file as it is put together from its attributes.
#[derive(Default)]
struct File<'a> {
    short_name: Option<String>,
    long_name: Option<String>,
    kind: Option<String>,
    data: Option<&'a [u8]>,
    content_id: Option<String>,
}

/// The versions of the message's text.
#[derive(Default)]
struct Texts<'a> {
    plain: Option<String>,
    html: Option<(&'a [u8], u16)>,
    rtf: Option<&'a [u8]>,
    html_page: Option<String>,
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
    let mut texts = Texts::default();
    // whatever is damaged or cut off ends the list; what came before it counts
    while let Some((name, data)) = attribute(&mut rest) {
        match name {
            OEM_CODE_PAGE => page = code_page(data).unwrap_or(page),
            BODY => texts.plain = Some(string(data, &page)),
            MESSAGE_PROPERTIES => message_properties(data, &page, &mut texts),
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
            PROPERTIES => file_properties(data, &page, file),
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
        let mut described = attachments::found(name.as_deref(), kind, file.data?);
        described.inline = file.content_id.is_some();
        described.content_id = file.content_id;
        Some(described)
    });
    found.files = described.take(MOST_FILES).collect();
    found.text = texts.best(&page);
    Some(found)
}

impl Texts<'_> {
    /// The plain one unless it is empty, then HTML, then RTF.
    fn best(&self, page: &str) -> Option<String> {
        let has_text = |text: &String| !text.trim().is_empty();
        let html = || {
            let (bytes, kind) = self.html?;
            let label = self.html_page.as_deref().unwrap_or(page);
            let label = if kind == UNICODE { "utf-16le" } else { label };
            Some(html::to_text(&charset::decode(bytes, Some(label)).text))
        };
        let rtf = || rtf::to_text(&rtf::unpack(self.rtf?)?);
        let plain = self.plain.clone().filter(has_text);
        plain
            .or_else(|| html().filter(has_text))
            .or_else(|| rtf().filter(has_text))
    }
}

// attribute names (§2.1.3.3); their upper half is a type that nothing here depends on
const BODY: u16 = 0x800c;
const DATA: u16 = 0x800f;
const TITLE: u16 = 0x8010;
const BEGINS_FILE: u16 = 0x9002;
const PROPERTIES: u16 = 0x9005;
const MESSAGE_PROPERTIES: u16 = 0x9003;
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

/// A text in UTF-16 (PtypString); others are in the code page.
const UNICODE: u16 = 0x1f;
/// A number of 32 bits (PtypInteger32), and an object behind its interface's id.
const NUMBER: u16 = 0x03;
const OBJECT: u16 = 0x0d;

/// The MAPI properties of a file (§2.1.3.4): its long name, type, and sometimes its data.
fn file_properties<'a>(data: &'a [u8], page: &str, file: &mut File<'a>) {
    for (id, kind, value) in properties(data) {
        let text = || property_text(kind, value, page);
        match id {
            0x3707 => file.long_name = Some(text()),
            0x3001 if file.short_name.is_none() => file.short_name = Some(text()),
            0x370e => file.kind = Some(text().to_ascii_lowercase()),
            0x3712 => file.content_id = attachments::content_id(&text()),
            0x3701 if file.data.is_none() && kind == OBJECT => file.data = value.get(16..),
            0x3701 if file.data.is_none() => file.data = Some(value),
            _ => {}
        }
    }
}

/// The MAPI properties of the message: its text in up to three versions.
fn message_properties<'a>(data: &'a [u8], page: &str, texts: &mut Texts<'a>) {
    for (id, kind, value) in properties(data) {
        match id {
            0x1000 if texts.plain.is_none() => texts.plain = Some(property_text(kind, value, page)),
            0x1009 => texts.rtf = Some(value),
            0x1013 => texts.html = Some((value, kind)),
            // PidTagInternetCodepage
            0x3fde if kind == NUMBER => texts.html_page = code_page(value),
            _ => {}
        }
    }
}

fn property_text(kind: u16, value: &[u8], page: &str) -> String {
    if kind != UNICODE {
        return string(value, page);
    }
    let text = charset::decode(value, Some("utf-16le")).text;
    text.trim_end_matches('\0').to_owned()
}

/// Id, type and first value of each property.
fn properties(data: &[u8]) -> impl Iterator<Item = (u16, u16, &[u8])> {
    let mut rest = Bytes(data);
    let count = rest.long().unwrap_or(0).min(MOST_PROPERTIES);
    (0..count).map_while(move |_| property(&mut rest))
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
        20127 => Some("us-ascii".to_owned()),
        28591 => Some("iso-8859-1".to_owned()),
        50220..=50222 => Some("iso-2022-jp".to_owned()),
        54936 => Some("gb18030".to_owned()),
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

    fn property(id: u16, kind: u16, value: &[u8]) -> Vec<u8> {
        let mut bytes = kind.to_le_bytes().to_vec();
        bytes.extend(id.to_le_bytes());
        bytes.extend(1u32.to_le_bytes());
        bytes.extend((value.len() as u32).to_le_bytes());
        bytes.extend(value);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes
    }

    fn text_of(properties: &[Vec<u8>]) -> Option<String> {
        let mut data = (properties.len() as u32).to_le_bytes().to_vec();
        data.extend(properties.concat());
        let mut bytes = SIGNATURE.to_vec();
        bytes.extend([1, 0]);
        bytes.extend(attribute(1, MESSAGE_PROPERTIES, &data));
        open(&bytes).unwrap().text
    }

    #[test]
    fn the_text_is_read_from_whatever_version_there_is() {
        let plain = property(0x1000, 0x1e, b"plain\0");
        let wide = property(0x1000, UNICODE, b"\x95\x62\xc9\x8b\0\0");
        let empty = property(0x1000, 0x1e, b" \0");
        let html = property(0x1013, 0x102, b"<p>from <b>HTML</b></p>");
        let mut packed = [0; 16].to_vec();
        packed[4] = 30;
        packed[8..12].copy_from_slice(b"MELA");
        packed.extend(br"{\rtf1 from RTF\par}");
        let rtf = property(0x1009, 0x102, &packed);
        for (properties, text) in [
            (&[plain, html.clone(), rtf.clone()][..], Some("plain")),
            (&[wide], Some("投诉")),
            (&[empty.clone(), html, rtf.clone()], Some("from HTML")),
            (&[empty, rtf], Some("from RTF\n")),
            (&[], None),
        ] {
            assert_eq!(text_of(properties).as_deref(), text);
        }
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
