//! A small HTTP server for those who watch the daemon: whole answers to GET, a bounded number at a time.
//!
//! hyper speaks HTTP; here is only what bounds it. A connection is for one request, must be done within
//! [`LONGEST`], and what a request brings with it isn't read.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tracing::debug;

/// Most connections at a time; others wait.
const CONNECTIONS: usize = 16;

/// Longest time for a connection, from its beginning to its end.
const LONGEST: Duration = Duration::from_secs(20);

/// Longest time for the head of a request.
const LONGEST_HEAD: Duration = Duration::from_secs(5);

/// Most bytes and fields of the head of a request.
const MOST_HEAD: usize = 16 * 1024;
const MOST_FIELDS: usize = 64;

/// An answer: whether all is well, and a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// 200, else 503.
    pub well: bool,
    pub media_type: &'static str,
    pub text: String,
}

/// Serves until dropped. `answer` is asked for a path, and has `None` for one that isn't there.
pub async fn serve<F, Fut>(listener: TcpListener, answer: F)
where
    F: Fn(String) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Option<Answer>> + Send,
{
    let answer = Arc::new(answer);
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        let Ok(permit) = Arc::clone(&room).acquire_owned().await else {
            return;
        };
        while connections.try_join_next().is_some() {}
        let tcp = match listener.accept().await {
            Ok((tcp, _)) => tcp,
            Err(problem) => {
                // no file descriptors, most likely: it passes
                debug!(%problem, "a connection couldn't be taken");
                sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let answer = Arc::clone(&answer);
        connections.spawn(async move {
            let service = service_fn(|request: Request<Incoming>| {
                let answer = Arc::clone(&answer);
                async move { Ok::<_, Infallible>(respond(&request, &*answer).await) }
            });
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(LONGEST_HEAD)
                .max_buf_size(MOST_HEAD)
                .max_headers(MOST_FIELDS)
                .keep_alive(false)
                .serve_connection(TokioIo::new(tcp), service);
            match timeout(LONGEST, connection).await {
                Ok(Ok(())) => {}
                Ok(Err(problem)) => debug!(%problem, "a request wasn't understood"),
                Err(_) => debug!("a connection took too long"),
            }
            drop(permit);
        });
    }
}

async fn respond<F, Fut>(request: &Request<Incoming>, answer: &F) -> Response<Full<Bytes>>
where
    F: Fn(String) -> Fut,
    Fut: Future<Output = Option<Answer>>,
{
    let plain = "text/plain; charset=utf-8";
    if request.method() != Method::GET && request.method() != Method::HEAD {
        let mut refused = response(
            StatusCode::METHOD_NOT_ALLOWED,
            plain,
            "GET only\n".to_owned(),
        );
        let allowed = HeaderValue::from_static("GET, HEAD");
        refused.headers_mut().insert(ALLOW, allowed);
        return refused;
    }
    match answer(request.uri().path().to_owned()).await {
        Some(answer) => {
            let status = if answer.well {
                StatusCode::OK
            } else {
                StatusCode::SERVICE_UNAVAILABLE
            };
            response(status, answer.media_type, answer.text)
        }
        None => response(StatusCode::NOT_FOUND, plain, "not found\n".to_owned()),
    }
}

fn response(status: StatusCode, media_type: &'static str, text: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    use super::*;

    async fn server() -> (u16, tokio::task::JoinHandle<()>) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let served = tokio::spawn(serve(listener, async |path: String| {
            (path == "/here").then(|| Answer {
                well: true,
                media_type: "text/plain",
                text: "it is\n".to_owned(),
            })
        }));
        (port, served)
    }

    async fn say(port: u16, words: &[u8]) -> String {
        let mut tcp = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        tcp.write_all(words).await.unwrap();
        let mut said = Vec::new();
        // a connection that is reset has said all it will
        let _ = tcp.read_to_end(&mut said).await;
        String::from_utf8_lossy(&said).into_owned()
    }

    #[tokio::test]
    async fn get_is_answered_and_nothing_else() {
        let (port, served) = server().await;
        let ask = async |first: &str| {
            say(
                port,
                format!("{first} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes(),
            )
            .await
        };
        let good = ask("GET /here?x=1").await;
        assert!(
            good.starts_with("HTTP/1.1 200 OK\r\n") && good.ends_with("it is\n"),
            "{good}"
        );
        let head = ask("HEAD /here").await;
        assert!(
            head.starts_with("HTTP/1.1 200") && head.ends_with("\r\n\r\n"),
            "{head}"
        );
        assert!(ask("GET /there").await.starts_with("HTTP/1.1 404"));
        assert!(ask("POST /here").await.starts_with("HTTP/1.1 405"));
        assert!(
            say(port, b"nonsense\r\n\r\n")
                .await
                .starts_with("HTTP/1.1 400")
        );
        let long = format!("GET /here HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(MOST_HEAD));
        assert!(say(port, long.as_bytes()).await.starts_with("HTTP/1.1 431"));
        served.abort();
    }

    #[tokio::test]
    async fn who_says_nothing_holds_up_nobody_for_long() {
        let (port, served) = server().await;
        let mut silent = Vec::new();
        for _ in 0..CONNECTIONS {
            silent.push(TcpStream::connect(("127.0.0.1", port)).await.unwrap());
        }
        let answer = say(port, b"GET /here HTTP/1.1\r\nHost: x\r\n\r\n");
        let answer = timeout(LONGEST_HEAD * 2, answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"));
        served.abort();
    }
}
