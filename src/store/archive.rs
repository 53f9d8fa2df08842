//! What dossiers are made of.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{Store, StoreError, Transaction, history};
use crate::case::{CaseRef, Entry};
use crate::ids::{CaseId, LandedId, OutboxId};

/// A mail as it is kept.
#[derive(Debug, Clone)]
pub struct KeptMail {
    pub landed: LandedId,
    pub case: Option<CaseId>,
    pub received_at: Option<DateTime<Utc>>,
    pub sha256: Option<Vec<u8>>,
    pub whole: bool,
    pub from_name: Option<String>,
    pub from_address: Option<String>,
    pub subject: String,
    pub nature: String,
}

/// A letter as it is kept.
#[derive(Debug, Clone)]
pub struct KeptLetter {
    pub id: OutboxId,
    pub letter: String,
    pub message_id: String,
    pub recipient: String,
    pub state: String,
    pub created_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
    pub reply: Option<String>,
}

/// A person whose data is asked for.
#[derive(Debug, Clone)]
pub struct KeptPerson {
    pub address: String,
    pub name: Option<String>,
    pub first_seen_at: DateTime<Utc>,
    /// Their cases, oldest first.
    pub cases: Vec<(CaseId, CaseRef)>,
}

/// The archive as it is at one moment: what is filed meanwhile isn't seen, so that a dossier holds nothing
/// that its own history doesn't tell of.
#[derive(Debug)]
pub struct Snapshot(Transaction);

impl Store {
    /// The archive as it is now, for as long as it is looked at.
    pub async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query("set transaction isolation level repeatable read, read only")
            .execute(&mut *tx)
            .await?;
        Ok(Snapshot(tx))
    }
}

impl Snapshot {
    /// The history of a case, oldest first.
    pub async fn history(&mut self, case: CaseId) -> Result<Vec<Entry>, StoreError> {
        history::of_case(&mut self.0, case).await
    }

    /// The words that a case's history refers to, by their SHA-256 in hexadecimal digits.
    pub async fn texts(&mut self, case: CaseId) -> Result<BTreeMap<String, String>, StoreError> {
        texts(&mut self.0, case).await
    }

    /// The mails of a case, oldest first.
    pub async fn mails_of_case(&mut self, case: CaseId) -> Result<Vec<KeptMail>, StoreError> {
        let mails = sqlx::query_as!(
            KeptMail,
            r#"select m.landed_id as "landed: LandedId", m.case_id as "case: CaseId", l.received_at, l.sha256,
                      l.whole, m.from_name, m.from_address, coalesce(m.subject, '') as "subject!", m.nature
               from message m join landed l on l.id = m.landed_id
               where m.case_id = $1 order by m.landed_id"#,
            case.0
        )
        .fetch_all(&mut *self.0)
        .await?;
        Ok(mails)
    }

    /// The mails that came from an address (in lower case), on a case or not, oldest first.
    pub async fn mails_from(&mut self, address: &str) -> Result<Vec<KeptMail>, StoreError> {
        let mails = sqlx::query_as!(
            KeptMail,
            r#"select m.landed_id as "landed: LandedId", m.case_id as "case: CaseId", l.received_at, l.sha256,
                      l.whole, m.from_name, m.from_address, coalesce(m.subject, '') as "subject!", m.nature
               from message m join landed l on l.id = m.landed_id
               where lower(m.from_address) = $1 order by m.landed_id"#,
            address
        )
        .fetch_all(&mut *self.0)
        .await?;
        Ok(mails)
    }

    /// The bytes of a mail as it came; `None` where there are none any more.
    pub async fn mail_bytes(&mut self, landed: LandedId) -> Result<Option<Vec<u8>>, StoreError> {
        let bytes = sqlx::query_scalar!(
            r#"select r.bytes as "bytes?" from landed l join raw r on r.sha256 = l.sha256 where l.id = $1"#,
            landed.0
        )
        .fetch_optional(&mut *self.0)
        .await?;
        Ok(bytes.flatten())
    }

    /// The letters of a case, oldest first.
    pub async fn letters_of_case(&mut self, case: CaseId) -> Result<Vec<KeptLetter>, StoreError> {
        self.letters(Some(case), None).await
    }

    /// The letters to an address (in lower case), oldest first.
    pub async fn letters_to(&mut self, address: &str) -> Result<Vec<KeptLetter>, StoreError> {
        self.letters(None, Some(address)).await
    }

    async fn letters(
        &mut self,
        case: Option<CaseId>,
        address: Option<&str>,
    ) -> Result<Vec<KeptLetter>, StoreError> {
        let letters = sqlx::query_as!(
            KeptLetter,
            r#"select id as "id: OutboxId", letter as "letter!", message_id, recipient, state, created_at, ended_at,
                      reply
               from outbox
               where letter is not null and ($1::bigint is null or case_id = $1)
                 and ($2::text is null or lower(recipient) = $2)
               order by id"#,
            case.map(|id| id.0),
            address
        )
        .fetch_all(&mut *self.0)
        .await?;
        Ok(letters)
    }

    /// The bytes of a letter; `None` where there are none any more.
    pub async fn letter_bytes(&mut self, id: OutboxId) -> Result<Option<Vec<u8>>, StoreError> {
        let bytes = sqlx::query_scalar!(
            r#"select bytes as "bytes?" from outbox where id = $1"#,
            id.0
        )
        .fetch_optional(&mut *self.0)
        .await?;
        Ok(bytes.flatten().filter(|bytes| !bytes.is_empty()))
    }

    /// The customer at an address (in lower case).
    pub async fn person(&mut self, address: &str) -> Result<Option<KeptPerson>, StoreError> {
        let Some(row) = sqlx::query!(
            "select id, address, name, first_seen_at from party where lower(address) = $1",
            address
        )
        .fetch_optional(&mut *self.0)
        .await?
        else {
            return Ok(None);
        };
        let cases = sqlx::query!(
            "select id, reference from cases where customer_id = $1 order by id",
            row.id
        )
        .fetch_all(&mut *self.0)
        .await?;
        Ok(Some(KeptPerson {
            address: row.address.unwrap_or_default(),
            name: row.name,
            first_seen_at: row.first_seen_at,
            cases: cases
                .into_iter()
                .filter_map(|case| Some((CaseId(case.id), case.reference.parse().ok()?)))
                .collect(),
        }))
    }
}

/// The words that a case's history refers to, as this transaction sees them.
pub(super) async fn texts(
    tx: &mut sqlx::PgConnection,
    case: CaseId,
) -> Result<BTreeMap<String, String>, StoreError> {
    let rows = sqlx::query!(
        r#"select encode(sha256, 'hex') as "hash!", body from words
               where case_id = $1 and erased_by is null"#,
        case.0
    )
    .fetch_all(tx)
    .await?;
    Ok(rows.into_iter().map(|row| (row.hash, row.body)).collect())
}
