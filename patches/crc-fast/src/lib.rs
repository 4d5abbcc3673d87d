//! What the AWS SDK uses of the crate crc-fast, which it stands in for (`[patch.crates-io]` in the root manifest): three
//! checksums. The crate itself brings tables for forty, 0.6 MB of what Lambda fetches, for which no feature can be
//! turned off. docs/adr/0034-checksums-of-our-own.md says why it is here.

/// The checksums that S3 knows, and the SDK leaves to this crate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CrcAlgorithm {
    /// CRC-32, as in zip files (ISO/HDLC).
    Crc32IsoHdlc,
    /// CRC-32C (RFC 3720, section 12.1).
    Crc32Iscsi,
    /// CRC-64 of the NVM Command Set specification, section 5.2.1.3.4.
    Crc64Nvme,
}

/// A checksum of octets that come piece by piece.
#[derive(Debug, Clone)]
pub struct Digest(Sum);

#[derive(Debug, Clone)]
enum Sum {
    // Most are of this kind, and there is hardware for it.
    Crc32(crc32fast::Hasher),
    ByTable {
        table: &'static [u64; 256],
        /// All ones, in the checksum's width: what it begins with, and what it is turned over by at its end.
        ones: u64,
        state: u64,
    },
}

static CRC32C: [u64; 256] = table(0x82f6_3b78);
static CRC64_NVME: [u64; 256] = table(0x9a6c_9329_ac4b_c9b5);

/// What each octet does to a checksum that takes its bits lowest first, with this polynomial.
const fn table(polynomial: u64) -> [u64; 256] {
    let mut table = [0; 256];
    let mut octet = 0;
    while octet < 256 {
        let mut value = octet as u64;
        let mut bit = 0;
        while bit < 8 {
            let carry = if value & 1 == 1 { polynomial } else { 0 };
            value = (value >> 1) ^ carry;
            bit += 1;
        }
        table[octet] = value;
        octet += 1;
    }
    table
}

impl Digest {
    /// The checksum of nothing yet.
    pub fn new(algorithm: CrcAlgorithm) -> Self {
        let by_table = |table, ones| Sum::ByTable {
            table,
            ones,
            state: ones,
        };
        Self(match algorithm {
            CrcAlgorithm::Crc32IsoHdlc => Sum::Crc32(crc32fast::Hasher::new()),
            CrcAlgorithm::Crc32Iscsi => by_table(&CRC32C, u64::from(u32::MAX)),
            CrcAlgorithm::Crc64Nvme => by_table(&CRC64_NVME, u64::MAX),
        })
    }

    /// Takes the next octets.
    pub fn update(&mut self, octets: &[u8]) {
        match &mut self.0 {
            Sum::Crc32(sum) => sum.update(octets),
            Sum::ByTable { table, state, .. } => {
                for octet in octets {
                    let [lowest, ..] = state.to_le_bytes();
                    *state = (*state >> 8) ^ table[usize::from(lowest ^ octet)];
                }
            }
        }
    }

    /// The checksum of all octets so far. Of those with 32 bits, the upper half is empty.
    pub fn finalize(&self) -> u64 {
        match &self.0 {
            Sum::Crc32(sum) => u64::from(sum.clone().finalize()),
            Sum::ByTable { ones, state, .. } => state ^ ones,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The octets over which catalogues of checksums state them.
    const NINE: &[u8] = b"123456789";

    fn of(algorithm: CrcAlgorithm, pieces: &[&[u8]]) -> u64 {
        let mut sum = Digest::new(algorithm);
        for piece in pieces {
            sum.update(piece);
        }
        sum.finalize()
    }

    #[test]
    fn each_checksum_is_what_its_catalogue_states() {
        assert_eq!(of(CrcAlgorithm::Crc32IsoHdlc, &[NINE]), 0xcbf4_3926);
        assert_eq!(of(CrcAlgorithm::Crc32Iscsi, &[NINE]), 0xe306_9283);
        assert_eq!(of(CrcAlgorithm::Crc64Nvme, &[NINE]), 0xae8b_1486_0a79_9888);
    }

    #[test]
    fn octets_in_pieces_have_the_checksum_of_the_whole() {
        for algorithm in [
            CrcAlgorithm::Crc32IsoHdlc,
            CrcAlgorithm::Crc32Iscsi,
            CrcAlgorithm::Crc64Nvme,
        ] {
            let (first, second) = NINE.split_at(4);
            assert_eq!(of(algorithm, &[first, b"", second]), of(algorithm, &[NINE]));
        }
    }

    #[test]
    fn nothing_has_the_checksum_zero() {
        assert_eq!(of(CrcAlgorithm::Crc32Iscsi, &[]), 0);
        assert_eq!(of(CrcAlgorithm::Crc64Nvme, &[]), 0);
    }
}
