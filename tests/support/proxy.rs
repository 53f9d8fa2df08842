//! A proxy between Redress and a server, which makes whatever a network makes: cuts, silence, drips, rubbish.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What happens to a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Harm {
    None,
    /// Closed once the server has said so many bytes, these being passed on.
    CutAnswers(u64),
    /// Closed once the client has said so many bytes, these being passed on.
    CutQuestions(u64),
    /// After so many bytes from the server nothing more comes, and nobody hangs up.
    FreezeAnswers(u64),
    /// It is accepted, and nothing is ever said.
    HalfOpen,
    /// Rubbish comes in place of what the server says.
    Garbage,
    /// A byte at a time, so far apart.
    Drip(Duration),
    /// Every piece comes so late.
    Delay(Duration),
}

struct Shared {
    server: u16,
    /// For the next connections, the first one first; then none.
    next: Mutex<Vec<Harm>>,
    /// For every connection that has no harm of its own.
    all: Mutex<Harm>,
    /// Bytes that went each way, over all connections.
    answers: AtomicU64,
    questions: AtomicU64,
    /// How much had been said each way after each piece.
    heard: Mutex<Vec<u64>>,
    asked: Mutex<Vec<u64>>,
    /// Nothing goes through the connections that there are, either way.
    frozen: watch::Sender<u64>,
}

pub struct Proxy {
    pub port: u16,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

/// Takes every connection there is, each by itself, in the order in which they come.
pub fn serve<F>(
    listener: TcpListener,
    mut each: impl FnMut(TcpStream) -> F + Send + 'static,
) -> JoinHandle<()>
where
    F: Future<Output = ()> + Send + 'static,
{
    tokio::spawn(async move {
        loop {
            if let Ok((client, _)) = listener.accept().await {
                tokio::spawn(each(client));
            }
        }
    })
}

impl Proxy {
    /// To a server on a port of this machine.
    pub async fn start(server: u16) -> Proxy {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            server,
            next: Mutex::default(),
            all: Mutex::new(Harm::None),
            answers: AtomicU64::new(0),
            questions: AtomicU64::new(0),
            heard: Mutex::default(),
            asked: Mutex::default(),
            frozen: watch::channel(0).0,
        });
        let of_task = Arc::clone(&shared);
        let task = serve(listener, move |client| {
            let shared = Arc::clone(&of_task);
            let harm = {
                let mut next = shared.next.lock().unwrap();
                if next.is_empty() {
                    *shared.all.lock().unwrap()
                } else {
                    next.remove(0)
                }
            };
            async move { connection(client, harm, &shared).await }
        });
        Proxy { port, shared, task }
    }

    /// Does this to the next connection, once.
    pub fn next(&self, harm: Harm) {
        self.shared.next.lock().unwrap().push(harm);
    }

    /// Does this to every connection from now on.
    pub fn all(&self, harm: Harm) {
        *self.shared.all.lock().unwrap() = harm;
    }

    /// The connections that there are say nothing more, and nobody hangs up; new ones are as good as any.
    pub fn freeze(&self) {
        self.shared.frozen.send_modify(|count| *count += 1);
    }

    /// Bytes that the server and the client have said so far.
    pub fn said(&self) -> (u64, u64) {
        let shared = &self.shared;
        (
            shared.answers.load(Ordering::Relaxed),
            shared.questions.load(Ordering::Relaxed),
        )
    }

    /// How much the server and the client had said after each piece that they said.
    pub fn boundaries(&self) -> (Vec<u64>, Vec<u64>) {
        let (heard, asked) = (&self.shared.heard, &self.shared.asked);
        (heard.lock().unwrap().clone(), asked.lock().unwrap().clone())
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn connection(mut client: TcpStream, harm: Harm, shared: &Shared) {
    let _ = client.set_nodelay(true);
    let mut frozen = shared.frozen.subscribe();
    if harm == Harm::HalfOpen {
        std::future::pending::<()>().await;
    }
    let Ok(mut server) = TcpStream::connect(("127.0.0.1", shared.server)).await else {
        return;
    };
    let _ = server.set_nodelay(true);
    let (mut from_client, mut to_client) = client.split();
    let (mut from_server, mut to_server) = server.split();
    let questions = async {
        let most = match harm {
            Harm::CutQuestions(most) => Some(most),
            _ => None,
        };
        copy(
            &mut from_client,
            &mut to_server,
            (&shared.questions, &shared.asked),
            most,
            Harm::None,
        )
        .await;
    };
    let answers = async {
        let most = match harm {
            Harm::CutAnswers(most) | Harm::FreezeAnswers(most) => Some(most),
            _ => None,
        };
        copy(
            &mut from_server,
            &mut to_client,
            (&shared.answers, &shared.heard),
            most,
            harm,
        )
        .await;
        if matches!(harm, Harm::FreezeAnswers(_)) {
            std::future::pending::<()>().await;
        }
    };
    let silence = async {
        // a proxy that is gone freezes nobody
        if frozen.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    let is_frozen = tokio::select! {
        () = questions => false,
        () = answers => false,
        () = silence => true,
    };
    if is_frozen {
        std::future::pending::<()>().await;
    }
}

/// Passes bytes on, up to so many; ends where either side has hung up.
async fn copy(
    from: &mut (impl AsyncReadExt + Unpin),
    to: &mut (impl AsyncWriteExt + Unpin),
    (counter, boundaries): (&AtomicU64, &Mutex<Vec<u64>>),
    most: Option<u64>,
    harm: Harm,
) {
    let mut left = most.unwrap_or(u64::MAX);
    let mut buffer = vec![0; 16_384];
    while left > 0 {
        let Ok(length @ 1..) = from.read(&mut buffer).await else {
            return;
        };
        let length = length.min(usize::try_from(left).unwrap_or(usize::MAX));
        left -= length as u64;
        let before = counter.fetch_add(length as u64, Ordering::Relaxed);
        boundaries.lock().unwrap().push(before + length as u64);
        let bytes = &mut buffer[..length];
        match harm {
            Harm::Garbage => bytes.iter_mut().enumerate().for_each(|(n, byte)| {
                *byte = u8::try_from((n * 89 + 17) % 251).unwrap_or(0);
            }),
            Harm::Delay(time) => tokio::time::sleep(time).await,
            _ => {}
        }
        if let Harm::Drip(time) = harm {
            for byte in &*bytes {
                if to.write_all(&[*byte]).await.is_err() {
                    return;
                }
                tokio::time::sleep(time).await;
            }
        } else if to.write_all(bytes).await.is_err() {
            return;
        }
    }
}
