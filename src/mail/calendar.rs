//! Invitations (RFC 5545) as a few lines of text.

use super::clean;

/// What an invitation says: what, when, where.
pub(super) fn summary(text: &str) -> String {
    let unfolded = text
        .replace("\r\n", "\n")
        .replace("\n ", "")
        .replace("\n\t", "");
    let mut lines = Vec::new();
    for (name, label) in [
        ("SUMMARY", ""),
        ("DTSTART", "Start: "),
        ("DTEND", "End: "),
        ("LOCATION", "Location: "),
        ("DESCRIPTION", ""),
    ] {
        let value = unfolded.lines().find_map(|line| {
            let rest = line.strip_prefix(name)?;
            // parameters such as the time zone come before the colon (§3.2)
            let value = rest.strip_prefix(':').or_else(|| {
                let parameters = rest.strip_prefix(';')?;
                parameters.split_once(':').map(|(_, value)| value)
            })?;
            Some(unescaped(value))
        });
        if let Some(value) = value.filter(|value| !value.trim().is_empty()) {
            lines.push(format!("{label}{}", clean::text(&value)));
        }
    }
    lines.join("\n")
}

/// §3.3.11.
fn unescaped(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n' | 'N') => out.push('\n'),
                Some(c) => out.push(c),
                None => {}
            },
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invitation_is_told_in_words() {
        let text = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:Hearing\\, first\r\n\
                    DTSTART;TZID=Asia/Shanghai:20261124T0930\r\n 00\r\nLOCATION:Room 5\r\nEND:VEVENT\r\n";
        assert_eq!(
            summary(text),
            "Hearing, first\nStart: 20261124T093000\nLocation: Room 5"
        );
        assert_eq!(summary("nothing"), "");
    }
}
