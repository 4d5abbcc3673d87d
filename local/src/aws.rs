//! AWS on this machine: an emulator from the Python venv, into which `template.yaml` is really
//! deployed and which runs the functions' real executables as processes of this machine.
//!
//! It listens on 127.0.0.1 only, starts from an environment of our making (functions would inherit
//! ours), keeps nothing, and ends with all its functions when dropped or when this process dies.

mod package;
mod stack;

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::places::ensure_port_is_free;
use crate::process::Server;

/// The region of everything here.
pub const REGION: &str = "us-east-1";

/// The account of everything here.
pub const ACCOUNT: &str = "000000000000";

/// A Python venv with the packages of `local/python/requirements.txt`.
#[derive(Debug, Clone)]
pub struct Venv {
    /// Its folder.
    pub root: PathBuf,
}

impl Venv {
    /// The one that `cargo xtask` makes: `HELPDESK_VENV`, else `.local/venv` in the workspace.
    pub fn of_the_workspace() -> anyhow::Result<Self> {
        let here = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../.local/venv");
        let root = std::env::var_os("HELPDESK_VENV").map_or_else(here, PathBuf::from);
        ensure!(
            root.is_dir(),
            "there is no Python venv at {}: run `cargo xtask test` or `cargo xtask up`, which make it",
            root.display()
        );
        Ok(Self { root })
    }

    /// A program that one of its packages installs.
    pub fn program(&self, name: &str) -> PathBuf {
        self.root.join("bin").join(name)
    }

    /// A file that one of its packages brings, if it is there.
    pub fn in_packages(&self, file: &str) -> Option<PathBuf> {
        let versions = fs::read_dir(self.root.join("lib")).ok()?;
        versions
            .filter_map(Result::ok)
            .map(|version| version.path().join("site-packages").join(file))
            .find(|file| file.exists())
    }
}

/// The values that a stack gives out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outputs(BTreeMap<String, String>);

impl Outputs {
    /// All of them, by name.
    pub fn all(&self) -> impl Iterator<Item = (&String, &String)> {
        self.0.iter()
    }

    /// One value.
    pub fn get(&self, name: &str) -> anyhow::Result<&str> {
        let value = self.0.get(name).map(String::as_str);
        value.with_context(|| format!("the stack has no output {name}"))
    }
}

/// The running emulator.
#[derive(Debug)]
pub struct Aws {
    server: Server,
    http: reqwest::Client,
    endpoint: String,
    log: PathBuf,
}

impl Aws {
    /// Starts it on this port and waits until it answers.
    pub fn start(venv: &Venv, port: u16) -> anyhow::Result<Self> {
        let ministack = std::path::absolute(venv.program("ministack"))?;
        ensure!(
            ministack.is_file(),
            "{} holds no AWS emulator",
            venv.root.display()
        );
        ensure_port_is_free(port)?;
        let scratch = TempDir::with_prefix("automailhelpdesk-aws-")?.keep();
        let endpoint = format!("http://127.0.0.1:{port}");
        let mut command = Command::new(&ministack);
        command
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("HOME", &scratch)
            .env("TMPDIR", &scratch)
            .env("BIND_HOST", "127.0.0.1")
            .env("MINISTACK_HOST", "127.0.0.1")
            .env("GATEWAY_PORT", port.to_string())
            // Its broker for things would listen on every address.
            .env("IOT_MTLS_ENABLED", "0")
            // What the functions inherit.
            .env("AWS_ENDPOINT_URL", &endpoint)
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_DEFAULT_REGION", REGION)
            .env("AWS_REGION", REGION);
        let log = scratch.join("emulator.log");
        let mut server = Server::start(&command, "KILL", &log, Some(&scratch))?;
        server
            .wait_until(Duration::from_mins(1), || is_healthy(port))
            .context("the AWS emulator does not start")?;
        let http = reqwest::Client::builder()
            .no_proxy()
            // A kept connection belongs to the runtime that opened it, and tests that share the
            // emulator have one each.
            .pool_max_idle_per_host(0)
            .timeout(Duration::from_mins(5))
            .build()?;
        Ok(Self {
            server,
            http,
            endpoint,
            log,
        })
    }

    /// Where every service of it answers.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Its log, which also holds what the functions write. It goes when the emulator does.
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// The last lines of its log.
    pub fn log_end(&self) -> String {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }

    /// Deploys a template, or brings a deployed stack up to it, and waits until that is done. Each
    /// `CodeUri: functions/NAME` gets the executable `NAME` in `binaries`.
    pub async fn deploy(
        &self,
        template: &Path,
        stack: &str,
        parameters: &[(String, String)],
        binaries: &Path,
    ) -> anyhow::Result<Outputs> {
        let text = fs::read_to_string(template)
            .with_context(|| format!("cannot read {}", template.display()))?;
        let url = package::upload(self, &text, binaries).await?;
        stack::deploy(self, stack, &url, parameters).await
    }

    /// What a stack gives out that somebody else deploys. `None` until it stands.
    pub async fn outputs(&self, stack: &str) -> anyhow::Result<Option<Outputs>> {
        stack::standing(self, stack).await
    }

    /// The ids of all that the stack is made of, with the names that the template has for them.
    pub async fn resources(&self, stack: &str) -> anyhow::Result<Vec<(String, String)>> {
        stack::resources(self, stack).await
    }

    /// Deletes the stack and waits until it is gone.
    pub async fn delete(&self, stack: &str) -> anyhow::Result<()> {
        stack::delete(self, stack).await
    }

    /// Gives a secret its value.
    pub async fn put_secret(&self, name: &str, value: &str) -> anyhow::Result<()> {
        let body = json!({ "SecretId": name, "SecretString": value });
        self.secret("PutSecretValue", &body)
            .await
            .with_context(|| format!("cannot put a value into secret {name}"))
    }

    /// Makes a secret that the stack does not make.
    pub async fn create_secret(&self, name: &str, value: &str) -> anyhow::Result<()> {
        let body = json!({ "Name": name, "SecretString": value });
        self.secret("CreateSecret", &body)
            .await
            .with_context(|| format!("cannot make secret {name}"))
    }

    async fn secret(&self, action: &str, body: &Value) -> anyhow::Result<()> {
        let request = self
            .http
            .post(&self.endpoint)
            .header("X-Amz-Target", format!("secretsmanager.{action}"))
            .header("Content-Type", "application/x-amz-json-1.1")
            .body(body.to_string());
        text_of(request).await.map(drop)
    }

    /// Puts an object into a bucket.
    pub async fn put_object(&self, bucket: &str, key: &str, text: &str) -> anyhow::Result<()> {
        let url = format!("{}/{bucket}/{key}", self.endpoint);
        let put = text_of(self.http.put(url).body(text.to_owned())).await;
        put.with_context(|| format!("cannot put {key} into bucket {bucket}"))?;
        Ok(())
    }

    /// Runs the version of a function that is live with this event and returns its answer. Fails where the function
    /// does.
    pub async fn invoke(&self, function: &str, event: &Value) -> anyhow::Result<Value> {
        let url = format!(
            "{}/2015-03-31/functions/{function}/invocations?Qualifier=live",
            self.endpoint
        );
        let response = self.http.post(url).body(event.to_string()).send().await?;
        let failed = response.headers().contains_key("x-amz-function-error");
        let succeeded = response.status().is_success();
        let answer = response.text().await?;
        ensure!(succeeded && !failed, "function {function} failed: {answer}");
        Ok(serde_json::from_str(&answer).unwrap_or(Value::String(answer)))
    }

    /// How a function's public address, given out as `output`, is reached on this machine: the URL to
    /// call, and the `Host` header to call it with.
    pub fn function_url(
        &self,
        outputs: &Outputs,
        output: &str,
    ) -> anyhow::Result<(String, String)> {
        let url = outputs.get(output)?;
        let host = url
            .split('/')
            .nth(2)
            .with_context(|| format!("the stack's {output} is not a URL"))?;
        Ok((format!("{}/", self.endpoint), host.to_owned()))
    }

    /// The bodies of the messages in a queue, oldest first, those in flight included. Looking
    /// changes nothing: no message counts as received.
    pub async fn queue_messages(&self, queue_url: &str) -> anyhow::Result<Vec<String>> {
        let url = format!(
            "{}/_ministack/sqs/messages?QueueUrl={queue_url}",
            self.endpoint
        );
        let answer: Value = serde_json::from_str(&text_of(self.http.get(url)).await?)?;
        let messages = answer["messages"][ACCOUNT][REGION][queue_url].as_array();
        Ok(messages
            .into_iter()
            .flatten()
            .filter_map(|message| message["Body"].as_str().map(str::to_owned))
            .collect())
    }

    /// Kills every process that runs this function, as a machine that fails would. Returns whether
    /// there was one: a function has a process from its first event on, and keeps it for the next.
    pub fn kill_function(&self, function: &str) -> anyhow::Result<bool> {
        let processes = self.processes_of(function)?;
        for process in &processes {
            let kill = Command::new("kill")
                .args(["-s", "KILL", process])
                .status()?;
            tracing::info!(process, "Killed a process of function {function}: {kill}");
        }
        Ok(!processes.is_empty())
    }

    /// The most memory that a process of this function has taken so far, in octets; none where it has no process.
    pub fn peak_memory(&self, function: &str) -> anyhow::Result<Option<u64>> {
        let peaks = self.processes_of(function)?.into_iter();
        let peaks = peaks.map(|process| peak_of(Path::new("/proc").join(process).as_path()));
        Ok(peaks.collect::<anyhow::Result<Vec<_>>>()?.into_iter().max())
    }

    /// The ids of the processes in our group that carry the function's name in their environment.
    fn processes_of(&self, function: &str) -> anyhow::Result<Vec<String>> {
        let wanted = format!("AWS_LAMBDA_FUNCTION_NAME={function}");
        let group = self.server.group().to_string();
        let mut found = vec![];
        for entry in fs::read_dir("/proc").context("finding functions needs Linux's /proc")? {
            let folder = entry?.path();
            // A process may end while it is looked at: then it is none of those wanted.
            let environment = fs::read(folder.join("environ")).unwrap_or_default();
            if group_of(&folder).as_ref() == Some(&group)
                && environment
                    .split(|&octet| octet == 0)
                    .any(|entry| entry == wanted.as_bytes())
                && let Some(id) = folder.file_name()
            {
                found.push(id.to_string_lossy().into_owned());
            }
        }
        Ok(found)
    }
}

/// The process group, the third field after the name in parentheses (proc(5)).
fn group_of(process: &Path) -> Option<String> {
    let stat = fs::read_to_string(process.join("stat")).ok()?;
    let (_, after_name) = stat.rsplit_once(')')?;
    after_name.split_whitespace().nth(2).map(str::to_owned)
}

/// The most memory that the process has taken (`VmHWM`, proc(5)), in octets.
fn peak_of(process: &Path) -> anyhow::Result<u64> {
    let status = fs::read_to_string(process.join("status"))?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = peak.and_then(|peak| peak.split_whitespace().next());
    let kibibytes: u64 = kibibytes.context("/proc tells no VmHWM")?.parse()?;
    Ok(kibibytes * 1_024)
}

fn is_healthy(port: u16) -> bool {
    let ask = || -> std::io::Result<String> {
        let mut connection = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        connection.set_read_timeout(Some(Duration::from_secs(2)))?;
        connection.write_all(b"GET /_ministack/health HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")?;
        let mut start = [0; 16];
        connection.read_exact(&mut start)?;
        Ok(String::from_utf8_lossy(&start).into_owned())
    };
    ask().is_ok_and(|answer| answer.contains(" 200"))
}

/// The body of a successful answer.
async fn text_of(request: reqwest::RequestBuilder) -> anyhow::Result<String> {
    let response = request.send().await?;
    let status = response.status();
    let body = response.text().await?;
    if !status.is_success() {
        bail!("{status}: {body}");
    }
    Ok(body)
}
