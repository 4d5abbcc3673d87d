//! `helpdesk knowledge sync`: a folder becomes the bucket, and the bucket the index.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use archive_s3::S3Archive;
use desk::index::{Indexed, Indexing, Reconciled, Uploaded, upload};
use documents::Limits;
use ports::SystemClock;

use super::{Bucket, Place};

pub(super) async fn run(
    folder: &Path,
    place: &Place,
    bucket: Bucket,
    dry_run: bool,
    skip_unreadable: bool,
) -> anyhow::Result<ExitCode> {
    let mut files = BTreeMap::new();
    read_folder(folder, folder, &mut files)?;
    let unreadable = leave_out_unreadable(&mut files);
    for (path, why) in &unreadable {
        eprintln!("{path}: {why}");
    }
    if !unreadable.is_empty() && !skip_unreadable {
        bail!(
            "{} of the documents cannot be read, and nothing was changed: mend or remove them, or leave \
             them out with --skip-unreadable",
            unreadable.len()
        );
    }
    let archive = S3Archive::connect(bucket.bucket).await;
    let uploaded = upload(&archive, &files, dry_run).await;
    let uploaded = uploaded.context("bringing the bucket in step with the folder")?;
    print_upload(&uploaded, dry_run);
    if dry_run {
        return Ok(ExitCode::SUCCESS);
    }
    let indexing = Indexing {
        archive: Arc::new(archive),
        model: place.model(),
        knowledge: place.base.knowledge()?,
        clock: Arc::new(SystemClock),
        space: place.space(),
    };
    let done = indexing.reconcile(None, &progress).await;
    let done = done.context("indexing; what was indexed stays, so run it again to go on")?;
    print_index(&done, &indexing.space.to_string());
    Ok(ExitCode::SUCCESS)
}

/// The files of a folder by their paths in it. Hidden ones are left out.
fn read_folder(
    root: &Path,
    folder: &Path,
    files: &mut BTreeMap<String, Vec<u8>>,
) -> anyhow::Result<()> {
    let entries = fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with('.') {
            continue;
        }
        if path.is_dir() {
            read_folder(root, &path, files)?;
            continue;
        }
        let content = fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
        let inside = path.strip_prefix(root).unwrap_or(&path);
        let parts = inside
            .components()
            .map(|part| part.as_os_str().to_string_lossy());
        files.insert(parts.collect::<Vec<_>>().join("/"), content);
    }
    Ok(())
}

fn leave_out_unreadable(files: &mut BTreeMap<String, Vec<u8>>) -> Vec<(String, String)> {
    let mut unreadable = vec![];
    files.retain(
        |path, content| match documents::read(path, content, Limits::default()) {
            Ok(_) => true,
            Err(why) => {
                unreadable.push((path.clone(), why.to_string()));
                false
            }
        },
    );
    unreadable
}

fn print_upload(done: &Uploaded, dry_run: bool) {
    let would = if dry_run { "would be " } else { "" };
    for key in &done.put {
        println!("{would}uploaded: {key}");
    }
    for key in &done.removed {
        println!("{would}removed: {key}");
    }
    let (put, removed, same) = (done.put.len(), done.removed.len(), done.same);
    println!("bucket: {put} {would}uploaded, {removed} {would}removed, {same} unchanged");
}

fn progress(document: &str, indexed: &Indexed) {
    match indexed {
        Indexed::Changed {
            pieces, embedded, ..
        } => println!("indexed: {document} ({pieces} pieces, {embedded} embedded)"),
        Indexed::Unreadable(why) => eprintln!("{document}: {why}"),
        Indexed::Unchanged { .. } | Indexed::Gone => {}
    }
}

fn print_index(done: &Reconciled, space: &str) {
    let (documents, pieces) = (done.documents, done.pieces);
    println!(
        "index: {documents} documents in {pieces} pieces, {} changed, {} embedded, {} gone",
        done.changed, done.embedded, done.gone
    );
    if done.switched {
        println!("answers are drawn from {space} now");
    }
}
