//! Domains, compared as whole labels in their one ASCII form: a suffix that merely looks alike is another domain.

/// A domain in lower case and A-labels (RFC 5890), without a final dot; `None` where it is none.
pub(super) fn ascii(domain: &str) -> Option<String> {
    let domain = domain.strip_suffix('.').unwrap_or(domain);
    if domain.is_empty() || domain.len() > 253 {
        return None;
    }
    let ascii = idna::domain_to_ascii(domain).ok()?;
    let fits = ascii.len() <= 253
        && ascii.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && label
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        });
    fits.then_some(ascii)
}

/// The part of an ASCII domain that somebody registered: one label more than its public suffix
/// (RFC 7489 §3.2). `None` for a public suffix itself, which belongs to nobody.
pub(super) fn organisation(ascii: &str) -> Option<&str> {
    psl::domain_str(ascii)
}

/// Relaxed alignment (RFC 7489 §3.1): both belong to one organisation.
pub(super) fn aligned(one: &str, other: &str) -> bool {
    match (organisation(one), organisation(other)) {
        (Some(one), Some(other)) => one == other,
        _ => false,
    }
}

/// Whether a domain is another one, or lies below it.
pub(super) fn is_within(inner: &str, outer: &str) -> bool {
    inner
        .strip_suffix(outer)
        .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_has_one_form() {
        for (domain, form) in [
            ("Example.COM", Some("example.com")),
            ("example.com.", Some("example.com")),
            ("BÜCHER.example", Some("xn--bcher-kva.example")),
            ("xn--bcher-kva.example", Some("xn--bcher-kva.example")),
            ("例子.公司", Some("xn--fsqu00a.xn--55qx5d")),
            ("example。com", Some("example.com")),
            ("", None),
            ("a..b", None),
            ("a b.example", None),
            ("[127.0.0.1]", None),
        ] {
            assert_eq!(ascii(domain).as_deref(), form, "{domain}");
        }
    }

    #[test]
    fn only_one_organisation_is_aligned() {
        for (one, other, is) in [
            ("example.com", "example.com", true),
            ("mail.example.com", "example.com", true),
            ("a.example.com", "b.example.com", true),
            ("evil-example.com", "example.com", false),
            ("example.com.evil.net", "example.com", false),
            ("com", "com", false),
            ("co.uk", "a.co.uk", false),
            ("a.co.uk", "b.co.uk", false),
            ("a.com.cn", "b.com.cn", false),
            ("x.a.com.cn", "a.com.cn", true),
            // hosts of strangers under one name are on the list of suffixes too
            ("alice.github.io", "bob.github.io", false),
            (
                "xn--fsqu00a.xn--55qx5d",
                "mail.xn--fsqu00a.xn--55qx5d",
                true,
            ),
            // 个人.hk in A-labels is a public suffix
            ("a.xn--ciqpn.hk", "b.xn--ciqpn.hk", false),
            ("localhost", "localhost", false),
        ] {
            assert_eq!(aligned(one, other), is, "{one} {other}");
        }
    }

    #[test]
    fn a_domain_lies_within_another_by_whole_labels() {
        assert!(is_within("a.example.com", "example.com"));
        assert!(is_within("example.com", "example.com"));
        assert!(!is_within("badexample.com", "example.com"));
        assert!(!is_within("com", "example.com"));
    }
}
