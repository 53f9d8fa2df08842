//! `redress case export`: a dossier of a case, for a court, a regulator or the archive (§5.2, §6).

use std::path::{Path, PathBuf};

use chrono::SecondsFormat;
use clap::Args;
use data_encoding::HEXLOWER;
use serde_json::json;

use super::dossier::{Dossier, Head};
use super::operator::{look, operator};
use super::{Failure, NO_INPUT};
use crate::archive::{HISTORY, Kind, LetterKept, MailKept, Record, letter_file, mail_files, page};
use crate::case::{CaseRef, Look};
use crate::config::Config;
use crate::store::Store;
use crate::store::archive::{KeptLetter, KeptMail, Snapshot};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Such as C-2026-000017-9.
    reference: CaseRef,
    #[command(flatten)]
    place: Place,
}

/// Where a dossier goes.
#[derive(Debug, Args)]
pub(super) struct Place {
    /// Where it is written to; what is there already is never overwritten [default: in this folder].
    #[arg(long, value_name = "PATH")]
    to: Option<PathBuf>,
    /// Write one zip file instead of a folder.
    #[arg(long)]
    zip: bool,
    /// Print JSON instead of text.
    #[arg(long)]
    json: bool,
}

impl Place {
    pub(super) fn begin(&self, name: &str) -> Result<(Dossier, PathBuf), Failure> {
        let ending = if self.zip { ".zip" } else { "" };
        let path = self
            .to
            .clone()
            .unwrap_or_else(|| PathBuf::from(format!("{name}{ending}")));
        Ok((Dossier::begin(&path, self.zip)?, path))
    }

    pub(super) fn told(&self, path: &Path, index: &str, files: usize) -> Result<(), Failure> {
        if self.json {
            let value = json!({ "path": path, "files": files, "index_sha256": index });
            println!("{}", super::show::json(&value)?);
            return Ok(());
        }
        println!("{} is written: {files} files", path.display());
        println!("SHA-256 of its index: {index}");
        println!("check it anywhere: redress audit verify {}", path.display());
        Ok(())
    }
}

pub(super) async fn run(
    arguments: &Arguments,
    store: &Store,
    config: &Config,
) -> Result<(), Failure> {
    let reference = arguments.reference;
    let Some(case) = store.case(reference).await? else {
        return Err(Failure::new(
            NO_INPUT,
            format!("there is no case {reference}"),
        ));
    };
    let (mut dossier, path) = arguments.place.begin(&reference.to_string())?;
    look(store, &[case.id], Look::Export).await?;
    let zone = config.company.time_zone;
    let mut snapshot = store.snapshot().await?;
    let history = snapshot.history(case.id).await?;
    let texts = snapshot.texts(case.id).await?;
    let mails = snapshot.mails_of_case(case.id).await?;
    let mails = put_mails(&mut snapshot, &mut dossier, mails).await?;
    let letters = snapshot.letters_of_case(case.id).await?;
    let letters = put_letters(&mut snapshot, &mut dossier, letters).await?;
    drop(snapshot);
    let record = Record::new(reference, &history, texts, mails, letters);
    dossier.put(HISTORY, (super::show::json(&record)? + "\n").as_bytes())?;
    dossier.put("history.html", page(&record, &history, zone).as_bytes())?;
    let head = head(store, config, Kind::Case, reference.to_string()).await?;
    let (index, files) = dossier.finish(head)?;
    arguments.place.told(&path, &index, files)
}

pub(super) async fn head(
    store: &Store,
    config: &Config,
    kind: Kind,
    of: String,
) -> Result<Head, Failure> {
    let now = store.now().await?;
    Ok(Head {
        kind,
        of,
        exported_at: now.to_rfc3339_opts(SecondsFormat::Secs, true),
        exported_by: operator().to_string(),
        time_zone: config.company.time_zone.name().to_owned(),
    })
}

/// Mails with the files in them, one at a time.
pub(super) async fn put_mails(
    snapshot: &mut Snapshot,
    dossier: &mut Dossier,
    mails: Vec<KeptMail>,
) -> Result<Vec<MailKept>, Failure> {
    let mut kept = Vec::new();
    for (place, mail) in mails.into_iter().enumerate() {
        let bytes = snapshot.mail_bytes(mail.landed).await?;
        // as it was filed: bytes that were changed since are told by whoever verifies
        let sha256 = mail.sha256.as_deref().map(|hash| HEXLOWER.encode(hash));
        let mut paths = Vec::new();
        for file in bytes.map_or(vec![], |bytes| mail_files(place + 1, bytes)) {
            dossier.put(&file.path, &file.bytes)?;
            paths.push(file.path);
        }
        let mut paths = paths.into_iter();
        kept.push(MailKept {
            message: mail.landed.0,
            received_at: mail.received_at,
            from: match (mail.from_name, mail.from_address) {
                (Some(name), Some(address)) => Some(format!("{name} <{address}>")),
                (_, address) => address,
            },
            subject: mail.subject,
            nature: mail.nature,
            sha256,
            whole: mail.whole,
            file: paths.next(),
            attachments: paths.collect(),
        });
    }
    Ok(kept)
}

/// Letters as they were sent, one at a time.
pub(super) async fn put_letters(
    snapshot: &mut Snapshot,
    dossier: &mut Dossier,
    letters: Vec<KeptLetter>,
) -> Result<Vec<LetterKept>, Failure> {
    let mut kept = Vec::new();
    for (place, letter) in letters.into_iter().enumerate() {
        let mut path = None;
        if let Some(bytes) = snapshot.letter_bytes(letter.id).await? {
            let file = letter_file(place + 1, &letter.letter, bytes);
            dossier.put(&file.path, &file.bytes)?;
            path = Some(file.path);
        }
        kept.push(LetterKept {
            letter: letter.letter,
            message_id: letter.message_id,
            to: letter.recipient,
            state: letter.state,
            written_at: letter.created_at,
            ended_at: letter.ended_at,
            reply: letter.reply,
            file: path,
        });
    }
    Ok(kept)
}
