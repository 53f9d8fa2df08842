//! Third parties that help with a case (§4.3).

use super::{Recipient, Step};
use crate::case::event::ActName;
use crate::case::{Already, Fact, Refusal, TextId};
use crate::policy::Letter;

impl Step<'_> {
    /// §4.3: a third party gets what is written for it, and nothing else of the case (§7).
    pub(super) fn invite(&mut self, address: &str, words: &str) -> Result<(), Refusal> {
        self.not_on_legal_hold()?;
        let kept = self.words(ActName::Invite, words)?;
        let known = self.text(address);
        self.add(Fact::ThirdPartyInvited {
            address: known,
            words: kept,
        });
        let (words, address) = (words.to_owned(), address.to_owned());
        self.write(Letter::Invitation, |writing| {
            writing.words = Some(words);
            writing.to = Recipient::ThirdParty(address);
        });
        Ok(())
    }

    pub(super) fn dismiss(&mut self, address: Option<&str>) -> Result<(), Refusal> {
        let at_work = self
            .case
            .third_parties
            .iter()
            .filter(|(_, at_work)| **at_work);
        let at_work: Vec<TextId> = at_work.map(|(id, _)| *id).collect();
        let address = match (address, at_work.as_slice()) {
            (_, []) => return Err(Refusal::AlreadySo(Already::NoThirdParty)),
            (Some(address), known) => {
                let id = TextId::of(address);
                if !known.contains(&id) {
                    let address = address.to_owned();
                    return Err(Refusal::NotInvited { address });
                }
                id
            }
            (None, [one]) => *one,
            (None, _) => return Err(Refusal::WhichThirdParty),
        };
        self.add(Fact::ThirdPartyDone { address });
        Ok(())
    }
}
