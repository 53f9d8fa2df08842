//! The page that explains everything, sent once to each member of staff.

use tracing::info;

use super::WorkError;
use super::post::Post;
use super::to_staff::Page;
use crate::failpoint::failpoint;
use crate::staff::{Member, Tongue, help};
use crate::store::{Store, StoreError, members};

/// Writes to those who haven't been written to; how many they were.
pub async fn welcome(store: &Store, post: &Post) -> Result<usize, WorkError> {
    // without signed addresses no commands are taken, and there is nothing to explain
    if !post.composer.signs() {
        return Ok(0);
    }
    let reachable = post.directory.members().iter();
    let reachable = reachable.filter(|member| !member.addresses.is_empty());
    let people: Vec<&str> = reachable.map(|member| member.person.as_str()).collect();
    let now = store.now().await?;
    let mut tx = store.begin().await?;
    let new = members::welcome(&mut tx, &people, now).await?;
    if new.is_empty() {
        return Ok(0);
    }
    let members = new
        .iter()
        .filter_map(|person| post.directory.member(person));
    let pages = members.map(|member| (member.person.clone(), page(member)));
    post.send_pages(&mut tx, pages.collect(), now).await?;
    failpoint("welcome.writing")?;
    tx.commit().await.map_err(StoreError::from)?;
    failpoint("welcome.written")?;
    info!(
        members = new.len(),
        "new members of staff were sent the page of help"
    );
    Ok(new.len())
}

fn page(member: &Member) -> Page {
    let tongue = member.tongue();
    let (subject, greeting) = match tongue {
        Tongue::English => (
            "Working on complaints by mail: please keep this page",
            "You work on complaints from now on. You need nothing but your mail client; this page is all there is to know.",
        ),
        Tongue::Chinese => (
            "用邮件办理投诉：请保存本页",
            "从现在起您参与办理投诉，用平时的邮箱即可，需要了解的都在本页。",
        ),
    };
    Page {
        subject: subject.to_owned(),
        text: format!("{greeting}\n\n{}", help::page(tongue)),
        ..Page::default()
    }
}
