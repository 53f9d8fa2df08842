//! The archive: cases are found, leave the house as dossiers that prove themselves, and nobody looks unseen.

use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use redress::case::Entry;
use serde_json::{Value, json};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use crate::story::STAFF;
use crate::support::{Daemon, Site};

const CUP: &[u8] = b"\xff\xd8\xff\xe0\0\x10JFIF";

/// A case with mails, files, letters and words of staff.
struct Archive {
    site: Site,
    reference: String,
    raw: String,
    _daemon: Daemon,
}

impl Archive {
    async fn new() -> Archive {
        let site = Site::new().await;
        site.configure("", "", STAFF);
        let raw = "From: =?utf-8?B?546L5Lyf?= <Wang@customers.test>\nTo: complaints@example.com\n\
             Subject: =?utf-8?B?6Iy25p2v56C05o2f?=\nMessage-ID: <1.archive@customers.test>\nMIME-Version: 1.0\n\
             Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; charset=utf-8\n\n\
             我上周买的茶杯送到时已经碎了，iPhone 照片见附件。\n\
             --b\nContent-Type: image/jpeg\nContent-Disposition: attachment; filename=\"../../cup photo.jpg\"\n\
             Content-Transfer-Encoding: base64\n\n/9j/4AAQSkZJRg==\n\
             --b\nContent-Type: text/html\nContent-Disposition: attachment; filename=\"order.html\"\n\n\
             <script>alert(1)</script>\n--b--\n"
            .to_owned();
        site.deliver(&raw);
        site.deliver(
            "From: Bob <bob@other.test>\nTo: complaints@example.com\nSubject: Late\n\
             Message-ID: <2.archive@other.test>\n\nMy parcel is late, says Zebulon.\n",
        );
        let daemon = site.daemon();
        site.acknowledged(2).await;
        let reference = sqlx::query_scalar(
            "select c.reference from cases c join party p on p.id = c.customer_id where p.address ilike 'wang%'",
        )
        .fetch_one(&site.sql)
        .await
        .unwrap();
        let archive = Archive {
            site,
            reference,
            raw,
            _daemon: daemon,
        };
        for act in [
            &["accept"][..],
            &["note", "仓库说 <b>包裹</b> 被压过 quokka"],
            &["reply", "We are looking into it."],
        ] {
            let mut arguments = vec!["case", "act", &archive.reference, "--as", "li.na"];
            arguments.extend(act);
            let (status, out, error) = archive.site.redress(&arguments).await;
            assert_eq!(status, 0, "{out}{error}");
        }
        archive
            .site
            .until(
                "select count(*) from outbox where state in ('queued', 'sending') or (letter is not null and not told)",
                0,
            )
            .await;
        archive
    }

    fn path(&self, name: &str) -> PathBuf {
        self.site.folder.path().join(name)
    }

    async fn export(&self, name: &str, more: &[&str]) -> PathBuf {
        let path = self.path(name);
        let to = path.to_str().unwrap();
        let mut arguments = vec!["case", "export", &self.reference, "--to", to];
        arguments.extend(more);
        let (status, out, error) = self.site.redress(&arguments).await;
        assert_eq!(status, 0, "{out}{error}");
        path
    }

    async fn verify(&self, path: &Path) -> (i32, String) {
        let (status, out, error) = self
            .site
            .redress(&["audit", "verify", path.to_str().unwrap()])
            .await;
        (status, format!("{out}{error}"))
    }

    async fn found(&self, words: &[&str]) -> Vec<Value> {
        let mut arguments = vec!["case", "search", "--json"];
        arguments.extend(words);
        let (status, out, error) = self.site.redress(&arguments).await;
        assert_eq!(status, 0, "{error}");
        let value: Value = serde_json::from_str(&out).unwrap();
        value["cases"].as_array().unwrap().clone()
    }

    async fn history(&self) -> Vec<(String, String, String)> {
        sqlx::query_as(
            "select h.actor, h.event, h.data::text from history h join cases c on c.id = h.case_id
             where c.reference = $1 order by h.sequence",
        )
        .bind(&self.reference)
        .fetch_all(&self.site.sql)
        .await
        .unwrap()
    }
}

/// Every file below a folder.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    fn collect(root: &Path, folder: &Path, all: &mut BTreeMap<String, Vec<u8>>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(root, &path, all);
            } else {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap();
                all.insert(name.to_owned(), std::fs::read(&path).unwrap());
            }
        }
    }
    let mut all = BTreeMap::new();
    collect(folder, folder, &mut all);
    all
}

fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer
            .start_file(*name, SimpleFileOptions::default())
            .unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[tokio::test]
async fn a_dossier_is_whole_proves_itself_and_every_change_of_it_is_found() {
    let archive = Archive::new().await;
    let folder = archive.export("dossier", &[]).await;
    let all = files(&folder);
    let names: Vec<&str> = all.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "attachments/0001-01-cup_photo.jpg",
            "attachments/0001-02-order.html.bin",
            "history.html",
            "history.json",
            "index.json",
            "letters/0001-acknowledgement.eml",
            "letters/0002-update.eml",
            "mails/0001.eml",
        ]
    );
    let mail = String::from_utf8(all["mails/0001.eml"].clone()).unwrap();
    assert!(mail.replace("\r\n", "\n").contains(&archive.raw));
    assert_eq!(all["attachments/0001-01-cup_photo.jpg"], CUP);
    let sent: Vec<Vec<u8>> = archive
        .site
        .smtp
        .received()
        .iter()
        .map(|mail| mail.bytes.clone())
        .collect();
    let letter = &all["letters/0002-update.eml"];
    let same = |mail: &[u8]| mail.trim_ascii_end() == letter.trim_ascii_end();
    assert!(sent.iter().any(|mail| same(mail)), "as it was sent");
    let page = String::from_utf8(all["history.html"].clone()).unwrap();
    for part in [
        "仓库说 &lt;b&gt;包裹&lt;/b&gt; 被压过",
        "li.na took up the case.",
        "+08:00",
        "茶杯破损",
        "looked at from the command line (export)",
    ] {
        assert!(page.contains(part), "{part} is missing in {page}");
    }
    for (name, path) in [
        ("", folder.clone()),
        ("file", folder.join("mails/0001.eml")),
    ] {
        let mode = std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, if name.is_empty() { 0o700 } else { 0o600 });
    }
    let (status, said) = archive.verify(&folder).await;
    assert_eq!(status, 0, "{said}");
    assert!(said.contains("is whole: 7 files"), "{said}");

    // each kind of file, changed, taken away, added
    for name in all.keys() {
        let path = folder.join(name);
        let mut changed = all[name].clone();
        let middle = changed.len() / 2;
        changed[middle] ^= 1;
        std::fs::write(&path, changed).unwrap();
        let (status, said) = archive.verify(&folder).await;
        assert_eq!(status, 65, "{name} was changed: {said}");
        // what the index says of a file is wrong then
        assert!(
            said.contains(name.as_str()) || name == "index.json",
            "{said}"
        );
        std::fs::remove_file(&path).unwrap();
        let (status, said) = archive.verify(&folder).await;
        assert_eq!(status, 65, "{name} is missing: {said}");
        std::fs::write(&path, &all[name]).unwrap();
    }
    std::fs::write(folder.join("mails/0002.eml"), "x").unwrap();
    let (status, said) = archive.verify(&folder).await;
    assert_eq!(
        (status, said.contains("mails/0002.eml: was added")),
        (65, true),
        "{said}"
    );
    std::fs::remove_file(folder.join("mails/0002.eml")).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", folder.join("link")).unwrap();
    assert_eq!(archive.verify(&folder).await.0, 65);
    std::fs::remove_file(folder.join("link")).unwrap();

    // a history that was changed, with an index made to fit
    let mut record: Value = serde_json::from_slice(&all["history.json"]).unwrap();
    record["history"][0]["actor"] = json!("outsider");
    let history = serde_json::to_vec(&record).unwrap();
    let mut index: Value = serde_json::from_slice(&all["index.json"]).unwrap();
    for file in index["files"].as_array_mut().unwrap() {
        if file["path"] == "history.json" {
            file["size"] = json!(history.len());
            file["sha256"] = json!(redress::archive::sha256(&history));
        }
    }
    std::fs::write(folder.join("history.json"), history).unwrap();
    std::fs::write(
        folder.join("index.json"),
        serde_json::to_vec(&index).unwrap(),
    )
    .unwrap();
    let (status, said) = archive.verify(&folder).await;
    assert_eq!(status, 65);
    assert!(
        said.contains("the chain of hashes breaks at entry 1"),
        "{said}"
    );

    // nothing is overwritten, and nothing stays behind
    let to = folder.to_str().unwrap();
    let (status, _, error) = archive
        .site
        .redress(&["case", "export", &archive.reference, "--to", to])
        .await;
    assert_eq!(
        (status, error.contains("is there already")),
        (73, true),
        "{error}"
    );
    let hidden = std::fs::read_dir(archive.site.folder.path()).unwrap();
    let hidden = hidden.filter(|entry| {
        let name = entry.as_ref().unwrap().file_name();
        name.to_string_lossy().contains("partial")
    });
    assert_eq!(hidden.count(), 0);
}

#[tokio::test]
async fn erased_words_and_mails_are_shown_as_erased_and_the_chain_still_verifies() {
    let archive = Archive::new().await;
    for statement in [
        "delete from words",
        "alter table raw alter column bytes drop not null",
        "update raw set bytes = null",
    ] {
        sqlx::query(statement)
            .execute(&archive.site.sql)
            .await
            .unwrap();
    }
    let folder = archive.export("dossier", &[]).await;
    let (status, said) = archive.verify(&folder).await;
    assert_eq!(status, 0, "{said}");
    let all = files(&folder);
    assert!(!all.contains_key("mails/0001.eml"));
    let page = String::from_utf8(all["history.html"].clone()).unwrap();
    assert!(
        page.contains("note: <span class=\"e\">[erased]</span>"),
        "{page}"
    );
}

#[tokio::test]
async fn a_zip_holds_the_same_and_hostile_ones_do_no_harm() {
    let archive = Archive::new().await;
    let path = archive.export("dossier.zip", &["--zip"]).await;
    let mode = std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    let (status, said) = archive.verify(&path).await;
    assert_eq!((status, said.contains("is whole")), (0, true), "{said}");
    let mut zip = ZipArchive::new(std::fs::File::open(&path).unwrap()).unwrap();
    let mut all: Vec<(String, Vec<u8>)> = Vec::new();
    for place in 0..zip.len() {
        let mut file = zip.by_index(place).unwrap();
        let name = String::from_utf8(file.name_raw().to_vec()).unwrap();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        all.push((name, bytes));
    }
    let same: Vec<(&str, &[u8])> = all
        .iter()
        .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
        .collect();
    let hostile = archive.path("hostile.zip");
    let try_out = async |bytes: Vec<u8>, expected: &str| {
        std::fs::write(&hostile, bytes).unwrap();
        let (status, said) = archive.verify(&hostile).await;
        if expected.is_empty() {
            assert_eq!(status, 0, "{said}");
        } else {
            assert_eq!(status, 65, "{expected}: {said}");
            assert!(said.contains(expected), "{expected} is missing in {said}");
        }
    };
    try_out(zipped(&same), "").await;
    let with = |name: &'static str, bytes: &'static [u8]| {
        let mut more = same.clone();
        more.push((name, bytes));
        zipped(&more)
    };
    for name in [
        "../outside",
        "/etc/outside",
        "a/../../outside",
        "C:\\outside",
        "mails\\x",
    ] {
        try_out(with(name, b"x"), "leads out of the dossier").await;
    }
    try_out(with("mails/0009.eml", b"x"), "was added").await;
    try_out(with("MAILS/0001.eml", b"x"), "is there twice").await;
    // a second file of the same name: the writer refuses it, a hostile one doesn't
    let twin = with("mails/0001.emX", b"x");
    let twin = replaced(&twin, b"mails/0001.emX", b"mails/0001.eml");
    try_out(twin, "two files of one name").await;
    let mut before = b"#!/bin/sh\n".to_vec();
    before.extend(zipped(&same));
    try_out(before, "more than its files").await;
    try_out(b"no zip at all".to_vec(), "can't be read as a zip file").await;
    let mut cut = zipped(&same);
    cut.truncate(cut.len() / 2);
    try_out(cut, "zip").await;
    // a gigabyte of nothing in a megabyte, for a file that the index knows, and for one that it doesn't
    let zeros = vec![0; 1 << 30];
    let mut bomb = same.clone();
    for file in &mut bomb {
        if file.0 == "mails/0001.eml" {
            file.1 = &zeros;
        }
    }
    try_out(zipped(&bomb), "is larger than the index says").await;
    try_out(
        zipped(&[("mails/0001.eml", &zeros)]),
        "index.json: is missing",
    )
    .await;
    assert!(!archive.path("outside").exists());
}

fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for at in 0..bytes.len() - from.len() {
        if &bytes[at..at + from.len()] == from {
            bytes[at..at + from.len()].copy_from_slice(to);
        }
    }
    bytes
}

#[tokio::test]
async fn cases_are_found_by_all_that_was_written_on_them() {
    let archive = Archive::new().await;
    let words: [&[&str]; 11] = [
        &["茶杯"],
        &["碎"],
        &["ＩＰＨＯＮＥ照片"],
        &["王伟", "iphone"],
        &["wang@CUSTOMERS.test"],
        &["cup", "photo"],
        &["QUOKKA"],
        &["包裹"],
        &["looking", "茶杯"],
        &["order.html"],
        &[&archive.reference],
    ];
    for words in words {
        let found = archive.found(words).await;
        assert_eq!(found.len(), 1, "{words:?}: {found:?}");
        assert_eq!(found[0]["reference"], archive.reference, "{words:?}");
        assert_eq!(found[0]["handler"], "li.na");
    }
    let found = archive.found(&["quokka"]).await;
    assert_eq!(found[0]["in"], "words");
    assert!(
        found[0]["snippet"]
            .as_str()
            .unwrap()
            .contains("被压过 quokka")
    );
    for words in [&["茶杯", "Zebulon"][..], &["杯茶"], &["cu"]] {
        assert_eq!(archive.found(words).await, Vec::<Value>::new(), "{words:?}");
    }
    assert_eq!(archive.found(&["zebulon"]).await.len(), 1);
    let (status, _, error) = archive.site.redress(&["case", "search", "?!"]).await;
    assert_eq!((status, error.contains("no word")), (64, true), "{error}");
    // cases that are older than the index
    sqlx::query("delete from search")
        .execute(&archive.site.sql)
        .await
        .unwrap();
    assert_eq!(archive.found(&["quokka"]).await, Vec::<Value>::new());
    let (status, out, error) = archive.site.redress(&["migrate"]).await;
    assert_eq!(status, 0, "{error}");
    assert!(out.contains("2 older cases can be found"), "{out}");
    assert_eq!(archive.found(&["quokka", "茶杯", "王伟"]).await.len(), 1);
}

#[tokio::test]
async fn nobody_looks_unseen() {
    let archive = Archive::new().await;
    let before = archive.history().await.len();
    let reference = archive.reference.as_str();
    for arguments in [
        &["case", "show", reference][..],
        &["letter", "preview", "outcome", "--case", reference],
    ] {
        let (status, _, error) = archive.site.redress(arguments).await;
        assert_eq!(status, 0, "{error}");
    }
    archive.export("dossier", &[]).await;
    let (status, ..) = archive.site.redress(&["case", "list"]).await;
    assert_eq!(status, 0);
    archive.found(&["茶杯"]).await;
    let looks: Vec<_> = archive.history().await.split_off(before);
    let how: Vec<&str> = looks
        .iter()
        .map(|(actor, event, data)| {
            assert!(actor.starts_with("operator:"), "{actor}");
            assert_eq!(event, "looked");
            data.as_str()
        })
        .collect();
    assert_eq!(
        how,
        [
            r#"{"how":"show"}"#,
            r#"{"how":"letter"}"#,
            r#"{"how":"export"}"#
        ]
    );
    archive.site.verified().await;
    // where nothing can be written, nothing is shown
    let name = archive.site.database.rsplit('/').next().unwrap();
    let name = name.split('?').next().unwrap();
    sqlx::query(sqlx::AssertSqlSafe(format!(
        "alter database {name} set default_transaction_read_only = on"
    )))
    .execute(&archive.site.sql)
    .await
    .unwrap();
    let (status, out, error) = archive.site.redress(&["case", "show", reference]).await;
    assert_eq!((status, out.as_str()), (69, ""), "{error}");
    assert!(error.contains("takes no writes"), "{error}");
    let (status, out, error) = archive.site.redress(&["audit", "verify", "--all"]).await;
    assert_eq!(status, 0, "{out}{error}");
}

#[tokio::test]
async fn an_anchor_tells_a_database_that_was_made_anew() {
    let archive = Archive::new().await;
    let (status, out, error) = archive.site.redress(&["audit", "anchor"]).await;
    assert_eq!(status, 0, "{error}");
    let file = archive.path("anchor.txt");
    std::fs::write(&file, &out).unwrap();
    let file = file.to_str().unwrap();
    let second = archive.site.store().await.anchor().await.unwrap();
    let against = async |anchor: &str| {
        let (status, out, error) = archive
            .site
            .redress(&["audit", "verify", "--all", "--anchor", anchor])
            .await;
        (status, format!("{out}{error}"))
    };
    // the database grows
    archive.export("dossier", &[]).await;
    archive.site.deliver(&crate::support::complaint(7));
    archive.site.until("select count(*) from cases", 3).await;
    archive
        .site
        .until(
            "select count(*) from outbox where not told and letter is not null",
            0,
        )
        .await;
    for anchor in [file, &second.hex()] {
        let (status, said) = against(anchor).await;
        assert_eq!((status, said.contains("2 cases with")), (0, true), "{said}");
    }
    let (status, said) = against(&"0".repeat(64)).await;
    assert_eq!(
        (status, said.contains("knows no such anchor")),
        (65, true),
        "{said}"
    );

    // somebody makes the history of a case anew, so that it verifies by itself
    let store = archive.site.store().await;
    let reference: redress::case::CaseRef = archive.reference.parse().unwrap();
    let case = store.case(reference).await.unwrap().unwrap();
    let history = store.history(case.id).await.unwrap();
    let trigger = async |what: &str| {
        for table in ["history", "anchor", "anchor_case"] {
            sqlx::query(sqlx::AssertSqlSafe(format!(
                "alter table {table} {what} trigger user"
            )))
            .execute(&archive.site.sql)
            .await
            .unwrap();
        }
    };
    trigger("disable").await;
    let mut before = [0; 32];
    for entry in history {
        let changed = Entry {
            actor: entry.actor.replace("li.na", "wu.lei"),
            ..entry
        };
        before = changed.hash_after(&before, reference);
        sqlx::query(
            "update history set actor = $3, hash = $4 where case_id = $1 and sequence = $2",
        )
        .bind(case.id.0)
        .bind(changed.sequence)
        .bind(&changed.actor)
        .bind(&before[..])
        .execute(&archive.site.sql)
        .await
        .unwrap();
    }
    sqlx::query("update cases set history_hash = $2 where id = $1")
        .bind(case.id.0)
        .bind(&before[..])
        .execute(&archive.site.sql)
        .await
        .unwrap();
    let (status, out, _) = archive.site.redress(&["audit", "verify", "--all"]).await;
    assert_eq!(status, 0, "by itself it verifies: {out}");
    let (status, said) = against(file).await;
    assert_eq!(status, 65, "{said}");
    assert!(
        said.contains(&format!("{reference}: its history up to entry")),
        "{said}"
    );
    // and what the anchors remember of it, too
    sqlx::query(
        "update anchor_case a set hash = h.hash from history h
         where h.case_id = a.case_id and h.sequence = a.length",
    )
    .execute(&archive.site.sql)
    .await
    .unwrap();
    let (status, said) = against(file).await;
    assert_eq!((status, said.contains("anchor 1")), (65, true), "{said}");
    trigger("enable").await;
    let (status, said) = against(&second.hex()).await;
    assert_eq!(status, 65, "{said}");
}

/// A dossier whose words its history doesn't tell of would be refused as forged.
#[tokio::test]
async fn what_is_filed_while_a_dossier_is_written_is_not_in_it() {
    let archive = Archive::new().await;
    let store = archive.site.store().await;
    let reference = archive.reference.parse().unwrap();
    let case = store.case(reference).await.unwrap().unwrap().id;
    let mut snapshot = store.snapshot().await.unwrap();
    let history = snapshot.history(case).await.unwrap();
    let note = ["case", "act", &archive.reference, "--as", "li.na", "note"];
    let arguments = [&note[..], &["filed meanwhile"]].concat();
    let (status, out, error) = archive.site.redress(&arguments).await;
    assert_eq!(status, 0, "{out}{error}");
    let is_there = |texts: BTreeMap<String, String>| texts.values().any(|t| t == "filed meanwhile");
    assert!(is_there(store.texts(case).await.unwrap()));
    assert!(!is_there(snapshot.texts(case).await.unwrap()));
    let again = snapshot.history(case).await.unwrap();
    assert_eq!(again.len(), history.len());
}

#[tokio::test]
async fn a_person_gets_what_is_kept_about_them_and_nothing_of_others() {
    let archive = Archive::new().await;
    let folder = archive.path("person");
    let to = folder.to_str().unwrap();
    let (status, out, error) = archive
        .site
        .redress(&["party", "export", "WANG@customers.test", "--to", to])
        .await;
    assert_eq!(status, 0, "{out}{error}");
    let (status, said) = archive.verify(&folder).await;
    assert_eq!(status, 0, "{said}");
    let all = files(&folder);
    assert!(all.contains_key("mails/0001.eml") && all.contains_key("letters/0002-update.eml"));
    assert!(!all.contains_key("mails/0002.eml"));
    for (name, bytes) in &all {
        let text = String::from_utf8_lossy(bytes);
        for foreign in ["quokka", "Zebulon", "bob@other.test"] {
            assert!(!text.contains(foreign), "{foreign} is in {name}");
        }
    }
    let person: Value = serde_json::from_slice(&all["person.json"]).unwrap();
    assert_eq!(person["name"], "王伟");
    assert_eq!(person["cases"][0]["reference"], archive.reference);
    let page = String::from_utf8(all["person.html"].clone()).unwrap();
    assert!(
        page.contains("We are looking into it.") && page.contains("王伟"),
        "{page}"
    );
    let last = archive.history().await.pop().unwrap();
    assert_eq!(last.2, r#"{"how":"party_export"}"#);
    let (status, _, error) = archive
        .site
        .redress(&["party", "export", "nobody@customers.test"])
        .await;
    assert_eq!(
        (status, error.contains("nothing is kept")),
        (66, true),
        "{error}"
    );
}
