//! Text in markup.

/// Characters as text of HTML and XML, in elements and in attributes in quotes of either kind. What a control
/// character becomes is for whoever gives them.
pub(crate) fn escape(text: impl Iterator<Item = char>) -> String {
    let mut out = String::with_capacity(text.size_hint().0 + 8);
    for c in text {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
