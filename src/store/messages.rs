//! Messages as read.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{StoreError, Transaction};
use crate::ids::{CaseId, LandedId};
use crate::mail::standing::{By, Verdict};
use crate::mail::{Nature, Reading};

/// How a message found its case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MatchedBy {
    /// It opened one.
    New,
    /// By a Message-ID of ours that it answers.
    MessageId,
    /// By a signed address of ours that it was sent to.
    ReplyAddress,
    /// By a Message-ID of its sender's own, on a case of theirs.
    Thread,
    /// By the reference in its subject, from the case's own customer.
    Reference,
    /// By an address that was made for a third party.
    ThirdParty,
    /// It reports on a mail of ours.
    Bounce,
    /// It belongs to no case.
    None,
}

/// A message to be stored.
#[derive(Debug, Clone)]
pub struct Filed<'a> {
    pub landed: LandedId,
    pub case: Option<CaseId>,
    pub matched_by: MatchedBy,
    pub reading: &'a Reading,
}

impl MatchedBy {
    pub fn as_str(self) -> &'static str {
        match self {
            MatchedBy::New => "new",
            MatchedBy::MessageId => "message_id",
            MatchedBy::ReplyAddress => "reply_address",
            MatchedBy::Thread => "thread",
            MatchedBy::Reference => "reference",
            MatchedBy::ThirdParty => "third_party",
            MatchedBy::Bounce => "bounce",
            MatchedBy::None => "none",
        }
    }
}

/// The name of a nature in the database.
pub fn nature_name(nature: Nature) -> &'static str {
    match nature {
        Nature::Human => "human",
        Nature::AutoReply => "auto_reply",
        Nature::Bounce => "bounce",
        Nature::MailingList => "mailing_list",
        Nature::Report => "report",
        Nature::Own => "own",
    }
}

/// The name of a verdict in the database.
pub fn verdict_name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Proven => "proven",
        Verdict::Unproven => "unproven",
        Verdict::Failed => "failed",
        Verdict::Temporary => "temporary",
    }
}

/// The name in the database of what a verdict rests on.
pub fn by_name(by: By) -> &'static str {
    match by {
        By::Results => "results",
        By::Dkim => "dkim",
        By::None => "none",
    }
}

/// Stores messages as they were read at `now`.
pub(crate) async fn file(
    tx: &mut Transaction,
    messages: &[Filed<'_>],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let mut rows = Rows::default();
    for message in messages {
        let reading = message.reading;
        rows.landed.push(message.landed.0);
        rows.case.push(message.case.map(|id| id.0));
        rows.matched_by.push(message.matched_by.as_str());
        rows.nature.push(nature_name(reading.nature));
        rows.evidence.push(&reading.nature_evidence);
        rows.message_id.push(reading.message_id.as_deref());
        rows.from_name
            .push(reading.from.as_ref().and_then(|from| from.name.as_deref()));
        rows.from_address
            .push(reading.from.as_ref().map(|from| from.address.as_str()));
        rows.subject.push(&reading.subject);
        rows.text.push(&reading.text);
        rows.new_text
            .push((reading.new_text != reading.text).then_some(&*reading.new_text));
        rows.language.push(reading.language.as_deref());
        rows.sent_at.push(reading.date.map(|date| date.to_utc()));
        rows.attachments.push(json!(reading.attachments));
        rows.warnings.push(json!(reading.warnings));
        rows.details.push(details(reading));
        let standing = &reading.standing;
        rows.standing.push(verdict_name(standing.verdict));
        rows.standing_by.push(by_name(standing.by));
        rows.standing_domain.push(standing.domain.as_deref());
        rows.standing_reason.push(&standing.reason);
        rows.signed_at.push(standing.signed_at);
    }
    sqlx::query!(
        "insert into message (landed_id, case_id, matched_by, nature, nature_evidence, message_id,
             from_name, from_address, subject, text, new_text, language, sent_at, attachments,
             warnings, details, standing, standing_by, standing_domain, standing_reason,
             signed_at, read_at)
         select landed_id, case_id, matched_by, nature, nature_evidence, message_id, from_name,
             from_address, subject, text, new_text, language, sent_at, attachments, warnings,
             details, standing, standing_by, standing_domain, standing_reason, signed_at, $22
         from unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[],
             $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[],
             $13::timestamptz[], $14::jsonb[], $15::jsonb[], $16::jsonb[], $17::text[],
             $18::text[], $19::text[], $20::text[], $21::timestamptz[])
             as new (landed_id, case_id, matched_by, nature, nature_evidence, message_id, from_name,
                 from_address, subject, text, new_text, language, sent_at, attachments, warnings,
                 details, standing, standing_by, standing_domain, standing_reason, signed_at)
         -- one that staff let out is read anew
         on conflict (landed_id) do update set case_id = excluded.case_id,
             matched_by = excluded.matched_by, nature = excluded.nature,
             nature_evidence = excluded.nature_evidence, message_id = excluded.message_id,
             from_name = excluded.from_name, from_address = excluded.from_address,
             subject = excluded.subject, text = excluded.text, new_text = excluded.new_text,
             language = excluded.language, sent_at = excluded.sent_at,
             attachments = excluded.attachments, warnings = excluded.warnings,
             details = excluded.details, standing = excluded.standing,
             standing_by = excluded.standing_by, standing_domain = excluded.standing_domain,
             standing_reason = excluded.standing_reason, signed_at = excluded.signed_at,
             read_at = excluded.read_at
         where message.case_id is null",
        &rows.landed,
        &rows.case as &[Option<i64>],
        &rows.matched_by as &[&str],
        &rows.nature as &[&str],
        &rows.evidence as &[&str],
        &rows.message_id as &[Option<&str>],
        &rows.from_name as &[Option<&str>],
        &rows.from_address as &[Option<&str>],
        &rows.subject as &[&str],
        &rows.text as &[&str],
        &rows.new_text as &[Option<&str>],
        &rows.language as &[Option<&str>],
        &rows.sent_at as &[Option<DateTime<Utc>>],
        &rows.attachments,
        &rows.warnings,
        &rows.details,
        &rows.standing as &[&str],
        &rows.standing_by as &[&str],
        &rows.standing_domain as &[Option<&str>],
        &rows.standing_reason as &[&str],
        &rows.signed_at as &[Option<DateTime<Utc>>],
        now,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// What a reading holds that no column does. A new field has to be given its place here.
fn details(reading: &Reading) -> Value {
    let Reading {
        in_reply_to,
        references,
        forwarded_from,
        resent,
        reply_to,
        to,
        cc,
        delivered_to,
        bounce,
        message_id: _,
        from: _,
        subject: _,
        date: _,
        language: _,
        nature: _,
        nature_evidence: _,
        text: _,
        new_text: _,
        attachments: _,
        warnings: _,
        standing: _,
        claims: _,
        quarantine: _,
    } = reading;
    json!({
        "in_reply_to": in_reply_to,
        "references": references,
        "forwarded_from": forwarded_from,
        "resent": resent,
        "reply_to": reply_to,
        "to": to,
        "cc": cc,
        "delivered_to": delivered_to,
        "bounce": bounce,
    })
}

#[derive(Default)]
struct Rows<'a> {
    landed: Vec<i64>,
    case: Vec<Option<i64>>,
    matched_by: Vec<&'a str>,
    nature: Vec<&'a str>,
    evidence: Vec<&'a str>,
    message_id: Vec<Option<&'a str>>,
    from_name: Vec<Option<&'a str>>,
    from_address: Vec<Option<&'a str>>,
    subject: Vec<&'a str>,
    text: Vec<&'a str>,
    new_text: Vec<Option<&'a str>>,
    language: Vec<Option<&'a str>>,
    sent_at: Vec<Option<DateTime<Utc>>>,
    attachments: Vec<Value>,
    warnings: Vec<Value>,
    details: Vec<Value>,
    standing: Vec<&'static str>,
    standing_by: Vec<&'static str>,
    standing_domain: Vec<Option<&'a str>>,
    standing_reason: Vec<&'a str>,
    signed_at: Vec<Option<DateTime<Utc>>>,
}
