//! The rooms of this house as cargo sees them.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use cargo_metadata::{DependencyKind, MetadataCommand, Package, TargetKind};

/// One crate of the workspace.
#[derive(Debug, Clone)]
pub struct Room {
    /// The package's name.
    pub name: String,
    /// Its folder below the workspace's root, such as `shared/domain`.
    pub folder: String,
    /// The packages that it links: normal and build dependencies, not those of its tests alone.
    pub links: Vec<String>,
    /// Whether its manifest takes over the workspace's lints.
    pub inherits_lints: bool,
    /// Whether it makes a program.
    pub has_binary: bool,
}

impl Room {
    /// Whether this room becomes a Lambda function.
    pub fn is_function(&self) -> bool {
        self.folder.starts_with("functions/")
    }
}

/// The workspace that this command runs in.
#[derive(Debug, Clone)]
pub struct Workspace {
    /// The folder of the root manifest.
    pub root: PathBuf,
    /// Where cargo puts what it builds.
    pub target: PathBuf,
    /// All of its crates.
    pub rooms: Vec<Room>,
}

impl Workspace {
    /// Reads the workspace around this crate.
    pub fn read() -> Result<Self> {
        // Cargo tells at run time where it runs; what was compiled in may be another clone's folder,
        // for clones share one target folder.
        let here = env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let metadata = MetadataCommand::new()
            .cargo_path(cargo_path())
            .manifest_path(here.with_file_name("Cargo.toml"))
            .no_deps()
            .exec()
            .context("cargo metadata failed")?;
        let root = metadata.workspace_root.clone().into_std_path_buf();
        let rooms = metadata
            .packages
            .iter()
            .map(|package| room(package, &root))
            .collect::<Result<_>>()?;
        Ok(Self {
            root,
            target: metadata.target_directory.into_std_path_buf(),
            rooms,
        })
    }

    /// Where programs built in the dev profile lie.
    pub fn binaries(&self) -> PathBuf {
        self.target.join("debug")
    }

    /// The rooms that become Lambda functions.
    pub fn functions(&self) -> impl Iterator<Item = &Room> {
        self.rooms.iter().filter(|room| room.is_function())
    }
}

fn room(package: &Package, root: &Path) -> Result<Room> {
    let manifest = package.manifest_path.as_std_path();
    let text = std::fs::read_to_string(manifest)
        .with_context(|| format!("cannot read {}", manifest.display()))?;
    let folder = manifest.parent().unwrap_or(root);
    let folder = folder.strip_prefix(root).unwrap_or(folder);
    Ok(Room {
        name: package.name.to_string(),
        folder: folder.to_string_lossy().replace('\\', "/"),
        links: package
            .dependencies
            .iter()
            .filter(|dependency| dependency.kind != DependencyKind::Development)
            .map(|dependency| dependency.name.clone())
            .collect(),
        inherits_lints: inherits_lints(&text),
        has_binary: package
            .targets
            .iter()
            .any(|target| target.kind.contains(&TargetKind::Bin)),
    })
}

/// Whether a manifest says `[lints] workspace = true`. Cargo's metadata does not tell.
fn inherits_lints(manifest: &str) -> bool {
    let mut table = "";
    manifest.lines().map(str::trim).any(|line| {
        if line.starts_with('[') {
            table = line;
        }
        let bare: String = line.split_whitespace().collect();
        (table == "[lints]" && bare.starts_with("workspace=true"))
            || bare.starts_with("lints.workspace=true")
    })
}

/// The cargo that runs this command, or the one on the path.
fn cargo_path() -> PathBuf {
    env::var_os("CARGO").map_or_else(|| "cargo".into(), PathBuf::from)
}

/// A cargo command in the workspace's root. What `cargo run` told this process about its own package
/// is taken out, since build scripts that watch those variables would run again each time.
pub fn cargo(root: &Path) -> Command {
    let mut command = Command::new(cargo_path());
    command.current_dir(root);
    for (name, _) in env::vars_os() {
        let of_this_package = name.to_str().is_some_and(|name| {
            name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
        });
        if of_this_package {
            command.env_remove(name);
        }
    }
    command
}

/// The search path with one folder more, at its beginning: where cargo finds a subcommand that was
/// installed there.
pub fn path_beginning_with(folder: PathBuf) -> Result<OsString> {
    let before = env::var_os("PATH").unwrap_or_default();
    let folders = [folder].into_iter().chain(env::split_paths(&before));
    env::join_paths(folders).context("PATH holds what no path can")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lints_table_is_found() {
        assert!(inherits_lints("[package]\n[lints]\nworkspace = true\n"));
        assert!(inherits_lints("[package]\nlints.workspace = true\n"));
    }

    #[test]
    fn another_tables_workspace_key_is_not_the_lints() {
        assert!(!inherits_lints(
            "[lints.rust]\n[dependencies]\nworkspace = true\n"
        ));
    }
}
