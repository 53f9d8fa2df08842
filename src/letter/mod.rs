//! Outbound mail: a template and the facts of a case become the bytes of a mail. Pure.

mod built_in;
mod check;
mod compose;
mod escape;
mod guide;
mod lines;
mod matter;
mod mime;
mod reply_address;
mod sample;
mod template;
mod values;
mod words;

pub use compose::{Composer, Frozen, Sender, Thread, ToCustomer, ToStaff};
pub use guide::{VARIABLES, purpose};
pub use matter::Matter;
pub use mime::File;
pub use reply_address::{
    Audience, Proven, ReplyAddresses, ReplyKeysError, SignedAddress, seems_by_staff,
};
pub use template::{Letters, TemplateError, Text};
pub use words::Answers;

#[cfg(test)]
mod promises_tests;
