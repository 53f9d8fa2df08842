//! Certificates that nobody may trust.

use std::path::Path;
use std::process::Command;

use redress::sandbox::authority::Authority;
use tempfile::TempDir;

use super::servers;

/// What is wrong with a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// It was good for a day in 2020.
    Expired,
    /// It is for `elsewhere.test`.
    WrongHost,
    /// Another authority than the one that is trusted has signed it.
    Untrusted,
}

/// A certificate with a flaw, else like that of the shared servers, whose authority is the one to trust.
pub struct Flawed {
    pub authority: Authority,
    _folder: TempDir,
}

impl Flawed {
    pub async fn new(flaw: Flaw) -> Flawed {
        let good = &servers().await.authority;
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let (days, name) = match flaw {
            Flaw::Expired => (("20200101000000Z", "20200102000000Z"), "127.0.0.1"),
            Flaw::WrongHost => (("20200101000000Z", "20990101000000Z"), "elsewhere.test"),
            Flaw::Untrusted => (("20200101000000Z", "20990101000000Z"), "127.0.0.1"),
        };
        let kind = if name.ends_with("test") { "DNS" } else { "IP" };
        std::fs::write(
            path("config"),
            format!(
                "[ca]\ndefault_ca = one\n[one]\ndatabase = {0}/index\nnew_certs_dir = {0}\nrand_serial = yes\n\
                 default_md = sha256\npolicy = any\n[any]\ncommonName = supplied\n\
                 [server]\nsubjectAltName = {kind}:{name}\nbasicConstraints = critical,CA:FALSE\n\
                 extendedKeyUsage = serverAuth\n[authority]\nbasicConstraints = critical,CA:TRUE\n",
                folder.path().display()
            ),
        )
        .unwrap();
        std::fs::write(path("index"), "").unwrap();
        let (ca, ca_key) = match flaw {
            Flaw::Untrusted => {
                openssl(
                    folder.path(),
                    "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem \
                     -days 1 -subj /CN=Somebody",
                );
                (path("ca.pem"), path("ca.key"))
            }
            Flaw::Expired | Flaw::WrongHost => (good.ca.clone(), good.ca.with_extension("key")),
        };
        openssl(
            folder.path(),
            "req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout server.key -out server.csr \
             -subj /CN=server",
        );
        openssl(
            folder.path(),
            &format!(
                "ca -batch -notext -config config -extensions server -in server.csr -out server.pem -cert {} \
                 -keyfile {} -startdate {} -enddate {}",
                ca.display(),
                ca_key.display(),
                days.0,
                days.1
            ),
        );
        Flawed {
            authority: Authority {
                ca: good.ca.clone(),
                certificate: path("server.pem"),
                key: path("server.key"),
            },
            _folder: folder,
        }
    }
}

fn openssl(folder: &Path, line: &str) {
    let output = Command::new("openssl")
        .args(line.split_whitespace())
        .current_dir(folder)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{line}: {said}");
}
