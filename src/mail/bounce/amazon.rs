//! Amazon SES, whose notices are JSON
//! (<https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html>).

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::super::{address, clean};
use super::{BounceRecipient, reasons};

#[derive(Deserialize)]
#[serde(tag = "notificationType")]
enum Notification {
    Bounce { bounce: Report },
    Delivery { delivery: Delivery },
    Complaint {},
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    bounce_type: String,
    bounced_recipients: Vec<Recipient>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Recipient {
    email_address: String,
    action: Option<String>,
    status: Option<String>,
    diagnostic_code: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Delivery {
    recipients: Vec<String>,
    smtp_response: Option<String>,
}

/// The notification service's own wrapping.
#[derive(Deserialize)]
struct Wrapped {
    #[serde(rename = "Message")]
    message: String,
}

/// Whether a text is a notice about a delivery (`Some(true)`), a complaint (`Some(false)`), or none.
pub(in super::super) fn is_about_delivery(text: &str) -> Option<bool> {
    notification(text).map(|notification| match notification {
        Notification::Bounce { .. } | Notification::Delivery { .. } => true,
        Notification::Complaint {} => false,
    })
}

/// The recipients of a notice in JSON; none where it is anything else.
pub(super) fn recipients(text: &str) -> Vec<BounceRecipient> {
    match notification(text) {
        Some(Notification::Bounce { bounce }) => {
            let passing = bounce.bounce_type == "Transient";
            let all = bounce.bounced_recipients.into_iter();
            all.filter_map(|one| bounced(one, passing)).collect()
        }
        Some(Notification::Delivery { delivery }) => {
            let words = delivery.smtp_response.unwrap_or_default();
            let all = delivery.recipients.iter();
            all.filter_map(|to| delivered(to, &words)).collect()
        }
        Some(Notification::Complaint {}) | None => Vec::new(),
    }
}

fn notification(text: &str) -> Option<Notification> {
    if !text.trim_start().starts_with('{') {
        return None;
    }
    // long lines were broken on the way, in the middle of strings
    let text = text.replace(['\r', '\n'], "");
    match first::<Wrapped>(&text) {
        Some(wrapped) => first(&wrapped.message),
        None => first(&text),
    }
}

/// The first object in a text; how to unsubscribe may follow it.
fn first<T: DeserializeOwned>(text: &str) -> Option<T> {
    let mut objects = serde_json::Deserializer::from_str(text).into_iter::<T>();
    objects.next()?.ok()
}

fn bounced(one: Recipient, passing: bool) -> Option<BounceRecipient> {
    let action = one.action.unwrap_or_else(|| "failed".to_owned());
    let diagnostic = one.diagnostic_code.map(|words| clean::line(&words, 300));
    let words = diagnostic.clone().unwrap_or_default();
    let status = one.status.as_deref().and_then(reasons::status);
    let reply_code = reasons::reply_code(&words);
    Some(BounceRecipient {
        address: address::plain(&one.email_address)?,
        permanent: !passing
            && reasons::is_permanent(&action, status.as_deref(), reply_code, &words),
        action: clean::line(&action, 20),
        status,
        reply_code,
        diagnostic,
    })
}

fn delivered(to: &str, words: &str) -> Option<BounceRecipient> {
    Some(BounceRecipient {
        address: address::plain(to)?,
        action: "delivered".to_owned(),
        status: reasons::status(words),
        reply_code: None,
        diagnostic: Some(clean::line(words, 300)).filter(|words| !words.is_empty()),
        permanent: false,
    })
}
