//! Addresses: one parser for all of Redress, so that no two parts read the same text differently.

/// An address that can be written to, as `local@domain` with the domain in lower case; `None` for anything
/// odd: quotes, spaces, comments, several @, control characters, over-long parts (RFC 5321 §4.5.3.1).
///
/// ```
/// use redress::mail::address::plain;
///
/// assert_eq!(plain("Wang.Li@Example.COM").as_deref(), Some("Wang.Li@example.com"));
/// assert_eq!(plain("a@b@example.com"), None);
/// ```
pub fn plain(text: &str) -> Option<String> {
    let text = text.trim();
    let (local, domain) = text.split_once('@')?;
    let local_fits = (1..=64).contains(&local.len())
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && local.chars().all(is_local);
    let domain = mapped(domain)?;
    let domain_fits = (1..=253).contains(&domain.len())
        && domain.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && !label.chars().any(is_odd)
        });
    (local_fits && domain_fits).then(|| format!("{local}@{domain}"))
}

/// A domain in its one form: two ways to write a name must not be two domains (UTS #46).
fn mapped(domain: &str) -> Option<String> {
    if domain.is_ascii() {
        return Some(domain.to_ascii_lowercase());
    }
    if domain.len() > 253 || domain.chars().any(super::clean::is_invisible) {
        return None;
    }
    idna::domain_to_ascii_strict(domain).ok()?;
    let (shown, fits) = idna::domain_to_unicode(domain);
    fits.ok().map(|()| shown)
}

/// What no label of a domain has; what is left of other scripts has passed IDNA.
fn is_odd(c: char) -> bool {
    c.is_ascii() && c != '-' && !c.is_ascii_alphanumeric()
}

/// An address without its plus tag (RFC 5233), in lower case: whom it belongs to.
pub fn without_tag(address: &str) -> String {
    split_tag(address).0
}

/// An address without its plus tag (RFC 5233), in lower case, and the tag as it is written.
///
/// ```
/// use redress::mail::address::split_tag;
///
/// let (base, tag) = split_tag("Complaints+c1.AbC@Example.com");
/// assert_eq!((base.as_str(), tag), ("complaints@example.com", Some("c1.AbC")));
/// ```
pub fn split_tag(address: &str) -> (String, Option<&str>) {
    let Some((local, domain)) = address.rsplit_once('@') else {
        return (address.to_lowercase(), None);
    };
    let (base, tag) = match local.split_once('+') {
        Some((base, tag)) => (base, Some(tag)),
        None => (local, None),
    };
    let base = format!("{}@{}", base.to_lowercase(), domain.to_lowercase());
    (base, tag)
}

/// RFC 5322 `atext` and the dot, and beyond ASCII what RFC 6531 adds, letters and digits alone.
fn is_local(c: char) -> bool {
    "!#$%&'*+-/=?^_`{|}~.".contains(c) || is_letter(c)
}

fn is_letter(c: char) -> bool {
    if c.is_ascii() {
        c.is_ascii_alphanumeric()
    } else {
        c.is_alphanumeric()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_plain_addresses_are_written_to() {
        for (text, address) in [
            ("a@b.example", Some("a@b.example")),
            (" A.b+c@B.Example ", Some("A.b+c@b.example")),
            ("user@localhost", Some("user@localhost")),
            ("用户@例子.公司", Some("用户@例子.公司")),
            // one domain, however it is written
            ("a@BÜCHER.example", Some("a@bücher.example")),
            ("a@exam\u{200b}ple.com", None),
            ("a@example\u{3002}com", Some("a@example.com")),
            ("a@b@c.example", None),
            ("a b@c.example", None),
            ("\"a b\"@c.example", None),
            ("a@c.example\r\nRCPT TO:<x@y>", None),
            ("a@[127.0.0.1]", None),
            ("<a@c.example>", None),
            ("a@-c.example", None),
            ("a@c..example", None),
            (".a@c.example", None),
            ("a@", None),
            ("@c", None),
            ("a(comment)@c.example", None),
            ("a@c.example,b@c.example", None),
        ] {
            assert_eq!(plain(text).as_deref(), address, "{text}");
        }
        assert_eq!(plain(&format!("{}@c.example", "a".repeat(65))), None);
    }

    #[test]
    fn a_tag_belongs_to_nobody() {
        assert_eq!(
            without_tag("Complaints+c1.2.3@Example.com"),
            "complaints@example.com"
        );
        assert_eq!(without_tag("nonsense"), "nonsense");
    }

    proptest! {
        #[test]
        fn what_is_plain_stays_as_it_is(text in "[a-z.+@\\-<>\" \\r\\n]{0,40}") {
            if let Some(address) = plain(&text) {
                prop_assert_eq!(plain(&address), Some(address.clone()));
                prop_assert!(address.parse::<lettre::Address>().is_ok(), "{}", address);
            }
        }
    }
}
