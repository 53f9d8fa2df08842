//! One `Authentication-Results` field (RFC 8601 §2.2), read strictly: what could be read two ways isn't read.
//! One pass, nothing looked at twice.

/// Longest field read, most results in it, and most properties of one, as no mail server writes them.
const LONGEST: usize = 16_000;
const MOST_RESULTS: usize = 50;
const MOST_PROPERTIES: usize = 50;

/// What one server found out about one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Results {
    /// The server's name for itself, as written.
    pub(super) authserv_id: String,
    pub(super) results: Vec<MethodResult>,
}

/// `dkim=pass header.d=example.com`: methods, results, ptypes and properties in lower case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct MethodResult {
    pub(super) method: String,
    pub(super) result: String,
    /// `header.d` and its value.
    pub(super) properties: Vec<(String, String)>,
}

/// A field that isn't what RFC 8601 allows, with the name of its server where that could still be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unreadable {
    pub(super) authserv_id: Option<String>,
}

impl MethodResult {
    /// The value of a property; `None` where there is none, or several that differ.
    pub(super) fn property(&self, name: &str) -> Option<&str> {
        let mut values = self.properties.iter().filter(|(n, _)| n == name);
        let (_, first) = values.next()?;
        values.all(|(_, value)| value == first).then_some(first)
    }
}

/// Reads an unfolded field.
pub(super) fn parse(value: &str) -> Result<Results, Unreadable> {
    if value.len() > LONGEST {
        return Err(Unreadable { authserv_id: None });
    }
    let mut reader = Reader { rest: value };
    let authserv_id = reader
        .skip()
        .and_then(|()| reader.value())
        // a server without a name is nobody's
        .filter(|name| !name.is_empty())
        .ok_or(Unreadable { authserv_id: None })?;
    match reader.results() {
        Some(results) => Ok(Results {
            authserv_id,
            results,
        }),
        None => Err(Unreadable {
            authserv_id: Some(authserv_id),
        }),
    }
}

/// What is left to read. Every step is `None` where the text isn't what it should be.
struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    /// The version, and then `none` or results, each behind a semicolon.
    fn results(&mut self) -> Option<Vec<MethodResult>> {
        self.skip()?;
        if self.rest.starts_with(|c: char| c.is_ascii_digit()) && self.word()? != "1" {
            return None;
        }
        self.skip()?;
        let mut results = Vec::new();
        while !self.rest.is_empty() {
            self.take(';')?;
            self.skip()?;
            // some end the list with a semicolon
            if self.rest.is_empty() || self.rest.starts_with(';') {
                continue;
            }
            if results.len() == MOST_RESULTS {
                return None;
            }
            results.extend(self.result()?);
        }
        Some(results)
    }

    /// One result; an empty one is `none`: nothing was checked.
    fn result(&mut self) -> Option<Option<MethodResult>> {
        let method = self.word()?.to_ascii_lowercase();
        self.skip()?;
        if method == "none" && (self.rest.is_empty() || self.rest.starts_with(';')) {
            return Some(None);
        }
        if self.rest.starts_with('/') {
            self.take('/')?;
            self.skip()?;
            // only the first version of any method is known
            if self.word()? != "1" {
                return None;
            }
            self.skip()?;
        }
        self.take('=')?;
        self.skip()?;
        let mut found = MethodResult {
            method,
            result: self.word()?.to_ascii_lowercase(),
            properties: Vec::new(),
        };
        self.skip()?;
        while !self.rest.is_empty() && !self.rest.starts_with(';') {
            if found.properties.len() == MOST_PROPERTIES {
                return None;
            }
            found.properties.extend(self.property()?);
            self.skip()?;
        }
        Some(Some(found))
    }

    /// `ptype.property=value`, or a reason, of which nothing follows.
    fn property(&mut self) -> Option<Option<(String, String)>> {
        let name = self.word()?.to_ascii_lowercase();
        self.skip()?;
        // Microsoft's servers add what they did about it
        if matches!(name.as_str(), "reason" | "action") && self.rest.starts_with('=') {
            self.take('=')?;
            self.skip()?;
            self.value()?;
            return Some(None);
        }
        self.take('.')?;
        self.skip()?;
        let property = self.word()?.to_ascii_lowercase();
        self.skip()?;
        self.take('=')?;
        self.skip()?;
        let value = self.property_value()?;
        Some(Some((format!("{name}.{property}"), value)))
    }

    /// Passes over white space and comments, which nest (RFC 5322 §3.2.2).
    fn skip(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        let mut escaped = false;
        for (at, c) in self.rest.char_indices() {
            match c {
                _ if escaped => escaped = false,
                '\\' if depth > 0 => escaped = true,
                '(' => depth += 1,
                ')' if depth > 0 => depth -= 1,
                _ if depth > 0 || matches!(c, ' ' | '\t' | '\r' | '\n') => {}
                _ => {
                    self.rest = &self.rest[at..];
                    return Some(());
                }
            }
        }
        self.rest = "";
        (depth == 0).then_some(())
    }

    fn take(&mut self, c: char) -> Option<()> {
        self.rest = self.rest.strip_prefix(c)?;
        Some(())
    }

    /// A keyword: letters, digits and hyphens (RFC 5321 §4.1.2), and the underscore that some use.
    fn word(&mut self) -> Option<&str> {
        self.run(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
    }

    /// A token (RFC 2045 §5.1), which may go beyond ASCII (RFC 8601 §5), or a quoted string.
    fn value(&mut self) -> Option<String> {
        if self.rest.starts_with('"') {
            return self.quoted();
        }
        let is_token = |c: char| {
            !c.is_ascii_control() && !c.is_whitespace() && !"()<>@,;:\\\"/[]?=".contains(c)
        };
        self.run(is_token).map(str::to_owned)
    }

    /// A value, or an address, of which the local part may be quoted or missing. More characters stand
    /// here in practice than RFC 8601 allows, such as those of Base64 and of IPv6 addresses.
    fn property_value(&mut self) -> Option<String> {
        let is_plain =
            |c: char| !c.is_ascii_control() && !c.is_whitespace() && !"();\"\\,".contains(c);
        if !self.rest.starts_with('"') {
            return self.run(is_plain).map(str::to_owned);
        }
        let quoted = self.quoted()?;
        if !self.rest.starts_with('@') {
            return Some(quoted);
        }
        let domain = self.run(is_plain)?;
        Some(format!("\"{quoted}\"{domain}"))
    }

    fn quoted(&mut self) -> Option<String> {
        let mut value = String::new();
        let mut escaped = false;
        for (at, c) in self.rest.char_indices().skip(1) {
            match c {
                _ if escaped => {
                    escaped = false;
                    value.push(c);
                }
                '\\' => escaped = true,
                '"' => {
                    self.rest = &self.rest[at + 1..];
                    return Some(value);
                }
                c => value.push(c),
            }
        }
        None
    }

    /// At least one character of a kind.
    fn run(&mut self, is: impl Fn(char) -> bool) -> Option<&str> {
        let end = self.rest.find(|c| !is(c)).unwrap_or(self.rest.len());
        let (run, rest) = self.rest.split_at(end);
        self.rest = rest;
        (!run.is_empty()).then_some(run)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// `id: method=result{property=value,…} …`
    fn shown(value: &str) -> String {
        match parse(value) {
            Ok(all) => {
                let results = all.results.iter().map(|one| {
                    let properties: Vec<String> = one
                        .properties
                        .iter()
                        .map(|(name, value)| format!("{name}={value}"))
                        .collect();
                    format!(" {}={}{{{}}}", one.method, one.result, properties.join(","))
                });
                format!("{}:{}", all.authserv_id, results.collect::<String>())
            }
            Err(broken) => format!("unreadable {}", broken.authserv_id.unwrap_or_default()),
        }
    }

    #[test]
    fn fields_are_read_as_rfc_8601_and_its_users_write_them() {
        for (value, expected) in [
            // the examples of RFC 8601, appendix B
            ("example.org 1; none", "example.org:"),
            (
                "example.com; spf=pass smtp.mailfrom=example.net",
                "example.com: spf=pass{smtp.mailfrom=example.net}",
            ),
            (
                "example.com; auth=pass (cram-md5) smtp.auth=sender@example.net; spf=pass smtp.mailfrom=example.net",
                "example.com: auth=pass{smtp.auth=sender@example.net} spf=pass{smtp.mailfrom=example.net}",
            ),
            (
                "example.com; sender-id=fail header.from=example.com; dkim=pass (good signature) header.d=example.com",
                "example.com: sender-id=fail{header.from=example.com} dkim=pass{header.d=example.com}",
            ),
            (
                "example.com; dkim=pass reason=\"good signature\" header.i=@mail-router.example.net; dkim=fail reason=\"bad signature\" header.i=@newyork.example.com",
                "example.com: dkim=pass{header.i=@mail-router.example.net} dkim=fail{header.i=@newyork.example.com}",
            ),
            (
                "foo.example.net (foobar) 1 (baz); dkim (Because I like it) / 1 (One yay) = (wait for it) fail policy (A dot can go here) . (like that) expired (this surprised me) = (as I wasn't expecting it) 1362471462",
                "foo.example.net: dkim=fail{policy.expired=1362471462}",
            ),
            // a server without a name
            ("\"\"; dmarc=pass header.from=example.com", "unreadable "),
            // Gmail, Microsoft, Fastmail
            (
                "mx.google.com; dkim=pass header.i=@example.com header.s=s1 header.b=PEi/wd+L; spf=pass (google.com: domain of a@example.com designates 1.2.3.4 as permitted sender) smtp.mailfrom=a@example.com; dmarc=pass (p=REJECT sp=REJECT dis=NONE) header.from=example.com",
                "mx.google.com: dkim=pass{header.i=@example.com,header.s=s1,header.b=PEi/wd+L} spf=pass{smtp.mailfrom=a@example.com} dmarc=pass{header.from=example.com}",
            ),
            (
                "mx.example.com; dmarc=pass action=none header.from=example.com;compauth=pass reason=100",
                "mx.example.com: dmarc=pass{header.from=example.com} compauth=pass{}",
            ),
            (
                "mx.example.com; iprev=pass policy.iprev=2001:db8::1 (a.example); x-tls=pass smtp.version=TLSv1.3;",
                "mx.example.com: iprev=pass{policy.iprev=2001:db8::1} x-tls=pass{smtp.version=TLSv1.3}",
            ),
            (
                "\"mx (1)\"; SPF=Pass SMTP.MailFrom=\"a b\"@Example.com",
                "mx (1): spf=pass{smtp.mailfrom=\"a b\"@Example.com}",
            ),
            (
                "a (one (two \\) \"three) four) ; dkim=none",
                "a: dkim=none{}",
            ),
            // what isn't allowed
            ("", "unreadable "),
            ("; dkim=pass", "unreadable "),
            ("spf=pass smtp.mailfrom=example.com", "unreadable spf"),
            ("a b; dkim=pass", "unreadable a"),
            ("a 2; dkim=pass", "unreadable a"),
            ("a; dkim/2=pass", "unreadable a"),
            ("a; dkim", "unreadable a"),
            ("a; dkim=pass dmarc=pass", "unreadable a"),
            ("a; dkim=pass header.d", "unreadable a"),
            ("a; dkim=pass header.d=", "unreadable a"),
            ("a; dkim=pass (never closed", "unreadable a"),
            ("a; dkim=pass header.d=\"never closed", "unreadable a"),
            ("a; dkim=pass, dmarc=pass", "unreadable a"),
            ("a; dkim=fail) dmarc=pass", "unreadable a"),
        ] {
            assert_eq!(shown(value), expected, "{value}");
        }
    }

    #[test]
    fn floods_are_refused() {
        for value in [
            format!("a; {}", "dkim=pass;".repeat(1000)),
            format!("a; dkim=pass {}", "header.d=b ".repeat(1000)),
            format!("a {}", "(".repeat(15_000)),
            "a".repeat(1_000_000),
        ] {
            assert!(parse(&value).is_err());
        }
        assert!(
            parse(&format!(
                "a {}{}; none",
                "(".repeat(5_000),
                ")".repeat(5_000)
            ))
            .is_ok()
        );
    }

    #[test]
    fn two_values_of_a_property_are_none() {
        let both = parse("a; dkim=pass header.d=b header.d=c").unwrap();
        assert_eq!(both.results[0].property("header.d"), None);
    }

    proptest! {
        #[test]
        fn any_text_can_be_read(value in "\\PC*|[a-c;=./()\" \\\\]{0,60}") {
            if let Ok(all) = parse(&value) {
                prop_assert!(!all.authserv_id.is_empty());
            }
        }
    }
}
