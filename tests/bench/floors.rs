//! The floors: fetching, storing and sending the same mail, each by itself and nothing else.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use redress::net::imap;
use redress::net::smtp::{self, Connection, Delivery};
use redress::net::tls::{Endpoint, Security};
use redress::sandbox::dovecot::PASSWORD;
use redress::secret::Secret;
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection};
use tokio::task::JoinSet;

use crate::{Bench, round, user};

/// Messages fetched or stored together, as the daemon does.
const BATCH: usize = 200;

/// A mail of the size of an acknowledgement.
const LETTER: usize = 4200;

pub async fn measure(bench: &Bench, name: &str, messages: usize) -> Result<Value> {
    let (fetch, mails) = fetch(bench, name).await?;
    let insert = insert(bench, &mails).await?;
    let send = send(bench, messages).await?;
    eprintln!("floors: fetch {fetch:.0}/s, insert {insert:.0}/s, send {send:.0}/s");
    Ok(json!({
        "fetch_messages_per_s": round(fetch),
        "insert_messages_per_s": round(insert),
        "smtp_messages_per_s": round(send),
    }))
}

async fn fetch(bench: &Bench, name: &str) -> Result<(f64, Vec<Vec<u8>>)> {
    let mut session = imap::Session::open(&imap::Settings {
        endpoint: Endpoint {
            host: "localhost".to_owned(),
            port: bench.dovecot.imaps_port(),
            security: Security::Tls,
            ca_file: Some(bench.authority.ca.clone()),
        },
        user: user(name),
        password: Secret::new(PASSWORD.to_owned()),
        folder: "INBOX".to_owned(),
        timeout: Duration::from_secs(60),
    })
    .await?;
    session.select().await?;
    let started = Instant::now();
    let uids = session.list_from(1).await?;
    let described = session.describe(&uids).await?;
    let mut mails = Vec::with_capacity(described.len());
    for batch in described.chunks(BATCH) {
        mails.extend(
            session
                .bodies(batch)
                .await?
                .into_iter()
                .map(|body| body.bytes),
        );
    }
    let rate = mails.len() as f64 / started.elapsed().as_secs_f64();
    session.close().await;
    Ok((rate, mails))
}

async fn insert(bench: &Bench, mails: &[Vec<u8>]) -> Result<f64> {
    let url = bench.postgres.fresh_database().await?;
    let mut connection = PgConnection::connect(&url.owner).await?;
    sqlx::query(
        "create table floor (id bigint generated always as identity primary key, bytes bytea)",
    )
    .execute(&mut connection)
    .await?;
    sqlx::query("alter table floor alter column bytes set storage external")
        .execute(&mut connection)
        .await?;
    let started = Instant::now();
    for batch in mails.chunks(BATCH) {
        sqlx::query("insert into floor (bytes) select * from unnest($1::bytea[])")
            .bind(batch)
            .execute(&mut connection)
            .await?;
    }
    Ok(mails.len() as f64 / started.elapsed().as_secs_f64())
}

async fn send(bench: &Bench, messages: usize) -> Result<f64> {
    const CONNECTIONS: usize = 4;
    let settings = smtp::Settings {
        endpoint: Endpoint {
            host: "127.0.0.1".to_owned(),
            port: bench.smtp.port(),
            security: Security::PlainWithoutEncryption,
            ca_file: None,
        },
        login: None,
        hello_name: "example.com".to_owned(),
        timeout: Duration::from_secs(60),
        accept_timeout: Duration::from_secs(60),
    };
    let letter = format!(
        "Subject: floor\r\n\r\n{}",
        format!("{}\r\n", "x".repeat(70)).repeat(LETTER / 72)
    );
    let started = Instant::now();
    let mut senders = JoinSet::new();
    for number in 0..CONNECTIONS {
        let (settings, letter) = (settings.clone(), letter.clone());
        let share = messages / CONNECTIONS + usize::from(number < messages % CONNECTIONS);
        senders.spawn(async move {
            let mut connection = Connection::open(&settings).await?;
            for _ in 0..share {
                let delivery = connection
                    .offer("", "floor@example.net", letter.as_bytes())
                    .await;
                ensure!(matches!(delivery, Delivery::Accepted(_)), "{delivery:?}");
            }
            Ok(())
        });
    }
    while let Some(sent) = senders.join_next().await {
        sent??;
    }
    Ok(messages as f64 / started.elapsed().as_secs_f64())
}
