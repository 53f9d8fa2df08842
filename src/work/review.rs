//! Reviews to management (§6, §10): gathered from the database, laid out, and made ready to be mailed.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use serde_json::{Value, json};

use super::{WorkError, fonts};
use crate::policy::Policies;
use crate::review::comment;
use crate::review::figures::{Frame, Review};
use crate::review::html::{Pictures, content_id, html};
use crate::review::period::Period;
use crate::review::picture::{Fonts, png};
use crate::review::report::{Report, report};
use crate::review::text::text;
use crate::review::words::Labels;
use crate::staff::{Directory, Tongue};
use crate::store::Store;
use crate::store::reports::Window;

/// Earlier periods that one is compared with.
const EARLIER: u32 = 12;

/// Whose review it is, and with what it is reckoned.
#[derive(Debug, Clone, Copy)]
pub struct Company<'a> {
    pub name_en: &'a str,
    pub name_zh: &'a str,
    pub zone: Tz,
    pub policies: &'a Policies,
    pub directory: &'a Directory,
}

/// A review, ready to be written down in either language.
#[derive(Debug)]
pub struct Gathered {
    pub review: Review,
    pub period: Period,
}

/// A review as it is mailed.
#[derive(Debug, Clone)]
pub struct ReviewMail {
    pub subject: String,
    pub text: String,
    /// Refers to the pictures by `cid:`.
    pub html: String,
    /// Content-IDs without angle brackets, and PNG.
    pub pictures: Vec<(String, Vec<u8>)>,
    /// The whole review as one HTML file, to be attached and kept.
    pub archive: Vec<u8>,
    /// What the file may be called.
    pub archive_name: String,
}

/// Reckons the review of a period; only of one profile, where given.
pub async fn gather(
    store: &Store,
    company: &Company<'_>,
    period: Period,
    profile: Option<&str>,
    now: DateTime<Utc>,
) -> Result<Gathered, WorkError> {
    let mut boundaries: Vec<DateTime<Utc>> = (0..=EARLIER)
        .rev()
        .map(|n| period.before(n).span(company.zone).0)
        .collect();
    boundaries.push(period.span(company.zone).1);
    let window = Window {
        boundaries: &boundaries,
        profile,
    };
    let rows = store.rows_for_review(&window).await?;
    let suggested = rows.suggestions.iter().map(|row| row.words.clone());
    let explained = rows
        .breaches
        .iter()
        .filter_map(|row| row.explanation.clone());
    let hashes: BTreeSet<String> = suggested.chain(explained).collect();
    let words = if hashes.is_empty() {
        BTreeMap::new()
    } else {
        let hashes: Vec<String> = hashes.into_iter().collect();
        store.words_for_review(&hashes).await?
    };
    let frame = Frame {
        period,
        zone: company.zone,
        now,
        policies: company.policies,
        profile,
    };
    let review = Review::new(&rows, &words, &frame);
    Ok(Gathered { review, period })
}

impl Gathered {
    /// Laid out in a language. Charts are labelled in it where these fonts can: those of the reader's own
    /// machine (`None`) always can.
    pub fn report(&self, company: &Company<'_>, tongue: Tongue, fonts: Option<&Fonts>) -> Report {
        let labels = labels(company, tongue);
        let drawable = fonts.is_none_or(|fonts| fonts.chinese.is_some());
        let charts = if drawable { tongue } else { Tongue::English };
        let name = labels.pick(company.name_en, company.name_zh);
        report(&self.review, name, &labels, &self::labels(company, charts))
    }

    /// Everything, for machines: config/review/README.md says what the names mean.
    pub fn json(&self, company: &Company<'_>) -> Value {
        let mut value = json!(self.review);
        value["commentary"] = json!({
            "en": comment::sentences(&self.review, &labels(company, Tongue::English)),
            "zh": comment::sentences(&self.review, &labels(company, Tongue::Chinese)),
        });
        value
    }

    /// Ready to be mailed. `domain` is the right half of Content-IDs: that of the mailbox.
    ///
    /// Draws and reads fonts: some hundred milliseconds of work.
    pub fn mail(
        &self,
        company: &Company<'_>,
        tongue: Tongue,
        domain: &str,
    ) -> Result<ReviewMail, WorkError> {
        let fonts = fonts::fonts();
        let drawable = fonts.latin.is_some() || fonts.chinese.is_some();
        let archive = self.report(company, tongue, None);
        let mut report = self.report(company, tongue, Some(&fonts));
        let missing = fonts::missing(&fonts).filter(|_| tongue == Tongue::Chinese || !drawable);
        report.facts.extend(missing.map(str::to_owned));
        let chinese = tongue == Tongue::Chinese && fonts.chinese.is_some();
        let (pictures, shown) = if drawable {
            let charts = report.sections.par_iter();
            let charts = charts.flat_map(|section| &section.charts);
            let pictures = charts.map(|chart| {
                let picture = png(chart, &fonts, chinese)?;
                Ok((content_id(&chart.name, domain), picture))
            });
            let pictures: Result<Vec<_>, WorkError> = pictures.collect();
            (pictures?, Pictures::ContentIds(domain))
        } else {
            (vec![], Pictures::None)
        };
        let profile = self.review.period.profile.as_deref();
        Ok(ReviewMail {
            subject: match profile {
                Some(profile) => format!("{} ({profile})", report.title),
                None => report.title.clone(),
            },
            text: text(&report),
            html: html(&report, shown),
            pictures,
            archive: html(&archive, Pictures::Inline).into_bytes(),
            archive_name: format!("review-{}.html", self.period.label()),
        })
    }
}

/// A review as it is mailed to somebody who reads this language.
pub async fn compose(
    store: &Store,
    company: &Company<'_>,
    period: Period,
    tongue: Tongue,
    domain: &str,
) -> Result<ReviewMail, WorkError> {
    let now = store.now().await?;
    let gathered = gather(store, company, period, None, now).await?;
    // drawing takes a while
    tokio::task::block_in_place(|| gathered.mail(company, tongue, domain))
}

fn labels<'a>(company: &Company<'a>, tongue: Tongue) -> Labels<'a> {
    Labels {
        tongue,
        policies: company.policies,
        directory: company.directory,
    }
}
