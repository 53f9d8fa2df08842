//! §10: the policy is mailed to staff, and who has read it is on record.

use chrono::TimeDelta;

use super::Jobs;
use crate::case::Person;
use crate::policy::Role;
use crate::staff::Tongue;
use crate::store::{Transaction, policy_notices};
use crate::work::WorkError;
use crate::work::to_staff::Page;

/// How long somebody has to read it before they are reminded, each time.
const PATIENCE: TimeDelta = TimeDelta::days(7);

/// Reminders before supervisors are told.
const REMINDERS: i16 = 2;

impl Jobs {
    /// Mails the policy to everybody who can be written to.
    pub(super) async fn send_policy(&self, tx: &mut Transaction) -> Result<String, WorkError> {
        let Some(body) = &self.policy_notice else {
            return Ok("there is no text to send: set policy.notice_file".to_owned());
        };
        let now = self.store.now().await?;
        let members = self.post.directory.members().iter();
        let readers: Vec<&Person> = members
            .filter(|member| !member.addresses.is_empty())
            .map(|member| &member.person)
            .collect();
        policy_notices::send(tx, body, &readers, now).await?;
        let pages = readers
            .iter()
            .map(|person| self.notice(person, body, false));
        let sent = self.post.send_pages(tx, pages.collect(), now).await?;
        Ok(format!("the policy was mailed to {sent}"))
    }

    /// Reminds those who haven't read it; whoever was reminded in vain is told to the supervisors, once.
    pub(super) async fn chase_readers(&self, tx: &mut Transaction) -> Result<String, WorkError> {
        let now = self.store.now().await?;
        let (mut pages, mut given_up) = (Vec::new(), Vec::new());
        for unread in policy_notices::unread(tx).await? {
            let waited = now - unread.sent_at;
            if self.post.directory.member(&unread.person).is_none()
                || waited < PATIENCE * i32::from(unread.reminded + 1)
                || unread.reminded > REMINDERS
            {
                continue;
            }
            policy_notices::reminded(tx, unread.notice, &unread.person).await?;
            if unread.reminded < REMINDERS {
                pages.push(self.notice(&unread.person, &unread.body, true));
            } else {
                given_up.push(unread.person);
            }
        }
        let reminders = pages.len();
        if !given_up.is_empty() {
            let members = self.post.directory.members().iter();
            let supervisors = members.filter(|member| member.roles.contains(&Role::Supervisor));
            pages.extend(supervisors.map(|member| {
                let page = self.not_read(&given_up, member.tongue());
                (member.person.clone(), page)
            }));
        }
        self.post.send_pages(tx, pages, now).await?;
        let listed = given_up.len();
        Ok(format!(
            "{reminders} were reminded, {listed} listed to supervisors"
        ))
    }

    fn notice(&self, to: &Person, body: &str, again: bool) -> (Person, Page) {
        let member = self.post.directory.member(to);
        let tongue = member.map_or(Tongue::English, |member| member.tongue());
        let (subject, ask) = match (tongue, again) {
            (Tongue::English, false) => (
                "Our complaint policy: please read",
                "Please read this, and answer /read when you have (§10).",
            ),
            (Tongue::English, true) => (
                "Reminder: our complaint policy, please read",
                "You haven't confirmed yet that you have read this. Please answer /read when you have (§10).",
            ),
            (Tongue::Chinese, false) => (
                "客户投诉与争议解决制度：请阅读",
                "请阅读以下内容，阅后回复 /已阅（§10）。",
            ),
            (Tongue::Chinese, true) => (
                "提醒：客户投诉与争议解决制度，请阅读",
                "您尚未确认已阅读以下内容。请阅后回复 /已阅（§10）。",
            ),
        };
        let page = Page {
            subject: subject.to_owned(),
            text: format!("{ask}\n\n{body}\n"),
            ..Page::default()
        };
        (to.clone(), page)
    }

    fn not_read(&self, people: &[Person], tongue: Tongue) -> Page {
        let names = people.iter().map(|person| self.post.directory.name(person));
        let names: String = names.map(|name| format!("- {name}\n")).collect();
        let (subject, text) = match tongue {
            Tongue::English => (
                "Not read: our complaint policy",
                "These people were sent the policy and reminded twice, and haven't confirmed that they have read it (§10):",
            ),
            Tongue::Chinese => (
                "尚未阅读：客户投诉与争议解决制度",
                "以下人员收到制度并经两次提醒，仍未确认已阅读（§10）：",
            ),
        };
        Page {
            subject: subject.to_owned(),
            text: format!("{text}\n\n{names}"),
            ..Page::default()
        }
    }
}
