//! Reviews, mailed to management (§6): text, HTML with its charts, and the whole as a file to be kept.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::Jobs;
use crate::letter::File;
use crate::policy::Role;
use crate::review::period::{Kind, Period};
use crate::staff::Tongue;
use crate::store::{StoreError, Transaction};
use crate::work::WorkError;
use crate::work::review::{Company, Gathered, ReviewMail, gather};
use crate::work::to_staff::Page;

/// Who gets reviews, and whose they are.
#[derive(Debug, Clone)]
pub struct Reviews {
    pub name_en: String,
    pub name_zh: String,
    pub recipients: BTreeSet<Role>,
    /// Of whoever has no language of their own.
    pub tongue: Tongue,
}

impl Jobs {
    /// The last period of a kind that was over on a day, to everybody who gets reviews.
    pub(super) async fn review(
        &self,
        tx: &mut Transaction,
        kind: Kind,
        day: NaiveDate,
    ) -> Result<String, WorkError> {
        self.of(tx, Period::last_complete(kind, day), None).await
    }

    /// Mails the review of a period, of one profile where given, because somebody wants it; what was done.
    pub async fn mail_review(
        &self,
        period: Period,
        profile: Option<&str>,
    ) -> Result<String, WorkError> {
        let mut tx = self.store.begin().await?;
        let done = self.of(&mut tx, period, profile).await?;
        tx.commit().await.map_err(StoreError::from)?;
        Ok(done)
    }

    async fn of(
        &self,
        tx: &mut Transaction,
        period: Period,
        profile: Option<&str>,
    ) -> Result<String, WorkError> {
        let now = self.store.now().await?;
        let company = Company {
            name_en: &self.reviews.name_en,
            name_zh: &self.reviews.name_zh,
            zone: self.time_zone,
            policies: &self.post.policies,
            directory: &self.post.directory,
        };
        let readers: Vec<_> = self
            .post
            .directory
            .members()
            .iter()
            .filter(|member| !member.addresses.is_empty())
            .filter(|member| {
                member
                    .roles
                    .iter()
                    .any(|role| self.reviews.recipients.contains(role))
            })
            .collect();
        if readers.is_empty() {
            return Ok("nobody gets reviews: see review.recipients".to_owned());
        }
        let gathered = gather(&self.store, &company, period, profile, now).await?;
        let mut pages = Vec::new();
        for tongue in Tongue::ALL {
            let these = readers.iter().filter(|member| {
                let own = (!member.languages.is_empty()).then(|| member.tongue());
                own.unwrap_or(self.reviews.tongue) == tongue
            });
            let these: Vec<_> = these.collect();
            if these.is_empty() {
                continue;
            }
            let page = self.page(&gathered, &company, tongue)?;
            let to = these.into_iter().map(|member| member.person.clone());
            pages.extend(to.map(|person| (person, page.clone())));
        }
        let sent = self.post.send_pages(tx, pages, now).await?;
        Ok(format!(
            "the review {} was mailed to {sent}",
            period.label()
        ))
    }

    fn page(
        &self,
        gathered: &Gathered,
        company: &Company<'_>,
        tongue: Tongue,
    ) -> Result<Page, WorkError> {
        let domain = self.post.domain();
        // drawing takes a while
        let mail = tokio::task::block_in_place(|| gathered.mail(company, tongue, domain))?;
        let ReviewMail {
            subject,
            text,
            html,
            pictures,
            archive,
            archive_name,
        } = mail;
        let shown = pictures.into_iter().map(|(content_id, bytes)| File {
            name: content_id.clone(),
            media_type: "image/png".to_owned(),
            bytes,
            content_id: Some(content_id),
        });
        let kept = File {
            name: archive_name,
            media_type: "text/html".to_owned(),
            bytes: archive,
            content_id: None,
        };
        Ok(Page {
            subject,
            text,
            html: Some(html),
            files: shown.chain([kept]).collect(),
        })
    }
}
