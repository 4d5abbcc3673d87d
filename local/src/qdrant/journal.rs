//! What a store went through, one change a line, so that it outlives the process.
//!
//! Opening it writes it anew in its shortest form, unless it has that form. A last line that broke
//! off was never answered for, and is left out; any other line that cannot be read is an error.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Seek, SeekFrom, Write};
use std::path::Path;

use testkit::knowledge::{Change, Store};

/// The file to which changes are added.
pub(super) struct Journal(File);

impl Journal {
    /// The journal in a folder, and the store that it tells of.
    pub(super) fn open(folder: &Path) -> io::Result<(Self, Store)> {
        fs::create_dir_all(folder)?;
        let path = folder.join("changes.jsonl");
        let replayed = match File::open(&path) {
            Ok(file) => replayed(file)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Replayed::default(),
            Err(error) => return Err(error),
        };
        let store = replayed.store;
        let file = if replayed.lines == Some(store.fewest_changes()) {
            File::options().write(true).open(&path)?
        } else {
            let fresh = folder.join("changes.jsonl.new");
            let file = written(&store, &fresh)?;
            fs::rename(&fresh, &path)?;
            file
        };
        let mut journal = Self(file);
        journal.0.seek(SeekFrom::End(0))?;
        Ok((journal, store))
    }

    /// Adds changes at the end in one write: all of them, or where that fails, none.
    pub(super) fn append(&mut self, changes: &[Change]) -> io::Result<()> {
        let mut lines = vec![];
        for change in changes {
            line(&mut lines, change)?;
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

fn line(mut to: impl Write, change: &Change) -> io::Result<()> {
    serde_json::to_writer(&mut to, change)?;
    to.write_all(b"\n")
}

/// A file with the fewest changes that make a store, on disk for good.
fn written(store: &Store, path: &Path) -> io::Result<File> {
    let mut file = BufWriter::new(File::create(path)?);
    for change in store.changes() {
        line(&mut file, &change)?;
    }
    let file = file.into_inner()?;
    file.sync_all()?;
    Ok(file)
}

/// What a journal tells.
#[derive(Default)]
struct Replayed {
    store: Store,
    /// How many lines it has, where none broke off.
    lines: Option<usize>,
}

fn replayed(file: File) -> io::Result<Replayed> {
    let mut file = BufReader::with_capacity(1 << 20, file);
    let mut store = Store::default();
    let mut lines = 0;
    let mut line = vec![];
    while file.read_until(b'\n', &mut line)? > 0 {
        if !line.ends_with(b"\n") {
            return Ok(Replayed { store, lines: None });
        }
        if !line.trim_ascii().is_empty() {
            store.apply(serde_json::from_slice(&line)?);
        }
        lines += 1;
        line.clear();
    }
    let lines = Some(lines);
    Ok(Replayed { store, lines })
}
