//! Alarms: what they are called, what each means, and what to do about it. When one is raised, and who tells it, is
//! in `work/watch`.
//!
//! Those with a measure last until the measure is right again. Those that come of single events are noticed by
//! counting (`measures`), so that whoever hits trouble only counts it.

use serde::{Deserialize, Serialize};

use crate::policy::words;

words! {
    /// The alarms by name, as configuration, database, logs and measures have them.
    Alarm {
        /// The database doesn't answer: nothing else can be measured.
        Database = "database",
        /// Landed mail waits too long to be read.
        Unread = "unread",
        /// Mail of ours that is due waits too long to be sent.
        Unsent = "unsent",
        /// A mail of ours was put off by its server again and again.
        Undelivered = "undelivered",
        /// A mailbox wasn't read for too long.
        Unpolled = "unpolled",
        /// No clock was looked at for too long.
        Tick = "tick",
        /// No job was looked at for too long.
        Jobs = "jobs",
        /// As much automatic mail as may go out in an hour has gone out, and more waits.
        Breaker = "breaker",
        /// Public holidays of a profile in use aren't known for long any more.
        Calendar = "calendar",
        /// A mailbox or the mail server refuses our password.
        LoginRefused = "login_refused",
        /// The database has no room left on its disk.
        DiskFull = "disk_full",
        /// A loop of a daemon failed.
        WorkFailed = "work_failed",
        /// A message was put aside for staff.
        Quarantined = "quarantined",
        /// A message was gone from the mailbox before it could be read.
        Vanished = "vanished",
        /// The database's time has jumped.
        ClockJumped = "clock_jumped",
        /// A job failed.
        JobFailed = "job_failed",
        /// A mail was kept back that would have gone to somebody outside the case.
        KeptBack = "kept_back",
        /// A mailbox holds mail that was read by a database which is gone.
        Restored = "restored",
        /// A daemon ended without signing off.
        DaemonDied = "daemon_died",
    }
}

/// How an alarm comes to be, and to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nature {
    /// It is measured, and over once the measure is right.
    Measured,
    /// It comes of events that repeat while it lasts: over once they stay away.
    Recurring,
    /// It comes of single events: there is something to look at, and no end to be told.
    Single,
}

impl Alarm {
    pub fn nature(self) -> Nature {
        match self {
            Alarm::Database
            | Alarm::Unread
            | Alarm::Unsent
            | Alarm::Undelivered
            | Alarm::Unpolled
            | Alarm::Tick
            | Alarm::Jobs
            | Alarm::Breaker
            | Alarm::Calendar => Nature::Measured,
            Alarm::LoginRefused | Alarm::DiskFull | Alarm::WorkFailed => Nature::Recurring,
            Alarm::Quarantined
            | Alarm::Vanished
            | Alarm::ClockJumped
            | Alarm::JobFailed
            | Alarm::KeptBack
            | Alarm::Restored
            | Alarm::DaemonDied => Nature::Single,
        }
    }

    /// What its subject names, where it has one.
    pub fn about(self) -> &'static str {
        match self {
            Alarm::Calendar => "profile",
            _ => "mailbox",
        }
    }

    /// What is wrong, in one line without a full stop.
    pub fn meaning(self) -> &'static str {
        match self {
            Alarm::Database => "the database can't be reached",
            Alarm::Unread => "landed mail waits too long to be read",
            Alarm::Unsent => "mail waits too long to be sent",
            Alarm::Undelivered => "a mail is put off again and again",
            Alarm::Unpolled => "a mailbox hasn't been read for too long",
            Alarm::Tick => "clocks of cases aren't looked at",
            Alarm::Jobs => "jobs aren't looked at",
            Alarm::Breaker => "automatic mail is held",
            Alarm::Calendar => "public holidays aren't known for long any more",
            Alarm::LoginRefused => "a login was refused",
            Alarm::DiskFull => "the database has no room left",
            Alarm::WorkFailed => "a loop of the daemon failed",
            Alarm::Quarantined => "messages were put in quarantine",
            Alarm::Vanished => "messages vanished before they could be read",
            Alarm::ClockJumped => "the database's time has jumped",
            Alarm::JobFailed => "a job failed",
            Alarm::KeptBack => "a mail to somebody outside its case was kept back",
            Alarm::Restored => "a backup of the database was restored",
            Alarm::DaemonDied => "a daemon has died",
        }
    }

    /// What comes of it, and what to do.
    pub fn advice(self) -> &'static str {
        match self {
            Alarm::Database => {
                "Mail waits on the server, and nothing is lost. Nothing else can be measured meanwhile, so no other alarm of this kind will come. Is the server up, and database.url right? `redress check` says."
            }
            Alarm::Unread => {
                "Customers aren't acknowledged, and staff learn nothing. Look at the log for the work `triage`."
            }
            Alarm::Unsent => {
                "Nothing is lost, and it goes out by itself once the mail server takes it. `redress check` tries the mail server; the log says what it answered."
            }
            Alarm::Undelivered => {
                "It is tried on. `redress outbox list --state queued` shows which, with the server's own words; reach whoever it is for another way."
            }
            Alarm::Unpolled => {
                "What customers write waits there. `redress check` tries the mailbox; is its server up, and the password right?"
            }
            Alarm::Tick => {
                "Deadlines pass without warning or escalation. Look at the log for the work `clock`."
            }
            Alarm::Jobs => {
                "Digests, reminders and reviews stay away. Look at the log for the work `jobs`."
            }
            Alarm::Breaker => {
                "quiet.all_per_hour is reached. Look for a loop of mail; what is held goes out when the hour allows."
            }
            Alarm::Calendar => {
                "Due dates after that day come too early or too late. Add the next year's days to the profile's calendar, in policy.folder, and send SIGHUP. It is told once."
            }
            Alarm::LoginRefused => {
                "Was a password changed? `redress check` says which login it is; put the new one into its password_file and send SIGHUP."
            }
            Alarm::DiskFull => {
                "Nothing can be written, and mail waits on the server. Make room on the disk of the database."
            }
            Alarm::WorkFailed => {
                "It starts again with growing pauses. The log says which one, and why."
            }
            Alarm::Quarantined => {
                "Each may be a complaint. `redress quarantine list` shows them, `show` and `release` deal with them."
            }
            Alarm::Vanished => {
                "Somebody moved or deleted them in the mailbox. Ask who works in it; the log has their UIDs."
            }
            Alarm::ClockJumped => {
                "Reminders and escalations rest for ten minutes. Is the clock of the database server right?"
            }
            Alarm::JobFailed => {
                "`redress job list` says which, and why; `redress job run` runs it again."
            }
            Alarm::KeptBack => {
                "This is a mistake in Redress or in its configuration. The log names the case."
            }
            Alarm::Restored => {
                "Mail since the backup is read again. What may have been sent since is marked, and so are the histories of its cases: `redress outbox list --uncertain`. What staff did by command since is gone: do it again. If none was restored, another Redress reads this mailbox into a database of its own."
            }
            Alarm::DaemonDied => "Others have taken over its work. Look at the log of its machine.",
        }
    }
}
