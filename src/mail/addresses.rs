//! Address fields (RFC 5322 §3.4): From, To and their kin, in whatever syntax they come.

use super::structure::Structure;
use super::{Address, address, clean, headers, words};

/// Most addresses kept of a field.
const MOST: usize = 200;
/// Longest name kept, in characters.
const LONGEST_NAME: usize = 200;

/// The addresses of a field that can be written to, in order.
pub(super) fn field(message: &Structure<'_>, name: &str) -> Vec<Address> {
    let headers = &message.root().headers;
    headers
        .raw_all(name)
        .flat_map(|raw| list(&headers::unfolded_guessing(raw, message.hint)))
        .filter_map(Mention::usable)
        .take(MOST)
        .collect()
}

/// The one address in a text, such as a field that was copied into a mail.
pub(super) fn one(text: &str) -> Option<Address> {
    list(text).into_iter().find_map(Mention::usable)
}

/// Who wrote a message.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Author {
    One(Address),
    /// No From, or none that can be written to.
    Nobody,
    /// Several addresses or several From fields: nobody's word (mail-facts: exactly one From).
    Several,
}

pub(super) fn author(message: &Structure<'_>) -> Author {
    let headers = &message.root().headers;
    let mut fields = headers.raw_all("from");
    let Some(raw) = fields.next() else {
        return Author::Nobody;
    };
    if fields.next().is_some() {
        return Author::Several;
    }
    let mut mentions = list(&headers::unfolded_guessing(raw, message.hint));
    mentions.retain(|mention| !mention.address.is_empty());
    match (mentions.pop(), mentions.is_empty()) {
        (Some(one), true) => one.usable().map_or(Author::Nobody, Author::One),
        (Some(_), false) => Author::Several,
        (None, _) => Author::Nobody,
    }
}

/// One address as it is mentioned: nothing is checked yet.
#[derive(Debug, Default, PartialEq, Eq)]
struct Mention {
    name: String,
    address: String,
    comment: String,
}

impl Mention {
    fn usable(self) -> Option<Address> {
        let shown = if self.name.trim().is_empty() {
            self.comment
        } else {
            self.name
        };
        let name = clean::line(&words::decode(shown.trim()).text, LONGEST_NAME);
        let name = name.trim_matches(['\'', '"', ' ']);
        Some(Address {
            name: Some(name.to_owned()).filter(|name| !name.is_empty()),
            address: address::plain(&self.address)?,
        })
    }
}

/// The mailboxes of a list, groups opened (§3.4). What isn't a mailbox is left out.
fn list(text: &str) -> Vec<Mention> {
    let mut found = Vec::new();
    let mut reader = Reader::default();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        // whatever stands in an encoded word is text
        if reader.place == Place::Text
            && let Some(length) = words::encoded_length(rest)
        {
            let (word, after) = rest.split_at(length);
            reader.text.push_str(word);
            rest = after;
            continue;
        }
        let mut chars = rest.chars();
        chars.next();
        match (c, reader.place) {
            ('"', Place::Text | Place::Quoted) => {
                reader.place = if reader.place == Place::Text {
                    Place::Quoted
                } else {
                    Place::Text
                };
                reader.quoted = true;
            }
            ('\\', Place::Quoted | Place::Comment(_)) => {
                if let Some(next) = chars.next() {
                    reader.push(next);
                }
            }
            ('(', Place::Text) => reader.place = Place::Comment(1),
            ('(', Place::Comment(depth)) => {
                reader.place = Place::Comment(depth + 1);
                reader.push(c);
            }
            (')', Place::Comment(1)) => reader.place = Place::Text,
            (')', Place::Comment(depth)) => {
                reader.place = Place::Comment(depth - 1);
                reader.push(c);
            }
            ('<', Place::Text) => {
                reader.place = Place::Angle;
                reader.angles += 1;
            }
            ('>', Place::Angle) => reader.place = Place::Text,
            (':', Place::Text) if !reader.text.contains('@') && reader.angles == 0 => {
                // the name of a group
                reader = Reader::default();
            }
            (',' | ';', Place::Text) | (';', Place::Angle) => {
                found.extend(std::mem::take(&mut reader).end());
            }
            (c, _) => reader.push(c),
        }
        if found.len() > MOST {
            return found;
        }
        rest = chars.as_str();
    }
    found.extend(reader.end());
    found
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Place {
    #[default]
    Text,
    Quoted,
    Angle,
    Comment(usize),
}

/// What has been read of one mailbox.
#[derive(Debug, Default)]
struct Reader {
    place: Place,
    text: String,
    angle: String,
    comment: String,
    quoted: bool,
    angles: usize,
}

impl Reader {
    fn push(&mut self, c: char) {
        match self.place {
            Place::Text | Place::Quoted => self.text.push(c),
            Place::Angle => self.angle.push(c),
            Place::Comment(_) => self.comment.push(c),
        }
    }

    fn end(self) -> Option<Mention> {
        // a quote or comment left open hides what follows it: take the text as it stands
        let text = self.text.trim();
        if self.angles > 1 {
            // `Name <a@b> <c@d>` could be read two ways
            return Some(Mention {
                address: "two addresses".to_owned(),
                ..Mention::default()
            });
        }
        if self.angles == 1 {
            let angle = self.angle.trim();
            // a source route (§4.4) comes before the last colon
            let address = match angle.strip_prefix('@') {
                Some(route) => route.rsplit_once(':').map_or(angle, |(_, address)| address),
                None => angle,
            };
            return Some(Mention {
                name: text.to_owned(),
                address: address
                    .strip_prefix("mailto:")
                    .unwrap_or(address)
                    .to_owned(),
                comment: self.comment,
            });
        }
        if text.is_empty() {
            return None;
        }
        let bare = !self.quoted || !text.contains(char::is_whitespace);
        Some(Mention {
            name: String::new(),
            address: if bare {
                text.to_owned()
            } else {
                // a quoted local part with blanks: nobody writes to it
                format!("\"{text}\"")
            },
            comment: self.comment,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let all: Vec<String> = list(text)
            .into_iter()
            .filter_map(Mention::usable)
            .map(|one| format!("{}<{}>", one.name.unwrap_or_default(), one.address))
            .collect();
        all.join(" ")
    }

    #[test]
    fn lists_are_read_in_every_syntax() {
        for (text, expected) in [
            ("a@b.example", "<a@b.example>"),
            ("Wang <a@B.example>", "Wang<a@b.example>"),
            (
                "\"Wang, Li\" <a@b.example>, c@d.example",
                "Wang, Li<a@b.example> <c@d.example>",
            ),
            ("a@b.example (Wang Li)", "Wang Li<a@b.example>"),
            ("=?utf-8?B?5oqV6K+J?= <a@b.example>", "投诉<a@b.example>"),
            (
                "\"=?utf-8?B?5oqV6K+J?=\" <a@b.example>",
                "投诉<a@b.example>",
            ),
            (
                "Team: a@b.example, B <c@d.example>; e@f.example",
                "<a@b.example> B<c@d.example> <e@f.example>",
            ),
            ("undisclosed-recipients:;", ""),
            ("a@b.example <a@b.example>", "a@b.example<a@b.example>"),
            (
                "Wang (a (nested) comment) <a@b.example>",
                "Wang<a@b.example>",
            ),
            ("<@relay.example:a@b.example>", "<a@b.example>"),
            ("'Wang' <a@b.example>", "Wang<a@b.example>"),
            ("a@b.example; c@d.example", "<a@b.example> <c@d.example>"),
            ("Wang <a@b.example> <c@d.example>", ""),
            ("Wang <a@b.example", "Wang<a@b.example>"),
            ("Wang", ""),
            ("\"a b\"@c.example", ""),
            (",,,", ""),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn exactly_one_from_with_one_address_is_an_author() {
        for (head, author_is) in [
            ("From: a@b.example", "one"),
            ("From: \"x@y.example\" <a@b.example>", "one"),
            ("From: Wang Li <a@b.example>", "one"),
            ("From: a@b.example, c@d.example", "several"),
            ("From: a@b.example\nFrom: a@b.example", "several"),
            ("From: \"a\"@b.example, junk@", "several"),
            ("From: nobody", "nobody"),
            ("From: <>", "nobody"),
            ("From: A <a@b.example> <c@d.example>", "nobody"),
            ("From:", "nobody"),
            ("To: a@b.example", "nobody"),
        ] {
            let raw = format!("{head}\n\nx");
            let found = match author(&Structure::of(raw.as_bytes(), None)) {
                Author::One(_) => "one",
                Author::Nobody => "nobody",
                Author::Several => "several",
            };
            assert_eq!(found, author_is, "{head}");
        }
    }
}
