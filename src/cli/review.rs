//! `redress review`: what complaints came to, for management (§6, §8, §9, §10).

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::NaiveDate;
use clap::Args;

use super::show::json;
use super::{Failure, USAGE, open};
use crate::config::Config;
use crate::review::csv::csv;
use crate::review::html::{Pictures, html};
use crate::review::period::{Kind, Period};
use crate::review::text::text;
use crate::review::words::definitions;
use crate::staff::Tongue;
use crate::work::Wakes;
use crate::work::review::{Company, gather};

/// The last complete month, unless a period is named.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The first day, such as 2026-01-15.
    #[arg(long, value_name = "DATE", conflicts_with_all = ["week", "month", "quarter", "year"])]
    from: Option<NaiveDate>,
    /// The last day [default: yesterday].
    #[arg(long, value_name = "DATE", requires = "from")]
    to: Option<NaiveDate>,
    /// The last complete week, Monday to Sunday.
    #[arg(long, group = "kind")]
    week: bool,
    /// The last complete month.
    #[arg(long, group = "kind")]
    month: bool,
    /// The last complete quarter.
    #[arg(long, group = "kind")]
    quarter: bool,
    /// The last complete year.
    #[arg(long, group = "kind")]
    year: bool,
    /// Only cases of this policy profile.
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// The language: en or zh [default: review.language, else the company's].
    #[arg(long, value_parser = tongue)]
    lang: Option<Tongue>,
    /// Write it into one HTML file with charts, which needs nothing else.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write each table into a CSV file in this folder.
    #[arg(long, value_name = "DIR")]
    csv: Option<PathBuf>,
    /// Write the charts as PNG into this folder, as they are mailed.
    #[arg(long, value_name = "DIR")]
    png: Option<PathBuf>,
    /// Print JSON: config/review/README.md says what the names mean.
    #[arg(long, conflicts_with = "text")]
    json: bool,
    /// Print text; what happens where nothing else is asked for.
    #[arg(long)]
    text: bool,
    /// Mail it to whoever gets reviews (review.recipients).
    #[arg(long)]
    mail: bool,
    /// Print what each figure means. Needs no database.
    #[arg(long, exclusive = true)]
    definitions: bool,
}

fn tongue(text: &str) -> Result<Tongue, String> {
    match text {
        "en" => Ok(Tongue::English),
        "zh" => Ok(Tongue::Chinese),
        _ => Err("reviews are written in en and zh".to_owned()),
    }
}

pub(super) async fn run(arguments: Arguments, path: &Path) -> Result<(), Failure> {
    if arguments.definitions {
        print!("{}", definitions());
        return Ok(());
    }
    let config = Config::load(path)?;
    let policies = config
        .policies()
        .map_err(|error| Failure::new(super::CONFIG, error.to_string()))?;
    let profile = arguments.profile.as_deref();
    if let Some(unknown) = profile.filter(|name| policies.profile(name).is_none()) {
        return Err(Failure::new(super::NO_INPUT, policies.unknown(unknown)));
    }
    let store = open(&config).await?;
    let now = store.now().await?;
    let today = now.with_timezone(&config.company.time_zone).date_naive();
    let period = arguments.period(today)?;
    let directory = config.directory();
    let company = Company {
        name_en: &config.company.name,
        name_zh: config
            .company
            .name_zh
            .as_deref()
            .unwrap_or(&config.company.name),
        zone: config.company.time_zone,
        policies: &policies,
        directory: &directory,
    };
    let gathered = gather(&store, &company, period, profile, now).await?;
    let tongue = arguments.lang.unwrap_or(config.review_tongue());
    let report = gathered.report(&company, tongue, None);
    if let Some(file) = &arguments.html {
        write(file, html(&report, Pictures::Inline).as_bytes())?;
    }
    if let Some(folder) = &arguments.csv {
        make(folder)?;
        for section in &report.sections {
            let file = folder.join(format!("{}.csv", section.table.name));
            write(&file, csv(&section.table).as_bytes())?;
        }
    }
    if let Some(folder) = &arguments.png {
        make(folder)?;
        let mail = tokio::task::block_in_place(|| gathered.mail(&company, tongue, "review"))?;
        for (id, picture) in &mail.pictures {
            let name = id.split('@').next().unwrap_or(id);
            write(&folder.join(format!("{name}.png")), picture)?;
        }
    }
    if arguments.mail {
        let post = Arc::new(config.post(&store).await?);
        let jobs = config.job_runner(&store, None, Wakes::default(), post);
        eprintln!("{}", jobs.mail_review(period, profile).await?);
    }
    let elsewhere = arguments.mail
        || arguments.html.is_some()
        || arguments.csv.is_some()
        || arguments.png.is_some();
    if arguments.json {
        println!("{}", json(&gathered.json(&company))?);
    } else if arguments.text || !elsewhere {
        print!("{}", text(&report));
    }
    Ok(())
}

impl Arguments {
    fn period(&self, today: NaiveDate) -> Result<Period, Failure> {
        let Some(from) = self.from else {
            let kinds = [
                (self.week, Kind::Week),
                (self.quarter, Kind::Quarter),
                (self.year, Kind::Year),
            ];
            let asked = kinds.into_iter().find(|(asked, _)| *asked);
            let kind = asked.map_or(Kind::Month, |(_, kind)| kind);
            return Ok(Period::last_complete(kind, today));
        };
        // today alone is looked at as far as it has come
        let yesterday = today.pred_opt().unwrap_or(today);
        let to = self.to.unwrap_or_else(|| yesterday.max(from.min(today)));
        Period::days(from, to, today).map_err(|error| Failure::new(USAGE, error.to_string()))
    }
}

fn make(folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).map_err(|error| cannot(folder, &error))
}

fn write(file: &Path, bytes: &[u8]) -> Result<(), Failure> {
    std::fs::write(file, bytes).map_err(|error| cannot(file, &error))?;
    eprintln!("written: {}", file.display());
    Ok(())
}

fn cannot(path: &Path, error: &std::io::Error) -> Failure {
    /// An output file can't be made (sysexits.h).
    const CANNOT_CREATE: u8 = 73;
    let message = format!("{} can't be written: {error}", path.display());
    Failure::new(CANNOT_CREATE, message)
}
