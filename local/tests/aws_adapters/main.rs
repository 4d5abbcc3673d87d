//! The adapters of AWS against AWS's own protocols: SQS, S3, Secrets Manager and SNS.
//!
//! One emulator serves all tests of this file. Each test works with resources of its own.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::LazyLock;

use local::aws::{Aws, Venv};
use local::places::free_port;

static AWS: LazyLock<Aws> = LazyLock::new(|| {
    let venv = Venv::of_the_workspace().unwrap();
    Aws::start(&venv, free_port().unwrap()).unwrap()
});

/// A client of one service. Every SDK has a type of its own for the same settings.
macro_rules! client {
    ($sdk:ident) => {{
        use $sdk::config::{Credentials, Region, retry::RetryConfig};
        let config = $sdk::Config::builder()
            .endpoint_url(AWS.endpoint())
            .region(Region::new(REGION))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .retry_config(RetryConfig::disabled());
        $sdk::Client::from_conf(config.build())
    }};
}

mod archives;
mod emails;
mod queues;
mod secrets;
