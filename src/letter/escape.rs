//! Values made harmless for the place they stand in.

use minijinja::value::{Value, ValueKind};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, State};

use crate::markup::escape;

/// Teaches templates to escape by place, and takes from them what would let a value through raw.
pub(super) fn set_up(templates: &mut Environment<'static>) {
    templates.set_formatter(write);
    templates.add_filter("paragraphs", paragraphs);
    templates.remove_filter("safe");
}

/// Writes a value. What isn't there must not be written: the sentence round it wouldn't read well.
fn write(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    match value.kind() {
        ValueKind::String | ValueKind::Number => {}
        ValueKind::None | ValueKind::Undefined => {
            return Err(refuse(
                "this value isn't there in every letter: put {% if … %} and {% endif %} round the sentence",
            ));
        }
        _ => {
            return Err(refuse(
                "this value is no text: use {% if … %} for a condition, and {% for … %} or |paragraphs for a list",
            ));
        }
    }
    let text = value.to_string();
    if value.is_safe() || !in_html(state) {
        out.write_str(&text)?;
    } else {
        out.write_str(&escape(text.chars()))?;
    }
    Ok(())
}

/// `{{ words|paragraphs }}`: a text of many lines, or a list of texts, as paragraphs.
fn paragraphs(state: &mut State<'_, '_>, value: &Value) -> Result<Value, Error> {
    let texts: Vec<String> = match value.kind() {
        ValueKind::String => vec![value.to_string()],
        ValueKind::Seq | ValueKind::Iterable => {
            value.try_iter()?.map(|one| one.to_string()).collect()
        }
        _ => {
            return Err(refuse(
                "this value isn't there in every letter: put {% if … %} and {% endif %} round it",
            ));
        }
    };
    let paragraphs: Vec<String> = texts
        .iter()
        .flat_map(|text| split(text))
        .map(|lines| {
            if in_html(state) {
                let lines: Vec<String> = lines.iter().map(|line| escape(line.chars())).collect();
                format!("<p>{}</p>", lines.join("<br>\n"))
            } else {
                lines.join("\n")
            }
        })
        .collect();
    Ok(if in_html(state) {
        Value::from_safe_string(paragraphs.join("\n"))
    } else {
        Value::from(paragraphs.join("\n\n"))
    })
}

/// The paragraphs of a text, and their lines: staff break lines where they mean to.
fn split(text: &str) -> Vec<Vec<&str>> {
    let mut paragraphs = vec![vec![]];
    for line in text.lines().map(str::trim_end) {
        let last = paragraphs.len() - 1;
        if !line.is_empty() {
            paragraphs[last].push(line);
        } else if !paragraphs[last].is_empty() {
            paragraphs.push(vec![]);
        }
    }
    paragraphs.retain(|lines| !lines.is_empty());
    paragraphs
}

fn in_html(state: &State<'_, '_>) -> bool {
    matches!(state.auto_escape(), AutoEscape::Html)
}

fn refuse(problem: &'static str) -> Error {
    Error::new(ErrorKind::InvalidOperation, problem)
}

/// A link that writes a mail (RFC 6068 §2). Everything but unreserved characters is encoded, the
/// `+` of a signed address too: some clients take it for a space.
pub(super) fn mailto(address: &str, subject: &str, body: Option<&str>) -> String {
    let (local, domain) = address.rsplit_once('@').unwrap_or((address, ""));
    let mut link = format!(
        "mailto:{}@{}?subject={}",
        percent(local),
        percent(domain),
        percent(subject)
    );
    if let Some(body) = body {
        // RFC 6068 §5: line ends are CRLF
        let body = body.lines().collect::<Vec<_>>().join("\r\n");
        link.push_str("&body=");
        link.push_str(&percent(&body));
    }
    link
}

fn percent(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn render(name: &str, template: &str, value: &str) -> Result<String, Error> {
        let mut templates = Environment::new();
        set_up(&mut templates);
        templates.add_template_owned(name.to_owned(), template.to_owned())?;
        let list = Value::from(vec![value.to_owned(), "second".to_owned()]);
        templates
            .get_template(name)?
            .render(minijinja::context! { value, list, absent => () })
    }

    #[test]
    fn a_value_is_escaped_by_the_place_it_stands_in() {
        let bad = "<script>\"'&\n\n{{ value }}";
        for (name, template, expected) in [
            (
                "a.html",
                "<p title=\"{{ value }}\">",
                "<p title=\"&lt;script&gt;&quot;&#39;&amp;\n\n{{ value }}\">",
            ),
            (
                "a.html",
                "{{ value|paragraphs }}",
                "<p>&lt;script&gt;&quot;&#39;&amp;</p>\n<p>{{ value }}</p>",
            ),
            (
                "a.html",
                "{{ list|paragraphs }}",
                "<p>&lt;script&gt;&quot;&#39;&amp;</p>\n<p>{{ value }}</p>\n<p>second</p>",
            ),
            ("a.txt", "{{ value|paragraphs }}", bad),
            ("a.txt", "{{ value }}", bad),
        ] {
            assert_eq!(render(name, template, bad).unwrap(), expected, "{template}");
        }
    }

    #[test]
    fn what_cannot_be_written_is_refused() {
        for (template, expected) in [
            ("{{ absent }}", "isn't there in every letter"),
            ("{{ absent|paragraphs }}", "isn't there in every letter"),
            ("{{ list }}", "is no text"),
            ("{{ 1 == 1 }}", "is no text"),
            ("{{ value|safe }}", "filter safe is unknown"),
        ] {
            let error = render("a.html", template, "x").unwrap_err();
            assert!(error.to_string().contains(expected), "{error}");
        }
    }

    #[test]
    fn a_mail_link_takes_any_text() {
        assert_eq!(
            mailto(
                "a+b&c@example.com",
                "您 & \"x\"?\r\nBcc: y",
                Some("Yes\nno")
            ),
            "mailto:a%2Bb%26c@example.com?subject=%E6%82%A8%20%26%20%22x%22%3F%0D%0ABcc%3A%20y&body=Yes%0D%0Ano"
        );
    }
}
