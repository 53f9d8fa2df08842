//! DNS, as far as it is needed: the TXT records that hold senders' keys. Nobody waits long for an answer,
//! and one that doesn't come is told from one that says no.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::{FutureExt, StreamExt, stream};
use mail_auth::hickory_resolver::TokioResolver;
use mail_auth::hickory_resolver::config::{
    ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig,
};
use mail_auth::hickory_resolver::net::runtime::TokioRuntimeProvider;
use mail_auth::hickory_resolver::proto::rr::{Name, RData, RecordType};
use tokio::time::{Instant, timeout_at};
use tracing::warn;

use crate::mail::standing::Answer;

/// Most questions under way at a time.
const AT_ONCE: usize = 64;
/// Longest wait for one server's answer before it is asked again.
const ONE_TRY: Duration = Duration::from_secs(2);
/// Answers kept for as long as they say they hold.
const KEPT: u64 = 4_096;
/// How long nobody is asked once none of several questions was answered.
const REST: Duration = Duration::from_secs(30);

/// Whoever can be asked.
pub trait Resolver: fmt::Debug + Send + Sync {
    /// A name's TXT records. The name has no final dot.
    fn txt<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Answer>;
}

/// Which servers are asked, and how long for.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Empty: those of the system.
    pub servers: Vec<SocketAddr>,
    /// Longest wait for the answers to any number of questions.
    pub within: Duration,
}

/// Why nobody can be asked.
#[derive(Debug, thiserror::Error)]
#[error(
    "DNS can't be used: {0}; name the servers to ask in dns.servers, or set dns.check_signatures = false"
)]
pub struct DnsError(String);

/// Asks many questions at a time.
#[derive(Debug)]
pub struct Dns {
    resolver: Arc<dyn Resolver>,
    within: Duration,
    rests_until: Mutex<Option<Instant>>,
}

impl Dns {
    /// Asks servers on the network, and remembers what they say.
    pub fn new(settings: &Settings) -> Result<Dns, DnsError> {
        Ok(Dns::with(
            Arc::new(Network::new(&settings.servers)?),
            settings.within,
        ))
    }

    pub fn with(resolver: Arc<dyn Resolver>, within: Duration) -> Dns {
        Dns {
            resolver,
            within,
            rests_until: Mutex::new(None),
        }
    }

    /// The answers for all these names, within the time that there is: what isn't known by then is
    /// temporary.
    pub async fn txt(&self, names: BTreeSet<String>) -> HashMap<String, Answer> {
        let now = Instant::now();
        if names.is_empty() || self.rests().is_some_and(|until| now < until) {
            return HashMap::new();
        }
        let until = now + self.within;
        let asked = names.len();
        let answers: HashMap<String, Answer> = stream::iter(names)
            .map(|name| async move {
                let answer = timeout_at(until, self.resolver.txt(&name)).await;
                (name, answer.unwrap_or(Answer::Temporary))
            })
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        let silent = answers.values().all(|answer| *answer == Answer::Temporary);
        // one domain's broken servers say nothing of ours
        if silent && asked >= 3 && now.elapsed() >= self.within {
            warn!(
                names = asked,
                "DNS doesn't answer: signatures aren't checked for a while"
            );
            *self
                .rests_until
                .lock()
                .unwrap_or_else(PoisonError::into_inner) = Some(Instant::now() + REST);
        }
        answers
    }

    fn rests(&self) -> Option<Instant> {
        *self
            .rests_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Servers on the network.
struct Network(TokioResolver);

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Network")
    }
}

impl Network {
    fn new(servers: &[SocketAddr]) -> Result<Network, DnsError> {
        let problem = |error: &dyn fmt::Display| DnsError(error.to_string());
        let mut builder = if servers.is_empty() {
            TokioResolver::builder_tokio().map_err(|error| problem(&error))?
        } else {
            let servers = servers.iter().map(|at| name_server(at.ip(), at.port()));
            let config = ResolverConfig::from_name_servers(servers.collect());
            TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
        };
        let options = builder.options_mut();
        options.timeout = ONE_TRY;
        options.attempts = 2;
        options.cache_size = KEPT;
        options.use_hosts_file = ResolveHosts::Never;
        builder
            .build()
            .map(Network)
            .map_err(|error| problem(&error))
    }

    async fn look_up(&self, name: &str) -> Answer {
        // the final dot keeps the system's search domains out
        let Ok(name) = Name::from_str_relaxed(format!("{name}.")) else {
            return Answer::Nothing;
        };
        match self.0.lookup(name, RecordType::TXT).await {
            Ok(found) => Answer::Records(
                found
                    .answers()
                    .iter()
                    .filter_map(|record| match &record.data {
                        RData::TXT(text) => Some(text.txt_data.concat()),
                        _ => None,
                    })
                    .collect(),
            ),
            // the servers in charge say that there is none; anything else may pass
            Err(error) if error.is_no_records_found() => Answer::Nothing,
            Err(_) => Answer::Temporary,
        }
    }
}

impl Resolver for Network {
    fn txt<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Answer> {
        self.look_up(name).boxed()
    }
}

fn name_server(ip: IpAddr, port: u16) -> NameServerConfig {
    let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()];
    let connections = connections.map(|mut connection| {
        connection.port = port;
        connection
    });
    NameServerConfig::new(ip, true, connections.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers names that begin with a letter, and never any other.
    #[derive(Debug)]
    struct Half;

    impl Resolver for Half {
        fn txt<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Answer> {
            if name.starts_with(char::is_alphabetic) {
                return std::future::ready(Answer::Nothing).boxed();
            }
            std::future::pending().boxed()
        }
    }

    fn names(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[tokio::test]
    async fn who_does_not_answer_holds_up_nobody() {
        let within = Duration::from_millis(50);
        let dns = Dns::with(Arc::new(Half), within);
        let began = Instant::now();
        let answers = dns.txt(names(&["a", "1", "2", "3"])).await;
        assert!(began.elapsed() >= within);
        assert_eq!(answers["a"], Answer::Nothing);
        assert_eq!(answers["1"], Answer::Temporary);

        // where nothing is answered, nothing is asked for a while
        dns.txt(names(&["1", "2", "3"])).await;
        assert!(dns.txt(names(&["a", "1"])).await.is_empty());
        *dns.rests_until.lock().unwrap() = Some(Instant::now());
        assert_eq!(dns.txt(names(&["a"])).await["a"], Answer::Nothing);
    }
}
