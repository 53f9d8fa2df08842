//! What can't be taken back is shown before it is done: an outcome, a closing, a court's case. It is done once
//! whoever ordered it has confirmed it, or after a set time.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use tracing::info;

use super::Triage;
use super::carry_out::carry_out;
use super::desk::{Desk, Written, split};
use crate::case::ActName;
use crate::failpoint::failpoint;
use crate::ids::{CaseId, LandedId};
use crate::staff::command::Order;
use crate::store::pending::{self, Ending, Pending, Which};
use crate::store::{StoreError, Transaction, cases, restored};
use crate::work::WorkError;
use crate::work::changes::Changes;
use crate::work::to_staff::Answer;

/// What is shown first, and when it is done.
#[derive(Debug, Clone)]
pub struct Confirm {
    pub acts: BTreeSet<ActName>,
    /// It is done by itself after this time; `None`: once it is confirmed.
    pub after: Option<TimeDelta>,
}

impl Confirm {
    /// Whether these orders are shown before they are done.
    pub(super) fn asks(&self, orders: &[Order]) -> bool {
        orders.iter().any(|order| match order {
            Order::Act { act, .. } => self.acts.contains(&act.name()),
            _ => false,
        })
    }
}

impl Desk<'_> {
    /// Shows what the orders would do, and lets them wait. Orders that wait already are replaced.
    pub(super) async fn show_first(
        &self,
        tx: &mut Transaction,
        changes: &mut Changes<'_>,
        case: CaseId,
        orders: Vec<Order>,
    ) -> Result<Answer, WorkError> {
        let (acts, _) = split(orders);
        let before = changes.before(Some(case));
        let lines = match carry_out(tx, changes, case, self.member, acts).await? {
            Ok((lines, _)) => lines,
            Err(reasons) => return Ok(self.refused(reasons)),
        };
        let writings = changes.letters_since(&before);
        let letters = match changes.case(case) {
            Some(locked) => {
                let about = (case, locked.reference, &locked.case);
                let post = &self.triage.post;
                post.preview(tx, about, &writings, self.now).await?
            }
            None => vec![],
        };
        changes.undo(before);
        self.end_waiting(tx, case, Ending::Replaced).await?;
        let until = self.triage.confirm.after.map(|after| self.now + after);
        let times = (self.now, until);
        pending::wait(tx, case, &self.member.person, self.mail.landed, times).await?;
        failpoint("pending.shown")?;
        Ok(Answer::Shown {
            lines,
            letters,
            until,
        })
    }

    /// Does what waits.
    pub(super) async fn confirm(
        &self,
        tx: &mut Transaction,
        changes: &mut Changes<'_>,
        case: CaseId,
    ) -> Result<Answer, WorkError> {
        let waiting = pending::find(tx, Which::Of(case, &self.member.person)).await?;
        let Some(waiting) = waiting.into_iter().next() else {
            return Ok(self.refused(vec![self.nothing_waits()]));
        };
        self.do_pending(tx, changes, &waiting).await
    }

    /// Drops what waits.
    pub(super) async fn cancel(
        &self,
        tx: &mut Transaction,
        case: CaseId,
    ) -> Result<Answer, WorkError> {
        if !self.end_waiting(tx, case, Ending::Cancelled).await? {
            return Ok(self.refused(vec![self.nothing_waits()]));
        }
        Ok(Answer::Done {
            lines: vec![self.pick("cancelled: nothing was done", "已取消，未执行任何操作")],
            letters: 0,
        })
    }

    fn nothing_waits(&self) -> String {
        self.pick(
            "nothing of yours waits to be confirmed on this case",
            "本案没有待您确认的内容",
        )
    }

    async fn end_waiting(
        &self,
        tx: &mut Transaction,
        case: CaseId,
        ending: Ending,
    ) -> Result<bool, WorkError> {
        let waiting = pending::find(tx, Which::Of(case, &self.member.person)).await?;
        let mut ended = false;
        for one in waiting {
            ended |= pending::end(tx, one.id, ending, self.now).await?;
        }
        Ok(ended)
    }

    /// Reads the mail that ordered it once more, and does what it says: its days count from when it was shown.
    async fn do_pending(
        &self,
        tx: &mut Transaction,
        changes: &mut Changes<'_>,
        waiting: &Pending,
    ) -> Result<Answer, WorkError> {
        let desk = Desk {
            mail: Written {
                text: &waiting.text,
                mailbox: waiting.mailbox,
                received_at: waiting.received_at,
                ..self.mail
            },
            ..*self
        };
        let at = waiting.ordered_at;
        let understood =
            self.triage
                .orders(changes, &waiting.text, Some(waiting.case), self.member, at);
        let answer = match understood {
            Ok(orders) => desk.carry_out_all(tx, changes, orders).await?,
            Err(reasons) => desk.refused(reasons),
        };
        let ending = match &answer {
            Answer::Refused { .. } => Ending::Refused,
            _ => Ending::Done,
        };
        pending::end(tx, waiting.id, ending, self.now).await?;
        failpoint("pending.ended")?;
        Ok(answer)
    }
}

impl Triage {
    /// Does what was ordered and shown, and wasn't cancelled in time; how much.
    pub(super) async fn do_due(&self) -> Result<usize, WorkError> {
        let due = self.store.pending_due().await?;
        if due.is_empty() {
            return Ok(0);
        }
        let now = self.store.now().await?;
        let mut tx = self.store.begin().await?;
        let locked = cases::lock(&mut tx, &due).await?;
        let mut changes =
            Changes::new(&mut tx, &self.post, now, locked, std::iter::empty()).await?;
        // whoever came first has ended some of them while we waited for their cases
        let waiting = pending::find(&mut tx, Which::Due(&due, now)).await?;
        if let Some(first) = waiting.iter().filter_map(|one| one.due_at).min() {
            restored::again_if_due(&mut tx, first).await?;
        }
        let mut count = 0;
        for one in &waiting {
            count += 1;
            let Some(member) = self.post.directory.member(&one.person) else {
                pending::end(&mut tx, one.id, Ending::Cancelled, now).await?;
                continue;
            };
            let desk = Desk {
                triage: self,
                mail: Written {
                    text: &one.text,
                    landed: LandedId(0),
                    mailbox: one.mailbox,
                    received_at: one.received_at,
                    files: false,
                    message_id: None,
                },
                case: Some(one.case),
                member,
                now,
            };
            let answer = desk.do_pending(&mut tx, &mut changes, one).await?;
            changes.answer(desk.answer(Some(one.case), answer));
        }
        let mails = changes.write(&mut tx).await?;
        failpoint("pending.doing")?;
        tx.commit().await.map_err(StoreError::from)?;
        failpoint("pending.done")?;
        if mails > 0 {
            self.wakes.dispatch.notify_one();
            self.wakes.clock.notify_one();
        }
        info!(
            orders = count,
            "orders that were shown and not cancelled were done"
        );
        Ok(count)
    }
}
