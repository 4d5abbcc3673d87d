//! The ZIP file that a Word document is, unpacked within bounds.

use std::io::{Cursor, Read};

use zip::ZipArchive;
use zip::result::ZipError;

use crate::Limits;
use crate::decode;
use crate::unreadable::{Kind, Unreadable};

/// How files of Word before 2007 begin, and those that are locked by a password (MS-CFB, 2.2).
const COMPOUND_FILE: [u8; 4] = [0xD0, 0xCF, 0x11, 0xE0];

/// The part of a compound file that holds a locked document (MS-OFFCRYPTO, 2.1), as UTF-16.
const LOCKED_PART: &str = "EncryptedPackage";

pub(super) struct Package<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    limits: Limits,
}

impl<'a> Package<'a> {
    pub(super) fn open(octets: &'a [u8], limits: Limits) -> Result<Self, Unreadable> {
        if octets.starts_with(&COMPOUND_FILE) {
            let part: Vec<u8> = LOCKED_PART
                .encode_utf16()
                .flat_map(u16::to_le_bytes)
                .collect();
            let is_locked = octets.windows(part.len()).any(|window| window == part);
            return Err(if is_locked {
                Unreadable::Encrypted
            } else {
                Unreadable::broken(Kind::Docx, "it is of a Word before 2007; save it as .docx")
            });
        }
        let archive = ZipArchive::new(Cursor::new(octets))
            .map_err(|error| Unreadable::broken(Kind::Docx, error))?;
        Ok(Self { archive, limits })
    }

    /// A part's text. What a part claims to unpack to is checked, and what it does unpack to as well.
    pub(super) fn part(&mut self, name: &str) -> Result<Option<String>, Unreadable> {
        let most = u64::try_from(self.limits.octets).unwrap_or(u64::MAX);
        let too_large = Unreadable::TooLarge {
            kind: Kind::Docx,
            limit: self.limits.octets,
            unit: "octets when unpacked",
        };
        let part = match self.archive.by_name(name) {
            Ok(part) => part,
            Err(ZipError::FileNotFound) => return Ok(None),
            Err(ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED)) => {
                return Err(Unreadable::Encrypted);
            }
            Err(error) => return Err(Unreadable::broken(Kind::Docx, error)),
        };
        if part.size() > most {
            return Err(too_large);
        }
        let mut octets = Vec::new();
        part.take(most + 1)
            .read_to_end(&mut octets)
            .map_err(|error| Unreadable::broken(Kind::Docx, error))?;
        if octets.len() > self.limits.octets {
            return Err(too_large);
        }
        decode::text(&octets).map(Some)
    }
}
