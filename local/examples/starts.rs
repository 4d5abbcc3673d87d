//! How soon functions are ready for their first event, what memory they have taken by then, and what they weigh:
//! `cargo xtask bench start`. Each is started as Lambda starts it, with a runtime API and a Secrets Manager in this
//! process that answer at once, so that what is timed is the function's own.
#![expect(clippy::print_stdout, reason = "a bench reports on stdout")]

use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use lambda_kit::settings::KEYS;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// How long a function may take to start.
const PATIENCE: Duration = Duration::from_secs(10);
/// The certificates that this machine trusts, in one file, as Lambda's machines have them. Where Debian keeps each in a
/// file of its own beside it, reading those would be most of what is measured.
const CERTIFICATES: &str = "/etc/ssl/certs/ca-certificates.crt";
const USAGE: &str = "starts FOLDER TIMES FUNCTION…";

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().context(USAGE)?);
    let times: usize = arguments.next().context(USAGE)?.parse().context(USAGE)?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let place = listener.local_addr()?.to_string();
    let asked = Arc::<Notify>::default();
    let refused = |why: String| async move { println!("{why}") };
    let routes = Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/init/error", post(refused))
        .route("/", post(secret))
        .with_state(asked.clone());
    tokio::spawn(async move { axum::serve(listener, routes).await });
    println!(
        "{:<20} {:>10} {:>16} {:>8} {:>12}",
        "", "zip, MB", "start, median ms", "p95 ms", "memory, MB"
    );
    for name in arguments {
        let program = folder.join(&name);
        let mut starts = vec![];
        for _ in 0..times {
            starts.push(started(&program, &place, &asked).await?);
        }
        starts.sort_by_key(|(took, _)| *took);
        let took = |percent: usize| starts[(times * percent / 100).min(times - 1)].0;
        let memory = starts.iter().map(|(_, kibibytes)| *kibibytes).max();
        println!(
            "{name:<20} {:>10.2} {:>16.1} {:>8.1} {:>12.1}",
            megabytes(zipped(&program)?),
            took(50).as_secs_f64() * 1_000.0,
            took(95).as_secs_f64() * 1_000.0,
            megabytes(memory.unwrap_or_default() * 1_024),
        );
    }
    Ok(())
}

/// Nothing ever comes: the function is ready, and that is all.
async fn next(State(asked): State<Arc<Notify>>) -> Json<Value> {
    asked.notify_one();
    std::future::pending().await
}

async fn secret(body: String) -> Json<Value> {
    let asked: Value = serde_json::from_str(&body).unwrap_or_default();
    let name = asked["SecretId"].as_str().unwrap_or_default();
    let value = match name {
        "database_secret" => "postgres://user:password@127.0.0.1:9/helpdesk".to_owned(),
        "google_secret" => json!({
            "client_id": "client", "client_secret": "secret", "refresh_token": "token",
        })
        .to_string(),
        "slack_secret" => "https://hooks.slack.test/services/T/B/x".to_owned(),
        _ => "a-key".to_owned(),
    };
    Json(json!({ "Name": name, "SecretString": value }))
}

/// Ends the process also where something fails.
struct Started(Child);

impl Drop for Started {
    fn drop(&mut self) {
        if self.0.kill().and_then(|()| self.0.wait()).is_err() {
            println!("a function could not be ended");
        }
    }
}

/// How long the function took from its start to its first question for an event, and its peak memory until then, in
/// kibibytes.
async fn started(program: &Path, place: &str, asked: &Notify) -> Result<(Duration, u64)> {
    let one_file = Path::new(CERTIFICATES).exists();
    let one_file = one_file.then_some(("SSL_CERT_FILE", CERTIFICATES));
    let began = Instant::now();
    let child = Command::new(program)
        .env_clear()
        .envs(settings())
        .envs(one_file)
        .env("AWS_LAMBDA_RUNTIME_API", place)
        .env("AWS_ENDPOINT_URL", format!("http://{place}"))
        .env("AWS_REGION", "eu-central-1")
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_LAMBDA_FUNCTION_NAME", "bench")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512")
        .env("AWS_LAMBDA_LOG_GROUP_NAME", "bench")
        .env("AWS_LAMBDA_LOG_STREAM_NAME", "bench")
        .stdout(Stdio::null())
        .spawn()
        .with_context(|| format!("cannot start {}", program.display()))?;
    let started = Started(child);
    if tokio::time::timeout(PATIENCE, asked.notified())
        .await
        .is_err()
    {
        bail!("{} does not ask for events", program.display());
    }
    let took = began.elapsed();
    let status = fs::read_to_string(format!("/proc/{}/status", started.0.id()))?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = peak.and_then(|peak| peak.split_whitespace().next());
    let kibibytes = kibibytes.context("/proc tells no VmHWM")?.parse()?;
    Ok((took, kibibytes))
}

/// Every setting, with its default or something of its kind.
fn settings() -> impl Iterator<Item = (&'static str, String)> {
    KEYS.iter().map(|key| {
        let value = match (key.name, key.default) {
            (_, Some(default)) => default.to_owned(),
            ("GMAIL_ADDRESS", _) => "support@bank.test".to_owned(),
            ("PUBSUB_TOPIC", _) => "projects/p/topics/t".to_owned(),
            (name, _) if name.ends_with("_URL") => "http://127.0.0.1:9/".to_owned(),
            (name, _) => name.to_ascii_lowercase(),
        };
        (key.name, value)
    })
}

/// What Lambda fetches, in octets.
fn zipped(program: &Path) -> Result<u64> {
    let mut zip = ZipWriter::new(Cursor::new(vec![]));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .unix_permissions(0o755);
    zip.start_file("bootstrap", options)?;
    zip.write_all(&fs::read(program)?)?;
    Ok(zip.finish()?.into_inner().len() as u64)
}

/// Megabytes, for a table.
#[expect(clippy::cast_precision_loss, reason = "two digits are shown")]
fn megabytes(octets: u64) -> f64 {
    octets as f64 / 1_000_000.0
}
