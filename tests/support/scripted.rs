//! Servers that follow a script, to make the faults that real ones make only now and then.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use redress::net::imap::{self, Session};
use redress::net::tls::{Endpoint, Security};
use redress::sandbox::authority::Authority;
use redress::secret::Secret;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What a scripted server does, in order.
#[derive(Debug, Clone)]
pub enum Step {
    /// Reads a line that holds this, and keeps its tag for `@` in what is said next.
    Hear(&'static str),
    /// Reads a line that holds this and goes on with the command before: it has no tag.
    HearMore(&'static str),
    /// Says this, `@` being the tag of the last command, LF being CRLF.
    Say(&'static str),
    /// Says these bytes.
    Bytes(Vec<u8>),
    /// Goes on under TLS; ends where the client doesn't want this certificate.
    Encrypt(Authority),
    /// Says nothing more, and stays.
    Hang,
}

use Step::{Hang, Hear, Say};

/// A server for one connection on loopback; it hangs up at the end of its script.
pub struct Scripted {
    pub port: u16,
    heard: Arc<Mutex<String>>,
    task: JoinHandle<()>,
}

/// A connection, encrypted or not.
trait Wire: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Wire for T {}

impl Scripted {
    pub async fn start(script: Vec<Step>) -> Scripted {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::default();
        let of_task = Arc::clone(&heard);
        let task = tokio::spawn(async move {
            let (tcp, _) = listener.accept().await.unwrap();
            play(tcp, script, &of_task).await;
        });
        Scripted { port, heard, task }
    }

    /// Waits for the end of the script: every line that the client has said, under TLS or before it.
    pub async fn heard(mut self) -> String {
        (&mut self.task).await.unwrap();
        std::mem::take(&mut self.heard.lock().unwrap())
    }

    /// An IMAP server that greets, takes the login, and opens the folder; then follows the script.
    pub async fn imap(script: Vec<Step>) -> Scripted {
        let mut all = vec![
            Say("* OK ready\n"),
            Hear("LOGIN"),
            Say("@ OK welcome\n"),
            Hear("CAPABILITY"),
            Say("* CAPABILITY IMAP4rev1 IDLE MOVE\n@ OK\n"),
            Hear("SELECT"),
            Say(
                "* 3 EXISTS\n* OK [UIDVALIDITY 7] ok\n* OK [PERMANENTFLAGS (\\*)] ok\n@ OK [READ-WRITE] ok\n",
            ),
        ];
        all.extend(script);
        Scripted::start(all).await
    }

    pub fn settings(&self, security: Security) -> imap::Settings {
        imap::Settings {
            endpoint: Endpoint {
                host: "127.0.0.1".to_owned(),
                port: self.port,
                security,
                ca_file: None,
            },
            user: "complaints@example.com".to_owned(),
            password: Secret::new("swordfish".to_owned()),
            folder: "INBOX".to_owned(),
            timeout: Duration::from_secs(2),
        }
    }

    /// A session on the open folder.
    pub async fn session(&self) -> Session {
        let settings = self.settings(Security::PlainWithoutEncryption);
        let mut session = Session::open(&settings).await.unwrap();
        assert_eq!(session.select().await.unwrap().uid_validity, 7);
        session
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn play(tcp: TcpStream, script: Vec<Step>, heard: &Mutex<String>) {
    let mut stream: BufReader<Box<dyn Wire>> = BufReader::new(Box::new(tcp));
    let mut tag = String::new();
    for step in script {
        match step {
            Hear(expected) | Step::HearMore(expected) => {
                let mut line = String::new();
                if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
                    return;
                }
                heard.lock().unwrap().push_str(&line);
                assert!(line.contains(expected), "{expected} expected, {line} came");
                if matches!(step, Hear(_)) {
                    tag = line.split(' ').next().unwrap().to_owned();
                }
            }
            Say(text) => {
                let text = text.replace('@', &tag).replace('\n', "\r\n");
                // the client may have had enough
                let _ = stream.write_all(text.as_bytes()).await;
            }
            Step::Bytes(bytes) => {
                let _ = stream.write_all(&bytes).await;
            }
            Step::Encrypt(authority) => {
                let acceptor = authority.acceptor().unwrap();
                match acceptor.accept(stream.into_inner()).await {
                    Ok(tls) => stream = BufReader::new(Box::new(tls)),
                    Err(_) => return,
                }
            }
            Hang => std::future::pending().await,
        }
    }
}
