//! The measures, by name: what `/metrics` shows.

use super::page::Page;
use super::{Looked, Ops};
use crate::alarm::{Alarm, Nature};
use crate::measures::MEASURES;
use crate::store::Store;
use crate::store::alarms::Lasting;
use crate::store::health::{Health, Mailbox};

impl Ops {
    /// The page of measures. Without the database it shows what this process knows by itself.
    pub(super) fn metrics(&self, looked: &Looked) -> String {
        let mut page = Page::default();
        self.process(&mut page);
        counted(&mut page);
        let up = if looked.is_ok() { 1.0 } else { 0.0 };
        page.gauge("redress_database_up", "Whether the database answers.", up);
        if let Ok(looked) = looked {
            let (health, lasting) = &**looked;
            self.waiting(&mut page, health);
            mailboxes(&mut page, &health.mailboxes);
            alarms(&mut page, lasting);
        }
        page.text()
    }

    fn process(&self, page: &mut Page) {
        page.gauges(
            "redress_build_info",
            "Always 1; the version is in the label.",
            "version",
            [(env!("CARGO_PKG_VERSION").to_owned(), 1.0)],
        );
        page.gauge(
            "redress_schema_version",
            "The version of the database's schema that this program needs.",
            Store::needed_version() as f64,
        );
        page.gauge(
            "redress_uptime_seconds",
            "Since the process started.",
            self.started.elapsed().as_secs_f64(),
        );
        page.gauge(
            "redress_daemon_heartbeat_age_seconds",
            "Since this daemon last told the database that it lives.",
            self.heartbeat.age().as_secs_f64(),
        );
        page.gauge(
            "redress_daemon_lease_seconds",
            "A daemon that isn't heard of for so long counts as dead.",
            self.lease.as_secs_f64(),
        );
        page.gauges(
            "redress_loop_turn_age_seconds",
            "Since each loop of this daemon last turned.",
            "loop",
            self.loops
                .iter()
                .map(|one| (one.name.clone(), one.pulse.age().as_secs_f64())),
        );
    }

    fn waiting(&self, page: &mut Page, health: &Health) {
        let number = |count: i64| count as f64;
        let seconds = |age: Option<std::time::Duration>| age.unwrap_or_default().as_secs_f64();
        for (name, help, value) in [
            (
                "redress_unread_messages",
                "Landed mail that waits to be read.",
                number(health.waiting),
            ),
            (
                "redress_oldest_unread_age_seconds",
                "How long the oldest of it has waited; 0 where none waits.",
                seconds(health.oldest_unread),
            ),
            (
                "redress_unsent_mails",
                "Mail of ours that is queued or being sent.",
                number(health.unsent),
            ),
            (
                "redress_due_mails",
                "Queued mail that nothing but us and our mail server holds up.",
                number(health.due),
            ),
            (
                "redress_oldest_unsent_age_seconds",
                "How long the oldest due mail has been due; 0 where none is.",
                seconds(health.oldest_unsent),
            ),
            (
                "redress_oldest_undelivered_age_seconds",
                "Since the oldest mail was written that was put off at least once; 0 where none was.",
                seconds(health.oldest_put_off),
            ),
            (
                "redress_uncertain_mails",
                "Queued mail that may have arrived already.",
                number(health.uncertain),
            ),
            (
                "redress_failed_mails_last_day",
                "Mail that was given up within the last 24 hours.",
                number(health.failed_lately),
            ),
            (
                "redress_automatic_mails_last_hour",
                "Automatic mail that was sent within the last hour.",
                number(health.automatic_lately),
            ),
            (
                "redress_automatic_mails_limit",
                "Most automatic mail in an hour (quiet.all_per_hour); 0 where there is no limit.",
                f64::from(self.all_per_hour),
            ),
            (
                "redress_breaker_holds",
                "1 where the limit of automatic mail is reached and more is due.",
                f64::from(u8::from(health.is_held(self.all_per_hour))),
            ),
            (
                "redress_quarantined_messages",
                "Messages put aside that nobody has looked after yet.",
                number(health.quarantined),
            ),
            (
                "redress_open_cases",
                "Cases that aren't closed.",
                number(health.open_cases),
            ),
            (
                "redress_overdue_cases",
                "Cases with a deadline that was missed and still runs.",
                number(health.overdue_cases),
            ),
            (
                "redress_last_tick_age_seconds",
                "Since any daemon looked at the clocks of cases.",
                health.last_tick.as_secs_f64(),
            ),
            (
                "redress_last_job_look_age_seconds",
                "Since any daemon looked at what is due by the calendar.",
                health.last_job_look.as_secs_f64(),
            ),
            (
                "redress_daemons",
                "Daemons that count as alive.",
                number(health.daemons),
            ),
        ] {
            page.gauge(name, help, value);
        }
    }
}

/// What this process has done.
fn counted(page: &mut Page) {
    let m = &MEASURES;
    for (name, help, counter) in [
        (
            "redress_messages_landed_total",
            "Messages that this process brought into the database.",
            &m.landed,
        ),
        (
            "redress_messages_known_before_total",
            "Of those, messages whose bytes were there already.",
            &m.known_before,
        ),
        (
            "redress_messages_filed_total",
            "Messages that this process read and filed.",
            &m.filed,
        ),
        (
            "redress_database_errors_total",
            "Errors of the database, those that passed among them.",
            &m.database_errors,
        ),
    ] {
        page.counter(name, help, counter.get());
    }
    let outcomes = [
        ("sent", &m.sent),
        ("later", &m.put_off),
        ("final", &m.refused),
        ("uncertain", &m.uncertain),
    ];
    page.counters(
        "redress_mail_attempts_total",
        "Attempts of this process to send a mail, by how they ended.",
        "outcome",
        outcomes.map(|(outcome, counter)| (outcome.to_owned(), counter.get())),
    );
    page.counters(
        "redress_troubles_total",
        "What alarms come of, by the alarm.",
        "alarm",
        Alarm::ALL
            .iter()
            .filter(|alarm| alarm.nature() != Nature::Measured)
            .map(|alarm| (alarm.to_string(), m.troubles(*alarm))),
    );
    page.counters(
        "redress_alarms_told_total",
        "Alarms that this process sent by a path, by how that went.",
        "result",
        [
            ("told".to_owned(), m.alarms_told.get()),
            ("failed".to_owned(), m.alarms_failed.get()),
        ],
    );
    for (name, help, histogram) in [
        (
            "redress_triage_batch_seconds",
            "How long a batch of messages took, from its claim to its commit.",
            &m.triage,
        ),
        (
            "redress_dispatch_mail_seconds",
            "How long the mail server took over a mail.",
            &m.sending,
        ),
        (
            "redress_clock_tick_seconds",
            "How long a look at the clocks took, with what came of it.",
            &m.tick,
        ),
    ] {
        page.histogram(name, help, &histogram.read());
    }
}

fn mailboxes(page: &mut Page, mailboxes: &[Mailbox]) {
    page.gauges(
        "redress_last_poll_age_seconds",
        "Since the server of each mailbox last answered; since it was configured, where it never has.",
        "mailbox",
        mailboxes
            .iter()
            .map(|one| (one.name.clone(), one.last_poll.as_secs_f64())),
    );
    page.gauges(
        "redress_mailbox_read",
        "Whether a daemon reads the mailbox.",
        "mailbox",
        mailboxes
            .iter()
            .map(|one| (one.name.clone(), f64::from(u8::from(one.has_reader)))),
    );
}

fn alarms(page: &mut Page, lasting: &[Lasting]) {
    page.gauges(
        "redress_alarms",
        "Alarms that last now, whichever daemon told them.",
        "alarm",
        Alarm::ALL.iter().map(|alarm| {
            let last = lasting.iter().filter(|one| one.name == alarm.as_str());
            (alarm.to_string(), last.count() as f64)
        }),
    );
}
