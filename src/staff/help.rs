//! Help for staff: one page for all commands, and a paragraph for each.

use super::Tongue;
use super::command::{Takes, Word, row};

/// The page that `/help` is answered with, and that a new member of staff is sent.
pub fn page(tongue: Tongue) -> &'static str {
    match tongue {
        Tongue::English => include_str!("../../config/staff/help.en.txt"),
        Tongue::Chinese => include_str!("../../config/staff/help.zh.txt"),
    }
}

/// What one command does, all its names, and an example.
pub fn about(word: Word, tongue: Tongue) -> String {
    let row = row(word);
    let names: Vec<String> = row.names().map(|name| format!("/{name}")).collect();
    let (names, takes) = (names.join(" "), takes(row.takes, tongue));
    match tongue {
        Tongue::English => format!(
            "/{}: {}.\n{takes}\nExample: {}\nNames: {names}\n",
            row.word, row.does[0], row.example[0]
        ),
        Tongue::Chinese => format!(
            "/{}：{}。\n{takes}\n示例：{}\n可用名称：{names}\n",
            row.chinese[0], row.does[1], row.example[1]
        ),
    }
}

fn takes(takes: Takes, tongue: Tongue) -> &'static str {
    match (takes, tongue) {
        (Takes::Nothing, Tongue::English) => "It stands alone on its line.",
        (Takes::Nothing, Tongue::Chinese) => "单独一行即可。",
        (Takes::Reason, Tongue::English) => "The reason may go on over several lines.",
        (Takes::Reason, Tongue::Chinese) => "理由可以写多行。",
        (Takes::Line, Tongue::English) => "All of it stands on one line.",
        (Takes::Line, Tongue::Chinese) => "全部写在一行内。",
        (Takes::Words, Tongue::English) => {
            "The words may go on over several lines, up to the next command."
        }
        (Takes::Words, Tongue::Chinese) => "内容可以写多行，到下一条命令为止。",
        (Takes::Letter, Tongue::English) => {
            "The words may go on over several lines, up to the next command. The customer reads them."
        }
        (Takes::Letter, Tongue::Chinese) => {
            "内容可以写多行，到下一条命令为止。客户会看到这些文字。"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::staff::command::{Command, Parsed, TABLE, parse};

    #[test]
    fn the_page_names_every_command_and_fits_a_page() {
        for tongue in Tongue::ALL {
            let page = page(tongue);
            assert!(page.lines().count() <= 50, "{tongue:?}");
            for line in page.lines() {
                let width = unicode_width::UnicodeWidthStr::width(line);
                assert!(width <= 110, "{width}: {line}");
            }
            for row in TABLE {
                let name = match tongue {
                    Tongue::English => row.word.as_str(),
                    Tongue::Chinese => row.chinese[0],
                };
                let named = page.match_indices(&format!("/{name}")).any(|(at, found)| {
                    let next = page[at + found.len()..].chars().next();
                    !next.is_some_and(|next| next.is_ascii_lowercase())
                });
                assert!(named, "{name} isn't on the {tongue:?} page");
            }
        }
    }

    #[test]
    fn every_example_is_what_it_explains() {
        for row in TABLE {
            for example in row.example {
                let needs_reasons = matches!(row.word, Word::Resolve | Word::Outcome);
                let text = match (needs_reasons, row.word) {
                    (true, _) => format!("{example}\nIt was lost."),
                    (false, Word::Reason) => format!("/hold\n{example}"),
                    (false, _) => example.to_owned(),
                };
                let Ok(Parsed::Commands(commands)) = parse(&text, &[]) else {
                    panic!("{example}");
                };
                assert_eq!(commands.len(), 1, "{example}");
                if let Command::Help { about } = &commands[0].command {
                    assert_eq!(*about, Some(Word::Resolve), "{example}");
                }
            }
            for tongue in Tongue::ALL {
                let text = about(row.word, tongue);
                assert!(row.names().all(|name| text.contains(name)), "{text}");
            }
        }
    }
}
