//! Mail to staff about a case: who is told of what happened ([`notices`]), and in which words ([`write`]); and
//! what they are answered to a mail of their own ([`done`], [`shown`], [`refused`], [`note_kept`]).
//!
//! Whoever sends it checks once more what the receiver may see of the case ([`access`]).

mod about;
mod acts;
mod answers;
mod chinese;
mod circle;
mod english;
#[cfg(test)]
mod fixture;
mod text;
mod what;
mod whom;
mod write;

pub use about::About;
pub use acts::act_done;
pub use answers::{at_desk, done, note_kept, refused, shown};
pub use circle::{Access, access};
pub(super) use text::one_line;
pub use what::{Notice, What};
pub use whom::notices;
pub use write::{Written, write};

/// A clock in words: what it counts.
pub(super) fn clock_in_words(clock: &str, tongue: super::Tongue) -> String {
    match tongue {
        super::Tongue::English => english::clock(clock),
        super::Tongue::Chinese => chinese::clock(clock),
    }
}
