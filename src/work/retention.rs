//! Retention (§7): personal data goes when its term is over. Cases by the term of their profile, mail that
//! belongs to no case by a term of its own.
//!
//! Done in batches, a transaction each. What is erased is no longer looked for, so a run that was cut off is
//! gone on with by the next one.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::WorkError;
use super::erasure::{BATCH, Kept, erase, kept};
use super::post::Post;
use crate::case::Actor;
use crate::policy::Profile;
use crate::store::Store;
use crate::store::erasure::{After, Erasing, Standing};

/// How a run goes about it.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// How long mail that belongs to no case is kept from when it landed.
    pub mail_without_case: Duration,
    /// Changes nothing, and says what would be.
    pub dry_run: bool,
}

/// What a run has erased so far, or would.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    pub cases: Vec<String>,
    /// Mails without a case.
    pub mails: u64,
    /// Cases whose term is over and that are kept all the same.
    pub kept: Vec<(String, Kept)>,
    /// Closed cases whose profile isn't configured, so that nobody knows how long they are kept.
    pub without_profile: Vec<(String, i64)>,
}

const MAILS: i64 = 200;

/// Erases all that is past its term. `progress` is told after each batch.
pub async fn run(
    store: &Store,
    post: &Post,
    settings: Settings,
    mut progress: impl FnMut(&Report),
) -> Result<Report, WorkError> {
    let mut report = Report::default();
    for profile in post.policies.all() {
        cases_of(store, post, profile, settings, &mut report, &mut progress).await?;
    }
    for (profile, cases) in store.closed_by_profile().await? {
        if post.policies.profile(&profile).is_none() {
            report.without_profile.push((profile, cases));
        }
    }
    mails(store, settings, &mut report, &mut progress).await?;
    Ok(report)
}

async fn cases_of(
    store: &Store,
    post: &Post,
    profile: &Profile,
    settings: Settings,
    report: &mut Report,
    progress: &mut impl FnMut(&Report),
) -> Result<(), WorkError> {
    let now = store.now().await?;
    let before = profile.may_be_erased_before(now);
    let rule = format!(
        "retention: {} after closing (profile {})",
        profile.retention, profile.name
    );
    let keep = |case: &Standing, now: DateTime<Utc>| {
        let closed = case.closed_at.max(case.matter_closed_at);
        match closed.map(|closed_at| profile.erased_after(closed_at)) {
            Some(until) if until >= now => Some(Kept::Until(until)),
            Some(_) | None => kept(case, post, now),
        }
    };
    let mut after = After::default();
    loop {
        let limit = i64::try_from(BATCH).unwrap_or(i64::MAX);
        let (ids, last) = store
            .closed_cases(&profile.name, before, &after, limit)
            .await?;
        if ids.is_empty() {
            return Ok(());
        }
        after = last;
        let mut due = vec![];
        for case in store.erasable(&ids).await? {
            match keep(&case, now) {
                None => due.push((case.id, case.reference.to_string())),
                // not due yet: nothing to tell
                Some(Kept::Until(_)) => {}
                Some(why) => report.kept.push((case.reference.to_string(), why)),
            }
        }
        if settings.dry_run {
            let due = due.into_iter();
            report.cases.extend(due.map(|(_, reference)| reference));
        } else if !due.is_empty() {
            let ids: Vec<_> = due.into_iter().map(|(id, _)| id).collect();
            let by = (&Actor::Redress, rule.as_str(), None);
            report
                .cases
                .extend(erase(store, post, &ids, by, keep).await?);
        }
        progress(report);
    }
}

async fn mails(
    store: &Store,
    settings: Settings,
    report: &mut Report,
    progress: &mut impl FnMut(&Report),
) -> Result<(), WorkError> {
    let term = TimeDelta::from_std(settings.mail_without_case).unwrap_or(TimeDelta::MAX);
    let now = store.now().await?;
    let Some(before) = now.checked_sub_signed(term) else {
        return Ok(());
    };
    if settings.dry_run {
        report.mails = store.count_mail_without_case(before).await?;
        progress(report);
        return Ok(());
    }
    let length = humantime::format_duration(settings.mail_without_case);
    let actor = Actor::Redress.to_string();
    let rule = format!("retention: {length} after it was sent (mail to staff without a case)");
    let erasing = Erasing {
        now,
        actor: &actor,
        rule: &rule,
        reason: None,
    };
    report.mails += store.erase_own_mail(before, erasing).await?;
    let rule = format!("retention: {length} after landing (mail without a case)");
    loop {
        let ids = store.mail_without_case(before, MAILS).await?;
        let erasing = Erasing {
            now: store.now().await?,
            actor: &actor,
            rule: &rule,
            reason: None,
        };
        let erased = match ids.as_slice() {
            [] => 0,
            ids => store.erase_mail(ids, erasing).await?,
        };
        // those that are left were let out in the meantime
        if erased == 0 {
            return Ok(());
        }
        report.mails += erased;
        progress(report);
    }
}
