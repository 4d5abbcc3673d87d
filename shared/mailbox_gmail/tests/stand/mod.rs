//! A Gmail on this machine, and an adapter that is connected to it.
#![allow(dead_code, reason = "each test file uses its part of it")]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;
use std::time::Duration;

use local::gmail::{OAuth, router_with};
use mailbox_gmail::{Gmail, GmailSettings, GoogleCredentials};
use resilience::Policy;
use testkit::FakeClock;
use testkit::gmail::FakeGmail;
use tokio::net::TcpListener;

pub const ADDRESS: &str = "support@bank.test";

/// The server's state and how to reach it.
pub struct Stand {
    pub gmail: Arc<FakeGmail>,
    pub oauth: Arc<OAuth>,
    pub clock: Arc<FakeClock>,
    pub base: String,
}

/// Serves an empty mailbox.
pub async fn stand() -> Stand {
    let clock = Arc::new(FakeClock::default());
    let gmail = Arc::new(FakeGmail::with_clock(ADDRESS, clock.clone()));
    let oauth = Arc::new(OAuth::default());
    let base = served(router_with(gmail.clone(), oauth.clone())).await;
    Stand {
        gmail,
        oauth,
        clock,
        base,
    }
}

/// Serves a router until the test ends. Returns where.
pub async fn served(router: axum::Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

impl Stand {
    /// An adapter with the owner's consent.
    pub fn adapter(&self) -> Gmail {
        self.connect(&self.oauth.user_secret(&self.base))
    }

    /// An adapter with this secret, which gives up fast.
    pub fn connect(&self, secret: &str) -> Gmail {
        self.connect_as(ADDRESS, secret)
    }

    /// An adapter for this address.
    pub fn connect_as(&self, address: &str, secret: &str) -> Gmail {
        let credentials = GoogleCredentials::from_json(&secret.into()).unwrap();
        Gmail::connect(GmailSettings {
            call_timeout: Duration::from_millis(800),
            policy: Policy {
                first_wait: Duration::from_millis(5),
                ..Policy::default()
            },
            clock: self.clock.clone(),
            ..GmailSettings::new(address, &self.base, credentials)
        })
    }
}
