//! What is deployed: the stack's functions with what they are told, and the secrets.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use alerts_sns::SnsAlerts;
use aws_account::Account;
use clap::Args;
use futures_util::future::join_all;
use lambda_kit::within;
use ports::CallError;
use secrecy::SecretString;
use stack_aws::{Function, Stack};
use vault_secretsmanager::Vault;

use crate::cost::stack::FUNCTIONS;
use crate::needs::Needs;
use crate::reach;

/// How long one thing may take that is looked at.
pub const LONGEST: Duration = Duration::from_secs(10);

/// Which stack is meant. AWS is reached with the credentials and the region of the environment.
#[derive(Args, Debug, Clone)]
pub struct Named {
    /// The stack's name
    #[arg(long, env = "HELPDESK_STACK", default_value = "helpdesk")]
    pub stack: String,
}

/// A secret of the stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The ledger's URL.
    Database,
    /// The mailbox's credentials.
    Google,
    /// Odoo's key.
    Odoo,
    /// Gemini's key.
    Gemini,
    /// Qdrant's key.
    Qdrant,
    /// Slack's webhook.
    Slack,
}

impl Kind {
    /// All of them, in the order in which they are set up.
    pub const ALL: [Self; 6] = [
        Self::Database,
        Self::Google,
        Self::Gemini,
        Self::Qdrant,
        Self::Odoo,
        Self::Slack,
    ];

    /// What its name ends with.
    pub fn word(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Google => "google",
            Self::Odoo => "odoo",
            Self::Gemini => "gemini",
            Self::Qdrant => "qdrant",
            Self::Slack => "slack",
        }
    }

    /// The setting that names it.
    pub fn setting(self) -> &'static str {
        match self {
            Self::Database => "DATABASE_SECRET",
            Self::Google => "GOOGLE_SECRET",
            Self::Odoo => "ODOO_SECRET",
            Self::Gemini => "GEMINI_SECRET",
            Self::Qdrant => "QDRANT_SECRET",
            Self::Slack => "SLACK_SECRET",
        }
    }

    /// The variable of an operator's environment that holds its value. Google's is a file's.
    pub fn variable(self) -> Option<&'static str> {
        match self {
            Self::Database => Some("DATABASE_URL"),
            Self::Google => None,
            Self::Odoo => Some("ODOO_API_KEY"),
            Self::Gemini => Some("GEMINI_API_KEY"),
            Self::Qdrant => Some("QDRANT_API_KEY"),
            Self::Slack => Some("SLACK_WEBHOOK_URL"),
        }
    }

    /// Its name in the vault, by the settings.
    pub fn name(self, needs: &Needs) -> &str {
        match self {
            Self::Database => &needs.database,
            Self::Google => &needs.google,
            Self::Odoo => &needs.odoo_key,
            Self::Gemini => &needs.gemini_key,
            Self::Qdrant => &needs.qdrant_key,
            Self::Slack => &needs.slack,
        }
    }
}

/// What is deployed.
pub struct Deployed {
    /// The stack.
    pub stack: Stack,
    /// Its secrets.
    pub vault: Vault,
    /// Each function of the template, or why it cannot be looked at.
    pub functions: Vec<(&'static str, Result<Function, CallError>)>,
    /// What they are told, all together.
    pub needs: Needs,
    /// The topic of its alerts.
    pub alerts: SnsAlerts,
    /// The account that it is in.
    pub account: Account,
}

impl Deployed {
    /// Asks AWS for all functions at once.
    pub async fn look(named: &Named) -> Self {
        let account = Account::of_operator().await;
        let stack = &Stack::of(&account, &named.stack);
        let asked = FUNCTIONS
            .map(|function| async move { (function.name, stack.function(function.name).await) });
        let functions = join_all(asked).await;
        let mut needs = Needs::read(&told(&functions));
        needs.problems.extend(disagreements(&functions));
        Self {
            stack: stack.clone(),
            vault: Vault::of(&account),
            alerts: SnsAlerts::of(&account, needs.alert_topic.clone()),
            account,
            needs,
            functions,
        }
    }

    /// What the functions are told, all together.
    pub fn told(&self) -> BTreeMap<&str, &str> {
        told(&self.functions)
    }

    /// The functions that stand.
    pub fn standing(&self) -> impl Iterator<Item = &Function> {
        self.functions
            .iter()
            .filter_map(|(_, function)| function.as_ref().ok())
    }

    /// The value of a secret, with the form that it must have. The reason never repeats it.
    pub async fn secret(&self, kind: Kind) -> Result<SecretString, String> {
        if let Some(setting) = self.needs.lack(&[kind.setting()]) {
            return Err(format!("{setting} does not name it"));
        }
        let name = kind.name(&self.needs);
        let read = tokio::time::timeout(LONGEST, self.vault.secret(name)).await;
        let value = match read {
            Err(_) => return Err("Secrets Manager does not answer".to_owned()),
            Ok(value) => value.map_err(|error| error.to_string())?,
        };
        let bad = |why: String| format!("{why}: put another value into {name}");
        reach::shaped(kind, &value).map_err(bad)?;
        Ok(value)
    }

    /// The ARNs of all secrets that functions are told of, by their names. Those that are not there are left out.
    pub async fn arns(&self) -> HashMap<String, String> {
        let names = self.standing().flat_map(|function| {
            let of_secrets = function.settings.iter();
            let of_secrets = of_secrets.filter(|(name, _)| name.ends_with("_SECRET"));
            of_secrets
                .map(|(_, name)| name.clone())
                .filter(|name| !name.is_empty())
        });
        let names: std::collections::BTreeSet<String> = names.collect();
        let asked = names.into_iter().map(|name| async {
            let arn = self.vault.arn(&name).await;
            arn.ok().map(|arn| (name, arn))
        });
        join_all(asked).await.into_iter().flatten().collect()
    }
}

/// Each function of the template, or why it cannot be looked at.
type Functions = [(&'static str, Result<Function, CallError>)];

fn told(functions: &Functions) -> BTreeMap<&str, &str> {
    let standing = functions.iter().filter_map(|(_, one)| one.as_ref().ok());
    let settings = standing.flat_map(|function| &function.settings);
    settings
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

/// A sentence for each setting that one function is told otherwise than another: somebody changed it by hand.
fn disagreements(functions: &Functions) -> Vec<String> {
    let all = told(functions);
    let mut odd = BTreeMap::<&str, Vec<&str>>::new();
    for function in functions.iter().filter_map(|(_, one)| one.as_ref().ok()) {
        for (name, value) in &function.settings {
            if all.get(name.as_str()) != Some(&value.as_str()) {
                odd.entry(name).or_default().push(&function.name);
            }
        }
    }
    let told = odd.into_iter().map(|(name, functions)| {
        format!(
            "{name} is told to {} otherwise than to other functions",
            functions.join(", ")
        )
    });
    told.collect()
}

/// The answer of a call within its time, or what is wrong in words.
pub async fn asked<T>(call: impl Future<Output = Result<T, CallError>>) -> Result<T, String> {
    let (answer, _) = within(LONGEST, tokio::time::timeout(LONGEST, call)).await;
    match answer {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(in_words(&error)),
        Err(_) => Err(format!("no answer within {} s", LONGEST.as_secs())),
    }
}

/// What went wrong, with what was seen.
pub fn in_words(error: &CallError) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}
