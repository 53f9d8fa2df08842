//! Private servers for the demo, the bench and the tests: Postgres, Dovecot, SMTP.
