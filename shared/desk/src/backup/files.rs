//! Rows in compressed files of some megabytes, so that a backup takes no more memory than one of them.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use ports::{Archive, CallError};
use sha2::{Digest, Sha256};

use super::{Damage, Item};

/// How long a file gets before the next one is begun, in octets, not compressed yet.
const LONGEST: usize = 8 << 20;
/// The longest content that is read back: what is longer was not written here.
const MOST: u64 = 4 * LONGEST as u64;

/// Writes rows of one kind after the other. Every file is read back before the next one is begun.
pub(super) struct Writer<'a> {
    archive: &'a dyn Archive,
    folder: String,
    open: Option<Open>,
    files: Vec<Item>,
}

struct Open {
    kind: &'static str,
    rows: u64,
    length: usize,
    content: GzEncoder<Vec<u8>>,
}

impl<'a> Writer<'a> {
    pub fn new(archive: &'a dyn Archive, folder: String) -> Self {
        Self {
            archive,
            folder,
            open: None,
            files: vec![],
        }
    }

    pub async fn add(&mut self, kind: &'static str, row: &str) -> Result<(), Damage> {
        let fits = |open: &Open| open.kind == kind && open.length < LONGEST;
        if !self.open.as_ref().is_some_and(fits) {
            self.close().await?;
        }
        let open = self.open.get_or_insert_with(|| Open {
            kind,
            rows: 0,
            length: 0,
            content: GzEncoder::new(vec![], Compression::default()),
        });
        let written = open.content.write_all(row.as_bytes());
        written
            .and_then(|()| open.content.write_all(b"\n"))
            .map_err(broken)?;
        open.rows += 1;
        open.length += row.len() + 1;
        Ok(())
    }

    async fn close(&mut self) -> Result<(), Damage> {
        let Some(open) = self.open.take() else {
            return Ok(());
        };
        let content = open.content.finish().map_err(broken)?;
        let number = self.files.len() + 1;
        let key = format!("{}{}-{number:04}.jsonl.gz", self.folder, open.kind);
        self.archive
            .write(&key, "application/gzip", &content)
            .await?;
        let file = Item {
            key,
            kind: open.kind.to_owned(),
            rows: open.rows,
            octets: content.len() as u64,
            sha256: hex(&Sha256::digest(&content)),
        };
        read_back(self.archive, &file).await?;
        self.files.push(file);
        Ok(())
    }

    pub async fn done(mut self) -> Result<Vec<Item>, Damage> {
        self.close().await?;
        Ok(self.files)
    }
}

fn broken(error: std::io::Error) -> CallError {
    CallError::unreachable("the compression", error)
}

pub(super) fn hex(digest: &[u8]) -> String {
    digest.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// The rows of a file that is what was written.
pub(super) async fn read_back(archive: &dyn Archive, file: &Item) -> Result<String, Damage> {
    let damage = |what: &str| Damage::File {
        key: file.key.clone(),
        what: what.to_owned(),
    };
    let content = match archive.read(&file.key).await {
        Err(CallError::NotFound { .. }) => return Err(damage("is missing")),
        content => content?,
    };
    if hex(&Sha256::digest(&content)) != file.sha256 {
        return Err(damage("is not what was written: its SHA-256 differs"));
    }
    let mut text = String::new();
    let mut read = GzDecoder::new(&content[..]).take(MOST);
    read.read_to_string(&mut text)
        .map_err(|_| damage("cannot be unpacked"))?;
    if text.lines().count() as u64 != file.rows {
        return Err(damage("has another number of rows than its manifest says"));
    }
    Ok(text)
}
