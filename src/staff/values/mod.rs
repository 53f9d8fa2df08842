//! Money, dates, lengths of time and choices, as people write them in English and Chinese.
//!
//! What can be read in two ways is refused with a question: a wrong due date or amount costs more than one mail.

mod choice;
mod date;
mod money;
mod names;
mod number;
mod term;

pub use choice::{Choice, ListOf, Names, choice, particulars, yes_or_no};
pub use date::{NoDate, date, due_date};
pub use money::{NoMoney, money};
pub use term::{NoLength, length};
