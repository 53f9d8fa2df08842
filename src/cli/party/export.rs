//! `redress party export`: what is kept about a person, for them (§7).

use std::collections::BTreeSet;

use clap::Args;

use crate::archive::{Kind, PERSON, PersonRecord, Record, TheirCase, person_page};
use crate::case::{CaseRef, Look};
use crate::cli::export::{Place, head, put_letters, put_mails};
use crate::cli::operator::look;
use crate::cli::{Failure, NO_INPUT, open};
use crate::config::Config;
use crate::ids::CaseId;
use crate::store::Store;
use crate::store::archive::Snapshot;

#[derive(Debug, Args)]
pub(in crate::cli) struct Export {
    /// Their e-mail address.
    address: String,
    #[command(flatten)]
    place: Place,
}

pub(super) async fn export(arguments: &Export, config: &Config) -> Result<(), Failure> {
    let store = &open(config).await?;
    let address = arguments.address.trim().to_lowercase();
    let mut snapshot = store.snapshot().await?;
    let person = snapshot.person(&address).await?;
    let mails = snapshot.mails_from(&address).await?;
    let letters = snapshot.letters_to(&address).await?;
    drop(snapshot);
    if person.is_none() && mails.is_empty() && letters.is_empty() {
        let message = format!("nothing is kept about {address}");
        return Err(Failure::new(NO_INPUT, message));
    }
    let name = crate::archive::safe_name(&address);
    let name = name.trim_end_matches(".bin");
    let (mut dossier, path) = arguments.place.begin(&format!("data-of-{name}"))?;
    let cases: Vec<(CaseId, CaseRef)> = person
        .as_ref()
        .map_or(vec![], |person| person.cases.clone());
    // cases of others, too, whose mails are handed out
    let mut looked_at: BTreeSet<CaseId> = cases.iter().map(|(id, _)| *id).collect();
    looked_at.extend(mails.iter().filter_map(|mail| mail.case));
    look(
        store,
        &looked_at.into_iter().collect::<Vec<_>>(),
        Look::PartyExport,
    )
    .await?;
    // with the look in it
    let mut snapshot = store.snapshot().await?;
    let mut theirs = Vec::new();
    for (id, reference) in &cases {
        theirs.extend(their_case(store, &mut snapshot, *id, *reference).await?);
    }
    let record = PersonRecord {
        address: address.clone(),
        name: person.as_ref().and_then(|person| person.name.clone()),
        first_seen_at: person.as_ref().map(|person| person.first_seen_at),
        cases: theirs,
        mails: put_mails(&mut snapshot, &mut dossier, mails).await?,
        letters: put_letters(&mut snapshot, &mut dossier, letters).await?,
    };
    dossier.put(PERSON, (crate::cli::show::json(&record)? + "\n").as_bytes())?;
    drop(snapshot);
    let page = person_page(&record, config.company.time_zone);
    dossier.put("person.html", page.as_bytes())?;
    let head = head(store, config, Kind::Person, address).await?;
    let (index, files) = dossier.finish(head)?;
    arguments.place.told(&path, &index, files)
}

/// A case as its customer may read it.
async fn their_case(
    store: &Store,
    snapshot: &mut Snapshot,
    id: CaseId,
    reference: CaseRef,
) -> Result<Option<TheirCase>, Failure> {
    let Some((_, case)) = store.case_as_it_is(reference).await? else {
        return Ok(None);
    };
    let history = snapshot.history(id).await?;
    let texts = snapshot.texts(id).await?;
    let record = Record::new(reference, &history, texts, vec![], vec![]);
    let theirs = TheirCase {
        reference: reference.to_string(),
        received_at: case.received_at,
        channel: case.channel.to_string(),
        language: case.language.as_str().to_owned(),
        stage: case.stage.to_string(),
        category: case.category,
        reachable: case.reachable,
        finding: case.finding.map(|finding| finding.to_string()),
        satisfied: case.satisfied,
        close_reason: case.close_reason.map(|reason| reason.to_string()),
        happened: vec![],
    };
    Ok(Some(theirs.with(&history, &record)))
}
