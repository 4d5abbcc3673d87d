//! Where secrets come from: AWS Secrets Manager. They are read at the start and live in memory only.
//!
//! Every error names the secret and says what to do about it, and none holds a value.

use std::time::Duration;

use aws_account::Account;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError;
use futures_util::future::{join, join_all};
use secrecy::{ExposeSecret, SecretString};

/// Why a secret could not be had.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// There is no secret of that name.
    #[error(
        "secret {id} does not exist in this account and region: deploy template.yaml, which makes it, \
         or correct its name in the function's settings"
    )]
    Missing {
        /// The secret's name.
        id: String,
    },
    /// The secret is there, but nobody has put a value into it.
    #[error(
        "secret {id} has no value: put one with \
         `aws secretsmanager put-secret-value --secret-id {id} --secret-string file://VALUE`"
    )]
    Empty {
        /// The secret's name.
        id: String,
    },
    /// The function's role does not suffice.
    #[error(
        "secret {id} may not be read: allow secretsmanager:GetSecretValue on it in the role's policy"
    )]
    Forbidden {
        /// The secret's name.
        id: String,
    },
    /// Whoever asks may read it at most.
    #[error("secret {id} may not be written: allow secretsmanager:PutSecretValue on it")]
    ReadOnly {
        /// The secret's name.
        id: String,
    },
    /// The service did not answer, or not in a usable way. The cause holds no value.
    #[error(
        "secret {id} could not be read, {what}: try again, or look whether Secrets Manager is up"
    )]
    Unreachable {
        /// The secret's name.
        id: String,
        /// What was seen.
        what: String,
    },
    /// Of several secrets that were asked for together, these could not be had.
    #[error("{}", told(problems))]
    Several {
        /// Why, a secret each.
        problems: Vec<VaultError>,
    },
}

fn told(problems: &[VaultError]) -> String {
    let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
    problems.join("; ")
}

/// The vault of this account and region.
#[derive(Debug, Clone)]
pub struct Vault {
    client: Client,
}

impl Vault {
    /// The vault behind this client.
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    /// The vault of this account. Every call ends within 15 seconds, the SDK's repeats included.
    pub fn of(account: &Account) -> Self {
        // Read at the start of a function, outside of any mail's work: the SDK's repeats serve.
        let config = account.repeating(Duration::from_secs(5), Duration::from_secs(15));
        Self::new(Client::new(&config))
    }

    /// The vault in the account of whoever sits at this machine.
    pub async fn connect() -> Self {
        Self::of(&Account::of_operator().await)
    }

    /// The present values of several secrets, asked for side by side. The error names every one that could not be
    /// had.
    pub async fn all<const N: usize>(
        &self,
        ids: [impl AsRef<str>; N],
    ) -> Result<[SecretString; N], VaultError> {
        let asked = ids.each_ref().map(|id| self.secret(id.as_ref()));
        let (mut values, mut problems) = (vec![], vec![]);
        for answer in join_all(asked).await {
            match answer {
                Ok(value) => values.push(value),
                Err(problem) => problems.push(problem),
            }
        }
        values
            .try_into()
            .map_err(|_| VaultError::Several { problems })
    }

    /// Like [`all`](Self::all), with one more that a setting may name.
    pub async fn all_and<const N: usize>(
        &self,
        ids: [impl AsRef<str>; N],
        more: Option<&str>,
    ) -> Result<([SecretString; N], Option<SecretString>), VaultError> {
        match join(self.all(ids), self.optional(more)).await {
            (Ok(all), Ok(more)) => Ok((all, more)),
            (all, more) => {
                let problems = all.err().into_iter().chain(more.err()).collect();
                Err(VaultError::Several { problems })
            }
        }
    }

    /// The present value of a secret that a setting may name.
    pub async fn optional(&self, id: Option<&str>) -> Result<Option<SecretString>, VaultError> {
        match id {
            Some(id) => self.secret(id).await.map(Some),
            None => Ok(None),
        }
    }

    /// A secret's present value, for a function that needs no other.
    pub async fn read(id: String) -> Result<SecretString, VaultError> {
        Self::of(&Account::of_function()).secret(&id).await
    }

    /// The secret's present value.
    pub async fn secret(&self, id: &str) -> Result<SecretString, VaultError> {
        let answer = self.client.get_secret_value().secret_id(id).send().await;
        let value = answer.map_err(|error| failed(id, &error))?.secret_string;
        match value {
            Some(value) if !value.trim().is_empty() => Ok(SecretString::from(value)),
            _ => Err(VaultError::Empty { id: id.to_owned() }),
        }
    }
}

impl Vault {
    /// The secret's ARN, which policies name.
    pub async fn arn(&self, id: &str) -> Result<String, VaultError> {
        let told = self.client.describe_secret().secret_id(id).send().await;
        match told {
            Ok(told) => Ok(told.arn.unwrap_or_default()),
            Err(error) => {
                let (id, code) = (id.to_owned(), error.code().unwrap_or("no answer"));
                Err(match code {
                    "ResourceNotFoundException" => VaultError::Missing { id },
                    code => {
                        let what = format!("for asking about it came to {code}");
                        VaultError::Unreachable { id, what }
                    }
                })
            }
        }
    }

    /// Puts a value into a secret that is there. What it held is its previous version from now on.
    pub async fn put(&self, id: &str, value: &SecretString) -> Result<(), VaultError> {
        let put = self.client.put_secret_value().secret_id(id);
        let put = put.secret_string(value.expose_secret()).send().await;
        let Err(error) = put else {
            return Ok(());
        };
        let (id, code) = (id.to_owned(), error.code().unwrap_or("no answer"));
        Err(match code {
            "ResourceNotFoundException" => VaultError::Missing { id },
            "AccessDeniedException" => VaultError::ReadOnly { id },
            code => {
                let what = format!("for putting a value into it came to {code}");
                VaultError::Unreachable { id, what }
            }
        })
    }
}

/// What a failed call means. The SDK's error is not kept as a source: where the answer could not be
/// read, it holds the answer.
fn failed(id: &str, error: &SdkError<GetSecretValueError>) -> VaultError {
    let id = id.to_owned();
    let unreachable = |what: &str| VaultError::Unreachable {
        id: id.clone(),
        what: what.to_owned(),
    };
    let answer = match error {
        SdkError::ServiceError(answer) => answer,
        SdkError::TimeoutError(_) => return unreachable("for it timed out"),
        SdkError::DispatchFailure(_) => return unreachable("for the request could not be sent"),
        _ => return unreachable("for the answer made no sense"),
    };
    let code = answer.err().code().unwrap_or("an error without a code");
    match code {
        // A secret that was never given a value has no version that is current.
        "ResourceNotFoundException" if names_a_version(answer.err()) => VaultError::Empty { id },
        "ResourceNotFoundException" => VaultError::Missing { id },
        "AccessDeniedException" | "DecryptionFailure" => VaultError::Forbidden { id },
        _ => unreachable(&format!("for the service said {code}")),
    }
}

fn names_a_version(error: &GetSecretValueError) -> bool {
    error
        .message()
        .is_some_and(|said| said.contains("AWSCURRENT"))
}
