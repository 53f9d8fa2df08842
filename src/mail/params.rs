//! Content-Type and Content-Disposition: a value and its parameters (RFC 2045 §5.1, RFC 2231).

use super::{charset, headers, transfer, words};

/// Most parameters of one field; the rest is ignored.
const MOST_PARAMETERS: usize = 100;

/// A value such as `text/plain` and the parameters behind it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Value {
    /// In lower case.
    pub(super) value: String,
    parameters: Vec<(String, String)>,
}

impl Value {
    pub(super) fn parse(raw: &[u8], hint: Option<&'static str>) -> Value {
        let text = headers::unfolded_guessing(raw, hint);
        let text = text.trim_start();
        // some leave the semicolon out
        let end = text
            .find(|c: char| c == ';' || c.is_whitespace())
            .unwrap_or(text.len());
        let (value, rest) = text.split_at(end);
        let value = value
            .split('(')
            .next()
            .unwrap_or("")
            .trim_matches(|c: char| c.is_whitespace() || c == '"' || c == ',')
            .to_ascii_lowercase();
        Value {
            value,
            parameters: pairs(rest),
        }
    }

    /// A parameter, decoded; the first where it is given twice.
    pub(super) fn get(&self, name: &str) -> Option<String> {
        let plain = || {
            self.parameters
                .iter()
                .find(|(n, _)| n == name)
                .map(|(_, value)| words::decode(value).text)
        };
        // the extended form is the better one where both stand (RFC 6266 §4.3)
        self.extended(name).or_else(plain)
    }

    /// `name*=utf-8''…`, or the pieces `name*0=`, `name*1*=` … (RFC 2231 §3, §4).
    fn extended(&self, name: &str) -> Option<String> {
        let mut pieces: Vec<(u32, bool, &str)> = self
            .parameters
            .iter()
            .filter_map(|(n, value)| {
                let rest = n.strip_prefix(name)?.strip_prefix('*')?;
                let (number, encoded) = match rest.strip_suffix('*') {
                    Some(number) => (number, true),
                    None => (rest, rest.is_empty()),
                };
                let number = if number.is_empty() {
                    0
                } else {
                    number.parse().ok()?
                };
                Some((number, encoded, value.as_str()))
            })
            .collect();
        pieces.sort_by_key(|(number, ..)| *number);
        let (_, first_encoded, first) = *pieces.first()?;
        let mut label = None;
        let mut bytes = Vec::new();
        for (i, (_, encoded, value)) in pieces.iter().enumerate() {
            let mut value = *value;
            if i == 0 && first_encoded {
                let mut quoted = first.splitn(3, '\'');
                if let (Some(charset), Some(_), Some(text)) =
                    (quoted.next(), quoted.next(), quoted.next())
                {
                    label = Some(charset).filter(|charset| !charset.is_empty());
                    value = text;
                }
            }
            if *encoded {
                percent_decode(value, &mut bytes);
            } else {
                bytes.extend_from_slice(value.as_bytes());
            }
        }
        let text = charset::decode(&bytes, label).text.into_owned();
        // some encode twice
        Some(words::decode(&text).text)
    }
}

/// `a=b; c="d;e"`, forgiving: quotes left open, semicolons left out, spaces round the sign.
fn pairs(text: &str) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let mut rest = text;
    while all.len() < MOST_PARAMETERS {
        rest = rest.trim_start_matches([';', ' ', '\t', ',']);
        let Some(sign) = rest.find(['=', ';']) else {
            break;
        };
        let (name, tail) = rest.split_at(sign);
        if tail.starts_with(';') {
            rest = tail;
            continue;
        }
        // words before the name are a value's rest without its quotes
        let name = name.split_whitespace().next_back().unwrap_or("");
        let tail = tail[1..].trim_start();
        let (value, tail) = match tail.strip_prefix('"') {
            Some(quoted) => quoted_value(quoted),
            None => bare_value(tail),
        };
        if !name.is_empty() {
            all.push((name.to_ascii_lowercase(), value));
        }
        rest = tail;
    }
    all
}

fn quoted_value(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (value, &text[at + 1..]),
            // a Windows path was never escaped, and its backslashes are to be seen
            '\\' => match chars.next() {
                Some((_, next @ ('"' | '\\'))) => value.push(next),
                Some((_, next)) => value.extend(['\\', next]),
                None => {}
            },
            c => value.push(c),
        }
    }
    // never closed: up to the next parameter
    match text.split_once(';') {
        Some((value, rest)) => (value.trim_end().to_owned(), rest),
        None => (value, ""),
    }
}

/// Without quotes a value ends at a semicolon; spaces in it are kept, since file names have them,
/// but not where another `name=` follows.
fn bare_value(text: &str) -> (String, &str) {
    let end = text.find(';').unwrap_or(text.len());
    let value = &text[..end];
    // an encoded word has `=` of its own
    if !value.starts_with("=?")
        && let Some((before, _)) = value.split_once('=')
        && let Some(space) = before.rfind([' ', '\t'])
        && space > 0
    {
        return (value[..space].trim_end().to_owned(), &text[space..]);
    }
    (value.trim_end().to_owned(), &text[end..])
}

fn percent_decode(text: &str, out: &mut Vec<u8>) {
    let mut rest = text.as_bytes();
    loop {
        rest = match rest {
            [b'%', high, low, tail @ ..] if transfer::hex(*high, *low).is_some() => {
                out.extend(transfer::hex(*high, *low));
                tail
            }
            [byte, tail @ ..] => {
                out.push(*byte);
                tail
            }
            [] => return,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_read_as_meant() {
        for (field, value, name, parameter) in [
            (
                "text/plain; charset=utf-8",
                "text/plain",
                "charset",
                Some("utf-8"),
            ),
            (
                "Text/HTML ;Charset = \"GB2312\" ",
                "text/html",
                "charset",
                Some("GB2312"),
            ),
            (
                "a/b; boundary=\"a;b\\\"c\"; x=y",
                "a/b",
                "boundary",
                Some("a;b\"c"),
            ),
            (
                "a/b; name*=utf-8''%E6%8A%95.pdf; name=x",
                "a/b",
                "name",
                Some("投.pdf"),
            ),
            (
                "a/b; name*0*=utf-8''%E6%8A; name*1*=%95; name*2=.pdf",
                "a/b",
                "name",
                Some("投.pdf"),
            ),
            ("a/b; name*1=b; name*0=a", "a/b", "name", Some("ab")),
            (
                "a/b; name=\"=?gb2312?B?zba5yQ==?=.pdf\"",
                "a/b",
                "name",
                Some("投股.pdf"),
            ),
            ("a/b; name==?utf-8?q?a=20b?=", "a/b", "name", Some("a b")),
            ("a/b; name=my file.pdf", "a/b", "name", Some("my file.pdf")),
            ("a/b; name=x y=z", "a/b", "name", Some("x")),
            ("a/b; name=\"never closed; y=z", "a/b", "y", Some("z")),
            (
                "attachment; filename=\"C:\\x\\y.pdf\"",
                "attachment",
                "filename",
                Some("C:\\x\\y.pdf"),
            ),
            ("a/b; x=1; x=2", "a/b", "x", Some("1")),
            ("a/b name=\"x y\"", "a/b", "name", Some("x y")),
            ("a/b", "a/b", "charset", None),
            ("", "", "charset", None),
        ] {
            let parsed = Value::parse(field.as_bytes(), None);
            assert_eq!(parsed.value, value, "{field}");
            assert_eq!(parsed.get(name).as_deref(), parameter, "{field}");
        }
        let raw = Value::parse(b"a/b; name=\xcd\xb6\xcb\xdf.pdf", Some("GBK"));
        assert_eq!(raw.get("name").as_deref(), Some("投诉.pdf"));
    }
}
