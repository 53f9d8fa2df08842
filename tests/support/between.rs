//! A server between Redress and Dovecot that answers some commands itself, as servers do that are busy, full or at
//! fault, and passes all others on.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::Site;
use super::proxy::serve;

/// An answer to commands that hold something.
struct Answer {
    command: String,
    says: String,
    /// How often it is still given.
    left: usize,
}

#[derive(Default)]
struct Shared {
    /// Said in place of the server's own greeting, and nothing after it.
    greeting: Mutex<Option<String>>,
    answers: Mutex<Vec<Answer>>,
    /// What clients have said, line by line.
    heard: Mutex<Vec<String>>,
}

pub struct Between {
    pub port: u16,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

impl Between {
    /// Before the shared Dovecot; the site's daemons read their mailbox here from now on.
    pub async fn start(site: &Site) -> Between {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = site.servers.dovecot.imap_port();
        let shared = Arc::<Shared>::default();
        let of_task = Arc::clone(&shared);
        let task = serve(listener, move |client| {
            let shared = Arc::clone(&of_task);
            async move {
                // whoever hangs up has ended it
                let _ = connection(client, server, &shared).await;
            }
        });
        let between = Between { port, shared, task };
        between.lead(site);
        between
    }

    /// Leads the site's daemons here, after its configuration was written anew.
    pub fn lead(&self, site: &Site) {
        let text = std::fs::read_to_string(site.config()).unwrap();
        let straight = format!(
            "host = \"localhost\"\nport = {}\nca_file = \"{}\"\n",
            site.servers.dovecot.imaps_port(),
            site.servers.authority.ca.display()
        );
        assert!(text.contains(&straight), "{text}");
        let here = format!(
            "host = \"127.0.0.1\"\nport = {}\nsecurity = \"plain-without-encryption\"\n",
            self.port
        );
        std::fs::write(site.config(), text.replace(&straight, &here)).unwrap();
    }

    /// Answers the next so many commands that hold this. `@` at the start of a line is the command's tag, LF is CRLF.
    pub fn answer(&self, command: &str, says: &str, times: usize) {
        self.shared.answers.lock().unwrap().push(Answer {
            command: command.to_owned(),
            says: says.to_owned(),
            left: times,
        });
    }

    /// Greets with this and says nothing more, until told otherwise.
    pub fn greet(&self, greeting: Option<&str>) {
        *self.shared.greeting.lock().unwrap() = greeting.map(str::to_owned);
    }

    /// How many of the answers are still to be given.
    pub fn left(&self) -> usize {
        let answers = self.shared.answers.lock().unwrap();
        answers.iter().map(|answer| answer.left).sum()
    }

    /// What clients have said that holds this, in order.
    pub fn heard(&self, what: &str) -> Vec<String> {
        let heard = self.shared.heard.lock().unwrap();
        heard
            .iter()
            .filter(|line| line.contains(what))
            .cloned()
            .collect()
    }
}

impl Drop for Between {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    fn answer(&self, line: &str) -> Option<String> {
        let mut answers = self.answers.lock().unwrap();
        let answer = answers
            .iter_mut()
            .find(|answer| answer.left > 0 && line.contains(&answer.command))?;
        answer.left -= 1;
        let tag = line.split(' ').next().unwrap_or_default();
        let tagged = |line: &str| match line.strip_prefix('@') {
            Some(rest) => format!("{tag}{rest}\r\n"),
            None => format!("{line}\r\n"),
        };
        Some(answer.says.lines().map(tagged).collect())
    }
}

async fn connection(client: TcpStream, server: u16, shared: &Shared) -> std::io::Result<()> {
    let (from_client, mut to_client) = client.into_split();
    let mut from_client = BufReader::new(from_client);
    let greeting = shared.greeting.lock().unwrap().clone();
    let mut line = String::new();
    if let Some(greeting) = greeting {
        to_client.write_all(greeting.as_bytes()).await?;
        while from_client.read_line(&mut line).await? > 0 {
            shared.heard.lock().unwrap().push(std::mem::take(&mut line));
        }
        return Ok(());
    }
    let (mut from_server, mut to_server) = TcpStream::connect(("127.0.0.1", server))
        .await?
        .into_split();
    let to_client = tokio::sync::Mutex::new(to_client);
    let questions = async {
        while from_client.read_line(&mut line).await? > 0 {
            shared.heard.lock().unwrap().push(line.clone());
            match shared.answer(&line) {
                Some(says) => to_client.lock().await.write_all(says.as_bytes()).await?,
                None => to_server.write_all(line.as_bytes()).await?,
            }
            line.clear();
        }
        std::io::Result::Ok(())
    };
    let answers = async {
        let mut buffer = vec![0; 16_384];
        loop {
            let length = from_server.read(&mut buffer).await?;
            if length == 0 {
                return std::io::Result::Ok(());
            }
            let bytes = &buffer[..length];
            to_client.lock().await.write_all(bytes).await?;
        }
    };
    tokio::select! {
        ended = questions => ended,
        ended = answers => ended,
    }
}
