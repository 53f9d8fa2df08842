//! What Redress promises to those who use it, each proven on a real Postgres, Dovecot and SMTP server.

mod support;

mod whole_way;
