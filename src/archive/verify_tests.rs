use std::collections::{BTreeMap, BTreeSet};

use chrono::DateTime;

use super::*;
use crate::archive::{File, LetterKept, Listed, MailKept, mail_files, page};
use crate::case::{Actor, Chain, Channel, Look};
use crate::ids::LandedId;
use crate::language::Language;
use crate::policy::Letter;

const RAW: &[u8] = b"From: a@b.test\r\nSubject: <b>cup</b>\r\n\r\nbroken\r\n";

fn record() -> (Record, Vec<Entry>, File) {
    let at = DateTime::from_timestamp(1_790_000_000, 123_456_000).unwrap();
    let reference = CaseRef::new(2026, 17);
    let mail = mail_files(1, RAW.to_vec()).remove(0);
    let (note, erased) = ("她很生气 <script>", "secret");
    let mut chain = Chain::START;
    let facts = [
        Fact::Received {
            landed: Some(LandedId(5)),
            received_at: at,
            channel: Channel::Email,
            language: Language::EN,
            profile: "default".into(),
            words: None,
            gives: BTreeSet::new(),
            follows: None,
            resembles: None,
            flood: false,
        },
        Fact::LetterQueued {
            letter: Letter::Acknowledgement,
        },
        Fact::Noted {
            words: TextId::of(note),
        },
        Fact::Noted {
            words: TextId::of(erased),
        },
        Fact::Looked { how: Look::Export },
    ];
    let entries: Vec<Entry> = facts
        .iter()
        .map(|fact| chain.append(reference, at, &Actor::operator("root"), fact))
        .collect();
    let texts = BTreeMap::from([(TextId::of(note).to_string(), note.to_owned())]);
    let mails = vec![MailKept {
        message: 5,
        received_at: Some(at),
        from: Some("a@b.test".into()),
        subject: "<b>cup</b>".into(),
        nature: "human".into(),
        sha256: Some(sha256(RAW)),
        whole: true,
        file: Some(mail.path.clone()),
        attachments: vec![],
    }];
    let letters = vec![LetterKept {
        letter: "acknowledgement".into(),
        message_id: "x@y.test".into(),
        to: "a@b.test".into(),
        state: "sent".into(),
        written_at: at,
        ended_at: None,
        reply: None,
        file: None,
    }];
    (
        Record::new(reference, &entries, texts, mails, letters),
        entries,
        mail,
    )
}

/// What is wrong with a dossier of this record, whose index is true to it.
fn found(change: impl Fn(&mut Record, &mut Contents)) -> Vec<String> {
    let (mut record, _, mail) = record();
    let mut contents = Contents::default();
    contents.files.insert(
        mail.path,
        Seen {
            size: mail.bytes.len() as u64,
            sha256: sha256(&mail.bytes),
        },
    );
    change(&mut record, &mut contents);
    let history = serde_json::to_vec(&record).unwrap();
    contents.files.insert(
        HISTORY.to_owned(),
        Seen {
            size: history.len() as u64,
            sha256: sha256(&history),
        },
    );
    let files = contents.files.iter().map(|(path, seen)| Listed {
        path: path.clone(),
        size: seen.size,
        sha256: seen.sha256.clone(),
    });
    let index = Index::new(
        Kind::Case,
        "C-2026-000017-9".into(),
        "now".into(),
        "operator:root".into(),
        "Asia/Shanghai".into(),
        files.collect(),
    );
    contents.index = Some(serde_json::to_vec(&index).unwrap());
    contents.history = Some(history);
    let (_, findings) = verify(&contents);
    findings.iter().map(Finding::to_string).collect()
}

#[test]
fn a_dossier_as_it_was_made_is_whole_and_erased_words_are_no_fault() {
    assert_eq!(found(|_, _| {}), Vec::<String>::new());
    let (record, ..) = record();
    assert_eq!(record.erased.len(), 1);
}

#[test]
fn what_is_wrong_is_found_even_where_the_index_was_made_anew() {
    type Change = fn(&mut Record, &mut Contents);
    let changes: [(Change, &str); 11] = [
        (
            |r, _| drop(r.history.pop()),
            "doesn't know that it was exported by",
        ),
        (
            |r, _| r.history[2].actor = "li.na".into(),
            "breaks at entry 3",
        ),
        (|r, _| drop(r.history.remove(1)), "breaks at entry 2"),
        (
            |r, _| r.history[1].at = "soon".into(),
            "its time can't be read",
        ),
        (
            |r, _| r.texts.values_mut().for_each(|text| text.push('!')),
            "were changed",
        ),
        (|r, _| r.texts.clear(), "are missing"),
        (
            |r, _| drop(r.texts.insert(sha256(b"new"), "new".into())),
            "no entry refers to them",
        ),
        (|r, _| r.mails.clear(), "mail 5 of the history is missing"),
        (
            |r, _| r.mails[0].sha256 = Some("0".repeat(64)),
            "mail 5 isn't the one in mails/0001.eml",
        ),
        (|r, _| r.letters.clear(), "letters are missing: 1 of kind"),
        (
            |_, c| {
                let seen = Seen {
                    size: 1,
                    sha256: sha256(b"x"),
                };
                c.files.insert("mails/0002.eml".into(), seen);
            },
            "doesn't name mails/0002.eml",
        ),
    ];
    for (change, expected) in changes {
        let all = found(change);
        assert!(
            all.iter().any(|one| one.contains(expected)),
            "{expected} is missing in {all:?}"
        );
    }
}

#[test]
fn a_page_shows_words_of_any_script_and_runs_none_of_them() {
    let (record, entries, _) = record();
    let page = page(&record, &entries, chrono_tz::Asia::Shanghai);
    for part in [
        "她很生气 &lt;script&gt;",
        "<span class=\"e\">[erased]</span>",
        "root (command line)",
        "+08:00",
        "<a href=\"mails/0001.eml\">&lt;b&gt;cup&lt;/b&gt;</a>",
        "A letter was written: acknowledgement.",
    ] {
        assert!(page.contains(part), "{part} is missing in {page}");
    }
    assert!(!page.contains("<script") && !page.contains("http://"));
}
