//! What a store went through, one change a line, so that it outlives the process.
//!
//! Opening it writes it anew in its shortest form. A last line that broke off was never answered
//! for, and is left out; any other line that cannot be read is an error.

use std::fs::{self, File};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;

use testkit::knowledge::{Change, Store};

/// The file to which changes are added.
pub(super) struct Journal(File);

impl Journal {
    /// The journal in a folder, and the store that it tells of.
    pub(super) fn open(folder: &Path) -> io::Result<(Self, Store)> {
        fs::create_dir_all(folder)?;
        let path = folder.join("changes.jsonl");
        let store = match fs::read(&path) {
            Ok(written) => replayed(&written)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Store::default(),
            Err(error) => return Err(error),
        };
        let fresh = folder.join("changes.jsonl.new");
        let mut journal = Self(File::create(&fresh)?);
        let changes: Vec<Change> = store.changes().collect();
        journal.append(&changes)?;
        journal.0.sync_all()?;
        fs::rename(&fresh, &path)?;
        Ok((journal, store))
    }

    /// Adds changes at the end: all of them, or where that fails, none.
    pub(super) fn append(&mut self, changes: &[Change]) -> io::Result<()> {
        let mut lines = vec![];
        for change in changes {
            serde_json::to_writer(&mut lines, change)?;
            lines.push(b'\n');
        }
        let end = self.0.stream_position()?;
        self.0.write_all(&lines).inspect_err(|_| {
            // Half a line in the middle would make the journal unreadable.
            let cut = self
                .0
                .set_len(end)
                .and_then(|()| self.0.seek(SeekFrom::Start(end)));
            if let Err(error) = cut {
                tracing::error!("The journal of Qdrant's stand-in cannot be mended: {error}");
            }
        })
    }
}

fn replayed(written: &[u8]) -> io::Result<Store> {
    let mut store = Store::default();
    let whole = written
        .iter()
        .rposition(|octet| *octet == b'\n')
        .map_or(0, |end| end + 1);
    for line in written[..whole]
        .split(|octet| *octet == b'\n')
        .filter(|line| !line.is_empty())
    {
        store.apply(serde_json::from_slice(line)?);
    }
    Ok(store)
}
