//! The mails and documents that `up` and `peaks` play with.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};

const MAILS: &str = "events/mails";
const DOCUMENTS: &str = "events/knowledge";
const BANK: &str = "events/bank";

/// The folder with the sample customers.
pub(crate) fn bank() -> &'static Path {
    Path::new(BANK)
}

/// The mails of a folder, or the samples: file name and octets, in the order of their names.
pub(crate) fn mails(folder: Option<&Path>) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
    let folder = folder.unwrap_or(Path::new(MAILS));
    let mails = files(folder, "eml")?
        .into_iter()
        .map(|(name, path)| Ok((name, fs::read(path)?)))
        .collect::<anyhow::Result<Vec<_>>>()?;
    ensure!(
        !mails.is_empty(),
        "{} holds no .eml files",
        folder.display()
    );
    Ok(mails)
}

/// The sample documents of the knowledge base: file name and text.
pub(crate) fn documents() -> anyhow::Result<Vec<(String, String)>> {
    files(Path::new(DOCUMENTS), "md")?
        .into_iter()
        .map(|(name, path)| Ok((name, fs::read_to_string(path)?)))
        .collect()
}

fn files(folder: &Path, ending: &str) -> anyhow::Result<Vec<(String, PathBuf)>> {
    let entries = fs::read_dir(folder)
        .with_context(|| format!("cannot read the folder {}", folder.display()))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|e| e.eq_ignore_ascii_case(ending))
        {
            let name = path.file_name().map(|n| n.to_string_lossy().into_owned());
            files.push((name.unwrap_or_default(), path));
        }
    }
    files.sort();
    Ok(files)
}

/// The sender as the table shows it.
pub(crate) fn sender(raw: &[u8]) -> String {
    match mail_mime::read(raw, mail_mime::Limits::default()) {
        Ok(mail) => mail
            .from
            .first()
            .map(|a| a.address.clone())
            .unwrap_or_default(),
        Err(_) => "(unreadable)".to_owned(),
    }
}
