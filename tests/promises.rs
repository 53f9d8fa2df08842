//! What Redress promises to those who use it, each proven on a real Postgres, Dovecot and SMTP server.

mod support;

mod crash;
mod custody;
mod imap_faults;
mod interoperation;
mod operations;
mod outgoing;
mod take_over;
mod whole_way;
