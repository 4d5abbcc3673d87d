//! Python environments, made once and kept: one for what the product runs on here, one for linters.
//!
//! An environment is finished when its stamp names the requirements and the interpreter it was made
//! of; anything else, such as one whose installation was broken off, is made anew.

use std::env;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use sha2::{Digest, Sha256};

use crate::progress::Progress;

const OLDEST: (u32, u32) = (3, 10);

/// Packages come faster than one can read.
const BETWEEN_LINES: Duration = Duration::from_secs(2);

const FETCHING: &str = "fetching";

/// One environment: where it lies, and what it holds.
#[derive(Debug, Clone)]
pub struct Environment {
    /// Its folder, which `HELPDESK_VENV` or its like can put elsewhere.
    pub folder: PathBuf,
    requirements: PathBuf,
}

impl Environment {
    /// What the product runs on here: the AWS emulator and Postgres.
    pub fn of_product(root: &Path) -> Result<Self> {
        Ok(Self {
            folder: folder("HELPDESK_VENV", &root.join(".local/venv"))?,
            requirements: root.join("local/python/requirements.txt"),
        })
    }

    /// What our measurements are compared with.
    pub fn of_benches(root: &Path) -> Result<Self> {
        Ok(Self {
            folder: folder("HELPDESK_BENCH_VENV", &root.join(".local/venv-bench"))?,
            requirements: root.join("xtask/bench/requirements.txt"),
        })
    }

    /// What builds the functions for Lambda.
    pub fn of_builders(root: &Path) -> Result<Self> {
        Ok(Self {
            folder: folder("HELPDESK_BUILD_VENV", &root.join(".local/venv-build"))?,
            requirements: root.join("xtask/build-requirements.txt"),
        })
    }

    /// What checks the template and the workflows.
    pub fn of_linters(root: &Path) -> Result<Self> {
        Ok(Self {
            folder: folder("HELPDESK_LINT_VENV", &root.join(".local/venv-lint"))?,
            requirements: root.join("xtask/lint-requirements.txt"),
        })
    }

    /// What looks for what is unsafe in `infra/` and the template.
    pub fn of_scanners(root: &Path) -> Result<Self> {
        Ok(Self {
            folder: folder("HELPDESK_SCAN_VENV", &root.join(".local/venv-scan"))?,
            requirements: root.join("xtask/scan-requirements.txt"),
        })
    }

    /// The path of a program of this environment.
    pub fn program(&self, name: &str) -> PathBuf {
        self.folder.join("bin").join(name)
    }

    /// Makes the environment unless it is there. Two runs at a time wait for each other.
    pub fn make_ready(&self, progress: &Progress) -> Result<()> {
        let python = find_python()?;
        let requirements = fs::read_to_string(&self.requirements)
            .with_context(|| format!("cannot read {}", self.requirements.display()))?;
        let stamp = stamp(&requirements, &python.version);
        if self.is_finished(&stamp) {
            return Ok(());
        }
        let parent = self
            .folder
            .parent()
            .context("the environment's folder is /")?;
        fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
        let lock = File::create(self.folder.with_extension("lock"))?;
        lock.lock().context("cannot lock the Python environment")?;
        if self.is_finished(&stamp) {
            return Ok(());
        }
        self.make(&python, progress)?;
        self.install(&requirements, progress)?;
        fs::write(self.stamp_file(), stamp).context("cannot write the stamp")
    }

    fn stamp_file(&self) -> PathBuf {
        self.folder.join("helpdesk-requirements.sha256")
    }

    fn is_finished(&self, stamp: &str) -> bool {
        fs::read_to_string(self.stamp_file()).is_ok_and(|found| found == stamp)
            && version_of(self.program("python").as_os_str()).is_some()
    }

    fn make(&self, python: &Python, progress: &Progress) -> Result<()> {
        ensure!(
            runs(&python.program, &["-c", "import venv, ensurepip"]),
            "{} {} is here, but not its venv module. Install it with:\n  {}",
            python.program,
            python.version,
            how_to_install()
        );
        progress.say(&format!(
            "making a Python environment in {}",
            self.folder.display()
        ));
        let made = Command::new(&python.program)
            .args(["-m", "venv", "--clear"])
            .arg(&self.folder)
            .output()
            .context("cannot run python's venv module")?;
        ensure!(
            made.status.success(),
            "python could not make an environment in {}:\n{}{}Install what it needs with:\n  {}",
            self.folder.display(),
            String::from_utf8_lossy(&made.stdout),
            String::from_utf8_lossy(&made.stderr),
            how_to_install()
        );
        Ok(())
    }

    fn install(&self, requirements: &str, progress: &Progress) -> Result<()> {
        let asked = asked_for(requirements);
        progress.say(&format!("Python packages to install: {}", asked.len()));
        let child = Command::new(self.program("python"))
            .args(["-m", "pip", "install", "--no-input", "--progress-bar=off"])
            .args(["--disable-pip-version-check", "--no-warn-script-location"])
            .arg("--requirement")
            .arg(&self.requirements)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot run pip")?;
        let mut said = Instant::now();
        let ended = progress.follow(child, "asking for packages", |line| {
            let text = describe(line, &asked)?;
            let due = said.elapsed() >= BETWEEN_LINES || !text.starts_with(FETCHING);
            due.then(|| {
                said = Instant::now();
                text
            })
        })?;
        if !ended.status.success() {
            bail!(
                "pip could not install the packages (its reason stands above):\n{}\nTo try again by hand:\n  {} -m pip install -r {}\nBehind a proxy or with a package mirror, set pip's own variables (PIP_PROXY, PIP_INDEX_URL).",
                ended.tail.join("\n"),
                self.program("python").display(),
                self.requirements.display()
            );
        }
        progress.say("Python packages are installed");
        Ok(())
    }
}

/// The folder that a variable names, or the usual one.
fn folder(variable: &str, usual: &Path) -> Result<PathBuf> {
    let folder = env::var_os(variable)
        .filter(|value| !value.is_empty())
        .map_or_else(|| usual.to_owned(), PathBuf::from);
    std::path::absolute(&folder).with_context(|| format!("{variable} names no folder"))
}

fn stamp(requirements: &str, version: &str) -> String {
    let hash = Sha256::digest(requirements.as_bytes());
    format!("{hash:x} python {version}\n")
}

/// The packages that requirements name themselves, without their versions.
fn asked_for(requirements: &str) -> Vec<&str> {
    requirements
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with(['#', '-']))
        .filter_map(|line| line.split([' ', '=', '<', '>', '~', '[', ';']).next())
        .collect()
}

/// What to say about a line of pip's.
fn describe(line: &str, asked: &[&str]) -> Option<String> {
    if let Some(package) = line.strip_prefix("Collecting ") {
        let name = package
            .split([' ', '=', '<', '>', '~', '!', '[', ';'])
            .next()?;
        let position = asked
            .iter()
            .position(|asked| asked.eq_ignore_ascii_case(name))?;
        return Some(format!(
            "{FETCHING} {} of {}: {name}",
            position + 1,
            asked.len()
        ));
    }
    let packages = line.strip_prefix("Installing collected packages: ")?;
    Some(format!(
        "fetched; installing all {}",
        packages.split(", ").count()
    ))
}

struct Python {
    program: String,
    version: String,
}

/// The first Python on the path that is new enough.
fn find_python() -> Result<Python> {
    let mut too_old = None;
    for program in [
        "python3",
        "python3.14",
        "python3.13",
        "python3.12",
        "python3.11",
        "python3.10",
    ] {
        let Some(version) = version_of(program.as_ref()) else {
            continue;
        };
        if is_new_enough(&version) {
            return Ok(Python {
                program: program.to_owned(),
                version,
            });
        }
        too_old.get_or_insert(version);
    }
    let found = match too_old {
        Some(version) => format!("only {version} is here"),
        None => "there is none on the path".to_owned(),
    };
    bail!(
        "Python {}.{} or newer is needed, but {found}. Install it with:\n  {}",
        OLDEST.0,
        OLDEST.1,
        how_to_install()
    )
}

fn version_of(program: &OsStr) -> Option<String> {
    let output = Command::new(program).arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    Some(text.trim().strip_prefix("Python ")?.to_owned())
}

fn is_new_enough(version: &str) -> bool {
    let mut parts = version.split('.').map(str::parse::<u32>);
    match (parts.next(), parts.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => (major, minor) >= OLDEST,
        _ => false,
    }
}

fn runs(program: &str, arguments: &[&str]) -> bool {
    Command::new(program)
        .args(arguments)
        .output()
        .is_ok_and(|output| output.status.success())
}

/// The command for the package manager that this machine has.
fn how_to_install() -> String {
    const MANAGERS: [(&str, &str); 5] = [
        ("apt-get", "sudo apt-get install python3 python3-venv"),
        ("dnf", "sudo dnf install python3"),
        ("pacman", "sudo pacman -S python"),
        ("apk", "sudo apk add python3"),
        ("brew", "brew install python"),
    ];
    let path = env::var_os("PATH").unwrap_or_default();
    let on_path = |name: &str| env::split_paths(&path).any(|folder| folder.join(name).is_file());
    MANAGERS
        .iter()
        .find(|(manager, _)| on_path(manager))
        .map_or("see https://www.python.org/downloads/", |(_, command)| {
            command
        })
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUIREMENTS: &str = "# emulator\nministack==1.5.33\naws-sam-translator==1.115.0\n\n";

    #[test]
    fn other_requirements_have_another_stamp() {
        let stamped = stamp(REQUIREMENTS, "3.11.7");
        assert_eq!(stamped, stamp(REQUIREMENTS, "3.11.7"));
        assert_ne!(stamped, stamp("ministack==1.5.34\n", "3.11.7"));
        assert_ne!(stamped, stamp(REQUIREMENTS, "3.12.1"));
    }

    #[test]
    fn packages_are_named_without_their_versions() {
        assert_eq!(asked_for(REQUIREMENTS), ["ministack", "aws-sam-translator"]);
    }

    #[test]
    fn progress_counts_the_packages_asked_for() {
        let asked = asked_for(REQUIREMENTS);
        let line = "Collecting aws-sam-translator==1.115.0 (from -r requirements.txt (line 3))";
        assert_eq!(
            describe(line, &asked).as_deref(),
            Some("fetching 2 of 2: aws-sam-translator")
        );
        assert_eq!(describe("Collecting six>=1.5", &asked), None);
    }

    #[test]
    fn an_old_python_is_not_new_enough() {
        assert!(is_new_enough("3.10.0") && is_new_enough("3.14.0rc1"));
        assert!(!is_new_enough("3.9.18") && !is_new_enough("2.7.18") && !is_new_enough("?"));
    }

    #[test]
    fn an_environment_without_its_stamp_is_not_finished() {
        let folder = tempfile::tempdir().unwrap();
        let environment = Environment {
            folder: folder.path().to_owned(),
            requirements: folder.path().join("requirements.txt"),
        };
        assert!(!environment.is_finished("stamp"));
        fs::write(environment.stamp_file(), "stamp").unwrap();
        assert!(!environment.is_finished("stamp"), "its python is missing");
    }
}
