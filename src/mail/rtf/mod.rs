//! Rich text as readable text, in one pass: what the reader of a mail sees of it, or the HTML it was made from
//! ([MS-OXRTFEX](https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxrtfex)).

mod compressed;

pub(super) use compressed::unpack;

use super::{charset, html};

/// Deepest groups whose settings are remembered.
const DEEPEST: usize = 300;
/// Most fonts remembered.
const MOST_FONTS: usize = 1_000;

/// The text of an RTF document; `None` where it is none.
pub(super) fn to_text(rtf: &[u8]) -> Option<String> {
    if !rtf.trim_ascii_start().starts_with(b"{\\rtf") {
        return None;
    }
    let head = &rtf[..rtf.len().min(1_000)];
    let from_html = memchr::memmem::find(head, b"\\fromhtml").is_some();
    let mut reader = Reader {
        rest: rtf,
        from_html,
        page: 1252,
        now: Group::default(),
        outer: Vec::new(),
        beyond: 0,
        fonts: Vec::new(),
        bytes: Vec::new(),
        bytes_page: 1252,
        out: String::new(),
    };
    reader.read();
    Some(if from_html {
        html::to_text(&reader.out)
    } else {
        reader.out
    })
}

/// Groups that no reader of the text sees.
#[rustfmt::skip]
const UNSEEN: &[&[u8]] = &[
    b"colortbl", b"stylesheet", b"info", b"pict", b"object", b"fldinst", b"header", b"footer", b"headerl",
    b"headerr", b"headerf", b"footerl", b"footerr", b"footerf", b"nonshppict", b"filetbl", b"revtbl", b"xe", b"tc",
    b"mhtmltag", b"themedata", b"datastore",
];

/// What holds until a group ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Group {
    place: Place,
    /// `\htmlrtf`: this text is only for those who don't know of HTML.
    hidden: bool,
    /// Characters behind a `\u` that stand in for it.
    fallback: usize,
    font: Option<i32>,
}

impl Default for Group {
    fn default() -> Group {
        Group {
            place: Place::Text,
            hidden: false,
            fallback: 1,
            font: None,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Text,
    /// A piece of the HTML that the document was made from.
    Html,
    Fonts,
    /// Tables, pictures, properties.
    Unseen,
}

struct Reader<'a> {
    rest: &'a [u8],
    from_html: bool,
    /// The code page of the document.
    page: i32,
    now: Group,
    outer: Vec<Group>,
    /// Groups open beyond those that are remembered.
    beyond: usize,
    /// Fonts with a code page of their own.
    fonts: Vec<(i32, i32)>,
    /// Text whose characters aren't complete yet, and its code page.
    bytes: Vec<u8>,
    bytes_page: i32,
    out: String,
}

impl Reader<'_> {
    fn read(&mut self) {
        // how many characters are still to be passed over, since a `\u` stood for them
        let mut pass = 0;
        while let Some((&byte, rest)) = self.rest.split_first() {
            self.rest = rest;
            match byte {
                b'{' => {
                    pass = 0;
                    self.open();
                }
                b'}' => {
                    pass = 0;
                    self.close();
                }
                b'\\' => self.control(&mut pass),
                b'\r' | b'\n' | 0 => {}
                _ if pass > 0 => pass -= 1,
                byte => self.byte(byte),
            }
        }
        self.flush();
    }

    fn open(&mut self) {
        if self.outer.len() < DEEPEST {
            self.outer.push(self.now);
        } else {
            self.beyond += 1;
        }
        // `{\*\name`: to be ignored by those who don't know it
        let Some(after) = self.rest.strip_prefix(b"\\*") else {
            return;
        };
        self.rest = after.trim_ascii_start();
        let known = self.rest.strip_prefix(b"\\htmltag");
        let is_html = known.is_some_and(|rest| !rest.first().is_some_and(u8::is_ascii_alphabetic));
        self.now.place = if is_html && self.now.place != Place::Unseen {
            Place::Html
        } else {
            Place::Unseen
        };
    }

    fn close(&mut self) {
        self.flush();
        if self.beyond > 0 {
            self.beyond -= 1;
        } else if let Some(outer) = self.outer.pop() {
            self.now = outer;
        }
    }

    /// What follows a backslash.
    fn control(&mut self, pass: &mut usize) {
        let Some(&first) = self.rest.first() else {
            return;
        };
        if first.is_ascii_alphabetic() {
            return self.word(pass);
        }
        self.rest = &self.rest[1..];
        match first {
            b'\'' => {
                let digits = self
                    .rest
                    .get(..2)
                    .and_then(|two| super::transfer::hex(*two.first()?, *two.get(1)?));
                if let Some(byte) = digits {
                    self.rest = &self.rest[2..];
                    if *pass > 0 {
                        *pass -= 1;
                    } else {
                        self.byte(byte);
                    }
                }
            }
            b'\\' | b'{' | b'}' if *pass == 0 => self.byte(first),
            b'\\' | b'{' | b'}' => *pass -= 1,
            b'~' => self.text(" "),
            b'_' => self.text("-"),
            b'\r' | b'\n' => self.text("\n"),
            _ => {}
        }
    }

    /// A control word: letters, a number, and one blank that belongs to it.
    fn word(&mut self, pass: &mut usize) {
        let letters = self
            .rest
            .iter()
            .take_while(|b| b.is_ascii_alphabetic())
            .count();
        let (word, rest) = self.rest.split_at(letters.min(32));
        let sign = usize::from(rest.first() == Some(&b'-'));
        let digits = rest[sign..]
            .iter()
            .take_while(|b| b.is_ascii_digit())
            .count();
        let number = std::str::from_utf8(&rest[..sign + digits]).ok();
        let number: Option<i32> = number.and_then(|text| text.parse().ok());
        let rest = if digits > 0 {
            &rest[sign + digits..]
        } else {
            rest
        };
        self.rest = rest.strip_prefix(b" ").unwrap_or(rest);
        match word {
            b"par" | b"line" | b"sect" | b"page" | b"row" => self.text("\n"),
            b"tab" | b"cell" | b"nestcell" => self.text("\t"),
            b"emdash" => self.text("—"),
            b"endash" => self.text("–"),
            b"lquote" => self.text("‘"),
            b"rquote" => self.text("’"),
            b"ldblquote" => self.text("“"),
            b"rdblquote" => self.text("”"),
            b"bullet" => self.text("•"),
            b"emspace" | b"enspace" | b"qmspace" => self.text(" "),
            b"u" => {
                if let Some(code) = number {
                    self.unicode(code);
                    *pass = self.now.fallback;
                }
            }
            b"uc" => {
                self.now.fallback = number
                    .and_then(|n| usize::try_from(n).ok())
                    .unwrap_or(1)
                    .min(100);
            }
            b"ansicpg" => self.page = number.unwrap_or(1252),
            b"f" => {
                self.flush();
                self.now.font = number;
            }
            b"fcharset" if self.now.place == Place::Fonts => {
                if let (Some(font), Some(page)) = (self.now.font, number.and_then(code_page))
                    && self.fonts.len() < MOST_FONTS
                {
                    self.fonts.push((font, page));
                }
            }
            b"plain" => {
                self.flush();
                self.now.font = None;
            }
            b"htmlrtf" => {
                self.flush();
                self.now.hidden = number != Some(0);
            }
            b"bin" => {
                let length = number.and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
                self.rest = self.rest.get(length..).unwrap_or(&[]);
            }
            b"fonttbl" => self.now.place = Place::Fonts,
            // bullets of lists are for those who don't know of lists, as the HTML does
            b"listtext" | b"pntext" if self.from_html => self.now.place = Place::Unseen,
            _ if UNSEEN.contains(&word) => self.now.place = Place::Unseen,
            _ => {}
        }
    }

    fn is_shown(&self) -> bool {
        match self.now.place {
            Place::Html => self.from_html,
            Place::Text => !(self.from_html && self.now.hidden),
            Place::Fonts | Place::Unseen => false,
        }
    }

    fn text(&mut self, text: &str) {
        if self.is_shown() {
            self.flush();
            self.out.push_str(text);
        }
    }

    fn byte(&mut self, byte: u8) {
        if !self.is_shown() {
            return;
        }
        let font = self.now.font;
        let own = self.fonts.iter().find(|(font_, _)| Some(*font_) == font);
        let page = own.map_or(self.page, |(_, page)| *page);
        if page != self.bytes_page {
            self.flush();
            self.bytes_page = page;
        }
        self.bytes.push(byte);
    }

    /// A UTF-16 unit as a signed number; halves of a pair come one after the other.
    fn unicode(&mut self, code: i32) {
        if !self.is_shown() {
            return;
        }
        // in this code page, a half waits for the other
        if self.bytes_page != UTF_16 {
            self.flush();
            self.bytes_page = UTF_16;
        }
        let [low, high, ..] = code.to_le_bytes();
        self.bytes.extend([low, high]);
    }

    fn flush(&mut self) {
        if self.bytes.is_empty() {
            return;
        }
        let bytes = std::mem::take(&mut self.bytes);
        if bytes.is_ascii() && self.bytes_page != UTF_16 {
            self.out.push_str(&String::from_utf8_lossy(&bytes));
            return;
        }
        let label = match self.bytes_page {
            UTF_16 => "utf-16le".to_owned(),
            65001 => "utf-8".to_owned(),
            page @ (932 | 936 | 949 | 950) => format!("cp{page}"),
            page => format!("windows-{page}"),
        };
        let text = charset::decode(&bytes, Some(&label)).text;
        self.out.push_str(&text);
    }
}

/// Not one of any document: units written as `\u`.
const UTF_16: i32 = 1200;

/// The code page of a font's character set; the ones that are the document's own have none.
fn code_page(charset: i32) -> Option<i32> {
    Some(match charset {
        77 => 10000,
        128 => 932,
        129 => 949,
        134 => 936,
        136 => 950,
        161 => 1253,
        162 => 1254,
        163 => 1258,
        177 => 1255,
        178 => 1256,
        186 => 1257,
        204 => 1251,
        222 => 874,
        238 => 1250,
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
