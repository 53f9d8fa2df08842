//! Who is at the command line, and their looks at cases on record.

use super::{Failure, UNAVAILABLE};
use crate::case::{Actor, Look};
use crate::ids::CaseId;
use crate::store::{Store, StoreError};

/// Who is at the command line: whoever became root by sudo, else the owner of this process.
pub(super) fn operator() -> Actor {
    let uid = rustix::process::getuid();
    let from = |name: &str| std::env::var(name).ok().filter(|name| !name.is_empty());
    let by_sudo = uid.is_root().then(|| from("SUDO_USER")).flatten();
    let name = by_sudo
        .or_else(|| {
            let known = std::fs::read_to_string("/etc/passwd").ok()?;
            name_of(&known, uid.as_raw())
        })
        .or_else(|| from("USER"))
        .unwrap_or_else(|| format!("uid-{}", uid.as_raw()));
    Actor::operator(&name)
}

/// The name of a user in passwd(5).
fn name_of(passwd: &str, uid: u32) -> Option<String> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(uid)).then(|| name.to_owned())
    })
}

/// Puts a look on record, before anything is shown. Where that can't be, nothing is shown: nobody looks unseen.
pub(super) async fn look(store: &Store, cases: &[CaseId], how: Look) -> Result<(), Failure> {
    store
        .record_look(cases, &operator(), how)
        .await
        .map_err(unrecorded)
}

fn unrecorded(error: StoreError) -> Failure {
    if error.is_read_only() {
        let message = "the database takes no writes (a standby?), and a look at a case has to be on record: \
                       look at it where it can be written";
        return Failure::new(UNAVAILABLE, message);
    }
    error.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_have_names() {
        let passwd = "root:x:0:0:root:/root:/bin/bash\nbroken\nli:x:1000:1000::/home/li:/bin/sh\n";
        assert_eq!(name_of(passwd, 1000).as_deref(), Some("li"));
        assert_eq!(name_of(passwd, 7), None);
    }
}
