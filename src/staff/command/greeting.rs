//! What people put before and behind their words out of habit: a greeting, a closing, their name.

use crate::staff::typed::{self, folded};

/// Longest greeting, in characters.
const LONGEST: usize = 40;
/// Most lines of a signature.
const MOST_LINES: usize = 20;

/// Whether a line is a greeting: `Hi,`, `您好：`, `Dear team,`, `李娜：`.
pub(super) fn is_greeting(line: &str) -> bool {
    if line.chars().take(LONGEST + 1).count() > LONGEST {
        return false;
    }
    let line = folded(line);
    let words = line.trim_end_matches(|c: char| ",:!.~、。 ".contains(c));
    let words = words.trim_end_matches("呀").trim_end_matches("啊");
    const BEGIN: [&str; 18] = [
        "hi",
        "hello",
        "hey",
        "dear",
        "good morning",
        "good afternoon",
        "good evening",
        "good day",
        "morning",
        "greetings",
        "to whom it may concern",
        "您好",
        "你好",
        "大家好",
        "各位",
        "尊敬的",
        "亲爱的",
        "早上好",
    ];
    let begins = BEGIN
        .iter()
        .any(|word| words == *word || typed::after(words, word).is_some_and(is_name));
    let ends = ["您好", "你好", "好", "上午好", "下午好"]
        .iter()
        .any(|word| {
            words
                .strip_suffix(word)
                .is_some_and(|rest| is_name(rest) || rest.is_empty())
        });
    // a name alone, as one begins a letter with
    let addressed = line.ends_with([',', ':']) && is_name(words);
    begins || ends || addressed
}

/// Whether a line says nothing at all: a greeting or closing without another word.
pub(super) fn says_nothing(line: &str) -> bool {
    let known = |line: &str| {
        let line = folded(line);
        let words = line.trim_end_matches(|c: char| ",:!.。 ".contains(c));
        matches!(
            words,
            "hi" | "hello" | "hey" | "hi all" | "dear all" | "您好" | "你好" | "大家好"
        )
    };
    blank(line) || (line.len() <= 120 && known(line)) || is_closing(line)
}

/// Few words, and no sentence.
fn is_name(words: &str) -> bool {
    let words = words.trim_matches([' ', ',']);
    let several = words.split(' ').count() <= 4 && words.chars().count() <= 24;
    several && !words.contains(['.', '。', '?', ';', '@', '/'])
}

/// Where the signature at the end of some lines begins; their number where there is none. `names` are the sender's
/// own. A closing without a name counts only where `closings` do: in words to a customer it's the writer's.
pub(super) fn signature(lines: &[&str], names: &[String], closings: bool) -> usize {
    let from = lines.len().saturating_sub(MOST_LINES);
    for (at, line) in lines.iter().enumerate().skip(from) {
        // RFC 3676 §4.3, with or without the blank that editors cut off
        if matches!(typed::bare(line), "--" | "—" | "——") {
            return trimmed(lines, at);
        }
        let below = &lines[at + 1..];
        let apart = at == 0 || blank(lines[at - 1]);
        let closing = is_closing(line);
        if closing && apart && closings && below.iter().all(|line| is_short(line)) {
            return trimmed(lines, at);
        }
        let above = lines[..at].iter().rposition(|line| !blank(line));
        let closed = above.filter(|above| is_closing(lines[*above]));
        if is_own(line, names)
            && (apart || closed.is_some())
            && below.iter().all(|line| is_short(line))
        {
            return trimmed(lines, closed.unwrap_or(at));
        }
    }
    trimmed(lines, lines.len())
}

fn trimmed(lines: &[&str], end: usize) -> usize {
    lines[..end]
        .iter()
        .rposition(|line| !blank(line))
        .map_or(0, |last| last + 1)
}

pub(super) fn blank(line: &str) -> bool {
    line.chars().all(typed::is_blank)
}

fn is_short(line: &str) -> bool {
    line.chars().take(81).count() <= 80
}

fn is_own(line: &str, names: &[String]) -> bool {
    if line.len() > 200 {
        return false;
    }
    let line = folded(line);
    let line = line.trim_matches([',', '.', '-', '—', ' ', '*']);
    !line.is_empty() && names.iter().any(|name| name == line)
}

fn is_closing(line: &str) -> bool {
    if line.len() > 120 {
        return false;
    }
    let line = folded(line);
    matches!(
        line.trim_end_matches([',', '.', '!', '。', ' ']),
        "regards"
            | "best regards"
            | "kind regards"
            | "warm regards"
            | "with kind regards"
            | "best"
            | "best wishes"
            | "all the best"
            | "cheers"
            | "thanks"
            | "many thanks"
            | "thank you"
            | "thx"
            | "br"
            | "sincerely"
            | "yours sincerely"
            | "yours faithfully"
            | "yours"
            | "谢谢"
            | "多谢"
            | "此致"
            | "敬礼"
            | "此致敬礼"
            | "此致 敬礼"
            | "祝好"
            | "顺颂商祺"
            | "祝商祺"
            | "致礼"
            | "谢谢您"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn greetings_are_known_and_sentences_arent() {
        for line in [
            "Hi,",
            "Hi",
            "Hello Redress,",
            "Dear team,",
            "Dear all:",
            "您好：",
            "您好！",
            "Redress 您好，",
            "王经理好",
            "各位同事：",
            "李娜：",
            "Team,",
            "Good morning!",
        ] {
            assert!(is_greeting(line), "{line}");
        }
        for line in [
            "Hi there, I have looked into it and found nothing.",
            "Please accept this case.",
            "The customer called.",
            "客户来电，说包裹已收到。",
            "highlights",
            "accept",
            "",
        ] {
            assert!(!is_greeting(line), "{line}");
        }
    }

    #[test]
    fn a_signature_is_cut_and_words_arent() {
        let names = ["li na".to_owned(), "李娜".to_owned()];
        for (text, closings, kept) in [
            ("words\n\nLi Na\nCustomer Care", false, 1),
            ("words\n\nBest regards,\nLi Na", false, 1),
            (
                "words\n\nBest regards,\n\nLi Na\n+44 20 7946 0958",
                false,
                1,
            ),
            ("words\n\n谢谢！\n李娜", false, 1),
            ("words\n-- \nanything", false, 1),
            ("words\n\nBest regards", false, 3),
            ("words\n\nBest regards\nCare Team", true, 1),
            ("words\nLi Na\nsays so", false, 3),
            ("\nLi Na", true, 0),
            ("words", true, 1),
            ("", true, 0),
        ] {
            let lines: Vec<&str> = text.lines().collect();
            assert_eq!(signature(&lines, &names, closings), kept, "{text}");
        }
    }
}
