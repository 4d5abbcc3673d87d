//! A ledger away from this machine is talked to only once it has shown a certificate of the right
//! authority. In front of a real Postgres stands a door that speaks TLS, with certificates made here.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use local::postgres::Postgres;
use ports::CallError;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::ServerConfig;
use secrecy::SecretString;
use store_postgres::{Store, migrate};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

const HOST: &str = "ledger.test";

/// How a client of Postgres asks for TLS (Postgres, Message Formats, `SSLRequest`).
const ASKS_FOR_TLS: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// Who signs certificates.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        Self(CertifiedIssuer::self_signed(params, key).unwrap())
    }

    fn pem(&self) -> String {
        self.0.pem()
    }

    /// What a host of this name shows.
    fn signs_for(&self, host: &str) -> TlsAcceptor {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        let shown = params.signed_by(&key, &self.0).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![shown.into()], key.into())
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}

/// The way to a Postgres from away.
struct Door {
    port: u16,
    /// How many came through to Postgres.
    passed: Arc<AtomicU32>,
    _server: Postgres,
}

impl Door {
    /// With TLS, or with none to offer.
    async fn opens(tls: Option<TlsAcceptor>) -> Self {
        let server = Postgres::for_tests().unwrap();
        let url = server.url();
        let (_, inside) = url.rsplit_once('@').unwrap();
        let inside = inside.trim_end_matches("/postgres").to_owned();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let passed = Arc::new(AtomicU32::new(0));
        let door = Self {
            port,
            passed: passed.clone(),
            _server: server,
        };
        tokio::spawn(async move {
            while let Ok((caller, _)) = listener.accept().await {
                let tls = tls.clone();
                let (inside, passed) = (inside.clone(), passed.clone());
                // Whoever does not trust the certificate hangs up, which is no fault of the door.
                tokio::spawn(async move { lets_in(caller, tls, &inside, &passed).await.ok() });
            }
        });
        door
    }

    /// A door whose certificate is of this authority.
    async fn of(authority: &Authority) -> Self {
        Self::opens(Some(authority.signs_for(HOST))).await
    }

    /// The database secret: the URL, and what stands behind it.
    fn secret(&self, behind: &str) -> SecretString {
        let port = self.port;
        let url = format!("postgres://postgres@{HOST}:{port}/postgres?hostaddr=127.0.0.1");
        SecretString::from(format!("{url}\n{behind}"))
    }

    /// Why neither way to connect leads in, which both say alike.
    async fn refused(&self, behind: &str) -> String {
        let secret = self.secret(behind);
        let store = Store::new(&secret).unwrap().clock().await.unwrap_err();
        let migration = migrate(&secret).await.unwrap_err();
        assert_eq!(store.to_string(), migration.to_string());
        assert!(matches!(store, CallError::Unauthorized { .. }), "{store:?}");
        assert_eq!(
            self.passed.load(Ordering::Relaxed),
            0,
            "nobody came through"
        );
        store.to_string()
    }
}

async fn lets_in(
    mut caller: TcpStream,
    tls: Option<TlsAcceptor>,
    inside: &str,
    passed: &AtomicU32,
) -> io::Result<()> {
    let mut asked = [0; ASKS_FOR_TLS.len()];
    caller.read_exact(&mut asked).await?;
    let Some(tls) = tls.filter(|_| asked == ASKS_FOR_TLS) else {
        caller.write_all(b"N").await?;
        // Whatever is said in the clear after that came through.
        if caller.read(&mut asked).await? > 0 {
            passed.fetch_add(1, Ordering::Relaxed);
        }
        return Ok(());
    };
    caller.write_all(b"S").await?;
    let mut caller = tls.accept(caller).await?;
    passed.fetch_add(1, Ordering::Relaxed);
    let mut postgres = TcpStream::connect(inside).await?;
    copy_bidirectional(&mut caller, &mut postgres).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_whose_certificate_is_of_the_named_authority_is_reached() {
    let amazon = Authority::new("Authority of the ledger");
    let door = Door::of(&amazon).await;
    let secret = door.secret(&amazon.pem());
    assert!(!migrate(&secret).await.unwrap().is_empty());
    let store = Store::new(&secret).unwrap();
    assert!(store.missing_migrations().await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn any_authority_of_a_bundle_will_do() {
    let (amazon, before) = (Authority::new("This one"), Authority::new("The one before"));
    let door = Door::of(&amazon).await;
    let secret = door.secret(&format!("{}{}", before.pem(), amazon.pem()));
    Store::new(&secret).unwrap().clock().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_whose_authority_is_not_named_is_refused_with_what_to_do() {
    let door = Door::of(&Authority::new("Authority of the ledger")).await;
    let why = door.refused("").await;
    assert!(why.contains("certificates in PEM behind the URL"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_of_another_authority_than_the_named_one_is_refused() {
    let door = Door::of(&Authority::new("Authority of the ledger")).await;
    let why = door.refused(&Authority::new("Another").pem()).await;
    assert!(why.contains("no authority that is trusted"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_for_another_host_is_refused() {
    let amazon = Authority::new("Authority of the ledger");
    let door = Door::opens(Some(amazon.signs_for("another.test"))).await;
    let why = door.refused(&amazon.pem()).await;
    assert!(why.contains("for another host than the URL"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_that_offers_no_tls_is_told_nothing() {
    let door = Door::opens(None).await;
    let store = Store::new(&door.secret("")).unwrap();
    let error = store.clock().await.unwrap_err();
    assert!(matches!(error, CallError::Unreachable { .. }), "{error:?}");
    assert_eq!(door.passed.load(Ordering::Relaxed), 0);
}
