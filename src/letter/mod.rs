//! Outbound mail: a template and the facts of a case become the bytes of a mail. Pure.

mod compose;
mod matter;
mod mime;
mod reply_address;
mod template;

pub use compose::{Composer, Frozen, Sender, Thread, ToCustomer};
pub use matter::Matter;
pub use reply_address::{Audience, ReplyAddresses, ReplyKeysError, SignedAddress};
pub use template::{Letters, TemplateError};
