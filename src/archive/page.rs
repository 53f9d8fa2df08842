//! `history.html`: a history for people, in one page that needs nothing else and runs nothing.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::record::{LetterKept, MailKept, Record};
use super::story::{self, Told};
use crate::case::{Entry, TextId};
use crate::markup;

const STYLE: &str = "body{font:16px/1.5 system-ui,'Noto Sans','PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif;\
margin:2rem auto;max-width:70rem;padding:0 1rem;color:#1a1a1a;background:#fff}\
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.4rem .6rem;\
border-bottom:1px solid #ccc}td.t{white-space:nowrap}blockquote{margin:.3rem 0;padding:.2rem .8rem;\
border-left:3px solid #999;white-space:pre-wrap;overflow-wrap:anywhere}.e{color:#666;font-style:italic}\
h2{margin-top:2rem}.h{font:12px monospace;color:#666;overflow-wrap:anywhere}";

/// A page with a title and what stands below it.
pub(super) fn frame(title: &str, body: &str) -> String {
    let title = escape(title);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n{body}</body>\n</html>\n"
    )
}

/// The page of a case's history: one row an entry.
pub fn page(record: &Record, entries: &[Entry], zone: Tz) -> String {
    let mut body = format!(
        "<p>Times are of {}. What is here can be checked against {}, entry by entry.</p>\n<h2>History</h2>\n\
         <table>\n<tr><th>#</th><th>Time</th><th>By</th><th>What happened</th></tr>\n",
        escape(zone.name()),
        super::HISTORY
    );
    for entry in entries {
        let told = entry.fact().ok().map(|fact| story::tell(&fact));
        body.push_str(&format!(
            "<tr id=\"e{0}\"><td>{0}</td><td class=\"t\">{1}</td><td>{2}</td><td>",
            entry.sequence,
            time(entry.at, zone),
            escape(&story::actor(&entry.actor))
        ));
        match told {
            Some(told) => body.push_str(&cell(&told, record, |_| true)),
            // of a newer program, or changed: shown as it stands
            None => body.push_str(&format!(
                "{}: <blockquote>{}</blockquote>",
                escape(&entry.event),
                escape(&entry.data)
            )),
        }
        body.push_str("</td></tr>\n");
    }
    body.push_str("</table>\n");
    body.push_str(&mails(&record.mails, zone));
    body.push_str(&letters(&record.letters, zone));
    if let Some(last) = record.history.last() {
        body.push_str(&format!(
            "<p class=\"h\">last hash of the chain: {}</p>\n",
            escape(&last.hash)
        ));
    }
    frame(&format!("Case {}", record.reference), &body)
}

/// What happened, with the words that people wrote, as far as they are shown.
pub(super) fn cell(told: &Told, record: &Record, shown: impl Fn(&story::Said) -> bool) -> String {
    let mut cell = escape(&told.what);
    if let Some(landed) = told.mail {
        let mail = record.mails.iter().find(|mail| mail.message == landed.0);
        match mail.map(|mail| (&mail.file, mail)) {
            Some((Some(file), mail)) => {
                cell.push_str(&format!(" {}", link(file, &heading(mail))));
            }
            Some((None, mail)) => cell.push_str(&format!(
                " {} {}",
                escape(&heading(mail)),
                gone("the mail was erased")
            )),
            None => {}
        }
    }
    for said in told.words.iter().filter(|said| shown(said)) {
        cell.push_str(&quote(said.what, &said.text, record));
    }
    cell
}

fn quote(what: &str, id: &TextId, record: &Record) -> String {
    match record.texts.get(&id.to_string()) {
        Some(text) => format!(
            "<br>{}:<blockquote>{}</blockquote>",
            escape(what),
            escape(text)
        ),
        None => format!("<br>{}: {}", escape(what), gone("erased")),
    }
}

fn heading(mail: &MailKept) -> String {
    if mail.subject.is_empty() {
        return "(no subject)".to_owned();
    }
    mail.subject.clone()
}

pub(super) fn mails(mails: &[MailKept], zone: Tz) -> String {
    let mut out = "<h2>Mails</h2>\n<table>\n<tr><th>Received</th><th>From</th><th>Subject</th><th>Files</th></tr>\n"
        .to_owned();
    for mail in mails {
        let files: Vec<String> = mail
            .attachments
            .iter()
            .map(|file| link(file, file.rsplit('/').next().unwrap_or(file)))
            .collect();
        let subject = match &mail.file {
            Some(file) => link(file, &heading(mail)),
            None => format!("{} {}", escape(&heading(mail)), gone("erased")),
        };
        out.push_str(&format!(
            "<tr><td class=\"t\">{}</td><td>{}</td><td>{subject}</td><td>{}</td></tr>\n",
            mail.received_at.map_or("–".to_owned(), |at| time(at, zone)),
            escape(mail.from.as_deref().unwrap_or("–")),
            files.join("<br>")
        ));
    }
    out + "</table>\n"
}

pub(super) fn letters(letters: &[LetterKept], zone: Tz) -> String {
    let mut out =
        "<h2>Letters</h2>\n<table>\n<tr><th>Written</th><th>To</th><th>Letter</th><th>State</th></tr>\n".to_owned();
    for letter in letters {
        let name = match &letter.file {
            Some(file) => link(file, &letter.letter.replace('_', " ")),
            None => format!("{} {}", escape(&letter.letter), gone("erased")),
        };
        let ended = letter
            .ended_at
            .map_or(String::new(), |at| format!(", {}", time(at, zone)));
        let reply = letter
            .reply
            .as_deref()
            .map_or(String::new(), |reply| format!(": {reply}"));
        out.push_str(&format!(
            "<tr><td class=\"t\">{}</td><td>{}</td><td>{name}</td><td>{}</td></tr>\n",
            time(letter.written_at, zone),
            escape(&letter.to),
            escape(&format!("{}{ended}{reply}", letter.state))
        ));
    }
    out + "</table>\n"
}

fn gone(what: &str) -> String {
    format!("<span class=\"e\">[{what}]</span>")
}

/// A link to a file of the dossier: its path holds letters, digits and what is safe in names.
fn link(path: &str, shown: &str) -> String {
    let mut target = String::new();
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_./()+".contains(&byte) {
            target.push(char::from(byte));
        } else {
            target.push_str(&format!("%{byte:02X}"));
        }
    }
    format!("<a href=\"{target}\">{}</a>", escape(shown))
}

pub(super) fn time(at: DateTime<Utc>, zone: Tz) -> String {
    at.with_timezone(&zone)
        .format("%Y-%m-%d %H:%M:%S %:z")
        .to_string()
}

/// Text in HTML. Control characters are shown as what can't be shown.
pub(super) fn escape(text: &str) -> String {
    markup::escape(text.chars().map(|c| match c {
        '\n' | '\t' => c,
        c if c.is_control() => '\u{fffd}',
        c => c,
    }))
}
