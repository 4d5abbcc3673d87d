//! Odoo's dump on its way into the bucket and back, of which memory holds a part at a time.

use std::time::Duration;
use std::{io, mem};

use ports::{Archive, CallError, DatabaseDump, Octets, Upload, Uploads};
use sha2::{Digest, Sha256};

use super::files::hex;
use super::manifest::{Item, Manifest};
use super::{DUMP, Damage};

/// How long a part is, in octets.
const PART: usize = 8 << 20;

/// Writes the dump into a backup's folder and reads it back.
pub(super) async fn stream(
    odoo: &dyn DatabaseDump,
    within: Duration,
    archive: &dyn Uploads,
    folder: &str,
) -> Result<Item, Damage> {
    let key = format!("{folder}odoo.zip");
    let mut octets = odoo.dump(within).await?;
    let mut upload = archive.begin(&key, "application/zip").await?;
    let (length, sha256) = match pour(&mut *octets, &mut *upload).await {
        Ok(poured) => poured,
        Err(error) => {
            if let Err(left) = upload.give_up().await {
                tracing::warn!(
                    object = key,
                    "Half of a dump stays in the bucket until its rule clears it away: {left}"
                );
            }
            return Err(error.into());
        }
    };
    upload.finish().await?;
    let file = Item {
        key,
        kind: DUMP.to_owned(),
        rows: 0,
        octets: length,
        sha256,
    };
    read_through(archive, &file, &mut |_| Ok(())).await?;
    Ok(file)
}

/// How many octets came, and their SHA-256.
async fn pour(from: &mut dyn Octets, into: &mut dyn Upload) -> Result<(u64, String), CallError> {
    let (mut length, mut sha256) = (0, Sha256::new());
    let mut part = Vec::with_capacity(PART);
    while let Some(piece) = from.next().await? {
        length += piece.len() as u64;
        sha256.update(&piece);
        part.extend_from_slice(&piece);
        while part.len() >= PART {
            let rest = part.split_off(PART);
            into.add(mem::replace(&mut part, rest)).await?;
        }
    }
    if !part.is_empty() {
        into.add(part).await?;
    }
    Ok((length, hex(&sha256.finalize())))
}

/// Writes the dump of a backup, part by part. Whether it is what was written is known when all of it was read.
pub async fn write_dump<'a>(
    archive: &dyn Archive,
    of: &'a Manifest,
    write: &mut (dyn FnMut(&[u8]) -> io::Result<()> + Send),
) -> Result<&'a Item, Damage> {
    let exported = || Damage::Exported(of.name.clone());
    let file = of.dump().ok_or_else(exported)?;
    read_through(archive, file, write).await?;
    Ok(file)
}

/// Reads a dump that is what was written, part by part.
pub(super) async fn read_through(
    archive: &dyn Archive,
    file: &Item,
    write: &mut (dyn FnMut(&[u8]) -> io::Result<()> + Send),
) -> Result<(), Damage> {
    let damage = |what: &str| Damage::File {
        key: file.key.clone(),
        what: what.to_owned(),
    };
    let (mut at, mut sha256) = (0, Sha256::new());
    loop {
        let part = match archive.read_part(&file.key, at, PART as u64).await {
            Err(CallError::NotFound { .. }) => return Err(damage("is missing")),
            part => part?,
        };
        sha256.update(&part);
        write(&part)?;
        at += part.len() as u64;
        if part.len() < PART {
            break;
        }
    }
    if at != file.octets || hex(&sha256.finalize()) != file.sha256 {
        return Err(damage("is not what was written: its SHA-256 differs"));
    }
    Ok(())
}
