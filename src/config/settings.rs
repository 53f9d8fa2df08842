//! What the parts need of the configuration, in their own terms.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;

use super::{
    AfterLanding, At, Company, Config, Database, Dns, Letters, Mailbox, Retention, ReturnPath,
    Smtp, Span,
};
use crate::ids::DaemonId;
use crate::language::Language;
use crate::letter::{self, Composer, ReplyAddresses, Sender, TemplateError};
use crate::net::tls::{Endpoint, Security};
use crate::net::{dns, imap, smtp};
use crate::policy::{Policies, PolicyError};
use crate::random::Random;
use crate::staff::proof::Rules;
use crate::staff::{Absence, Directory, Member, Tongue};
use crate::store::roles::Roles;
use crate::store::{self, Store, StoreError};
use crate::work::Wakes;
use crate::work::intake::Settle;
use crate::work::jobs::{self, CatchUp, JobName, Jobs, Reviews};
use crate::work::post::{OwnMailbox, Post};
use crate::work::retention;
use crate::work::triage::Confirm;

/// Longest time that a job may take, unless another is set.
const LONGEST_JOB: Duration = Duration::from_secs(10 * 60);

impl Database {
    pub fn settings(&self) -> store::Settings {
        store::Settings {
            url: self.url.clone(),
            password: self.password.clone(),
            connections: self.connections,
        }
    }

    /// As whom the schema is changed.
    pub fn owner_settings(&self) -> store::Settings {
        match &self.owner_url {
            None => self.settings(),
            Some(url) => store::Settings {
                url: url.clone(),
                password: self.owner_password.clone(),
                connections: self.connections,
            },
        }
    }

    pub fn roles(&self) -> Roles {
        Roles {
            app: self.app_role.clone(),
            reports: self.reports_role.clone(),
        }
    }
}

impl Retention {
    pub fn settings(&self, dry_run: bool) -> retention::Settings {
        retention::Settings {
            mail_without_case: self.mail_without_case.0,
            dry_run,
        }
    }
}

impl Mailbox {
    pub fn settings(&self) -> imap::Settings {
        let default = if self.security == Security::Tls {
            993
        } else {
            143
        };
        imap::Settings {
            endpoint: Endpoint {
                host: self.host.clone(),
                port: self.port.unwrap_or(default),
                security: self.security,
                ca_file: self.ca_file.clone(),
            },
            user: self.user.clone(),
            password: self.password.clone(),
            folder: self.folder.clone(),
            timeout: self.timeout.0,
        }
    }

    pub fn settle(&self) -> Settle {
        match self.after_landing {
            AfterLanding::Flag => Settle::Flag(self.keyword.clone()),
            AfterLanding::Move => Settle::Move(self.move_to.clone()),
        }
    }
}

impl Dns {
    /// Where to look up the keys of signatures; `None` where they aren't checked.
    pub fn settings(&self) -> Option<dns::Settings> {
        self.check_signatures.then(|| dns::Settings {
            servers: self.servers.clone(),
            within: self.timeout.0,
        })
    }
}

impl Smtp {
    /// `domain` is what we greet with where nothing else is set.
    pub fn settings(&self, domain: &str) -> smtp::Settings {
        smtp::Settings {
            endpoint: Endpoint {
                host: self.host.clone(),
                port: self.port.unwrap_or(self.security.smtp_port()),
                security: self.security,
                ca_file: self.ca_file.clone(),
            },
            login: self.user.clone().zip(self.password.clone()),
            hello_name: self.hello_name.clone().unwrap_or_else(|| domain.to_owned()),
            timeout: self.timeout.0,
            accept_timeout: self.accept_timeout.0,
        }
    }
}

/// Why letters can't be written.
#[derive(Debug, thiserror::Error)]
pub enum PostError {
    #[error("{0}")]
    Letters(#[from] TemplateError),
    #[error("{0}")]
    Policies(#[from] PolicyError),
    #[error("{0}")]
    Store(#[from] StoreError),
    #[error(
        "policy profile '{profile}' states no further rights in {language}, and there are letters in it: add rights.{language} to a profile of your own (§5.2)"
    )]
    NoRights { profile: String, language: Language },
}

impl Config {
    /// The mail server, greeted as configured.
    pub fn mail_server(&self) -> smtp::Settings {
        let address = self
            .mailboxes
            .first()
            .map_or("", |mailbox| mailbox.address.as_str());
        let domain = address
            .rsplit_once('@')
            .map_or("localhost", |(_, domain)| domain);
        self.smtp.settings(domain)
    }

    /// What is asked of mail by staff.
    pub fn proof_rules(&self) -> Rules {
        Rules {
            by_role: self.proof.by_role.clone(),
            otherwise: self.proof.otherwise,
            fresh_for: delta(self.proof.fresh_for),
            previous_key_for: delta(self.reply.previous_key_for),
        }
    }

    /// What is shown to whoever orders it before it is done.
    pub fn confirm(&self) -> Confirm {
        Confirm {
            acts: self.confirm.acts.clone(),
            after: self.confirm.after.map(delta),
        }
    }

    /// When and how each job runs.
    pub fn jobs(&self) -> BTreeMap<JobName, jobs::Settings> {
        let all = JobName::ALL.iter().copied();
        all.map(|name| {
            let own = self.jobs.get(&name).cloned().unwrap_or_default();
            let at = match own.at {
                Some(At::Never) => None,
                Some(At::Schedule(at)) => Some(*at),
                None => name.default_at().parse().ok(),
            };
            let settings = jobs::Settings {
                at,
                catch_up: own.catch_up.unwrap_or(CatchUp::Last),
                within: own.within.map_or(LONGEST_JOB, |within| within.0),
            };
            (name, settings)
        })
        .collect()
    }

    /// What runs the jobs: a daemon, or somebody on the command line.
    pub fn job_runner(
        &self,
        store: &Store,
        daemon: Option<DaemonId>,
        wakes: Wakes,
        post: Arc<Post>,
    ) -> Jobs {
        Jobs {
            store: store.clone(),
            daemon,
            wakes,
            post,
            time_zone: self.company.time_zone,
            settings: self.jobs(),
            policy_notice: self.policy.notice.clone(),
            retention: self.retention.settings(false),
            reviews: Reviews {
                name_en: self.company.name.clone(),
                name_zh: self
                    .company
                    .name_zh
                    .clone()
                    .unwrap_or_else(|| self.company.name.clone()),
                recipients: self.review.recipients.clone(),
                tongue: self.review_tongue(),
            },
            broken: std::sync::Mutex::default(),
        }
    }

    /// The people who handle complaints.
    pub fn directory(&self) -> Directory {
        let members = self.staff.iter().map(|member| Member {
            person: member.id.clone(),
            name: member.name.clone(),
            addresses: member.addresses.clone(),
            roles: member.roles.clone(),
            languages: member.languages.clone(),
            categories: member.categories.clone(),
            absence: member.absence.as_ref().map(|absence| Absence {
                from: absence.from,
                until: absence.until,
                deputy: absence.deputy.clone(),
            }),
            working_days: member.working_days.clone(),
            digest: member.digest,
        });
        Directory::new(members.collect())
    }

    /// The mailboxes, as the database knows them.
    async fn own_mailboxes(&self, store: &Store) -> Result<Vec<OwnMailbox>, StoreError> {
        let mut own = Vec::new();
        for mailbox in &self.mailboxes {
            own.push(OwnMailbox {
                id: store.mailbox(&mailbox.name).await?,
                address: mailbox.address.clone(),
                profile: self.profile_of(mailbox).to_owned(),
                authserv_ids: mailbox.authserv_id.clone(),
            });
        }
        Ok(own)
    }

    /// The writer of letters to customers and notices to staff, with all that it needs to know.
    ///
    /// # Errors
    /// Letters or profiles that can't be used, or that don't go together; the database.
    pub async fn post(&self, store: &Store) -> Result<Post, PostError> {
        let (composer, policies) = (self.composer()?, self.policies()?);
        for profile in policies.all() {
            let mut languages = composer.languages().iter().copied();
            if let Some(language) = languages.find(|one| !profile.rights.contains_key(one)) {
                return Err(PostError::NoRights {
                    profile: profile.name.clone(),
                    language,
                });
            }
        }
        Ok(Post {
            composer,
            policies,
            profile: self.policy.profile.clone(),
            members: store
                .members(self.staff.iter().map(|member| &member.id))
                .await?,
            directory: self.directory(),
            mailboxes: self.own_mailboxes(store).await?,
            random: Random::system(),
            per_address_per_day: self.quiet.per_address_per_day,
            told_per_address_per_day: self.quiet.told_per_address_per_day,
        })
    }

    /// The language that reviews are written in where nobody asks for another.
    pub fn review_tongue(&self) -> Tongue {
        Tongue::of(&[self.review.language.unwrap_or(self.company.language)])
    }

    /// All policy profiles: the built-in ones and the company's own.
    pub fn policies(&self) -> Result<Policies, PolicyError> {
        Policies::new(self.policy.own.clone())
    }

    /// The name of the profile that complaints of a mailbox are handled by.
    pub fn profile_of<'a>(&'a self, mailbox: &'a Mailbox) -> &'a str {
        mailbox.profile.as_deref().unwrap_or(&self.policy.profile)
    }

    /// The writer of letters.
    pub fn composer(&self) -> Result<Composer, TemplateError> {
        let signed = self.smtp.return_path == ReturnPath::Signed;
        let keys = self.reply.addresses.clone();
        self.company.composer(&self.letters, keys, signed)
    }
}

fn delta(span: Span) -> TimeDelta {
    TimeDelta::from_std(span.0).unwrap_or(TimeDelta::MAX)
}

impl Company {
    /// The writer of this company's letters.
    pub fn composer(
        &self,
        letters: &Letters,
        keys: Option<ReplyAddresses>,
        signed_return_path: bool,
    ) -> Result<Composer, TemplateError> {
        let sender = Sender {
            name_en: self.name.clone(),
            name_zh: self.name_zh.clone().unwrap_or_else(|| self.name.clone()),
            phone: self.phone.clone(),
            website: self.website.clone(),
            time_zone: self.time_zone,
            signed_return_path,
        };
        let letters = letter::Letters::new(letters.own.clone())?;
        Ok(Composer::new(letters, sender, keys))
    }
}
