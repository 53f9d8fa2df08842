//! Tags and their attributes, cut out of HTML without a tree.

use memchr::{memchr, memchr_iter};

use super::entities;

/// Longest tag looked at, in bytes: pictures may be written into theirs, but one without an end is none.
const LONGEST_TAG: usize = 4_000_000;

pub(super) enum Token<'a> {
    Text(&'a str),
    Open(&'a str, Attributes<'a>),
    Close(&'a str),
}

/// The tokens of a page; comments, scripts, styles and titles are passed over.
pub(super) struct Tokens<'a> {
    rest: &'a str,
    /// Bytes that may still be searched for the ends of tags: a page of nothing but starts would
    /// be searched over and over.
    budget: usize,
    /// Where no comment or script end is left, there is none further on either.
    endless: Vec<&'static str>,
}

impl<'a> Tokens<'a> {
    pub(super) fn of(html: &'a str) -> Self {
        Tokens {
            rest: html,
            budget: html.len() * 4,
            endless: Vec::new(),
        }
    }

    fn advance(&mut self, by: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(by);
        self.rest = rest;
        taken
    }

    /// Where the tag at hand ends: at the first `>` outside quotes.
    fn tag_end(&mut self) -> Option<usize> {
        let bytes = self.rest.as_bytes();
        let bytes = &bytes[..bytes.len().min(LONGEST_TAG).min(self.budget)];
        let mut quote = None;
        let mut after_sign = false;
        for (at, byte) in bytes.iter().enumerate() {
            match (quote, byte) {
                (None, b'>') => {
                    self.budget -= at;
                    return Some(at);
                }
                (None, b'"' | b'\'') if after_sign => quote = Some(*byte),
                (Some(open), byte) if *byte == open => quote = None,
                _ => {}
            }
            after_sign = *byte == b'=' || (after_sign && byte.is_ascii_whitespace());
        }
        self.budget -= bytes.len();
        // a quote left open: the first `>` must do
        memchr(b'>', bytes)
    }

    /// Passes over everything up to and with `end`, which is searched without regard to case.
    fn skip_past(&mut self, end: &'static str) -> bool {
        if self.endless.contains(&end) {
            return false;
        }
        let bytes = self.rest.as_bytes();
        let first = end.as_bytes().first().copied().unwrap_or(0);
        let found = memchr_iter(first, bytes).find(|at| {
            bytes
                .get(*at..at + end.len())
                .is_some_and(|here| here.eq_ignore_ascii_case(end.as_bytes()))
        });
        match found {
            Some(at) => {
                self.advance(at + end.len());
                true
            }
            None => {
                self.endless.push(end);
                false
            }
        }
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            if self.rest.is_empty() {
                return None;
            }
            let bytes = self.rest.as_bytes();
            if bytes[0] != b'<' {
                let end = memchr(b'<', bytes).unwrap_or(bytes.len());
                return Some(Token::Text(self.advance(end)));
            }
            match bytes.get(1) {
                Some(b'!') => {
                    let end = if bytes.starts_with(b"<!--") {
                        "-->"
                    } else {
                        ">"
                    };
                    if !self.skip_past(end) {
                        self.advance(2);
                    }
                    continue;
                }
                Some(b'?') => {
                    if !self.skip_past(">") {
                        self.advance(2);
                    }
                    continue;
                }
                Some(b'/' | b'a'..=b'z' | b'A'..=b'Z') => {}
                // a plain less-than sign
                _ => return Some(Token::Text(self.advance(1))),
            }
            let Some(end) = self.tag_end() else {
                // cut off, or no tag at all
                let more = memchr(b'<', &bytes[1..]).map_or(bytes.len(), |at| at + 1);
                let text = self.advance(more);
                if self.rest.is_empty() {
                    return None;
                }
                return Some(Token::Text(text));
            };
            let tag = self.advance(end + 1);
            let inner = &tag[1..end];
            if let Some(name) = inner.strip_prefix('/') {
                return Some(Token::Close(name.trim()));
            }
            let length = inner
                .find(|c: char| c.is_ascii_whitespace() || c == '/')
                .unwrap_or(inner.len());
            let (name, attributes) = inner.split_at(length);
            let close = match name.to_ascii_lowercase().as_str() {
                "script" => Some("</script"),
                "style" => Some("</style"),
                "title" => Some("</title"),
                _ => None,
            };
            if let Some(close) = close
                && !tag.ends_with("/>")
                && self.skip_past(close)
            {
                let end = memchr(b'>', self.rest.as_bytes());
                self.advance(end.map_or(0, |at| at + 1));
                continue;
            }
            return Some(Token::Open(name, Attributes(attributes)));
        }
    }
}

/// The attributes of a tag, read only when asked for.
#[derive(Clone, Copy)]
pub(super) struct Attributes<'a>(&'a str);

impl<'a> Attributes<'a> {
    pub(super) fn get(self, name: &str) -> Option<String> {
        self.pairs()
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, value)| entities::decode(value).trim().to_owned())
    }

    /// Whether the element isn't shown: preheaders, and what is meant for other clients.
    pub(super) fn hide(self) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let style = self.style();
        let has = |rule: &str| style.contains(rule);
        has("display:none")
            || has("mso-hide:all")
            || has("visibility:hidden")
            || (has("max-height:0") && has("overflow:hidden"))
            || (has("font-size:0") && (has("line-height:0") || has("opacity:0")))
            || self
                .pairs()
                .any(|(name, _)| name.eq_ignore_ascii_case("hidden"))
    }

    /// A quotation that only moves its text to the right.
    pub(super) fn only_indents(self) -> bool {
        let style = self.style();
        (style.contains("border:none") || style.contains("border-left:none"))
            && !self
                .get("type")
                .is_some_and(|kind| kind.eq_ignore_ascii_case("cite"))
    }

    /// The style without blanks, in lower case.
    fn style(self) -> String {
        self.pairs()
            .find(|(name, _)| name.eq_ignore_ascii_case("style"))
            .map(|(_, value)| {
                value
                    .chars()
                    .filter(|c| !c.is_whitespace())
                    .map(|c| c.to_ascii_lowercase())
                    .collect()
            })
            .unwrap_or_default()
    }

    fn pairs(self) -> Pairs<'a> {
        Pairs(self.0)
    }
}

struct Pairs<'a>(&'a str);

impl<'a> Iterator for Pairs<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let blank = |c: char| c.is_ascii_whitespace() || c == '/';
        let rest = self.0.trim_start_matches(blank);
        if rest.is_empty() {
            return None;
        }
        // the first character may be any, even `=`
        let end = rest
            .char_indices()
            .skip(1)
            .find(|(_, c)| blank(*c) || *c == '=')
            .map_or(rest.len(), |(at, _)| at);
        let (name, after) = rest.split_at(end);
        let Some(value) = after.trim_start().strip_prefix('=') else {
            self.0 = after;
            return Some((name, ""));
        };
        let value = value.trim_start();
        let (value, after) = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => value[1..].split_once(quote).unwrap_or((&value[1..], "")),
            _ => value.split_at(
                value
                    .find(|c: char| c.is_ascii_whitespace())
                    .unwrap_or(value.len()),
            ),
        };
        self.0 = after;
        Some((name, value))
    }
}

pub(super) fn is_void(name: &str) -> bool {
    matches!(
        name,
        "br" | "hr"
            | "img"
            | "meta"
            | "link"
            | "input"
            | "base"
            | "area"
            | "col"
            | "wbr"
            | "source"
    )
}

pub(super) fn is_block(name: &str) -> bool {
    matches!(
        name,
        "div"
            | "tr"
            | "table"
            | "blockquote"
            | "section"
            | "article"
            | "header"
            | "footer"
            | "address"
            | "center"
            | "form"
            | "dt"
            | "dd"
            | "fieldset"
            | "li"
            | "body"
            | "html"
            | "tbody"
            | "caption"
            | "figure"
            | "main"
            | "aside"
            | "nav"
            | "option"
    )
}

/// Links worth showing; the rest leads nowhere or runs something.
pub(super) fn is_link(target: &str) -> bool {
    let lower: String = target
        .chars()
        .take(8)
        .collect::<String>()
        .to_ascii_lowercase();
    ["http://", "https://", "mailto:", "tel:", "ftp://"]
        .iter()
        .any(|scheme| lower.starts_with(scheme))
        && target.len() <= 2000
}

/// A link without what people leave out when they write it.
pub(super) fn bare(link: &str) -> &str {
    ["http://", "https://", "mailto:", "tel:"]
        .iter()
        .find_map(|scheme| link.strip_prefix(scheme))
        .unwrap_or(link)
        .trim_end_matches('/')
}
