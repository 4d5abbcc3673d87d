//! A server of ours as a child process that never outlives us.
//!
//! A small shell stands between us and the server and reads a pipe that only we hold. When the pipe
//! closes, because the value is dropped or because this process died in whatever way, the shell ends
//! the server and everything the server started: they share one process group. The same group is not
//! the terminal's, so Ctrl-C reaches us first.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{Read, Seek, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

/// `$0` is the signal for the server where the pipe closes without a word; a line read from the pipe
/// names another one. `$1` is a folder to remove in the end, or empty. The group is killed when the
/// server is gone, and with it this shell.
const GUARD: &str = r#"
scratch=$1
shift
exec 3<&0
"$@" 3<&- </dev/null &
server=$!
{ read -r signal <&3 || signal=$0; kill -s "$signal" "$server"; } &
wait "$server"
if [ -n "$scratch" ]; then rm -rf -- "$scratch"; fi
kill -s KILL 0
"#;

/// How long a server may take to end after its signal.
const PATIENCE: Duration = Duration::from_secs(5);

/// A running server.
#[derive(Debug)]
pub(crate) struct Server {
    guard: Child,
    pipe: Option<ChildStdin>,
    /// Held open, so that it can be read when the scratch folder that it lies in has gone.
    log: File,
}

impl Server {
    /// Starts a server that writes to `log`, and that gets `signal` (such as `KILL`) when this value
    /// is dropped. It sees the environment set in the command and nothing of ours. The folder
    /// `scratch`, if there is one, is removed when the server has ended.
    pub(crate) fn start(
        server: &Command,
        signal: &str,
        log: &Path,
        scratch: Option<&Path>,
    ) -> anyhow::Result<Self> {
        let opened = File::options()
            .create(true)
            .read(true)
            .append(true)
            .open(log);
        let log = opened.with_context(|| format!("cannot write {}", log.display()))?;
        let mut guard = Command::new("/bin/sh");
        guard
            .args([OsStr::new("-c"), OsStr::new(GUARD), OsStr::new(signal)])
            .arg(scratch.unwrap_or(Path::new("")))
            .arg(server.get_program())
            .args(server.get_args())
            .env_clear()
            .envs(
                server
                    .get_envs()
                    .filter_map(|(key, value)| Some((key, value?))),
            )
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(log.try_clone()?)
            .stderr(log.try_clone()?)
            .process_group(0);
        let mut guard = guard.spawn().context("cannot start /bin/sh")?;
        let pipe = guard.stdin.take();
        Ok(Self { guard, pipe, log })
    }

    /// Waits until `ready` says so. Fails with the end of the log when the server ends before, or
    /// when it takes longer than `patience`.
    pub(crate) fn wait_until(
        &mut self,
        patience: Duration,
        mut ready: impl FnMut() -> bool,
    ) -> anyhow::Result<()> {
        let started = Instant::now();
        while !ready() {
            if self.guard.try_wait()?.is_some() {
                bail!("it ended at once; its log ends with:\n{}", self.log_end());
            }
            if started.elapsed() > patience {
                bail!(
                    "it is not ready after {patience:?}; its log ends with:\n{}",
                    self.log_end()
                );
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// The process group of the server and of all that it started.
    pub(crate) fn group(&self) -> u32 {
        self.guard.id()
    }

    /// Ends the server with a signal of the caller's choice, such as `INT`.
    pub(crate) fn stop(mut self, signal: &str) -> anyhow::Result<()> {
        if let Some(pipe) = &mut self.pipe {
            writeln!(pipe, "{signal}").context("the server had already ended")?;
        }
        self.end();
        Ok(())
    }

    /// Closes the pipe and waits. Whatever is left after that is killed.
    fn end(&mut self) {
        drop(self.pipe.take());
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            if !matches!(self.guard.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        let group = format!("-{}", self.group());
        let killed = Command::new("kill")
            .args(["-s", "KILL", "--", &group])
            .status();
        if killed.and_then(|_| self.guard.wait()).is_err() {
            tracing::warn!("process group {group} may still be running");
        }
    }

    fn log_end(&mut self) -> String {
        let mut log = String::new();
        if let Err(error) = self
            .log
            .rewind()
            .and_then(|()| self.log.read_to_string(&mut log))
        {
            return format!("(it cannot be read: {error})");
        }
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(15)..].join("\n")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::*;

    fn start(script: &str, scratch: &Path) -> Server {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]).env("PATH", "/usr/bin:/bin");
        Server::start(&command, "KILL", &scratch.join("log"), Some(scratch)).unwrap()
    }

    fn scratch() -> PathBuf {
        tempfile::TempDir::new().unwrap().keep()
    }

    /// How many processes of a group are asleep in `sleep`.
    fn sleepers(group: u32) -> usize {
        let listed = Command::new("ps")
            .args(["-eo", "pgid=,comm=,stat="])
            .output()
            .unwrap();
        let listed = String::from_utf8(listed.stdout).unwrap();
        let wanted = [group.to_string(), "sleep".to_owned()];
        listed
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>())
            .filter(|fields| fields[..2] == wanted && !fields[2].starts_with('Z'))
            .count()
    }

    #[test]
    fn whatever_a_server_started_ends_with_it() {
        let mut server = start("sleep 600 & sleep 600", &scratch());
        let group = server.group();
        server
            .wait_until(Duration::from_secs(10), || sleepers(group) == 2)
            .unwrap();
        drop(server);
        // A killed process is there until the kernel has taken it apart.
        let dropped = Instant::now();
        while sleepers(group) > 0 && dropped.elapsed() < Duration::from_secs(10) {
            std::thread::sleep(Duration::from_millis(10));
        }
        assert_eq!(sleepers(group), 0);
    }

    #[test]
    fn a_server_leaves_no_scratch_folder() {
        let scratch = scratch();
        drop(start("sleep 600", &scratch));
        assert!(!scratch.exists());
    }

    #[test]
    fn a_server_that_ends_by_itself_is_reported_with_its_log() {
        let mut server = start("echo the disk is full; exit 1", &scratch());
        let error = server
            .wait_until(Duration::from_secs(10), || false)
            .unwrap_err();
        assert!(error.to_string().contains("the disk is full"), "{error}");
    }

    #[test]
    fn a_server_sees_nothing_of_our_environment() {
        let scratch = scratch();
        let mut server = start("env; echo all; sleep 600", &scratch);
        let said = || fs::read_to_string(scratch.join("log")).unwrap_or_default();
        server
            .wait_until(Duration::from_secs(10), || said().contains("all\n"))
            .unwrap();
        assert!(!said().contains("CARGO"), "{}", said());
    }
}
