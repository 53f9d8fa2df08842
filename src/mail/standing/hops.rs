//! Which `Authentication-Results` fields our own mail server wrote. Anybody can write such a field, with
//! any name in it: only its place among the `Received` fields, which servers put on top one after the
//! other, tells who did (RFC 8601 §5, §7.1).

use std::net::IpAddr;

use super::domain;
use super::results::{self, Results};
use crate::mail::headers::{self, Headers};

/// Most fields of our own server that are read.
const MOST: usize = 20;
/// Longest `Received` field read, in bytes.
const LONGEST: usize = 8_000;

/// What our own mail server says of a message.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Own {
    pub(super) results: Vec<Results>,
    /// One of its fields can't be read, and so none of them says anything.
    pub(super) unreadable: bool,
    /// A field with its name stands where others could have put it.
    pub(super) misplaced: bool,
}

/// Reads from the top down to the first `Received` field that isn't of our own server, or that
/// says how the message came to it from outside and what stands below.
///
/// What lies above a `Received` field of our own is beyond anyone's reach, and all of it counts. Below the
/// last one our own server's field stands above those that came with the message: only the topmost counts.
pub(super) fn own_results(head: &Headers<'_>, authserv_ids: &[String]) -> Own {
    let mut own = Own::default();
    let mut place = Place::Above;
    for (name, value) in head.fields() {
        if name.eq_ignore_ascii_case("authentication-results") {
            let (id, results) = match results::parse(&headers::unfolded(value)) {
                Ok(results) => (Some(results.authserv_id.clone()), Some(results)),
                Err(broken) => (broken.authserv_id, None),
            };
            let is_ours = id.is_some_and(|id| is_one_of(&id, authserv_ids));
            match place {
                _ if !is_ours || own.results.len() == MOST => {}
                Place::Outside => own.misplaced = true,
                Place::Above | Place::Border => match results {
                    Some(results) => own.results.push(results),
                    None => own.unreadable = true,
                },
            }
        } else if name.eq_ignore_ascii_case("received") && place != Place::Outside {
            let nothing_yet = own.results.is_empty() && !own.unreadable;
            let hop = Hop::of(&headers::unfolded(&value[..value.len().min(LONGEST)]));
            place = match hop.kind(authserv_ids) {
                // what was read so far is above a field of our own
                Kind::Inside | Kind::Border if place == Place::Above && !nothing_yet => return own,
                Kind::Inside if place == Place::Above => Place::Above,
                Kind::Border if place == Place::Above => Place::Border,
                Kind::Inside | Kind::Border | Kind::Foreign => Place::Outside,
            };
        }
    }
    own.results.truncate(1);
    own
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Above the field that tells how the message came to our server.
    Above,
    /// Right below that.
    Border,
    Outside,
}

/// The whole name, in any case (RFC 8601 §2.5: case-insensitive where it is a domain).
fn is_one_of(id: &str, authserv_ids: &[String]) -> bool {
    authserv_ids.iter().any(|own| own.eq_ignore_ascii_case(id))
}

/// What one `Received` field (RFC 5321 §4.4) tells.
#[derive(Debug, Default, PartialEq, Eq)]
struct Hop {
    /// Whether it says where the message came from, and the addresses in brackets there.
    from: bool,
    addresses: Vec<String>,
    by: Option<String>,
    with: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// From one program of our server to the next.
    Inside,
    /// From somebody else to our server.
    Border,
    /// Of another server.
    Foreign,
}

impl Hop {
    fn of(value: &str) -> Hop {
        let mut hop = Hop::default();
        let mut words = Words {
            rest: value,
            comments: Vec::new(),
        };
        let mut word = words.next();
        if word.is_some_and(|word| word.eq_ignore_ascii_case("from")) {
            hop.from = true;
            // the client chose this name: whatever it is, it isn't the next clause
            let name = words.next().unwrap_or("");
            word = words.next();
            let comments = std::mem::take(&mut words.comments);
            hop.addresses = std::iter::once(name)
                .chain(comments)
                .flat_map(bracketed)
                .collect();
        }
        while let Some(clause) = word {
            if clause.starts_with(';') {
                break;
            }
            if clause.eq_ignore_ascii_case("by") && hop.by.is_none() {
                hop.by = words.next().map(str::to_owned);
            } else if clause.eq_ignore_ascii_case("with") && hop.with.is_none() {
                hop.with = words.next().map(str::to_owned);
            }
            word = words.next();
        }
        hop
    }

    fn kind(&self, authserv_ids: &[String]) -> Kind {
        let Some(by) = &self.by else {
            return Kind::Foreign;
        };
        // large providers hand on inside under a bare address, and never say from whom
        let address = by.trim_matches(['[', ']']);
        if !self.from && address.parse::<IpAddr>().is_ok() {
            return Kind::Inside;
        }
        if !is_host_of(by, authserv_ids) {
            return Kind::Foreign;
        }
        let local = self.with.as_ref().is_some_and(|with| {
            let with = with.to_ascii_lowercase();
            with.trim_start_matches("utf8").starts_with("lmtp") || with == "local"
        });
        // every address has to be our own network's: the client chooses what it calls itself
        let inside = |text: &String| is_private(text);
        let private = !self.addresses.is_empty() && self.addresses.iter().all(inside);
        if !self.from || local || private {
            Kind::Inside
        } else {
            Kind::Border
        }
    }
}

/// Whether a host bears our server's name, or belongs to the same organisation.
fn is_host_of(host: &str, authserv_ids: &[String]) -> bool {
    let host = domain::ascii(host);
    authserv_ids.iter().any(|own| {
        let own = domain::ascii(own);
        match (&host, &own) {
            (Some(host), Some(own)) => host == own || domain::aligned(host, own),
            _ => false,
        }
    })
}

fn bracketed(text: &str) -> Vec<String> {
    text.split('[')
        .skip(1)
        .filter_map(|rest| rest.split_once(']'))
        .map(|(address, _)| address.to_owned())
        .collect()
}

/// Addresses that no stranger's connection comes from (RFC 1918, RFC 4193, loopback, link-local).
fn is_private(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    match lower.trim_start_matches("ipv6:").parse::<IpAddr>() {
        Ok(IpAddr::V4(v4)) => v4.is_loopback() || v4.is_private() || v4.is_link_local(),
        Ok(IpAddr::V6(v6)) => match v6.to_ipv4_mapped() {
            Some(v4) => v4.is_loopback() || v4.is_private() || v4.is_link_local(),
            None => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
        },
        Err(_) => false,
    }
}

/// Words between white space; comments are put aside whole.
struct Words<'a> {
    rest: &'a str,
    comments: Vec<&'a str>,
}

impl<'a> Words<'a> {
    fn next(&mut self) -> Option<&'a str> {
        loop {
            self.rest = self.rest.trim_start();
            if !self.rest.starts_with('(') {
                break;
            }
            let end = comment_end(self.rest);
            let (comment, rest) = self.rest.split_at(end);
            self.comments.push(comment);
            self.rest = rest;
        }
        if self.rest.is_empty() {
            return None;
        }
        let mut after_first = self.rest.char_indices().skip(1);
        let end = after_first
            .find(|(_, c)| matches!(c, ' ' | '\t' | '(' | ';'))
            .map_or(self.rest.len(), |(at, _)| at);
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        Some(word)
    }
}

fn comment_end(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '(' => depth += 1,
            ')' if depth == 1 => return at + 1,
            ')' => depth -= 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
#[path = "hops_tests.rs"]
mod tests;
