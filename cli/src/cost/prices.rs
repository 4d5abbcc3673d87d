//! What a unit costs. Prices of us-east-1, without taxes, and what is free each month for as long as an
//! account lives. Trials and the first year's gifts are not counted.

/// When the prices were looked up, in the vendors' documentation and price pages. None is from a bill.
pub const AS_OF: &str = "2026-11-24";

/// The price of one thing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Price {
    /// Who bills it.
    pub service: &'static str,
    /// For what.
    pub what: &'static str,
    /// By which unit.
    pub unit: &'static str,
    /// US dollars a unit.
    pub usd: f64,
    /// So many units of a month are free.
    pub free: f64,
    /// Where the price stands.
    pub source: &'static str,
}

macro_rules! prices {
    ($($id:ident: $service:literal, $what:literal, $usd:literal a $unit:literal, free $free:literal, $source:literal;)*) => {
        $(
            pub const $id: Price = Price {
                service: $service,
                what: $what,
                unit: $unit,
                usd: $usd,
                free: $free,
                source: $source,
            };
        )*
        /// Every price but those of models, which stand in `model_gemini`.
        #[cfg(test)]
        pub const PRICES: &[Price] = &[$($id),*];
    };
}

prices! {
    LAMBDA_REQUESTS: "Lambda", "requests",
        0.20 a "million", free 1.0, "https://aws.amazon.com/lambda/pricing/";
    LAMBDA_SECONDS: "Lambda", "GB-seconds on arm64",
        13.3334 a "million", free 0.4, "https://aws.amazon.com/lambda/pricing/";
    FUNCTION_URL: "Lambda", "function URL",
        0.0 a "million", free 0.0, "https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html";
    // The free million is one for all queues of an account.
    SQS: "SQS", "FIFO requests",
        0.50 a "million", free 1.0, "https://aws.amazon.com/sqs/pricing/";
    S3_WRITES: "S3", "writes and lists",
        5.0 a "million", free 0.0, "https://aws.amazon.com/s3/pricing/";
    S3_READS: "S3", "reads",
        0.40 a "million", free 0.0, "https://aws.amazon.com/s3/pricing/";
    S3_STORAGE: "S3", "storage",
        0.023 a "GB", free 0.0, "https://aws.amazon.com/s3/pricing/";
    LOGS_TAKEN: "CloudWatch", "log lines taken in",
        0.50 a "GB", free 5.0, "https://aws.amazon.com/cloudwatch/pricing/";
    LOGS_KEPT: "CloudWatch", "log lines kept, packed",
        0.03 a "GB", free 0.0, "https://aws.amazon.com/cloudwatch/pricing/";
    SERIES: "CloudWatch", "series of metrics",
        0.30 a "series", free 10.0, "https://aws.amazon.com/cloudwatch/pricing/";
    ALARMS: "CloudWatch", "alarms",
        0.10 a "alarm", free 10.0, "https://aws.amazon.com/cloudwatch/pricing/";
    DASHBOARDS: "CloudWatch", "dashboard",
        3.0 a "dashboard", free 3.0, "https://aws.amazon.com/cloudwatch/pricing/";
    SECRETS: "Secrets Manager", "secrets",
        0.40 a "secret", free 0.0, "https://aws.amazon.com/secrets-manager/pricing/";
    SECRET_READS: "Secrets Manager", "reads",
        5.0 a "million", free 0.0, "https://aws.amazon.com/secrets-manager/pricing/";
    KEYS: "KMS", "key of the alert topic",
        1.0 a "key", free 0.0, "https://aws.amazon.com/kms/pricing/";
    KEY_USES: "KMS", "requests",
        3.0 a "million", free 0.02, "https://aws.amazon.com/kms/pricing/";
    ALERTS: "SNS", "alerts published",
        0.50 a "million", free 1.0, "https://aws.amazon.com/sns/pricing/";
    ALERT_MAILS: "SNS", "alerts by e-mail",
        20.0 a "million", free 0.001, "https://aws.amazon.com/sns/pricing/";
    SCHEDULES: "EventBridge", "schedules going off",
        1.0 a "million", free 14.0, "https://aws.amazon.com/eventbridge/pricing/";
    TRANSFER: "AWS", "data sent to the internet",
        0.09 a "GB", free 100.0, "https://aws.amazon.com/ec2/pricing/on-demand/";
    PUBSUB: "Pub/Sub", "pushes taken in and sent on",
        0.039_062_5 a "GB", free 10.0, "https://cloud.google.com/pubsub/pricing";
    NEON_COMPUTE: "Neon", "Postgres awake",
        0.106 a "CU-hour", free 0.0, "https://neon.com/pricing";
    NEON_STORAGE: "Neon", "Postgres storage",
        0.35 a "GB", free 0.0, "https://neon.com/pricing";
}

/// The free plan of Neon: all of it is free up to both, and nothing beyond. A project that needs more is
/// stopped for the rest of the month unless it is paid for.
pub const NEON_FREE_CU_HOURS: f64 = 100.0;
/// In GB.
pub const NEON_FREE_STORAGE: f64 = 0.5;
