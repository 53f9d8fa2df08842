//! The review (§6, §8, §9, §10): from rows to figures, sentences, charts and documents. Pure.
//!
//! `rows` come from the database without names of customers or their words; `figures` are made of them, with few
//! customers hidden (`spread`) and chance told from change (`limits`); `comment` says in sentences what the
//! figures bear out. `report` lays it all out once, as sections, tables and charts in a language; `text`,
//! `html` and `csv` only write that down.

pub mod chart;
pub mod comment;
pub mod csv;
pub mod figures;
pub mod html;
pub mod limits;
pub mod period;
pub mod picture;
pub mod report;
pub mod rows;
pub mod spread;
pub mod text;
pub mod training;
pub mod words;
