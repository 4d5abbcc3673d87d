//! What stands in an account, by `template.yaml`: a test holds the two together.

/// A function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Function {
    /// Its folder in `functions/`.
    pub name: &'static str,
    /// In mebibytes.
    pub memory: u32,
    /// How many secrets a cold start reads.
    pub secrets: u32,
}

const fn function(name: &'static str, memory: u32, secrets: u32) -> Function {
    Function {
        name,
        memory,
        secrets,
    }
}

pub const INGEST: Function = function("ingest", 512, 2);
pub const TRIAGE: Function = function("triage", 512, 4);
pub const BANK_STATEMENT: Function = function("bank_statement", 512, 3);
pub const PASSWORD_UPDATE: Function = function("password_update", 512, 3);
pub const GENERAL_QUERY: Function = function("general_query", 512, 5);
pub const HUMAN_HANDOFF: Function = function("human_handoff", 512, 4);
pub const INDEX_KNOWLEDGE: Function = function("index_knowledge", 1024, 3);
pub const RENEW_WATCH: Function = function("renew_watch", 512, 2);
pub const SWEEP: Function = function("sweep", 512, 4);
pub const BACKUP: Function = function("backup", 1024, 3);
pub const HEALTH: Function = function("health", 512, 5);

/// All of them.
pub const FUNCTIONS: [Function; 11] = [
    INGEST,
    TRIAGE,
    BANK_STATEMENT,
    PASSWORD_UPDATE,
    GENERAL_QUERY,
    HUMAN_HANDOFF,
    INDEX_KNOWLEDGE,
    RENEW_WATCH,
    SWEEP,
    BACKUP,
    HEALTH,
];

/// Queues that wake a function. Each is asked for messages all the time, by Lambda.
pub const SOURCES: u32 = 6;
pub const ALARMS: u32 = 32;
pub const DASHBOARDS: u32 = 1;
pub const SECRETS: u32 = 6;
pub const KEYS: u32 = 1;
/// Schedules that go off once a day; poll and sweep have intervals of their own.
pub const DAILY: u32 = 3;
/// The default interval of poll and sweep, in minutes.
pub const INTERVAL: u32 = 5;
/// For how many days logs are kept, by default.
pub const LOG_DAYS: u32 = 30;
/// The default of `GeminiRequestsPerDay`.
pub const MODEL_REQUESTS_A_DAY: u32 = 10_000;

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const TEMPLATE: &str = include_str!("../../../template.yaml");
    /// Which prices a kind of resource is billed by.
    const BILLED: [(&str, &str); 10] = [
        ("AWS::CloudWatch::Alarm", "alarms"),
        ("AWS::CloudWatch::Dashboard", "dashboard"),
        ("AWS::KMS::Key", "key of the alert topic"),
        ("AWS::Logs::LogGroup", "log lines taken in"),
        ("AWS::S3::Bucket", "storage"),
        ("AWS::SNS::Subscription", "alerts by e-mail"),
        ("AWS::SNS::Topic", "alerts published"),
        ("AWS::SQS::Queue", "FIFO requests"),
        ("AWS::SecretsManager::Secret", "secrets"),
        ("AWS::Serverless::Function", "GB-seconds on arm64"),
    ];
    /// Kinds that nobody bills.
    const FREE: [&str; 2] = ["AWS::SNS::TopicPolicy", "AWS::KMS::Alias"];

    /// The resources with their lines.
    fn resources() -> Vec<Vec<&'static str>> {
        let below = TEMPLATE.split_once("\nResources:\n").unwrap().1;
        let below = below.split_once("\nOutputs:\n").unwrap().0;
        let mut resources: Vec<Vec<&str>> = vec![];
        for line in below.lines() {
            let begins = line.starts_with("  ") && !line.starts_with("   ") && line.ends_with(':');
            if begins && !line.trim_start().starts_with('#') {
                resources.push(vec![]);
            }
            if let Some(resource) = resources.last_mut() {
                resource.push(line.trim());
            }
        }
        resources
    }

    fn kind(resource: &[&'static str]) -> &'static str {
        let kind = resource.iter().find_map(|line| line.strip_prefix("Type: "));
        kind.unwrap()
    }

    /// How many resources of each kind stand in a stack whose parameters have their defaults.
    fn counts() -> BTreeMap<&'static str, u32> {
        let mut counts = BTreeMap::new();
        for resource in resources() {
            *counts.entry(kind(&resource)).or_default() += 1;
        }
        counts
    }

    fn default_of(parameter: &str) -> &'static str {
        let (_, below) = TEMPLATE.split_once(&format!("\n  {parameter}:\n")).unwrap();
        let default = below
            .lines()
            .find_map(|line| line.trim().strip_prefix("Default: "));
        default.unwrap()
    }

    #[test]
    fn as_many_stand_in_an_account_as_in_the_template() {
        let counts = counts();
        assert_eq!(counts["AWS::CloudWatch::Alarm"], ALARMS);
        assert_eq!(counts["AWS::CloudWatch::Dashboard"], DASHBOARDS);
        assert_eq!(counts["AWS::SecretsManager::Secret"], SECRETS);
        assert_eq!(counts["AWS::KMS::Key"], KEYS);
        let sources = TEMPLATE.matches("Type: SQS\n").count();
        assert_eq!(u32::try_from(sources), Ok(SOURCES));
    }

    #[test]
    fn everything_stands_without_a_word_of_the_operator_but_the_alerts_by_mail() {
        let mut conditions: Vec<&str> = resources().concat();
        conditions.retain(|line| line.starts_with("Condition: "));
        assert_eq!(conditions, ["Condition: AlertsByEmail"]);
    }

    #[test]
    fn every_kind_of_resource_has_its_price() {
        for kind in counts().into_keys() {
            let billed = BILLED.iter().find(|(billed, _)| *billed == kind);
            assert!(
                billed.is_some() || FREE.contains(&kind),
                "{kind} has no price"
            );
            let priced = |what: &str| {
                super::super::prices::PRICES
                    .iter()
                    .any(|price| price.what == what)
            };
            assert!(billed.is_none_or(|(_, what)| priced(what)), "{kind}");
        }
    }

    #[test]
    fn functions_have_the_memory_and_the_secrets_that_the_template_gives_them() {
        let of_template = |resource: &Vec<&'static str>| {
            let value = |key: &str| resource.iter().find_map(|line| line.strip_prefix(key));
            let memory = value("MemorySize: ").unwrap_or("512");
            // Secrets that a parameter names are the operator's own, if there are such.
            let secrets = resource
                .iter()
                .filter(|line| line.contains("_SECRET: !Sub "))
                .count();
            Function {
                name: value("CodeUri: functions/").unwrap(),
                memory: memory.parse().unwrap(),
                secrets: u32::try_from(secrets).unwrap(),
            }
        };
        assert!(TEMPLATE.contains("    MemorySize: 512\n    Timeout: !Ref HandlerTimeout"));
        let mut functions = resources();
        functions.retain(|resource| kind(resource) == "AWS::Serverless::Function");
        let found: Vec<Function> = functions.iter().map(of_template).collect();
        assert_eq!(found, FUNCTIONS);
    }

    #[test]
    fn schedules_go_off_as_the_template_lets_them() {
        let every = format!("rate({INTERVAL} minutes)");
        assert_eq!(default_of("PollSchedule"), every);
        assert_eq!(default_of("SweepSchedule"), every);
        let mut schedules: Vec<&str> = resources().concat();
        schedules.retain(|line| line.starts_with("ScheduleExpression: "));
        let daily = schedules
            .iter()
            .filter(|line| line.ends_with("rate(1 day)"));
        assert_eq!(u32::try_from(daily.count()), Ok(DAILY));
        assert_eq!(u32::try_from(schedules.len()), Ok(DAILY + 2));
        assert_eq!(default_of("LogRetentionDays"), LOG_DAYS.to_string());
        assert_eq!(default_of("Architecture"), "arm64");
        let requests = default_of("GeminiRequestsPerDay");
        assert_eq!(requests, MODEL_REQUESTS_A_DAY.to_string());
    }
}
