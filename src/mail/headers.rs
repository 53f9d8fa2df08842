//! The message's own headers as they stand: unfolded, in order, undecoded.

use super::screen::head_length;

/// Headers by name in lower case, topmost first.
#[derive(Debug)]
pub(super) struct Headers {
    all: Vec<(String, String)>,
}

impl Headers {
    pub(super) fn of(raw: &[u8]) -> Headers {
        let head = String::from_utf8_lossy(&raw[..head_length(raw)]);
        let mut all: Vec<(String, String)> = Vec::new();
        for line in head.split('\n') {
            let line = line.strip_suffix('\r').unwrap_or(line);
            if line.starts_with([' ', '\t']) {
                // a folded line (RFC 5322 §2.2.3)
                if let Some((_, value)) = all.last_mut() {
                    value.push(' ');
                    value.push_str(line.trim());
                }
            } else if let Some((name, value)) = line.split_once(':') {
                all.push((
                    name.trim_end().to_ascii_lowercase(),
                    value.trim().to_owned(),
                ));
            }
        }
        Headers { all }
    }

    /// The topmost value of a header.
    pub(super) fn first(&self, name: &str) -> Option<&str> {
        self.all
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.as_str())
    }

    /// Every value of a header, topmost first.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.all
            .iter()
            .filter(move |(n, _)| n == name)
            .map(|(_, value)| value.as_str())
    }

    /// Message-IDs in a header, without their brackets, in order.
    pub(super) fn message_ids(&self, name: &str, most: usize) -> Vec<String> {
        let mut ids: Vec<String> = Vec::new();
        for id in self.all(name).flat_map(message_ids).take(most) {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        ids
    }
}

/// Message-IDs in a text: what stands in angle brackets, or, where there are none, words with an @.
pub(super) fn message_ids(text: &str) -> Vec<String> {
    let usable = |id: &str| {
        (3..=998).contains(&id.len())
            && id.contains('@')
            && !id.chars().any(|c| c.is_control() || c.is_whitespace())
    };
    let bracketed: Vec<String> = text
        .split('<')
        .skip(1)
        .filter_map(|rest| rest.split_once('>'))
        // a broken client may have folded inside the brackets
        .map(|(id, _)| id.split_whitespace().collect::<String>())
        .filter(|id| usable(id))
        .collect();
    if !bracketed.is_empty() {
        return bracketed;
    }
    text.split([' ', '\t', ',', ';'])
        .map(|word| word.trim_matches(['<', '>', '"']))
        .filter(|word| usable(word))
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn message_ids_are_found_however_broken() {
        for (text, ids) in [
            ("<a@b>", &["a@b"][..]),
            ("<a@b> <c@d>\t<e@f>", &["a@b", "c@d", "e@f"]),
            ("<a@b><c@d>", &["a@b", "c@d"]),
            ("a@b", &["a@b"]),
            ("a@b, c@d", &["a@b", "c@d"]),
            ("<a @b>", &["a@b"]),
            ("\"Wang\" <a@b> of Monday", &["a@b"]),
            ("nothing", &[]),
            ("<<<<>>>>", &[]),
        ] {
            assert_eq!(message_ids(text), ids, "{text}");
        }
    }

    #[test]
    fn folded_headers_are_one() {
        let headers = Headers::of(b"A: 1\r\nReferences: <a@b>\r\n\t<c@d>\nA : 2\r\n\r\nA: 3");
        assert_eq!(headers.all("a").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(headers.message_ids("references", 10), ["a@b", "c@d"]);
    }
}
