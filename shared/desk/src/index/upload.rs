//! A folder of documents becomes the bucket's.

use std::collections::BTreeMap;

use ports::{Archive, CallError};

use super::FOLDER;

/// What making the bucket like the folder came to. Keys as in the bucket.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Uploaded {
    /// Documents that are new or have changed.
    pub put: Vec<String>,
    /// Documents that are no more.
    pub removed: Vec<String>,
    /// Documents that are as they were.
    pub same: usize,
}

/// Makes the documents in the bucket those of a folder: the files by their paths in it. With
/// `dry_run`, only tells what would be done. Repeating it does nothing more.
pub async fn upload(
    archive: &dyn Archive,
    folder: &BTreeMap<String, Vec<u8>>,
    dry_run: bool,
) -> Result<Uploaded, CallError> {
    let mut done = Uploaded::default();
    let there = archive.list(FOLDER).await?;
    for (path, content) in folder {
        let key = format!("{FOLDER}{path}");
        let stands = there.contains(&key) && archive.read(&key).await? == *content;
        if stands {
            done.same += 1;
            continue;
        }
        if !dry_run {
            archive.write(&key, media_type(path), content).await?;
        }
        done.put.push(key);
    }
    let gone = |key: &String| !folder.contains_key(&key[FOLDER.len()..]);
    for key in there.into_iter().filter(gone) {
        if !dry_run {
            archive.remove(&key).await?;
        }
        done.removed.push(key);
    }
    Ok(done)
}

fn media_type(path: &str) -> &'static str {
    let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
    match ending.to_ascii_lowercase().as_str() {
        "md" | "markdown" => "text/markdown; charset=utf-8",
        "html" | "htm" => "text/html",
        "txt" => "text/plain; charset=utf-8",
        "pdf" => "application/pdf",
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        _ => "application/octet-stream",
    }
}
