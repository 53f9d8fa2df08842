//! HTML as readable text, in one pass over the tags: time and memory are linear in the input, whatever
//! is left open or nested. Quotations become `>` lines, so that one reader of replies serves both.

mod entities;
mod tags;

use tags::{Attributes, Token, Tokens};

/// Most levels of quotation shown.
const DEEPEST_QUOTE: usize = 20;
/// Most open elements remembered; beyond that, nesting is ignored.
const MOST_OPEN: usize = 500;
/// How Outlook draws a rule in plain text.
pub(super) const RULE: &str = "________________________________";

/// The text of a page: links and lists kept, scripts, styles and hidden parts gone.
pub(super) fn to_text(html: &str) -> String {
    let mut page = Page::default();
    page.read(html);
    if page.hidden.is_some() {
        // what was hidden never ended: then better too much than the customer's words lost
        page = Page {
            show_hidden: true,
            ..Page::default()
        };
        page.read(html);
    }
    page.out.truncate(page.out.trim_end().len());
    page.out
}

/// An element that changes how its text is shown until it ends.
struct Open<'a> {
    name: &'a str,
    effect: Effect,
}

enum Effect {
    Quote,
    Preformatted,
    /// The next number, of numbered lists.
    List(Option<u32>),
    Link {
        target: String,
        from: usize,
    },
}

#[derive(Default)]
struct Page<'a> {
    out: String,
    open: Vec<Open<'a>>,
    quotes: usize,
    /// How deep in quotations the last text stood.
    last_quotes: usize,
    preformatted: usize,
    /// Line ends owed before the next text: 1 ends the line, 2 leaves a line empty.
    breaks: usize,
    space: bool,
    /// The hidden element, and how many of its name are open in it.
    hidden: Option<(&'a str, usize)>,
    show_hidden: bool,
}

impl<'a> Page<'a> {
    fn read(&mut self, html: &'a str) {
        for token in Tokens::of(html) {
            match token {
                Token::Text(text) if self.hidden.is_none() => self.text(text),
                Token::Text(_) => {}
                Token::Open(name, attributes) => self.element(name, attributes),
                Token::Close(name) => self.end(name),
            }
        }
    }

    fn element(&mut self, name: &'a str, attributes: Attributes<'a>) {
        if let Some((hidden, depth)) = &mut self.hidden {
            *depth += usize::from(name.eq_ignore_ascii_case(hidden));
            return;
        }
        let lower = name.to_ascii_lowercase();
        let lower = lower.as_str();
        if !tags::is_void(lower) && !self.show_hidden && attributes.hide() {
            self.hidden = Some((name, 1));
            return;
        }
        match lower {
            "br" => self.line_break(),
            "hr" => {
                self.block(1);
                self.word(RULE);
                self.block(1);
            }
            "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "dl" => self.block(2),
            "pre" => {
                self.block(2);
                self.push(name, Effect::Preformatted);
            }
            "ul" => {
                self.block(1);
                self.push(name, Effect::List(None));
            }
            "ol" => {
                self.block(1);
                self.push(name, Effect::List(Some(1)));
            }
            "li" => self.item(),
            "blockquote" if !attributes.only_indents() => {
                self.block(1);
                self.push(name, Effect::Quote);
            }
            "td" | "th" => self.cell(),
            "a" => {
                if let Some(target) = attributes.get("href").filter(|href| tags::is_link(href)) {
                    let from = self.out.len();
                    self.push(name, Effect::Link { target, from });
                }
            }
            "img" => {
                if let Some(alt) = attributes.get("alt").filter(|alt| !alt.trim().is_empty()) {
                    self.word(&format!("[{}]", alt.trim()));
                }
            }
            _ if tags::is_block(lower) => self.block(1),
            _ => {}
        }
    }

    fn end(&mut self, name: &str) {
        if let Some((hidden, depth)) = &mut self.hidden {
            if name.eq_ignore_ascii_case(hidden) {
                *depth -= 1;
                if *depth == 0 {
                    self.hidden = None;
                }
            }
            return;
        }
        let lower = name.to_ascii_lowercase();
        match lower.as_str() {
            "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "ul" | "ol" | "dl" | "pre" => {
                self.block(if lower == "ul" || lower == "ol" { 1 } else { 2 });
            }
            other if tags::is_block(other) => self.block(1),
            _ => {}
        }
        // a look at the nearest few only: anything may have been left open
        let nearest = self.open.iter().rev().take(20);
        if let Some(back) = nearest
            .map(|open| open.name)
            .position(|open| name.eq_ignore_ascii_case(open))
        {
            for _ in 0..=back {
                self.pop();
            }
        }
    }

    fn push(&mut self, name: &'a str, effect: Effect) {
        if self.open.len() >= MOST_OPEN {
            return;
        }
        match &effect {
            Effect::Quote => self.quotes += 1,
            Effect::Preformatted => self.preformatted += 1,
            Effect::List(_) | Effect::Link { .. } => {}
        }
        self.open.push(Open { name, effect });
    }

    fn pop(&mut self) {
        let Some(open) = self.open.pop() else {
            return;
        };
        match open.effect {
            Effect::Quote => {
                self.quotes -= 1;
                self.block(1);
            }
            Effect::Preformatted => self.preformatted -= 1,
            Effect::List(_) => {}
            Effect::Link { target, from } => {
                let shown = self.out.get(from..).unwrap_or("").trim();
                let bare = tags::bare(&target);
                if !shown.is_empty() && tags::bare(shown) != bare && !shown.contains(bare) {
                    self.space = true;
                    self.word(&format!("<{target}>"));
                }
            }
        }
    }

    fn text(&mut self, text: &str) {
        let text = entities::decode(text);
        if self.preformatted > 0 {
            for (i, line) in text.split('\n').enumerate() {
                if i > 0 {
                    self.line_break();
                }
                let line = line.trim_end_matches('\r');
                if !line.is_empty() {
                    self.word(line);
                }
            }
            return;
        }
        let mut words = text.split(|c: char| c.is_ascii_whitespace()).peekable();
        while let Some(word) = words.next() {
            if !word.is_empty() {
                self.word(word);
            }
            if words.peek().is_some() {
                self.space = true;
            }
        }
    }

    /// Text as it is to stand, after the line ends and the space that are owed.
    fn word(&mut self, word: &str) {
        // what only keeps a line open is an empty line
        if word.chars().all(|c| c == '\u{a0}') && (self.out.is_empty() || self.breaks > 0) {
            self.space = true;
            return;
        }
        self.settle();
        // a space that must not break is still a space
        if word.contains('\u{a0}') {
            self.out.push_str(&word.replace('\u{a0}', " "));
        } else {
            self.out.push_str(word);
        }
    }

    fn settle(&mut self) {
        let line_start = self.out.is_empty() || self.breaks > 0;
        if !self.out.is_empty() {
            for left in (0..self.breaks).rev() {
                self.out.push('\n');
                // an empty line between quotations of two depths belongs to the outer one
                let quotes = self.quotes.min(self.last_quotes).min(DEEPEST_QUOTE);
                if left > 0 {
                    self.out.push_str(&">".repeat(quotes));
                }
            }
        }
        if line_start {
            if self.quotes > 0 {
                self.out
                    .push_str(&">".repeat(self.quotes.min(DEEPEST_QUOTE)));
                self.out.push(' ');
            }
        } else if self.space {
            self.out.push(' ');
        }
        (self.breaks, self.space) = (0, false);
        self.last_quotes = self.quotes;
    }

    /// A `<br>`: each is a line end of its own.
    fn line_break(&mut self) {
        self.breaks = (self.breaks + 1).min(3);
        self.space = false;
    }

    /// The start or end of a block: at least so many line ends.
    fn block(&mut self, breaks: usize) {
        self.breaks = self.breaks.max(breaks);
        self.space = false;
    }

    fn item(&mut self) {
        self.block(1);
        let number = self
            .open
            .iter_mut()
            .rev()
            .find_map(|open| match &mut open.effect {
                Effect::List(number) => Some(number),
                Effect::Quote | Effect::Preformatted | Effect::Link { .. } => None,
            });
        let mark = match number {
            Some(Some(number)) => {
                *number = number.saturating_add(1);
                format!("{}.", *number - 1)
            }
            _ => "-".to_owned(),
        };
        self.word(&mark);
        self.space = true;
    }

    /// Cells of a row stand on one line, a tab between them.
    fn cell(&mut self) {
        if self.breaks == 0 && !self.out.is_empty() && !self.out.ends_with(['\t', '\n']) {
            self.out.push('\t');
        }
        self.space = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_become_text() {
        for (html, text) in [
            ("<p>One</p><p>Two</p>", "One\n\nTwo"),
            ("<div>One</div><div>Two<br>Three</div>", "One\nTwo\nThree"),
            ("a  b\n c<b>d</b> <i>e</i>", "a b cd e"),
            (
                "&lt;a&gt; &amp;amp; &#20320;&#x597d; &euro;&nbsp;5 &bogus; &",
                "<a> &amp; 你好 € 5 &bogus; &",
            ),
            (
                "<a href='https://x.example/y'>here</a>!",
                "here <https://x.example/y>!",
            ),
            (
                "<a href=https://x.example/>https://x.example</a>",
                "https://x.example",
            ),
            ("<a href=\"javascript:alert(1)\">x</a>", "x"),
            (
                "<a href=\"mailto:a@b.example\">a@b.example</a>",
                "a@b.example",
            ),
            (
                "<script>evil()</script><style>p{}</style>ok<!-- no -->",
                "ok",
            ),
            (
                "<span style='display: none'>pre<span>x</span></span>shown",
                "shown",
            ),
            (
                "<div style='display:none'>never closed, so shown",
                "never closed, so shown",
            ),
            (
                "<ul><li>a<li>b</ul><ol><li>c</li><li>d</li></ol>",
                "- a\n- b\n1. c\n2. d",
            ),
            (
                "<table><tr><td>a</td><td>b</td></tr><tr><td>c<td>d</table>",
                "a\tb\nc\td",
            ),
            (
                "Yes.<br>On Monday Wang wrote:<blockquote>one<br><br>two<blockquote>three</blockquote></blockquote>after",
                "Yes.\nOn Monday Wang wrote:\n> one\n>\n> two\n>> three\nafter",
            ),
            (
                "<blockquote style='margin:0 0 0 40px;border:none'>indented</blockquote>",
                "indented",
            ),
            ("<pre>a\n  b</pre>", "a\n  b"),
            ("<img src=x alt='a picture'><img src=y>", "[a picture]"),
            ("x<hr>y", "x\n________________________________\ny"),
            ("<p>a < b and b > c</p>", "a < b and b > c"),
            ("<p", ""),
            ("", ""),
        ] {
            assert_eq!(to_text(html), text, "{html}");
        }
    }

    #[test]
    fn bombs_are_read_in_linear_time() {
        for bomb in [
            "<blockquote>".repeat(100_000),
            "<b><i x=1>".repeat(100_000),
            "<a href='http://x/'>y".repeat(50_000),
            "<".repeat(500_000),
            "<p a='".repeat(100_000),
            "&".repeat(500_000),
            "<!--".repeat(100_000),
            "<script>".repeat(100_000),
            "</p>".repeat(200_000),
        ] {
            to_text(&bomb);
        }
    }
}
