//! Lines that a mail client broke for good in the plain version of a text (Gmail does, at 78 columns), put together
//! again where its HTML shows them whole. Nothing else is taken from the HTML.

/// Shorter lines weren't broken.
const SHORTEST: usize = 50;
/// Longer ones are of no client that breaks lines.
const LONGEST: usize = 100;
/// Most lines that were one.
const MOST: usize = 40;

/// Whether some line may have been broken.
pub(super) fn may_be(text: &str) -> bool {
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if is_full(line) && lines.peek().is_some_and(|next| goes_on(next)) {
            return true;
        }
    }
    false
}

/// The text with the lines of `shown`, where several lines of it make one of those.
pub(super) fn mended(text: &str, shown: &str) -> String {
    let mut whole: Vec<String> = shown
        .lines()
        .map(plain)
        .filter(|line| line.len() > SHORTEST)
        .collect();
    whole.sort_unstable();
    // the first line that isn't before this one begins with it, or none does
    let first = |start: &str| {
        let at = whole.partition_point(|line| line.as_str() < start);
        whole.get(at).filter(|line| line.starts_with(start))
    };
    let lines: Vec<&str> = text.lines().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        let mut joined = plain(line);
        let mut ends = None;
        if is_full(line) && first(&joined).is_some_and(|one| *one != joined) {
            for (next, more) in lines.iter().enumerate().skip(at + 1).take(MOST) {
                if !goes_on(more) {
                    break;
                }
                joined.push(' ');
                joined.push_str(&plain(more));
                match first(&joined) {
                    Some(one) if *one == joined => {
                        ends = Some(next);
                        break;
                    }
                    Some(_) => {}
                    None => break,
                }
            }
        }
        match ends {
            Some(end) => {
                out.push_str(&joined);
                at = end;
            }
            None => out.push_str(line),
        }
        out.push('\n');
        at += 1;
    }
    out
}

fn is_full(line: &str) -> bool {
    !line.starts_with('>') && (SHORTEST..=LONGEST).contains(&line.chars().take(LONGEST + 1).count())
}

fn goes_on(line: &str) -> bool {
    !line.trim().is_empty() && !line.starts_with('>')
}

fn plain(line: &str) -> String {
    let words: Vec<&str> = line.split_whitespace().collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_lines_are_put_together_where_the_html_shows_them_whole() {
        let long = "/resolve partly; remedy we refund 120 yuan and send another cup of the same kind; cause delay";
        let broken = "Hi\n/resolve partly; remedy we refund 120 yuan and send another cup of the same\nkind; cause delay\nIt was lost.\n";
        assert!(may_be(broken));
        let shown = format!("Hi\n{long}\nIt was lost.");
        assert_eq!(mended(broken, &shown), format!("{shown}\n"));
        // three lines, and blanks that nobody sees
        let three = format!("{long} {long} {long}");
        let (a, b) = three.split_at(three[..90].rfind(' ').unwrap());
        let (b, c) = b.split_at(b[..90].rfind(' ').unwrap());
        let text = format!("{a}\n{b}\n{c}\n");
        let nbsp = three.replacen(' ', "\u{a0}", 1);
        assert_eq!(mended(&text, &nbsp), format!("{three}\n"));
        assert_eq!(mended(&text, &three), format!("{three}\n"));
    }

    #[test]
    fn lines_that_are_lines_stay() {
        let text = "The first line is one that the writer meant to end here, like this.\nAnd this is the second.\n";
        assert!(may_be(text));
        for shown in [
            text,
            "",
            "Something else altogether, of no meaning at all for anybody who reads it",
        ] {
            assert_eq!(mended(text, shown), text);
        }
        // a line of its own in the HTML, although another begins the same
        let both = format!("{text}{}", text.replace('\n', " "));
        assert_eq!(mended(text, &both), text);
        assert!(!may_be("short\nlines\n"));
        assert!(!may_be(&format!("> {}\n> x\n", "quoted ".repeat(9))));
    }
}
