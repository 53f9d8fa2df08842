//! Whether the author of a message is who From says, and how that is known. Nothing else is believed of a sender.
//!
//! Two things prove it: what our own mail server found out when the message came in
//! (`Authentication-Results`, RFC 8601), or a signature of the author's domain (DKIM, RFC 6376) whose
//! key we look up ourselves. Both must be of the organisation that From names (DMARC's relaxed alignment,
//! RFC 7489 §3.1). Without an answer from DNS nothing is proven and nothing refuted.
//!
//! Reading gives a standing without asking anyone, and the [`Claim`]s that need a key. Whoever can ask DNS
//! looks the keys up and [`settle`]s it.

mod dkim;
mod domain;
mod hops;
mod results;
mod signature;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::headers::Headers;
use dkim::Outcome;
use results::MethodResult;

pub use dkim::Claim;

/// Whether the author of a message is proven.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Standing {
    pub verdict: Verdict,
    /// What the verdict rests on.
    pub by: By,
    /// The domain that was proven, or wasn't, in ASCII.
    pub domain: Option<String>,
    /// For people: never holds what a sender wrote, but for names of domains.
    pub reason: String,
    /// When the author's domain signed it, where it did and says so.
    pub signed_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The domain in From vouches for the message.
    Proven,
    /// Nothing vouches for it.
    #[default]
    Unproven,
    /// The domain in From was asked, and the message isn't as it says.
    Failed,
    /// DNS didn't answer: it might have been proven.
    Temporary,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// `Authentication-Results` of our own mail server.
    Results,
    /// A signature that we checked.
    Dkim,
    #[default]
    None,
}

/// What DNS says of a name's TXT records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Each record's strings joined.
    Records(Vec<Vec<u8>>),
    /// There is no such name, or it has no such records.
    Nothing,
    /// No answer that counts: it may well be different next time.
    Temporary,
}

impl Standing {
    /// Nothing is known, for a reason.
    pub fn unproven(reason: impl Into<String>) -> Standing {
        Standing {
            reason: reason.into(),
            ..Standing::default()
        }
    }
}

/// The standing of the one author at a domain, and the signatures that might better it.
pub(super) fn judge(
    raw: &[u8],
    head: &Headers<'_>,
    author_domain: &str,
    authserv_ids: &[String],
) -> (Standing, Vec<Claim>) {
    let Some(author) = domain::ascii(author_domain) else {
        return (Standing::unproven("From names no domain"), vec![]);
    };
    let own = hops::own_results(head, authserv_ids);
    let by_results = if own.unreadable {
        Standing::unproven("our mail server's results can't be read")
    } else if own.results.is_empty() {
        Standing::unproven(match (authserv_ids.is_empty(), own.misplaced) {
            (true, _) => "no mail server of ours is named whose results could be believed",
            (false, true) => {
                "results with our mail server's name stand where others could have put them"
            }
            (false, false) => "no results of our mail server",
        })
    } else {
        let all: Vec<&MethodResult> = own.results.iter().flat_map(|r| &r.results).collect();
        let server = &own.results[0].authserv_id;
        by_results(&all, &author, server)
    };
    let by_results = Standing {
        domain: by_results.domain.or_else(|| Some(author.clone())),
        ..by_results
    };
    // a domain whose policy is broken doesn't want to be believed, however well some part is signed
    if matches!(by_results.verdict, Verdict::Proven | Verdict::Failed) {
        return (by_results, vec![]);
    }
    let found = dkim::claims(raw, head, &author);
    let reason = |why: &str| format!("{}; {why}", by_results.reason);
    let standing = if let Some(claim) = found.claims.first() {
        let why = format!(
            "the signature of {} isn't checked without DNS",
            claim.domain
        );
        Standing {
            reason: reason(&why),
            ..by_results
        }
    } else {
        match found.refused {
            Some((why, true)) => Standing {
                verdict: Verdict::Failed,
                by: By::Dkim,
                domain: Some(author),
                reason: why,
                signed_at: None,
            },
            Some((why, false)) => Standing {
                reason: reason(&why),
                ..by_results
            },
            None => Standing {
                reason: reason("no signature of the author's domain"),
                ..by_results
            },
        }
    };
    (standing, found.claims)
}

/// What our server's results say of the author's domain.
fn by_results(all: &[&MethodResult], author: &str, server: &str) -> Standing {
    let of = |verdict, reason: String| Standing {
        verdict,
        by: By::Results,
        domain: Some(author.to_owned()),
        reason,
        signed_at: None,
    };
    let says = |method: &str, result: &str| {
        let server = super::clean::line(server, 100);
        format!("{method}={result} for {author}, says {server}")
    };
    // DMARC is about the domain in From, and the whole of it
    let dmarc = all
        .iter()
        .filter(|one| one.method == "dmarc")
        .filter(|one| {
            let from = one.property("header.from").and_then(domain::ascii);
            from.as_deref() == Some(author)
        });
    let dmarc: Vec<&str> = dmarc.map(|one| one.result.as_str()).collect();
    if dmarc.contains(&"fail") {
        return of(Verdict::Failed, says("dmarc", "fail"));
    }
    if dmarc.contains(&"temperror") {
        return of(Verdict::Temporary, says("dmarc", "temperror"));
    }
    if !dmarc.is_empty() && dmarc.iter().all(|result| *result == "pass") {
        return of(Verdict::Proven, says("dmarc", "pass"));
    }
    let aligned: Vec<(&str, &str)> = all
        .iter()
        .filter(|one| {
            let checked = match one.method.as_str() {
                "dkim" => one
                    .property("header.d")
                    .or_else(|| one.property("header.i")),
                "spf" => one.property("smtp.mailfrom"),
                _ => None,
            };
            checked
                .map(|text| text.trim_matches(['<', '>']))
                .map(|text| text.rsplit_once('@').map_or(text, |(_, domain)| domain))
                .and_then(domain::ascii)
                .is_some_and(|checked| domain::aligned(&checked, author))
        })
        .map(|one| (one.method.as_str(), one.result.as_str()))
        .collect();
    if let Some((method, result)) = aligned.iter().find(|(_, result)| *result == "pass") {
        return of(Verdict::Proven, says(method, result));
    }
    if let Some((method, result)) = aligned.iter().find(|(_, result)| *result == "temperror") {
        return of(Verdict::Temporary, says(method, result));
    }
    let reason = match aligned.first() {
        Some((method, result)) if method.len() + result.len() < 40 => says(method, result),
        Some(_) | None => "our mail server's results don't prove the author".to_owned(),
    };
    Standing::unproven(reason)
}

/// The standing once DNS was asked for the keys. `now` is the moment for which signatures are judged.
pub fn settle(
    standing: &Standing,
    claims: &[Claim],
    answers: &HashMap<String, Answer>,
    now: Option<DateTime<Utc>>,
) -> Standing {
    if matches!(standing.verdict, Verdict::Proven | Verdict::Failed) {
        return standing.clone();
    }
    let now = now.map(|now| now.timestamp());
    let outcomes = claims.iter().map(|claim| {
        let answer = answers.get(&claim.key_name).unwrap_or(&Answer::Temporary);
        (claim, claim.outcome(answer, now))
    });
    // the best of them counts: a signature that is broken says no more than none (RFC 6376 §6.1)
    let rank = |outcome: &Outcome| match outcome {
        Outcome::Proven => 0,
        Outcome::Temporary => 1,
        Outcome::Broken(_) => 2,
        Outcome::Weak(_) => 3,
    };
    let Some((claim, outcome)) = outcomes.min_by_key(|(_, outcome)| rank(outcome)) else {
        return standing.clone();
    };
    let of = &claim.domain;
    let (verdict, reason) = match outcome {
        Outcome::Proven => (Verdict::Proven, format!("signed by {of}")),
        Outcome::Temporary => (
            Verdict::Temporary,
            format!("DNS doesn't answer for the key of {of}"),
        ),
        Outcome::Broken(why) => (Verdict::Failed, format!("the signature of {of} {why}")),
        Outcome::Weak(why) => (Verdict::Unproven, format!("the signature of {of} {why}")),
    };
    // our server couldn't tell, and neither can we
    if standing.verdict == Verdict::Temporary && verdict != Verdict::Proven {
        return standing.clone();
    }
    Standing {
        verdict,
        by: By::Dkim,
        domain: Some(of.clone()),
        reason,
        signed_at: claim
            .signed_at
            .filter(|_| verdict == Verdict::Proven)
            .and_then(|at| DateTime::from_timestamp(at, 0)),
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
