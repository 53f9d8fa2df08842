//! Logs, by tracing: for people, for machines, or for journald. No content of mail is ever logged.

use std::fmt;
use std::io::IsTerminal;

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use crate::config::{Log, LogFormat, LogLevel};

/// Starts logging to standard error.
pub(super) fn start(log: &Log) {
    let level = match log.level {
        LogLevel::Error => "error",
        LogLevel::Warn => "warn",
        LogLevel::Info => "info",
        LogLevel::Debug => "debug",
    };
    // the resolver warns with the names it was asked for, which are of those who wrote
    let filter = EnvFilter::new(format!(
        "warn,hickory_net=off,hickory_proto=off,hickory_resolver=off,redress={level}"
    ));
    let terminal = std::io::stderr().is_terminal();
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    match (log.format, terminal) {
        (LogFormat::Json, _) => builder.json().flatten_event(true).with_target(false).init(),
        (LogFormat::Journal, _) | (LogFormat::Auto, false) => builder.event_format(Journal).init(),
        (LogFormat::Human, _) | (LogFormat::Auto, true) => {
            builder.with_target(false).with_ansi(terminal).init();
        }
    }
}

/// One line an event: priority as journald reads it (sd-daemon(3)), message, fields. journald knows the time.
struct Journal;

impl<S, N> FormatEvent<S, N> for Journal
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let priority = match *event.metadata().level() {
            Level::ERROR => 3,
            Level::WARN => 4,
            Level::INFO => 6,
            _ => 7,
        };
        let mut line = Line::default();
        event.record(&mut line);
        writeln!(writer, "<{priority}>{}{}", line.message, line.fields)
    }
}

#[derive(Default)]
struct Line {
    message: String,
    fields: String,
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let text = format!("{value:?}").replace('\n', " ");
        if field.name() == "message" {
            self.message = text;
        } else {
            self.fields.push_str(&format!(" {}={text}", field.name()));
        }
    }
}
