//! Paragraphs that were sent as lines (RFC 3676).

/// RFC 3676: lines that end in a space go on in the next of the same quote depth.
pub(super) fn unflowed(text: &str, delete_space: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut flowing: Option<usize> = None;
    for (number, line) in text.split('\n').enumerate() {
        let line = line.strip_suffix('\r').unwrap_or(line);
        let depth = line.bytes().take_while(|b| *b == b'>').count();
        let content = &line[depth..];
        // stuffed so that it wouldn't look like a quotation (§4.4)
        let content = content.strip_prefix(' ').unwrap_or(content);
        let signature = content == "-- ";
        if flowing == Some(depth) && !signature {
            out.push_str(content);
        } else {
            if number > 0 {
                out.push('\n');
            }
            if depth > 0 {
                out.push_str(&line[..depth]);
                out.push(' ');
            }
            out.push_str(content);
        }
        flowing = (content.ends_with(' ') && !signature).then_some(depth);
        if flowing.is_some() && delete_space {
            out.pop();
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flowed_lines_are_joined() {
        for (text, joined) in [
            ("one \ntwo\nthree", "one two\nthree"),
            ("> a \n> b\nc", "> a b\nc"),
            ("> a \nc", "> a \nc"),
            (" > no quote\n From x", "> no quote\nFrom x"),
            ("a\n-- \nWang \nLi", "a\n-- \nWang Li"),
            ("a\n\nb", "a\n\nb"),
        ] {
            assert_eq!(unflowed(text, false), joined, "{text:?}");
        }
        assert_eq!(unflowed("投 \n诉", true), "投诉");
    }
}
