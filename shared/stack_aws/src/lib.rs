//! A deployed stack, as AWS tells of it: its functions with their settings, what feeds them, and what their roles may
//! do. It is for the operator's commands: no function links it.

mod needs;

use std::collections::BTreeMap;
use std::time::Duration;

use aws_account::Account;
use aws_sdk_iam::types::PolicyEvaluationDecisionType as Decision;
use aws_sdk_lambda::config::http::HttpResponse;
use aws_sdk_lambda::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::LastUpdateStatus;
use ports::CallError;
use serde_json::Value;

pub use needs::{Need, needs};

/// The alias that all events go to.
const LIVE: &str = "live";
const LAMBDA: &str = "Lambda";
const IAM: &str = "IAM";

/// How long a function that is called from here may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// A stack of `template.yaml`, by its name.
#[derive(Debug, Clone)]
pub struct Stack {
    name: String,
    lambda: aws_sdk_lambda::Client,
    iam: aws_sdk_iam::Client,
    /// For calls of functions, which take their time.
    patient: aws_sdk_lambda::Client,
}

/// A function of the stack, as it is for all events now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// Its folder in `functions/`.
    pub name: String,
    /// The ARN of the version that is live, by its alias.
    pub arn: String,
    /// The ARN of its role.
    pub role: String,
    /// The number of the version that is live.
    pub version: String,
    /// Why it does not stand as it was deployed, in AWS's words, if it does not.
    pub unfinished: Option<String>,
    /// Its environment.
    pub settings: BTreeMap<String, String>,
}

/// A queue that feeds a function, or is meant to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed {
    /// The queue's name.
    pub queue: String,
    /// `Enabled` where it does.
    pub state: String,
    /// How many batches of it are worked at the same time, where that is capped.
    pub most: Option<i32>,
}

impl Feed {
    /// Whether messages of the queue come to the function.
    pub fn flows(&self) -> bool {
        self.state == "Enabled"
    }
}

impl Stack {
    /// The stack of this name in this account. Every call ends within 20 seconds, the SDK's repeats included, but for
    /// those of functions.
    pub fn of(account: &Account, name: impl Into<String>) -> Self {
        let config = account.repeating(Duration::from_secs(10), Duration::from_secs(20));
        Self {
            name: name.into(),
            lambda: aws_sdk_lambda::Client::new(&config),
            iam: aws_sdk_iam::Client::new(&config),
            patient: aws_sdk_lambda::Client::new(&account.once(PATIENCE)),
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// One of its functions, by its folder.
    pub async fn function(&self, folder: &str) -> Result<Function, CallError> {
        let name = self.named(folder);
        let asked = self.lambda.get_function_configuration();
        let asked = asked.function_name(&name).qualifier(LIVE);
        let told = asked.send().await.map_err(|error| {
            let missing = format!(
                "there is no function {name} with the alias {LIVE} in this account and region: deploy the stack, or \
                 give its name with --stack"
            );
            failed(LAMBDA, "lambda:GetFunctionConfiguration", &error, &missing)
        })?;
        let unfinished = match told.last_update_status() {
            None | Some(LastUpdateStatus::Successful) => None,
            Some(status) => {
                let reason = told.last_update_status_reason().unwrap_or_default();
                Some(format!("{status} {reason}").trim().to_owned())
            }
        };
        let arn = told.function_arn.unwrap_or_default();
        let variables = told.environment.and_then(|all| all.variables);
        Ok(Function {
            name: folder.to_owned(),
            arn: arn_of_alias(&arn),
            role: told.role.unwrap_or_default(),
            version: told.version.unwrap_or_default(),
            unfinished,
            settings: variables.unwrap_or_default().into_iter().collect(),
        })
    }

    /// The queues that feed a function.
    pub async fn feeds(&self, function: &Function) -> Result<Vec<Feed>, CallError> {
        let asked = self.lambda.list_event_source_mappings();
        let told = match asked.function_name(&function.arn).send().await {
            Ok(told) => told.event_source_mappings.unwrap_or_default(),
            Err(error) => {
                let feeds = error.raw_response().and_then(feeds_as_they_stand);
                return feeds.ok_or_else(|| {
                    let action = "lambda:ListEventSourceMappings";
                    failed(LAMBDA, action, &error, "it has gone")
                });
            }
        };
        let feeds = told.into_iter().map(|mapping| {
            let scaling = mapping.scaling_config;
            Feed {
                queue: last_part(&mapping.event_source_arn.unwrap_or_default()),
                state: mapping.state.unwrap_or_default(),
                most: scaling.and_then(|scaling| scaling.maximum_concurrency),
            }
        });
        Ok(feeds.collect())
    }

    /// Runs a function with an event and returns its answer. `OutcomeUnknown` where it broke off.
    pub async fn invoke(&self, folder: &str, event: &Value) -> Result<Value, CallError> {
        let name = self.named(folder);
        let call = self.patient.invoke().function_name(&name).qualifier(LIVE);
        let told = call.payload(Blob::new(event.to_string())).send().await;
        let told = told.map_err(|error| {
            let missing = format!("there is no function {name} with the alias {LIVE}");
            failed(LAMBDA, "lambda:InvokeFunction", &error, &missing)
        })?;
        let answer = told.payload.map(Blob::into_inner).unwrap_or_default();
        let answer: Value = serde_json::from_slice(&answer).unwrap_or_default();
        match told.function_error {
            None => Ok(answer),
            Some(_) => Err(CallError::outcome_unknown(
                LAMBDA,
                format!("{name} broke off: {}", said(&answer)),
            )),
        }
    }

    /// The public address of a function, with a slash at its end.
    pub async fn address(&self, folder: &str) -> Result<String, CallError> {
        let name = self.named(folder);
        let asked = self.lambda.get_function_url_config();
        let told = asked.function_name(&name).qualifier(LIVE).send().await;
        let told = told.map_err(|error| {
            let missing = format!("{name} has no public address: deploy the stack again");
            failed(LAMBDA, "lambda:GetFunctionUrlConfig", &error, &missing)
        })?;
        Ok(told.function_url)
    }

    /// How many events of all functions of the account can be worked at the same time.
    pub async fn concurrency(&self) -> Result<i32, CallError> {
        let told = self.lambda.get_account_settings().send().await;
        let told = told.map_err(|error| {
            failed(
                LAMBDA,
                "lambda:GetAccountSettings",
                &error,
                "there are no settings",
            )
        })?;
        let limits = told.account_limit;
        Ok(limits
            .map(|limits| {
                limits
                    .unreserved_concurrent_executions
                    .unwrap_or(limits.concurrent_executions)
            })
            .unwrap_or_default())
    }

    /// Those of the needs that the function's role does not allow, by IAM's own reckoning. Policies on the resources
    /// are not asked.
    pub async fn lacks(&self, function: &Function, all: &[Need]) -> Result<Vec<Need>, CallError> {
        let mut lacking = vec![];
        for need in all {
            let asked = self.iam.simulate_principal_policy();
            let asked = asked.policy_source_arn(&function.role);
            let asked = asked.action_names(need.action);
            let told = asked.resource_arns(&need.resource).send().await;
            let told = told.map_err(|error| {
                let missing = format!(
                    "the role {} has gone: deploy the stack again",
                    function.role
                );
                failed(IAM, "iam:SimulatePrincipalPolicy", &error, &missing)
            })?;
            let results = told.evaluation_results.unwrap_or_default();
            let allowed = |one: &Decision| *one == Decision::Allowed;
            if results.is_empty() || !results.iter().all(|one| allowed(one.eval_decision())) {
                lacking.push(need.clone());
            }
        }
        Ok(lacking)
    }

    fn named(&self, folder: &str) -> String {
        format!("{}-{folder}", self.name)
    }
}

/// The same of an answer that the SDK refuses to read for its form, such as an emulator's with numbers as text.
fn feeds_as_they_stand(answer: &HttpResponse) -> Option<Vec<Feed>> {
    let told: Value = serde_json::from_slice(answer.body().bytes()?).ok()?;
    let feeds = told["EventSourceMappings"].as_array()?.iter().map(|one| {
        let most = &one["ScalingConfig"]["MaximumConcurrency"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Feed {
            queue: last_part(&text(&one["EventSourceArn"])),
            state: text(&one["State"]),
            most: text(most).parse().ok(),
        }
    });
    Some(feeds.collect())
}

fn last_part(arn: &str) -> String {
    arn.rsplit(':').next().unwrap_or_default().to_owned()
}

/// A version's ARN ends with its number. What feeds a function names the alias.
fn arn_of_alias(arn: &str) -> String {
    let parts: Vec<&str> = arn.split(':').take(7).collect();
    format!("{}:{LIVE}", parts.join(":"))
}

/// What a function said as it broke off.
fn said(answer: &Value) -> &str {
    answer["errorMessage"].as_str().unwrap_or("without a word")
}

/// What a failed call means. `missing` says what is not there, and what to do.
fn failed<E: ProvideErrorMetadata>(
    service: &'static str,
    action: &str,
    error: &SdkError<E>,
    missing: &str,
) -> CallError {
    let SdkError::ServiceError(answer) = error else {
        let what = "no answer: are there credentials and a region in the environment? `aws sts get-caller-identity` \
                    says whose they are";
        return CallError::unreachable(service, what);
    };
    let code = answer.err().code().unwrap_or("an error without a code");
    match code {
        "ResourceNotFoundException" | "NoSuchEntity" => CallError::rejected(service, missing),
        "AccessDeniedException" | "AccessDenied" => CallError::Unauthorized {
            service,
            reason: format!("they do not allow {action}"),
        },
        "ExpiredTokenException"
        | "ExpiredToken"
        | "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "InvalidSignatureException"
        | "SignatureDoesNotMatch" => CallError::Unauthorized {
            service,
            reason: format!("{code}: get new ones"),
        },
        "TooManyRequestsException" | "Throttling" | "ThrottlingException" => {
            CallError::RateLimited {
                service,
                retry_after: None,
            }
        }
        code => CallError::rejected(service, format!("{action} came to {code}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_feeds_a_function_names_its_alias() {
        let function = "arn:aws:lambda:eu-central-1:000000000000:function:helpdesk-triage";
        let live = format!("{function}:live");
        for arn in [function.to_owned(), format!("{function}:7"), live.clone()] {
            assert_eq!(arn_of_alias(&arn), live);
        }
    }
}
