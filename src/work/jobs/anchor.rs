//! The anchor of the whole history, mailed to auditors: whoever rewrites the database can't rewrite their mail (§6).

use super::Jobs;
use crate::policy::Role;
use crate::staff::Tongue;
use crate::store::Transaction;
use crate::work::WorkError;
use crate::work::to_staff::Page;

impl Jobs {
    pub(super) async fn send_anchor(&self, tx: &mut Transaction) -> Result<String, WorkError> {
        let anchor = self.store.anchor().await?;
        let now = self.store.now().await?;
        let members = self.post.directory.members().iter();
        let auditors = members.filter(|member| member.roles.contains(&Role::Auditor));
        let pages = auditors
            .map(|member| {
                let (subject, text) = match member.tongue() {
                    Tongue::English => (
                        "Anchor of all histories: please keep this mail",
                        "Please keep this mail where nobody who runs the database can change it. `redress audit verify --all --anchor` with the hash below tells whether the database still holds all that it held now.",
                    ),
                    Tongue::Chinese => (
                        "案件记录锚点：请保存本邮件",
                        "请将本邮件保存在数据库管理人员无法改动的地方。用下面的哈希值执行 `redress audit verify --all --anchor`，可核实数据库中的记录此后是否被改动。",
                    ),
                };
                let page = Page {
                    subject: subject.to_owned(),
                    text: format!("{text}\n\n{anchor}\n"),
                    ..Page::default()
                };
                (member.person.clone(), page)
            })
            .collect();
        let sent = self.post.send_pages(tx, pages, now).await?;
        Ok(format!("an anchor was mailed to {sent} auditors"))
    }
}
