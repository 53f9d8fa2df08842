//! What Redress promises to those who use it, each proven on a real Postgres, Dovecot and SMTP server.

#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod support;

mod alarms;
mod archive;
mod authors;
mod certificates;
mod crash;
mod custody;
mod cuts;
mod failpoints;
mod fleet;
mod forgeries;
mod imap_faults;
mod interoperation;
mod jobs;
mod leaks;
mod load;
mod mail_clients;
mod office_days;
mod office_stories;
mod operations;
mod outages;
mod outgoing;
mod policy;
mod postgres_faults;
mod restored;
mod retention;
mod review;
mod roles;
mod smtp_faults;
mod staff;
mod story;
mod take_over;
mod whole_way;
#[path = "year/mod.rs"]
mod year;
mod year_of_a_company;
