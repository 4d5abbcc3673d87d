//! Where the ledger is, and by which authority it must show that it is.
//!
//! The database secret holds the URL on its first line. Behind it may stand certificates of an
//! authority in PEM: then exactly these are trusted, and the public ones are not. That is for hosts
//! whose authority is their own, as Aurora's.
//!
//! The name in the certificate is the URL's host, also where `?hostaddr=127.0.0.1` leads through a
//! tunnel. `sslmode` is not needed and takes nothing away.

use std::error::Error as _;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use deadpool_postgres::{Manager, ManagerConfig};
use ports::CallError;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{CertificateError, ClientConfig, RootCertStore};
use secrecy::{ExposeSecret, SecretString};
use tokio::task::JoinHandle;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::{Client, Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::{CONNECT_TIMEOUT, SERVICE, STATEMENT_TIMEOUT_MS, failed};

/// The last line of a certificate in PEM, and the first.
const END: &str = "-----END CERTIFICATE-----";
const BEGIN: &str = "-----BEGIN CERTIFICATE-----";

/// A database as the secret names it. Everything that connects does it by this.
pub(crate) struct Address {
    config: Config,
    /// Nothing for a database on this machine.
    tls: Option<MakeRustlsConnect>,
}

impl Address {
    /// Reads the secret. Its errors repeat nothing of it: the URL holds a password.
    pub(crate) fn read(secret: &SecretString) -> Result<Self, CallError> {
        let (url, behind) = split(secret.expose_secret());
        let mut config: Config = url.parse().map_err(|_| {
            bad("its first line must look like postgres://user:password@host/database")
        })?;
        config
            .application_name("helpdesk")
            .connect_timeout(CONNECT_TIMEOUT)
            .options(format!("-c statement_timeout={STATEMENT_TIMEOUT_MS}"));
        let roots = authorities(behind)?;
        let tls = if is_local(&config) {
            None
        } else {
            // The usual mode goes on without TLS where the other side offers none.
            config.ssl_mode(SslMode::Require);
            Some(tls(roots)?)
        };
        Ok(Self { config, tls })
    }

    /// What a pool gets its connections from.
    pub(crate) fn manager(self, how: ManagerConfig) -> Manager {
        match self.tls {
            None => Manager::from_config(self.config, NoTls, how),
            Some(tls) => Manager::from_config(self.config, tls, how),
        }
    }

    /// One connection, and the task that drives it until the client is dropped.
    pub(crate) async fn connect(
        self,
    ) -> Result<(Client, JoinHandle<Result<(), tokio_postgres::Error>>), CallError> {
        Ok(match self.tls {
            None => {
                let (client, connection) = self.config.connect(NoTls).await.map_err(failed)?;
                (client, tokio::spawn(connection))
            }
            Some(tls) => {
                let (client, connection) = self.config.connect(tls).await.map_err(failed)?;
                (client, tokio::spawn(connection))
            }
        })
    }
}

fn bad(what: impl Into<String>) -> CallError {
    CallError::rejected(
        SERVICE,
        format!("the database secret cannot be used: {}", what.into()),
    )
}

/// The first line, and what stands behind it.
fn split(secret: &str) -> (&str, &str) {
    let secret = secret.trim();
    let (url, behind) = secret.split_once('\n').unwrap_or((secret, ""));
    (url.trim(), behind.trim())
}

fn is_local(config: &Config) -> bool {
    config.get_hostaddrs().iter().all(IpAddr::is_loopback)
        && config.get_hosts().iter().all(|host| match host {
            Host::Tcp(name) => matches!(name.as_str(), "localhost" | "127.0.0.1" | "::1"),
            Host::Unix(_) => true,
        })
}

/// The certificates that are named, or the public authorities where there are none. The reader of
/// PEM passes over what it does not know, so that is looked for here.
fn authorities(named: &str) -> Result<RootCertStore, CallError> {
    if named.is_empty() {
        return Ok(RootCertStore {
            roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
        });
    }
    let mut roots = RootCertStore::empty();
    for (index, part) in named.split_inclusive(END).enumerate() {
        let part = part.trim();
        if !part.starts_with(BEGIN) {
            return Err(bad(
                "behind the URL on its first line only certificates in PEM may stand, each from \
                 BEGIN CERTIFICATE to END CERTIFICATE: take everything else out",
            ));
        }
        CertificateDer::from_pem_slice(part.as_bytes())
            .ok()
            .and_then(|certificate| roots.add(certificate).ok())
            .ok_or_else(|| {
                bad(format!(
                    "certificate {} behind the URL cannot be read: put the authority's PEM file \
                     there as it is, with its line breaks",
                    index + 1
                ))
            })?;
    }
    Ok(roots)
}

/// Names the cryptography it uses: another crate of the same program may have brought a second one,
/// and then there is no default.
fn tls(roots: RootCertStore) -> Result<MakeRustlsConnect, CallError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| CallError::rejected(SERVICE, error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

/// What to do where the database's certificate was the reason not to connect.
pub(crate) fn distrusted(error: &tokio_postgres::Error) -> Option<CallError> {
    let tls = error.source()?.downcast_ref::<io::Error>()?.get_ref()?;
    let rustls::Error::InvalidCertificate(why) = tls.downcast_ref()? else {
        return None;
    };
    let mend = match why {
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "its certificate is for another host than the URL in the database secret names: put \
             the host there that it is for"
        }
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => {
            "its certificate does not hold today: renew it there, or set the clock here"
        }
        _ => {
            "its certificate is of no authority that is trusted here: put that authority's \
             certificates in PEM behind the URL in the database secret, or take away those that \
             stand there if they are another's"
        }
    };
    // A person must act, and functions read the secret again.
    Some(CallError::Unauthorized {
        service: SERVICE,
        reason: format!("they were not shown, for {mend}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "postgres://desk:hunter2@ledger.test/helpdesk";

    fn read(behind: &str) -> Result<Address, CallError> {
        Address::read(&SecretString::from(format!("{URL}{behind}")))
    }

    fn refusal(secret: &str) -> String {
        let error = Address::read(&SecretString::from(secret)).err().unwrap();
        error.to_string()
    }

    fn certificate() -> String {
        let names = vec!["Authority of a test".to_owned()];
        let made = rcgen::generate_simple_self_signed(names).unwrap();
        made.cert.pem()
    }

    #[test]
    fn without_certificates_behind_the_url_the_public_authorities_are_trusted() {
        for nothing in ["", "\n", "\r\n \n"] {
            assert!(read(nothing).unwrap().tls.is_some());
            assert!(authorities(split(nothing).1).unwrap().len() > 100);
        }
    }

    #[test]
    fn certificates_behind_the_url_are_trusted_instead_of_the_public_ones() {
        let bundle = format!("{}\n{}", certificate(), certificate());
        assert_eq!(authorities(bundle.trim()).unwrap().len(), 2);
        let from_windows = bundle.replace('\n', "\r\n");
        assert_eq!(authorities(from_windows.trim()).unwrap().len(), 2);
        read(&format!("\n{bundle}")).unwrap();
        read(&format!("\r\n\r\n{from_windows}")).unwrap();
    }

    #[test]
    fn anything_else_behind_the_url_is_refused_without_repeating_it() {
        let good = certificate();
        let key = "-----BEGIN PRIVATE KEY-----\nhunter2=\n-----END PRIVATE KEY-----";
        for behind in [
            "hunter2".to_owned(),
            format!("subject=hunter2\n{good}"),
            format!("{good}hunter2"),
            format!("{good}\nhunter2\n{good}"),
            format!("{good}{key}"),
            key.to_owned(),
        ] {
            let error = refusal(&format!("{URL}\n{behind}"));
            assert!(error.contains("only certificates in PEM"), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn a_certificate_that_cannot_be_read_is_named_by_its_place() {
        let good = certificate();
        for broken in [
            good.replace('\n', " "),
            good.replace(END, ""),
            good.replace("\nMII", "\n!!!"),
            format!("{BEGIN}\naHVudGVyMg==\n{END}"),
        ] {
            let error = refusal(&format!("{URL}\n{good}{broken}"));
            assert!(error.contains("certificate 2 behind the URL"), "{error}");
            assert!(!error.contains("aHV"), "{error}");
        }
    }

    #[test]
    fn a_bad_url_is_refused_without_repeating_it() {
        for bad in [
            "postgres://desk:hunter2@ledger.test:port/helpdesk",
            "hunter2",
        ] {
            let error = refusal(bad);
            assert!(error.contains("first line must look like"), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn only_this_machine_is_reached_without_tls() {
        let is_plain = |url: &str| {
            let address = Address::read(&SecretString::from(url)).unwrap();
            address.tls.is_none()
        };
        assert!(is_plain("postgres://desk@127.0.0.1:5433/helpdesk"));
        assert!(is_plain("postgres://desk@localhost/helpdesk"));
        assert!(!is_plain("postgres://desk@ledger.test/helpdesk"));
        assert!(!is_plain(
            "postgres://desk@ledger.test/helpdesk?sslmode=disable"
        ));
        assert!(!is_plain(
            "postgres://desk@ledger.test/helpdesk?hostaddr=127.0.0.1"
        ));
        assert!(!is_plain("host=localhost hostaddr=10.0.0.7 user=desk"));
    }
}
