//! TLS as both wires use it: the system's roots, or one private CA; never an unverified peer.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use serde::Deserialize;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{self, CertificateError, ClientConfig, RootCertStore};

/// How a connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Security {
    /// TLS from the first byte (RFC 8314). The default.
    #[default]
    Tls,
    /// STARTTLS; ends with an error where the server doesn't offer it. Nothing read before TLS is kept.
    Starttls,
    /// No encryption at all: for loopback, or a tunnel of your own.
    PlainWithoutEncryption,
}

impl Security {
    /// The usual port of a server that takes mail (RFC 8314 §3.3, RFC 6409).
    pub fn smtp_port(self) -> u16 {
        match self {
            Security::Tls => 465,
            Security::Starttls => 587,
            Security::PlainWithoutEncryption => 25,
        }
    }
}

/// Where to connect and how to trust who answers.
#[derive(Debug, Clone)]
pub struct Endpoint {
    pub host: String,
    pub port: u16,
    pub security: Security,
    /// PEM file of a private certificate authority, trusted instead of the system's roots.
    pub ca_file: Option<PathBuf>,
}

/// A connection, encrypted or, where the configuration says so, not.
#[derive(Debug)]
pub enum Stream {
    Plain(TcpStream),
    Encrypted(Box<TlsStream<TcpStream>>),
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    #[error("{host}:{port} can't be reached: {source}")]
    Unreachable {
        host: String,
        port: u16,
        source: io::Error,
    },
    #[error("{host}:{port} didn't answer within {seconds} s")]
    Silent {
        host: String,
        port: u16,
        seconds: u64,
    },
    #[error(
        "{host} speaks no TLS that we know on port {port}: {source}; check host, port and security"
    )]
    Tls {
        host: String,
        port: u16,
        source: io::Error,
    },
    /// Nothing was sent but what comes before TLS.
    #[error("the certificate of {host}, port {port}, {problem}")]
    Certificate {
        host: String,
        port: u16,
        problem: String,
    },
    #[error("certificate authority {file} can't be used: {problem}")]
    Authority { file: String, problem: String },
    #[error("'{0}' is no host name")]
    Name(String),
}

impl Endpoint {
    /// Opens a TCP connection; encrypted at once where `security` is [`Security::Tls`].
    pub async fn connect(&self, longest: Duration) -> Result<Stream, ConnectError> {
        let tcp = timeout(longest, lookup_host((self.host.as_str(), self.port)))
            .await
            .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
            .map(Iterator::collect::<Vec<_>>);
        let tcp = match tcp {
            Ok(addresses) => first_to_answer(&addresses, longest).await,
            Err(error) => Err(error),
        };
        let tcp = tcp.map_err(|source| match source.kind() {
            io::ErrorKind::TimedOut => self.silent(longest),
            _ => ConnectError::Unreachable {
                host: self.host.clone(),
                port: self.port,
                source,
            },
        })?;
        // no keepalive of the socket's: a dead peer is noticed by the time-out of the next command, which
        // every wait ends in
        match self.security {
            Security::Tls => self.encrypt(tcp, longest).await,
            Security::Starttls | Security::PlainWithoutEncryption => Ok(Stream::Plain(tcp)),
        }
    }

    /// Encrypts an open connection: the peer has just agreed to STARTTLS.
    pub async fn encrypt(&self, tcp: TcpStream, longest: Duration) -> Result<Stream, ConnectError> {
        let connector = TlsConnector::from(Arc::new(client_config(self.ca_file.as_deref())?));
        let name = ServerName::try_from(self.host.clone())
            .map_err(|_| ConnectError::Name(self.host.clone()))?;
        let stream = timeout(longest, connector.connect(name, tcp))
            .await
            .map_err(|_| self.silent(longest))?
            .map_err(|source| self.failed(source))?;
        Ok(Stream::Encrypted(Box::new(stream)))
    }

    fn failed(&self, source: io::Error) -> ConnectError {
        let (host, port) = (self.host.clone(), self.port);
        let inner = source.get_ref().and_then(|error| error.downcast_ref());
        match inner {
            Some(rustls::Error::InvalidCertificate(reason)) => ConnectError::Certificate {
                host,
                port,
                problem: untrusted(reason),
            },
            _ => ConnectError::Tls { host, port, source },
        }
    }

    fn silent(&self, longest: Duration) -> ConnectError {
        ConnectError::Silent {
            host: self.host.clone(),
            port: self.port,
            seconds: longest.as_secs(),
        }
    }
}

impl Stream {
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        match self {
            Stream::Plain(tcp) => tcp.peer_addr(),
            Stream::Encrypted(tls) => tls.get_ref().0.peer_addr(),
        }
    }

    /// `TLS 1.3` and the like; `None` where nothing is encrypted.
    pub fn protocol(&self) -> Option<String> {
        match self {
            Stream::Plain(_) => None,
            Stream::Encrypted(tls) => {
                let version = tls.get_ref().1.protocol_version()?;
                Some(format!("{version:?}").replace("TLSv1_", "TLS 1."))
            }
        }
    }
}

/// Tries each address in turn. Each gets its share of the time that is left, so that one which leads nowhere
/// (IPv6 on a host that has none) leaves some to the others.
async fn first_to_answer(addresses: &[SocketAddr], longest: Duration) -> io::Result<TcpStream> {
    let deadline = Instant::now() + longest;
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for (address, left) in addresses.iter().zip((1..=addresses.len() as u32).rev()) {
        let share = deadline.saturating_duration_since(Instant::now()) / left;
        match timeout(share, TcpStream::connect(address)).await {
            Ok(Ok(tcp)) => return tcp.set_nodelay(true).map(|()| tcp),
            Ok(Err(error)) => last = error,
            Err(_) => last = io::ErrorKind::TimedOut.into(),
        }
    }
    Err(last)
}

/// What is wrong with a certificate, and what to do about it.
fn untrusted(reason: &CertificateError) -> String {
    match reason {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "has expired: renew it on the server; is this machine's clock right?".to_owned()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "isn't valid yet: is this machine's clock right, and the server's?".to_owned()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            format!("is for another host: {reason}; set host to a name that it is for")
        }
        CertificateError::UnknownIssuer => {
            "is by an authority that isn't trusted here: set ca_file to its certificate if you do trust it"
                .to_owned()
        }
        other => format!("can't be trusted: {other}; renew it on the server"),
    }
}

fn client_config(ca_file: Option<&Path>) -> Result<ClientConfig, ConnectError> {
    let mut roots = RootCertStore::empty();
    match ca_file {
        Some(file) => {
            let refuse = |problem: String| ConnectError::Authority {
                file: file.display().to_string(),
                problem,
            };
            let certificates = CertificateDer::pem_file_iter(file)
                .and_then(Iterator::collect::<Result<Vec<_>, _>>)
                .map_err(|error| refuse(error.to_string()))?;
            for certificate in certificates {
                roots
                    .add(certificate)
                    .map_err(|error| refuse(error.to_string()))?;
            }
            if roots.is_empty() {
                return Err(refuse("it holds no certificate".to_owned()));
            }
        }
        None => {
            let found = rustls_native_certs::load_native_certs();
            roots.add_parsable_certificates(found.certs);
            if roots.is_empty() {
                return Err(ConnectError::Authority {
                    file: "of the system".to_owned(),
                    problem: "none found: install ca-certificates, or set ca_file".to_owned(),
                });
            }
        }
    }
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| ConnectError::Authority {
            file: "of the system".to_owned(),
            problem: error.to_string(),
        })?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(tcp) => Pin::new(tcp).poll_read(context, buffer),
            Stream::Encrypted(tls) => Pin::new(tls.as_mut()).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Stream::Plain(tcp) => Pin::new(tcp).poll_write(context, bytes),
            Stream::Encrypted(tls) => Pin::new(tls.as_mut()).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(tcp) => Pin::new(tcp).poll_flush(context),
            Stream::Encrypted(tls) => Pin::new(tls.as_mut()).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(tcp) => Pin::new(tcp).poll_shutdown(context),
            Stream::Encrypted(tls) => Pin::new(tls.as_mut()).poll_shutdown(context),
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn an_address_that_leads_nowhere_leaves_time_for_the_next() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let here = listener.local_addr().unwrap();
        // TEST-NET-1 (RFC 5737): unreachable at once, or silent, as the network likes
        let nowhere = SocketAddr::from(([192, 0, 2, 1], 9));
        let longest = Duration::from_secs(2);
        let tcp = first_to_answer(&[nowhere, here], longest).await.unwrap();
        assert_eq!(tcp.peer_addr().unwrap(), here);
    }

    #[tokio::test]
    async fn where_nobody_listens_the_host_and_port_are_named() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let endpoint = Endpoint {
            host: "127.0.0.1".to_owned(),
            port,
            security: Security::Tls,
            ca_file: None,
        };
        let error = endpoint.connect(Duration::from_secs(2)).await.unwrap_err();
        let expected = format!("127.0.0.1:{port} can't be reached: ");
        assert!(error.to_string().starts_with(&expected), "{error}");
    }

    #[test]
    fn a_ca_file_that_holds_no_certificate_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = client_config(Some(file.path())).unwrap_err();
        let name = file.path().display().to_string();
        assert!(error.to_string().contains(&name), "{error}");
        assert!(client_config(Some(Path::new("/nonexistent/ca.pem"))).is_err());
    }
}
