//! Every setting there is, with what it means.

/// One documented setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// The environment variable.
    pub name: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// What holds without it. `None` where a function that needs it does not start.
    pub default: Option<&'static str>,
}

const fn key(name: &'static str, default: Option<&'static str>, meaning: &'static str) -> Key {
    Key {
        name,
        meaning,
        default,
    }
}

/// Every setting of every function. The README's table is this list.
pub const KEYS: [Key; 69] = [
    key(
        "DATABASE_SECRET",
        None,
        "secret with the ledger's URL, postgres://user:password@host/database; on the lines behind it, where it is no public one, the authority of its certificate in PEM",
    ),
    key(
        "GOOGLE_SECRET",
        None,
        "secret with the OAuth client and refresh token, or the service account key, as JSON",
    ),
    key("ODOO_SECRET", None, "secret with Odoo's API key"),
    key(
        "ODOO_MASTER_SECRET",
        Some(""),
        "secret with Odoo's master password, if backups dump its database; without one tickets are exported",
    ),
    key("GEMINI_SECRET", None, "secret with Gemini's API key"),
    key("QDRANT_SECRET", None, "secret with Qdrant's API key"),
    key(
        "SLACK_SECRET",
        None,
        "secret with Slack's incoming webhook URL",
    ),
    key("GMAIL_ADDRESS", None, "the support mailbox"),
    key(
        "GMAIL_BASE_URL",
        Some("https://gmail.googleapis.com/"),
        "where the Gmail API is",
    ),
    key(
        "PUBSUB_TOPIC",
        None,
        "the topic that Gmail publishes to, projects/P/topics/T",
    ),
    key(
        "PUSH_AUDIENCE",
        None,
        "the audience of the push subscription's tokens",
    ),
    key(
        "PUSH_SERVICE_ACCOUNT",
        None,
        "the service account that signs the pushes",
    ),
    key(
        "GOOGLE_JWKS_URL",
        Some("https://www.googleapis.com/oauth2/v3/certs"),
        "Google's public keys",
    ),
    key("ODOO_URL", None, "Odoo's address"),
    key("ODOO_DATABASE", None, "Odoo's database"),
    key(
        "ODOO_TEAM_ID",
        Some("1"),
        "the helpdesk team that new tickets go to",
    ),
    key(
        "ODOO_LOGIN",
        Some(""),
        "the login of Odoo's API user, needed before Odoo 19",
    ),
    key(
        "ODOO_PROTOCOL",
        Some("auto"),
        "how Odoo is spoken to: auto, json-2 or json-rpc",
    ),
    key(
        "TICKET_SAMPLE",
        Some("HT00012"),
        "a ticket reference as this Odoo writes them",
    ),
    key(
        "TICKET_OWNERS",
        Some("contact"),
        "whose mails a ticket takes: contact, or every contact of its company",
    ),
    key(
        "CLOSED_TICKETS",
        Some("reopen"),
        "what becomes of a closed ticket that its customer writes about again: reopen or new",
    ),
    key(
        "ATTACHMENT_LIMIT_MB",
        Some("5"),
        "the largest attachment that goes onto a ticket, in mebibytes; three times that for all of a mail",
    ),
    key(
        "MEMORY_TOKENS",
        Some("1500"),
        "how much of a conversation the model is shown, in tokens",
    ),
    key(
        "GEMINI_BASE_URL",
        Some("https://generativelanguage.googleapis.com"),
        "where the Gemini API is",
    ),
    key(
        "GEMINI_CLASSIFY_MODEL",
        Some("gemini-3.5-flash-lite"),
        "the model that classifies",
    ),
    key(
        "GEMINI_ANSWER_MODEL",
        Some("gemini-3.8-flash"),
        "the model that answers",
    ),
    key(
        "GEMINI_EMBED_MODEL",
        Some("gemini-embedding-2"),
        "the model that embeds",
    ),
    key(
        "GEMINI_EMBED_DIMENSIONS",
        Some("768"),
        "the length of the embeddings, 128 to 3072",
    ),
    key("QDRANT_URL", None, "Qdrant's gRPC address"),
    key(
        "KNOWLEDGE_COLLECTION",
        Some("knowledge"),
        "the Qdrant alias that leads to the documents; the names of the collections begin with it",
    ),
    key(
        "KNOWLEDGE_PRODUCT",
        Some(""),
        "leaves out documents about other products, for a mailbox that serves one",
    ),
    key(
        "ANSWER_LINK_HOSTS",
        Some(""),
        "the hosts that links in answers may lead to, such as help.bank.example,*.bank.example",
    ),
    key(
        "KNOWLEDGE_BUCKET",
        None,
        "the bucket with the documents, below knowledge/",
    ),
    key(
        "BACKUP_BUCKET",
        None,
        "the bucket with the backups, below backups/",
    ),
    key(
        "ALERT_TOPIC_ARN",
        None,
        "the SNS topic that tells people by e-mail",
    ),
    key(
        "DESK_NAME",
        Some("The support team"),
        "the name under the drafts",
    ),
    key(
        "AUTHSERV_ID",
        Some("mx.google.com"),
        "whose Authentication-Results are believed (RFC 8601)",
    ),
    key(
        "SENDER_PROOF",
        Some("dmarc"),
        "what proves a sender: dmarc, or dmarc-or-dkim where DMARC says nothing",
    ),
    key(
        "BCRYPT_COST",
        Some("12"),
        "the cost of new password hashes, 12 to 15; each step doubles the time",
    ),
    key(
        "STAGING_BUCKET",
        None,
        "the bucket in which statements are staged, below staging/",
    ),
    key(
        "DRAFT_FILES_LIMIT_MB",
        Some("15"),
        "the most mebibytes of files on a draft, 0 to 18; what is larger is linked to",
    ),
    key(
        "STATEMENT_LINK_HOURS",
        Some("12"),
        "for how many hours such a link works at the most, 1 to 12",
    ),
    key(
        "LETTERHEAD",
        Some(""),
        "the lines below the desk's name on statements, parted by vertical bars",
    ),
    key("MAIL_QUEUE_URL", None, "queue of new mails"),
    key("BANK_STATEMENT_QUEUE_URL", None, "queue of the intent"),
    key("PASSWORD_UPDATE_QUEUE_URL", None, "queue of the intent"),
    key("GENERAL_QUERY_QUEUE_URL", None, "queue of the intent"),
    key("URGENT_HUMAN_QUEUE_URL", None, "queue of the intent"),
    key("FALLBACK_HUMAN_QUEUE_URL", None, "queue of the intent"),
    key(
        "ERRORS_QUEUE_URL",
        None,
        "queue of mails that cannot be read",
    ),
    key(
        "GMAIL_UNITS_PER_MINUTE",
        Some("5000"),
        "how many of Gmail's quota units all functions together use a minute",
    ),
    key(
        "ODOO_CALLS_PER_MINUTE",
        Some("600"),
        "how many calls all functions together make to Odoo a minute",
    ),
    key(
        "GEMINI_REQUESTS_PER_MINUTE",
        Some("300"),
        "how many requests all functions together make to Gemini a minute",
    ),
    key(
        "GEMINI_TOKENS_PER_MINUTE",
        Some("1000000"),
        "how many tokens they send to it a minute",
    ),
    key(
        "GEMINI_REQUESTS_PER_DAY",
        Some("10000"),
        "how many requests they make to it a day",
    ),
    key(
        "SENDER_DAILY_BUDGET",
        Some("20"),
        "how many mails of one sender are worked a day",
    ),
    key(
        "THREAD_DAILY_BUDGET",
        Some("10"),
        "how many mails in one thread are worked a day",
    ),
    key(
        "MODEL_PATIENCE_MINUTES",
        Some("90"),
        "how long a mail waits for a model that cannot be reached, before a person gets it",
    ),
    key(
        "MAX_RECEIVE_COUNT",
        Some("24"),
        "how often a queue gives a message out before it goes to the dead letters",
    ),
    key(
        "TRACES",
        Some("off"),
        "what shows traces of what is done with models: off, otlp, langsmith, langfuse or phoenix",
    ),
    key(
        "TRACES_URL",
        Some(""),
        "its address, such as https://api.smith.langchain.com, without the path that OTLP has there",
    ),
    key(
        "TRACES_SECRET",
        Some(""),
        "secret with the headers that it wants, as a JSON object",
    ),
    key(
        "TRACES_TIMEOUT_MS",
        Some("2000"),
        "how long showing a trace may take; what takes longer is shown by the next sweep",
    ),
    key(
        "LLM_CONTENT_DAYS",
        Some("30"),
        "for how many days the masked texts of model calls are kept; 0: not at all",
    ),
    key(
        "LLM_VARIANT",
        Some(""),
        "a name for this deployment in the record of model calls, where two are compared",
    ),
    key(
        "STACK_NAME",
        Some("helpdesk"),
        "the stack's name, by which its metrics are told from another's",
    ),
    key("LOG_LEVEL", Some("info"), "error, warn, info or debug"),
    key(
        "SENTRY_SECRET",
        Some(""),
        "secret with Sentry's DSN, if faults are told there",
    ),
    key(
        "INTENT_THRESHOLD",
        Some("0.55"),
        "the least confidence that sends a mail to a machine, 0 to 1",
    ),
];
