//! A session on one folder.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use async_imap::imap_proto::{MailboxDatum, MessageSection, Response, ResponseCode};
use chrono::{DateTime, FixedOffset};
use tracing::info;

use super::response::{capability_name, keywords, quoted, received_at, section, size, uid_of};
use super::uid_set::uid_sets;
use super::wire::{Idled, Wire, is_passing};
use super::{Body, Capabilities, Described, Folder, ImapError, Settings, UNTOLD_SIZE, login};

/// Slowest server whose message still counts as coming, in bytes a second.
const SLOWEST: u32 = 20_000;

/// What a message may have beyond twice its announced size: servers only estimate it, and some estimate badly.
const SIZE_LEEWAY: u64 = 1024 * 1024;

/// Longest IDLE: servers may drop one after 30 minutes (RFC 2177), routers much sooner.
const LONGEST_IDLE: Duration = Duration::from_secs(9 * 60);

/// A session, logged in.
#[derive(Debug)]
pub struct Session {
    pub(super) wire: Wire,
    capabilities: Capabilities,
    /// `TLS 1.3` and the like.
    protocol: Option<String>,
    pub(super) settings: Settings,
    /// As it was when selected.
    pub(super) folder: Option<Folder>,
    /// The server has refused to IDLE: it isn't asked again before.
    no_idle_before: Option<Instant>,
}

/// Why a wait ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Woken {
    /// The server has news of the folder.
    News,
    Elapsed,
    Stopped,
}

impl Session {
    /// Connects, logs in and asks what the server can do.
    pub async fn open(settings: &Settings) -> Result<Session, ImapError> {
        let (connection, protocol) = login::open(settings).await?;
        let mut session = Session {
            wire: Wire::new(connection),
            capabilities: Capabilities::default(),
            protocol,
            settings: settings.clone(),
            folder: None,
            no_idle_before: None,
        };
        session.ask_capabilities().await?;
        session.introduce().await?;
        Ok(session)
    }

    /// What the server can do, now that we are logged in.
    pub fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// The version of TLS; `None` where nothing is encrypted.
    pub fn protocol(&self) -> Option<&str> {
        self.protocol.as_deref()
    }

    /// Opens the folder, for reading and flagging.
    pub async fn select(&mut self) -> Result<Folder, ImapError> {
        let name = self.settings.folder.clone();
        let (mut uid_validity, mut exists, mut keywords_allowed) = (None, 0, true);
        let command = format!("SELECT {}", quoted(&name));
        let selected = self
            .wire
            .run("SELECT", &command, self.settings.timeout, |response| {
                match response {
                    Response::MailboxData(MailboxDatum::Exists(count)) => exists = *count,
                    Response::Data { outcome, .. } | Response::Done { outcome, .. } => {
                        match &outcome.code {
                            Some(ResponseCode::UidValidity(value)) => uid_validity = Some(*value),
                            Some(ResponseCode::PermanentFlags(flags)) => {
                                keywords_allowed = flags.iter().any(|flag| flag == "\\*");
                            }
                            _ => {}
                        }
                    }
                    _ => {}
                }
                Ok(())
            })
            .await;
        match selected {
            Ok(()) => {}
            Err(ImapError::No { words, .. }) if !is_passing(&words) => {
                return Err(ImapError::Folder {
                    folder: name,
                    words,
                });
            }
            Err(error) => return Err(error),
        }
        let uid_validity = uid_validity.ok_or(ImapError::NoUidValidity)?;
        let folder = Folder {
            uid_validity,
            exists,
            keywords_allowed,
        };
        self.folder = Some(folder);
        Ok(folder)
    }

    /// Size, receipt and keywords of messages, in ascending order. Those that are gone are missing.
    ///
    /// A message that the server speaks of without telling its size isn't gone: it counts as the largest,
    /// [`UNTOLD_SIZE`], so that nobody fetches it blindly, and it holds up no other. Where the server tells
    /// different things of one message, the larger size counts, for the same reason, and the earlier receipt, by
    /// which no deadline is missed.
    pub async fn describe(&mut self, uids: &[u32]) -> Result<Vec<Described>, ImapError> {
        type Told = (Option<u32>, Option<DateTime<FixedOffset>>, Vec<String>);
        let mut found: BTreeMap<u32, Told> = BTreeMap::new();
        for set in uid_sets(uids) {
            let command = format!("UID FETCH {set} (UID RFC822.SIZE INTERNALDATE FLAGS)");
            self.wire
                .run("FETCH", &command, self.settings.timeout, |response| {
                    if let Response::Fetch(_, attributes) = response
                        && let Some(uid) = uid_of(attributes)
                        && uids.binary_search(&uid).is_ok()
                    {
                        // a server may tell it in pieces, and of other changes in between
                        let (largest, earliest, kept) = found.entry(uid).or_default();
                        *largest = (*largest).max(size(attributes));
                        let told = [*earliest, received_at(attributes)];
                        *earliest = told.into_iter().flatten().min();
                        kept.extend(keywords(attributes).into_iter().flatten());
                    }
                    Ok(())
                })
                .await?;
        }
        let described = |(uid, (size, received_at, keywords)): (u32, Told)| Described {
            uid,
            size: size.unwrap_or(UNTOLD_SIZE),
            received_at,
            keywords,
        };
        Ok(found.into_iter().map(described).collect())
    }

    /// The bytes of messages, without marking them as read. Those that are gone are missing, and so are those
    /// of which the server hands over nothing (`NIL` or empty, as some do with what they can't read).
    ///
    /// # Errors
    /// Any failure is one of the whole call: an answer that broke off is never taken for a short one. So is a
    /// message that comes twice with different bytes: nobody knows which it is, and there may be two.
    pub async fn bodies(&mut self, messages: &[Described]) -> Result<Vec<Body>, ImapError> {
        let uids: Vec<u32> = messages.iter().map(|message| message.uid).collect();
        let largest = messages
            .iter()
            .map(|message| message.size)
            .max()
            .unwrap_or(0);
        let patience = self.settings.timeout + Duration::from_secs((largest / SLOWEST).into());
        let most = u64::from(largest) * 2 + SIZE_LEEWAY;
        let mut bodies: BTreeMap<u32, Vec<u8>> = BTreeMap::new();
        for set in uid_sets(&uids) {
            let command = format!("UID FETCH {set} (UID BODY.PEEK[])");
            self.wire
                .run_for("FETCH", &command, patience, most, |response| {
                    if let Response::Fetch(_, attributes) = response
                        && let Some(uid) = uid_of(attributes)
                        && let Some(bytes) = section(attributes, None)
                        && let Ok(at) = uids.binary_search(&uid)
                        && (!bytes.is_empty() || messages[at].size == 0)
                    {
                        let first = bodies.entry(uid).or_insert_with(|| bytes.to_vec());
                        if first != bytes {
                            return Err(ImapError::Contradiction { uid });
                        }
                    }
                    Ok(())
                })
                .await?;
        }
        let body = |(uid, bytes)| Body { uid, bytes };
        Ok(bodies.into_iter().map(body).collect())
    }

    /// The headers of a message, up to so many bytes; `None` where it is gone.
    pub async fn head(&mut self, uid: u32, most: u32) -> Result<Option<Vec<u8>>, ImapError> {
        let mut head: Option<Vec<u8>> = None;
        let command = format!("UID FETCH {uid} (UID BODY.PEEK[HEADER]<0.{most}>)");
        let patience = self.settings.timeout;
        self.wire
            .run_for("FETCH", &command, patience, most.into(), |response| {
                if let Response::Fetch(_, attributes) = response
                    && uid_of(attributes) == Some(uid)
                    && let Some(bytes) = section(attributes, Some(&MessageSection::Header))
                {
                    let first = head.get_or_insert_with(|| bytes.to_vec());
                    if first != bytes {
                        return Err(ImapError::Contradiction { uid });
                    }
                }
                Ok(())
            })
            .await?;
        Ok(head)
    }

    /// Gives messages a keyword.
    pub async fn flag(&mut self, uids: &[u32], keyword: &str) -> Result<(), ImapError> {
        for set in uid_sets(uids) {
            let command = format!("UID STORE {set} +FLAGS.SILENT ({keyword})");
            self.wire
                .run("STORE", &command, self.settings.timeout, |_| Ok(()))
                .await?;
        }
        Ok(())
    }

    /// Moves messages to a folder, which is made where it is missing.
    pub async fn move_to(&mut self, uids: &[u32], folder: &str) -> Result<(), ImapError> {
        // COPY and EXPUNGE would do the same in two steps, the second of which may lose mail
        if !self.capabilities.moves {
            return Err(ImapError::CannotMove);
        }
        for set in uid_sets(uids) {
            let command = format!("UID MOVE {set} {}", quoted(folder));
            let patience = self.settings.timeout;
            let mut missing = false;
            let moved = self.wire.run("MOVE", &command, patience, |response| {
                missing |= matches!(response, Response::Done { outcome, .. } if outcome.code == Some(ResponseCode::TryCreate));
                Ok(())
            });
            match moved.await {
                Err(ImapError::No { .. }) if missing => {
                    let create = format!("CREATE {}", quoted(folder));
                    self.wire
                        .run("CREATE", &create, patience, |_| Ok(()))
                        .await?;
                    self.wire
                        .run("MOVE", &command, patience, |_| Ok(()))
                        .await?;
                }
                other => other?,
            }
        }
        Ok(())
    }

    /// Waits for news of the folder since it was last listed: by IDLE where the server can and `idle` allows,
    /// or just so long. A server that refuses to IDLE for now is polled for a while instead.
    pub async fn wait(
        &mut self,
        longest: Duration,
        idle: bool,
        stop: impl Future<Output = ()>,
    ) -> Result<Woken, ImapError> {
        if std::mem::take(&mut self.wire.news) {
            return Ok(Woken::News);
        }
        tokio::pin!(stop);
        let refused = self
            .no_idle_before
            .is_some_and(|until| Instant::now() < until);
        if idle && self.capabilities.idle && !refused {
            let most = longest.min(LONGEST_IDLE);
            match self.wire.idle(most, self.settings.timeout, &mut stop).await {
                Ok(Idled::News) => return Ok(Woken::News),
                Ok(Idled::Elapsed) => return Ok(Woken::Elapsed),
                Ok(Idled::Stopped) => return Ok(Woken::Stopped),
                Err(ImapError::No { words, .. }) => {
                    info!(
                        words,
                        "the mail server refuses to IDLE; it is polled for now"
                    );
                    self.no_idle_before = Some(Instant::now() + LONGEST_IDLE);
                    if std::mem::take(&mut self.wire.news) {
                        return Ok(Woken::News);
                    }
                }
                Err(problem) => return Err(problem),
            }
        }
        Ok(tokio::select! {
            () = tokio::time::sleep(longest) => Woken::Elapsed,
            () = stop => Woken::Stopped,
        })
    }

    /// Takes leave; whatever comes of it, the connection is closed.
    pub async fn close(mut self) {
        let patience = self.settings.timeout.min(Duration::from_secs(2));
        // the answer is a BYE, which ends the session in any case
        let _ = self
            .wire
            .run("LOGOUT", "LOGOUT", patience, |_| Ok(()))
            .await;
    }

    async fn ask_capabilities(&mut self) -> Result<(), ImapError> {
        let mut names: Vec<String> = Vec::new();
        self.wire
            .run(
                "CAPABILITY",
                "CAPABILITY",
                self.settings.timeout,
                |response| {
                    if let Response::Capabilities(all) = response {
                        names = all.iter().map(capability_name).collect();
                    }
                    Ok(())
                },
            )
            .await?;
        let has = |wanted: &str| names.iter().any(|name| name.eq_ignore_ascii_case(wanted));
        self.capabilities = Capabilities {
            idle: has("IDLE"),
            moves: has("MOVE"),
            names,
        };
        Ok(())
    }

    /// Says who we are (RFC 2971), where the server wants to know: NetEase's (163, 126) open no folder for those who don't.
    async fn introduce(&mut self) -> Result<(), ImapError> {
        if !self
            .capabilities
            .names
            .iter()
            .any(|name| name.eq_ignore_ascii_case("ID"))
        {
            return Ok(());
        }
        let command = concat!(
            r#"ID ("name" "Redress" "version" ""#,
            env!("CARGO_PKG_VERSION"),
            r#"")"#
        );
        match self
            .wire
            .run("ID", command, self.settings.timeout, |_| Ok(()))
            .await
        {
            // politeness that nobody asked for is no reason to leave
            Ok(()) | Err(ImapError::No { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
