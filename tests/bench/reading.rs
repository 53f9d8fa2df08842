//! How fast mail is read, on one core, with nothing else round it.

use std::time::Instant;

use redress::mail::{Context, read};
use serde_json::{Value, json};

use crate::mailbox::{Shape, mailbox};
use crate::round;

pub fn measure() -> Value {
    let small: Vec<Vec<u8>> = mailbox(Shape::Small, 3000, 3).collect();
    let (small_rate, _) = rate(&small);
    let mut mixed: Vec<Vec<u8>> = mailbox(Shape::Mixed, 400, 4).collect();
    mixed.retain(|mail| mail.len() > 100_000);
    let (_, attachment_rate) = rate(&mixed);
    eprintln!("reading: {small_rate:.0} small mails/s, {attachment_rate:.0} MB/s of attachments");
    json!({
        "small_messages_per_s": round(small_rate),
        "attachments_mb_per_s": round(attachment_rate),
    })
}

/// Mails and megabytes a second.
fn rate(mails: &[Vec<u8>]) -> (f64, f64) {
    let context = Context::default();
    let started = Instant::now();
    let texts: usize = mails
        .iter()
        .map(|mail| read(mail, &context).text.len())
        .sum();
    let seconds = started.elapsed().as_secs_f64();
    assert!(texts > 0);
    let bytes: usize = mails.iter().map(Vec::len).sum();
    (mails.len() as f64 / seconds, bytes as f64 / 1e6 / seconds)
}
