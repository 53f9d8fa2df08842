//! What the parts need of the configuration, in their own terms.

use super::{AfterLanding, Config, Database, Mailbox, ReturnPath, Smtp};
use crate::letter::{Composer, Letters, Sender, TemplateError};
use crate::net::tls::{Endpoint, Security};
use crate::net::{imap, smtp};
use crate::policy::{Policies, PolicyError};
use crate::store;
use crate::work::intake::Settle;

impl Database {
    pub fn settings(&self) -> store::Settings {
        store::Settings {
            url: self.url.clone(),
            password: self.password.clone(),
            connections: self.connections,
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

impl Smtp {
    /// `domain` is what we greet with where nothing else is set.
    pub fn settings(&self, domain: &str) -> smtp::Settings {
        let default = match self.security {
            Security::Tls => 465,
            Security::Starttls => 587,
            Security::PlainWithoutEncryption => 25,
        };
        smtp::Settings {
            endpoint: Endpoint {
                host: self.host.clone(),
                port: self.port.unwrap_or(default),
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
        let company = &self.company;
        let sender = Sender {
            name_en: company.name.clone(),
            name_zh: company
                .name_zh
                .clone()
                .unwrap_or_else(|| company.name.clone()),
            phone: company.phone.clone(),
            website: company.website.clone(),
            time_zone: company.time_zone,
            confirm_days: self.letters.confirm_days,
            resolve_days: self.letters.resolve_days,
            signed_return_path: self.smtp.return_path == ReturnPath::Signed,
        };
        let letters = Letters::new(self.letters.own.clone())?;
        Ok(Composer::new(letters, sender, self.reply.addresses.clone()))
    }
}
