//! The AWS account that is worked in: its region, who asks, and where the services answer. Made once, it serves all
//! clients of a process.

use std::time::Duration;

use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;

/// How long a connection may take to stand.
const CONNECTING: Duration = Duration::from_secs(3);

/// An account, as some SDK's client takes it.
#[derive(Debug, Clone)]
pub struct Account(SdkConfig);

impl Account {
    /// The account of the function that this process is: Lambda tells region and credentials in the environment
    /// ("Defined runtime environment variables" in Lambda's guide). No other place is looked at, for each would
    /// take its time at every cold start, and its code would be a part of what Lambda fetches.
    pub fn of_function() -> Self {
        // AWS's own variables are no settings of ours.
        let told = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        let credentials = EnvironmentVariableCredentialsProvider::new();
        let mut account = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(told("AWS_REGION").map(Region::new))
            .credentials_provider(SharedCredentialsProvider::new(credentials));
        account.set_endpoint_url(told("AWS_ENDPOINT_URL"));
        Self(account.build())
    }

    /// The account of whoever sits at this machine: the environment, profiles, and all else where AWS's tools look.
    pub async fn of_operator() -> Self {
        Self(aws_config::load_defaults(BehaviorVersion::latest()).await)
    }

    /// For a client whose calls end within `longest` and are never repeated by the SDK.
    pub fn once(&self, longest: Duration) -> SdkConfig {
        let timeouts = TimeoutConfig::builder().connect_timeout(CONNECTING);
        let timeouts = timeouts.operation_timeout(longest).build();
        self.with(timeouts, RetryConfig::disabled())
    }

    /// For a client whose calls end within `longest`, the SDK's repeats included; each try ends within `attempt`.
    pub fn repeating(&self, attempt: Duration, longest: Duration) -> SdkConfig {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECTING)
            .operation_attempt_timeout(attempt)
            .operation_timeout(longest);
        self.with(timeouts.build(), RetryConfig::standard())
    }

    fn with(&self, timeouts: TimeoutConfig, retries: RetryConfig) -> SdkConfig {
        let account = self.0.to_builder().timeout_config(timeouts);
        account.retry_config(retries).build()
    }
}
