//! `redress letter`: the letters to customers, to look at before a customer does.

use std::io::Write;
use std::path::Path;

use clap::{Args, Subcommand};
use serde_json::json;

use super::show::{self, Table};
use super::{DATA, Failure, NO_INPUT, SOFTWARE, USUAL_CONFIG, open};
use crate::case::{Case, CaseRef, Recipient, Writing};
use crate::config::{Company, Config, Letters};
use crate::language::Language;
use crate::letter::{self, Composer, Matter, ToCustomer};
use crate::policy::Letter;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List the letters: when each is sent, who writes it, and where its words come from.
    List {
        /// Print JSON instead of a table.
        #[arg(long)]
        json: bool,
    },
    /// Show a letter with sample values, as this configuration writes it.
    Preview(Preview),
}

#[derive(Debug, Args)]
pub(super) struct Preview {
    /// A letter of `redress letter list`.
    #[arg(value_parser = letter_of)]
    name: Letter,
    /// The language; the company's where it isn't given.
    #[arg(long)]
    lang: Option<Language>,
    /// With what this case is; words that staff haven't written yet are samples.
    #[arg(long, value_name = "REFERENCE")]
    case: Option<CaseRef>,
    #[command(flatten)]
    part: Part,
}

/// What is shown of a letter; headers and text where nothing is said.
#[derive(Debug, Args)]
#[group(multiple = false)]
struct Part {
    /// Print the HTML part, for a browser.
    #[arg(long)]
    html: bool,
    /// Print the text part alone.
    #[arg(long)]
    text: bool,
    /// Print the whole mail as it is sent, for a mail client.
    #[arg(long)]
    eml: bool,
}

/// Works without a database, and without a configuration where none was named: as Example Ltd.
pub(super) async fn run(command: &Command, path: &Path) -> Result<(), Failure> {
    let (composer, language) = writer(path)?;
    match command {
        Command::List { json } => list(&composer, *json),
        Command::Preview(chosen) => {
            if let Some(reference) = chosen.case {
                return of_case(chosen, reference, &Config::load(path)?).await;
            }
            let language = chosen.lang.unwrap_or(language);
            if !composer.languages().contains(&language) {
                return Err(no_letters(language, &composer));
            }
            let matter = composer.sample(chosen.name, language)?;
            let shown = preview(&composer, chosen.name, matter, &chosen.part)?;
            print(&shown)
        }
    }
}

/// A letter about a case as it is now.
async fn of_case(chosen: &Preview, reference: CaseRef, config: &Config) -> Result<(), Failure> {
    let store = open(config).await?;
    let post = config.post(&store).await?;
    let Some((_, case)) = store.case_as_it_is(reference).await? else {
        return Err(Failure::new(
            NO_INPUT,
            format!("there is no case {reference}"),
        ));
    };
    let language = chosen.lang.unwrap_or(case.language);
    if !post.composer.languages().contains(&language) {
        return Err(no_letters(language, &post.composer));
    }
    let sample = post.composer.sample(chosen.name, language)?;
    let profile = post.profile_of_case(&reference, &case)?;
    let missing = if case.asked.is_empty() {
        &profile.particulars - &case.have
    } else {
        case.asked.clone()
    };
    let writing = Writing {
        letter: chosen.name,
        words: sample.words,
        remedy: sample.remedy,
        finding: case.finding.or(sample.finding),
        missing,
        to: Recipient::Customer,
    };
    let now = store.now().await?;
    let case = Case { language, ..case };
    let matter = post.matter(reference, &case, profile, &writing, now);
    print(&preview(&post.composer, chosen.name, matter, &chosen.part)?)
}

/// A letter about a case, or about a sample of one, as it would be sent.
fn preview(
    composer: &Composer,
    letter: Letter,
    matter: Matter,
    part: &Part,
) -> Result<Vec<u8>, Failure> {
    let to = ToCustomer::example(letter, matter);
    if part.eml {
        return Ok(composer.write(&to)?.bytes);
    }
    let shown = composer.read(&to)?;
    let text = match (part.html, part.text) {
        (true, _) => shown.html,
        (false, true) => shown.plain,
        (false, false) => format!("Subject: {}\n\n{}", shown.subject, shown.plain),
    };
    Ok(text.into_bytes())
}

fn list(composer: &Composer, json: bool) -> Result<(), Failure> {
    let own = |letter: Letter| -> Vec<&str> {
        let languages = composer.languages().iter();
        languages
            .filter(|language| composer.is_own(letter, **language))
            .map(Language::as_str)
            .collect()
    };
    let writer = |letter: Letter| {
        if letter.is_automatic() {
            "Redress"
        } else {
            "a person"
        }
    };
    if json {
        let lines: Vec<_> = Letter::ALL
            .iter()
            .map(|letter| {
                json!({
                    "letter": letter.as_str(),
                    "sent": letter::purpose(*letter),
                    "automatic": letter.is_automatic(),
                    "languages": composer.languages(),
                    "own": own(*letter),
                })
            })
            .collect();
        let text = show::json(&json!({ "letters": lines }))? + "\n";
        return print(text.as_bytes());
    }
    let mut table = Table::new(&["letter", "by", "own words", "sent"]);
    for letter in Letter::ALL {
        let own = own(*letter).join(" ");
        table.row(vec![
            letter.to_string(),
            writer(*letter).to_owned(),
            show::or_dash(Some(own.as_str()).filter(|own| !own.is_empty())),
            letter::purpose(*letter).to_owned(),
        ]);
    }
    let languages: Vec<&str> = composer.languages().iter().map(Language::as_str).collect();
    let text = format!("{}\nlanguages: {}\n", table.text(), languages.join(" "));
    print(text.as_bytes())
}

/// The writer of letters, and the language it writes in unless told otherwise.
fn writer(path: &Path) -> Result<(Composer, Language), Failure> {
    let (company, letters) = if path == Path::new(USUAL_CONFIG) && !path.exists() {
        (Company::example(), Letters::default())
    } else {
        Config::load_letters(path)?
    };
    let composer = company.composer(&letters, None, false)?;
    Ok((composer, company.language))
}

fn letter_of(name: &str) -> Result<Letter, String> {
    Letter::from_name(name).ok_or_else(|| {
        let known: Vec<&str> = Letter::ALL.iter().map(|letter| letter.as_str()).collect();
        format!("there is no such letter; there are: {}", known.join(", "))
    })
}

fn no_letters(language: Language, composer: &Composer) -> Failure {
    let known: Vec<&str> = composer.languages().iter().map(Language::as_str).collect();
    let message = format!(
        "there are no letters in {language}, only in {}; config/letters/README.md says how to add a language",
        known.join(", ")
    );
    Failure::new(DATA, message)
}

fn print(bytes: &[u8]) -> Result<(), Failure> {
    match std::io::stdout().lock().write_all(bytes) {
        // a reader who has seen enough closes the pipe
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Failure::new(SOFTWARE, error.to_string())),
        Ok(()) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(letter: Letter, html: bool, text: bool, eml: bool) -> String {
        let composer = Company::example()
            .composer(&Letters::default(), None, false)
            .unwrap();
        let matter = composer.sample(letter, Language::ZH).unwrap();
        let part = Part { html, text, eml };
        String::from_utf8(preview(&composer, letter, matter, &part).unwrap()).unwrap()
    }

    #[test]
    fn every_letter_can_be_looked_at_in_every_form() {
        for letter in Letter::ALL.iter().copied() {
            let usual = shown(letter, false, false, false);
            let text = shown(letter, false, true, false);
            let subject = match letter {
                Letter::Invitation => "关于案件 C-2026-000017-9 的协助请求",
                _ => "您的投诉 C-2026-000017-9",
            };
            assert_eq!(usual, format!("Subject: {subject}\n\n{text}"));
            let html = shown(letter, true, false, false);
            assert!(html.starts_with("<!DOCTYPE html>"), "{html}");
            let mail = shown(letter, false, false, true);
            let mail = mail_parser::MessageParser::default().parse(&mail).unwrap();
            let body = mail.body_text(0).unwrap().replace('\r', "");
            assert_eq!(body.trim_end(), text.trim_end());
        }
    }

    #[test]
    fn an_unknown_letter_is_told_what_there_is() {
        let error = letter_of("farewell").unwrap_err();
        assert!(
            error.contains("acknowledgement, particulars_request"),
            "{error}"
        );
    }
}
