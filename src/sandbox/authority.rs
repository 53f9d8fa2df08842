//! A private certificate authority, and a certificate for this machine signed by it.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::Home;
use super::process::{find, run};

/// PEM files, all readable by the servers.
#[derive(Debug, Clone)]
pub struct Authority {
    /// The authority's certificate: what a client has to trust.
    pub ca: PathBuf,
    /// A certificate for `localhost` and 127.0.0.1, and its key.
    pub certificate: PathBuf,
    pub key: PathBuf,
}

impl Authority {
    /// Makes an authority that is good for a day.
    pub fn new(home: &Home) -> Result<Authority> {
        let folder = home.folder("authority")?;
        let file = |name: &str| folder.join(name);
        let (ca, ca_key) = (file("ca.pem"), file("ca.key"));
        let (certificate, key) = (file("server.pem"), file("server.key"));
        let (request, extensions) = (file("server.csr"), file("extensions"));
        std::fs::write(
            &extensions,
            "subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=critical,CA:FALSE\n\
             keyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\n",
        )?;
        home.give(&extensions)?;
        let openssl =
            find("openssl").context("openssl isn't installed: apt-get install openssl")?;
        let text = |path: &PathBuf| path.display().to_string();
        let openssl = |line: String| {
            let words: Vec<&str> = line.split('|').collect();
            run(home, &openssl, &words)
        };
        let curve = "ec|-pkeyopt|ec_paramgen_curve:P-256|-nodes";
        openssl(format!(
            "req|-x509|-newkey|{curve}|-keyout|{}|-out|{}|-days|1|-subj|/CN=Redress sandbox|-addext|keyUsage=critical,keyCertSign,cRLSign",
            text(&ca_key),
            text(&ca)
        ))?;
        openssl(format!(
            "req|-new|-newkey|{curve}|-keyout|{}|-out|{}|-subj|/CN=localhost",
            text(&key),
            text(&request)
        ))?;
        openssl(format!(
            "x509|-req|-in|{}|-CA|{}|-CAkey|{}|-CAcreateserial|-out|{}|-days|1|-extfile|{}",
            text(&request),
            text(&ca),
            text(&ca_key),
            text(&certificate),
            text(&extensions)
        ))?;
        Ok(Authority {
            ca,
            certificate,
            key,
        })
    }

    /// What a server answers a TLS handshake with: its certificate.
    pub fn acceptor(&self) -> Result<TlsAcceptor> {
        let chain =
            CertificateDer::pem_file_iter(&self.certificate)?.collect::<Result<Vec<_>, _>>()?;
        let key = PrivateKeyDer::from_pem_file(&self.key)?;
        let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, key)?;
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}
