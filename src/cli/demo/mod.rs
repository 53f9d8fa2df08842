//! `redress demo`: the main job on private servers, with mail to watch.

mod company;
mod mails;
mod outcome;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;
use tokio::time::{Instant, sleep, timeout};

use self::company::{COMPLAINTS, Company};
use self::mails::{DemoMail, Expected, MAILS};
use self::outcome::Outcome;
use super::{Failure, UNAVAILABLE};
use crate::mail::{self, Reading};

/// Longest time that all mail together may take, without any news.
const LONGEST_SILENCE: Duration = Duration::from_secs(60);

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// End by itself; status 0 only if everything came true.
    #[arg(long)]
    once: bool,
    /// Send the `.eml` files of this folder instead of the demo's own mails.
    #[arg(long, value_name = "FOLDER")]
    mail: Option<PathBuf>,
    /// Print a line of figures as JSON at the end.
    #[arg(long)]
    json: bool,
}

pub(super) async fn demo(arguments: &Arguments) -> Result<ExitCode, Failure> {
    play(arguments)
        .await
        .map_err(|error| Failure::new(UNAVAILABLE, format!("{error:#}")))
}

async fn play(arguments: &Arguments) -> Result<ExitCode> {
    println!(
        "Redress demo: a company's complaints mailbox, from the first mail to the acknowledgement.\n"
    );
    println!(
        "Starting a private Postgres, a private Dovecot and a mail server, on loopback only …"
    );
    let company = Company::found().await?;
    println!("Starting the Redress daemon; it reads {COMPLAINTS} …\n");
    let started = Instant::now();
    let (sent, cases_expected) = match &arguments.mail {
        None => own_mails(&company).await?,
        Some(folder) => (mails_of(folder, &company).await?, None),
    };
    let outcome = Outcome::of(&company, sent, cases_expected, started.elapsed()).await?;
    outcome.print(&company).await?;
    if !arguments.once && !arguments.json {
        company.print_where_to_look();
        println!("\nEverything stays up until Ctrl-C, and is gone after it.");
        tokio::signal::ctrl_c().await?;
        println!();
    }
    if arguments.json {
        println!("{}", outcome.json());
    }
    company.close().await;
    Ok(if outcome.ok() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Sends the demo's own mails, then answers two of the acknowledgements. How many were sent, and how many
/// cases they should make.
async fn own_mails(company: &Company) -> Result<(usize, Option<usize>)> {
    println!("Customers write, by SMTP:");
    for DemoMail { what, bytes, .. } in &MAILS {
        let reading = mail::read(bytes, &mail::Context::default());
        println!(
            "  → {what}\n      {}: {}",
            author(&reading),
            reading.subject
        );
        company.send(&sender(&reading), bytes).await?;
    }
    let cases = MAILS
        .iter()
        .filter(|mail| mail.expected == Expected::Case)
        .count();
    println!("\nRedress reads the mailbox over IMAP, opens cases, and acknowledges them:");
    settle(company, MAILS.len(), true).await?;

    println!("\nTwo customers answer their acknowledgement:");
    let alice = "alice.brown@customers.example";
    let wang = "wangxiaoming@customers.example";
    let first = company.acknowledgement_in(alice).await?;
    println!("  → Alice Brown adds a serial number, by replying");
    company.send(alice, &mails::reply(&first, alice)).await?;
    let second = company.acknowledgement_in(wang).await?;
    println!("  → 王小明 is on holiday, and QQ Mail says so automatically");
    company
        .send(wang, &mails::holiday_reply(&second, wang))
        .await?;
    let sent = MAILS.len() + 2;
    settle(company, sent, true).await?;
    println!("  both are filed on the cases they belong to; neither is answered");
    Ok((sent, Some(cases)))
}

/// Sends every `.eml` file of a folder; how many.
async fn mails_of(folder: &PathBuf, company: &Company) -> Result<usize> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .with_context(|| format!("{} can't be read", folder.display()))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension.eq_ignore_ascii_case("eml"))
        })
        .collect();
    files.sort();
    anyhow::ensure!(
        !files.is_empty(),
        "{} holds no .eml files",
        folder.display()
    );
    println!("Sending {} mails by SMTP …", files.len());
    for (number, file) in (1..).zip(&files) {
        let bytes = std::fs::read(file).with_context(|| format!("{}", file.display()))?;
        let reading = mail::read(&bytes, &mail::Context::default());
        company
            .send(&sender(&reading), &bytes)
            .await
            .with_context(|| format!("{}", file.display()))?;
        if number % 100 == 0 {
            println!("  {number} sent");
        }
    }
    println!("All are sent. Redress reads them over IMAP, opens cases, and acknowledges them …");
    settle(company, files.len(), files.len() <= 20).await?;
    Ok(files.len())
}

/// Waits until every mail sent has come to its end, telling what happens.
async fn settle(company: &Company, sent: usize, tell: bool) -> Result<()> {
    let mut seen = company.seen.lock().await;
    let mut last = (0, 0, 0);
    let mut news = Instant::now();
    loop {
        let state = company.state().await?;
        if tell {
            for line in seen.news(company).await? {
                println!("  {line}");
            }
        }
        if state.landed >= sent && state.waiting == 0 && state.to_send == 0 {
            return Ok(());
        }
        let now = (state.landed, state.waiting, state.to_send);
        if now != last {
            (last, news) = (now, Instant::now());
        }
        anyhow::ensure!(
            news.elapsed() < LONGEST_SILENCE,
            "nothing has happened for a minute: {} of {sent} mails have landed, {} wait to be read, {} to be sent.\n{}",
            state.landed,
            state.waiting,
            state.to_send,
            company.log()
        );
        // the daemon may end early, and then says why
        if let Ok(status) = timeout(Duration::from_millis(100), company.daemon_ended()).await {
            anyhow::bail!("the daemon has ended ({status}):\n{}", company.log());
        }
        sleep(Duration::from_millis(20)).await;
    }
}

fn author(reading: &Reading) -> String {
    match &reading.from {
        Some(from) => from.name.clone().unwrap_or_else(|| from.address.clone()),
        None => "somebody".to_owned(),
    }
}

/// The envelope sender that a mail would have come with.
fn sender(reading: &Reading) -> String {
    match reading.nature {
        mail::Nature::Bounce | mail::Nature::Report => String::new(),
        mail::Nature::Human
        | mail::Nature::AutoReply
        | mail::Nature::MailingList
        | mail::Nature::Own => reading
            .from
            .as_ref()
            .map(|from| from.address.clone())
            .filter(|address| address.is_ascii())
            .unwrap_or_else(|| "somebody@customers.example".to_owned()),
    }
}
