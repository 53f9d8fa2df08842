//! Where a message belongs.

use std::collections::HashMap;

use super::{Read, Triage};
use crate::case::CaseRef;
use crate::ids::CaseId;
use crate::letter::Audience;
use crate::mail::{Nature, Reading};
use crate::policy::Letter;
use crate::store::messages::MatchedBy;
use crate::work::WorkError;

/// Where a message belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Route {
    Open,
    Case {
        case: CaseId,
        by: MatchedBy,
        letter: Option<Letter>,
    },
    NoCase,
    Quarantine,
}
impl Triage {
    /// Where each message belongs: by a signed address it was sent to, a Message-ID of ours that it
    /// answers, or the reference in its subject where its sender is that case's customer.
    pub(super) async fn routes(&self, messages: &[Read]) -> Result<Vec<Route>, WorkError> {
        let mut ids: Vec<&str> = Vec::new();
        let mut references: Vec<CaseRef> = Vec::new();
        for Read { reading, .. } in messages {
            ids.extend(reading.in_reply_to.iter().map(String::as_str));
            ids.extend(reading.references.iter().map(String::as_str));
            ids.extend(
                reading
                    .bounce
                    .iter()
                    .filter_map(|b| b.original_message_id.as_deref()),
            );
            references.extend(CaseRef::find(&reading.subject));
        }
        let by_id = match ids.as_slice() {
            [] => HashMap::new(),
            ids => self.store.cases_by_message_id(ids).await?,
        };
        let by_reference = match references.as_slice() {
            [] => HashMap::new(),
            references => self.store.cases_by_reference(references).await?,
        };
        Ok(messages
            .iter()
            .map(|one| self.route(one, &by_id, &by_reference))
            .collect())
    }

    fn route(
        &self,
        message: &Read,
        by_id: &HashMap<String, (CaseId, Letter)>,
        by_reference: &HashMap<String, (CaseId, Option<String>)>,
    ) -> Route {
        let reading = &message.reading;
        if reading.quarantine.is_some() && !message.released {
            return Route::Quarantine;
        }
        let bounced = reading
            .bounce
            .as_ref()
            .and_then(|b| b.original_message_id.as_ref());
        if let Some((case, letter)) = bounced.and_then(|id| by_id.get(id)) {
            return Route::Case {
                case: *case,
                by: MatchedBy::Bounce,
                letter: Some(*letter),
            };
        }
        if let Some((case, audience)) = self.signed_address(reading) {
            let letter = (audience == Audience::Bounce && reading.nature == Nature::Bounce)
                .then_some(Letter::Acknowledgement);
            let by = if letter.is_some() {
                MatchedBy::Bounce
            } else {
                MatchedBy::ReplyAddress
            };
            return Route::Case { case, by, letter };
        }
        // the latest answered first
        let answered = reading
            .in_reply_to
            .iter()
            .chain(reading.references.iter().rev());
        if let Some((case, _)) = answered.filter_map(|id| by_id.get(id)).next() {
            return Route::Case {
                case: *case,
                by: MatchedBy::MessageId,
                letter: None,
            };
        }
        if reading.nature == Nature::Human
            && let Some(reference) = CaseRef::find(&reading.subject)
            && let Some((case, Some(customer))) = by_reference.get(&reference.to_string())
            && sender(reading).as_ref() == Some(customer)
        {
            return Route::Case {
                case: *case,
                by: MatchedBy::Reference,
                letter: None,
            };
        }
        if reading.nature == Nature::Human || message.released {
            Route::Open
        } else {
            Route::NoCase
        }
    }

    fn signed_address(&self, reading: &Reading) -> Option<(CaseId, Audience)> {
        let keys = self.reply_addresses.as_ref()?;
        let written = reading.to.iter().chain(&reading.cc).map(|to| &to.address);
        reading
            .delivered_to
            .iter()
            .chain(written)
            .find_map(|address| {
                let signed = self
                    .own_addresses
                    .iter()
                    .find_map(|own| keys.prove(own, address))?;
                Some((signed.case, signed.audience))
            })
    }
}

/// Whose mail it is: the author's address in lower case.
pub(super) fn sender(reading: &Reading) -> Option<String> {
    reading
        .from
        .as_ref()
        .map(|from| from.address.to_lowercase())
}
