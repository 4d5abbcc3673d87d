//! Backups, on fakes.

mod increments;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration as Within;

use async_trait::async_trait;
use ports::{
    Archive, CallError, Chunk, Clock, DatabaseDump, ExportedTicket, Knowledge, Octets, Space,
    TicketExport,
};
use testkit::archive::FakeArchive;
use testkit::faults::lock;
use testkit::knowledge::FakeKnowledge;
use testkit::{FakeClock, Fault};
use time::macros::date;
use time::{Duration, OffsetDateTime};

use super::*;

/// Tickets with what they say, and when they were changed last. Asking for some takes a while.
struct Tickets {
    clock: Arc<FakeClock>,
    takes: Mutex<Duration>,
    all: Mutex<BTreeMap<i64, (OffsetDateTime, String)>>,
    asked: Mutex<Vec<i64>>,
}

impl Tickets {
    fn new(clock: Arc<FakeClock>, count: i64) -> Self {
        let all = (1..=count).map(|id| (id, (clock.now(), "new".to_owned())));
        Self {
            takes: Mutex::default(),
            all: Mutex::new(all.collect()),
            asked: Mutex::default(),
            clock,
        }
    }

    /// Makes a ticket, or changes it.
    fn says(&self, id: i64, text: &str) {
        lock(&self.all).insert(id, (self.clock.now(), text.to_owned()));
    }

    fn deletes(&self, id: i64) {
        lock(&self.all).remove(&id);
    }

    /// The ids that were asked for since this was called last.
    fn were_asked_for(&self) -> Vec<i64> {
        std::mem::take(&mut lock(&self.asked))
    }
}

#[async_trait]
impl TicketExport for Tickets {
    async fn living(&self) -> Result<Vec<i64>, CallError> {
        Ok(lock(&self.all).keys().copied().collect())
    }

    async fn changed_since(&self, since: OffsetDateTime) -> Result<Vec<i64>, CallError> {
        let all = lock(&self.all);
        let changed = all.iter().filter(|(_, (changed, _))| *changed >= since);
        Ok(changed.map(|(id, _)| *id).collect())
    }

    async fn export(&self, ids: &[i64]) -> Result<Vec<ExportedTicket>, CallError> {
        self.clock.pass(*lock(&self.takes));
        lock(&self.asked).extend(ids);
        let all = lock(&self.all);
        let there = ids.iter().filter_map(|id| {
            let (_, text) = all.get(id)?;
            let json = format!(r#"{{"ticket":{{"id":{id}}},"says":"{text}"}}"#);
            Some(ExportedTicket { id: *id, json })
        });
        Ok(there.collect())
    }
}

/// Dumps these pieces, and breaks off where it is said to.
struct Dump {
    pieces: Vec<Vec<u8>>,
    breaks_off: bool,
}

#[async_trait]
impl DatabaseDump for Dump {
    async fn dump(&self, _: Within) -> Result<Box<dyn Octets>, CallError> {
        Ok(Box::new(Pieces(
            self.pieces.clone().into_iter(),
            self.breaks_off,
        )))
    }
}

struct Pieces(std::vec::IntoIter<Vec<u8>>, bool);

#[async_trait]
impl Octets for Pieces {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, CallError> {
        match self.0.next() {
            None if self.1 => Err(CallError::unreachable("odoo", "its dump broke off")),
            piece => Ok(piece),
        }
    }
}

fn space() -> Space {
    Space {
        model: "model".to_owned(),
        dimensions: 3,
    }
}

fn chunk(number: u8) -> Chunk {
    Chunk {
        id: format!("00000000-0000-0000-0000-0000000000{number:02x}"),
        document: format!("knowledge/{}.md", number % 3),
        position: u32::from(number),
        title: "Cards".to_owned(),
        link: Some("https://help.bank.test/cards".to_owned()),
        text: format!("Piece {number}, says “ten euros”."),
        language: Some("en".to_owned()),
        product: None,
        valid_from: Some(date!(2026 - 01 - 31)),
        valid_until: None,
        vector: vec![0.1, 1.0 / 3.0, f32::from(number)],
        terms: vec![(7, 0.123_456_79)],
    }
}

struct Place {
    knowledge: Arc<FakeKnowledge>,
    tickets: Arc<Tickets>,
    archive: Arc<FakeArchive>,
    clock: Arc<FakeClock>,
    backups: Backups,
}

impl Place {
    async fn makes(&self) -> Made {
        let until = self.clock.now() + Duration::minutes(15);
        self.backups.make(until).await.unwrap()
    }

    /// The tickets of a backup, in the order of their ids, with what they say.
    async fn brings_back(&self, manifest: &Manifest) -> Vec<(i64, String)> {
        let mut rows = vec![];
        let mut keep = |line: &str| {
            let row: serde_json::Value = serde_json::from_str(line)?;
            let says = row["says"].as_str().unwrap_or_default();
            rows.push((row["ticket"]["id"].as_i64().unwrap(), says.to_owned()));
            Ok(())
        };
        let together = tickets(&*self.archive, manifest, &mut keep).await.unwrap();
        assert_eq!(together.tickets, rows.len() as u64);
        rows.sort();
        rows
    }
}

fn place(pieces: u8, count: i64) -> Place {
    let chunks = (0..pieces).map(chunk).collect();
    let knowledge = Arc::new(FakeKnowledge::serving_with(space(), chunks));
    let (archive, clock) = (Arc::<FakeArchive>::default(), Arc::<FakeClock>::default());
    let tickets = Arc::new(Tickets::new(clock.clone(), count));
    Place {
        backups: Backups {
            knowledge: knowledge.clone(),
            tickets: Source::Exported(tickets.clone()),
            archive: archive.clone(),
            clock: clock.clone(),
        },
        knowledge,
        tickets,
        archive,
        clock,
    }
}

async fn all(knowledge: &dyn Knowledge) -> Vec<Chunk> {
    let mut all = vec![];
    for document in knowledge.held(&space()).await.unwrap().into_keys() {
        all.extend(knowledge.pieces(&space(), &document).await.unwrap());
    }
    all
}

#[tokio::test]
async fn what_was_lost_comes_back_as_it_was() {
    let place = place(12, 250);
    let made = place.makes().await;
    assert_eq!(made.manifest.rows("knowledge"), 12);
    assert_eq!(made.manifest.living(), Some(250));
    let empty = FakeKnowledge::default();
    let restored = restore(&*place.archive, &empty, &made.manifest).await;
    let restored = restored.unwrap();
    assert_eq!((restored.pieces, restored.removed), (12, 0));
    assert_eq!(all(&empty).await, all(&*place.knowledge).await);
    assert_eq!(empty.serving().await.unwrap(), Some(space()));
    assert_eq!(place.brings_back(&made.manifest).await.len(), 250);
}

#[tokio::test]
async fn what_came_after_the_backup_goes_where_it_is_restored() {
    let place = place(4, 0);
    let made = place.makes().await;
    place.knowledge.put(&space(), &[chunk(9)]).await.unwrap();
    let compared = compare(&*place.archive, &*place.knowledge, &made.manifest).await;
    assert_eq!(compared.unwrap(), (4, 5));
    let restored = restore(&*place.archive, &*place.knowledge, &made.manifest).await;
    assert_eq!(restored.unwrap().removed, 1);
    assert_eq!(all(&*place.knowledge).await.len(), 4);
}

#[tokio::test]
async fn a_file_that_was_changed_or_lost_is_named_and_nothing_is_restored() {
    let place = place(4, 3);
    let made = place.makes().await;
    let key = &made.manifest.files[0].key;
    place.archive.write(key, "x", b"something").await.unwrap();
    let empty = FakeKnowledge::default();
    for what in ["its SHA-256 differs", "is missing"] {
        let checked = verify(&*place.archive, &made.manifest).await.unwrap_err();
        assert!(checked.to_string().contains(key), "{checked}");
        let restored = restore(&*place.archive, &empty, &made.manifest).await;
        let refused = restored.unwrap_err().to_string();
        assert!(refused.contains(what), "{refused}");
        place.archive.remove(key).await.unwrap();
    }
    assert_eq!(empty.serving().await.unwrap(), None);
}

#[tokio::test]
async fn what_has_no_manifest_is_no_backup() {
    let place = place(1, 0);
    let key = format!("{FOLDER}2026-01-01T00-00-00Z/knowledge-0001.jsonl.gz");
    place.archive.write(&key, "x", b"half").await.unwrap();
    assert_eq!(list(&*place.archive).await.unwrap(), [""; 0]);
    let missing = manifest(&*place.archive, "2026-01-01T00-00-00Z").await;
    assert!(matches!(missing, Err(Damage::Missing(_))));
    let made = place.makes().await;
    assert_eq!(made.before, None);
    assert_eq!(list(&*place.archive).await.unwrap(), [made.manifest.name]);
}

#[tokio::test]
async fn where_half_of_the_tickets_are_gone_the_backup_has_shrunk() {
    let place = place(4, 100);
    place.clock.pass(Duration::HOUR);
    assert_eq!(place.makes().await.shrunk(), None);
    place.clock.pass(Duration::DAY);
    // Nothing changed, so that hardly anything is written.
    let second = place.makes().await;
    assert_eq!(
        (second.shrunk(), second.manifest.rows("tickets")),
        (None, 0)
    );
    (1..=51).for_each(|id| place.tickets.deletes(id));
    place.clock.pass(Duration::DAY);
    let expected = Shrunk {
        what: "tickets",
        now: 49,
        before: 100,
    };
    assert_eq!(place.makes().await.shrunk(), Some(expected));
}

#[tokio::test]
async fn where_all_documents_are_gone_the_backup_has_shrunk() {
    let mut place = place(1, 5);
    place.makes().await;
    place.clock.pass(Duration::DAY);
    place.backups.knowledge = Arc::new(FakeKnowledge::default());
    let shrunk = place.makes().await.shrunk().unwrap();
    assert_eq!(shrunk.what, "pieces of documents");
}

#[tokio::test]
async fn without_a_knowledge_base_the_tickets_are_backed_up_all_the_same() {
    let mut place = place(1, 5);
    place.backups.knowledge = Arc::new(FakeKnowledge::default());
    let made = place.makes().await;
    assert_eq!(made.manifest.rows("tickets"), 5);
    let restored = restore(&*place.archive, &*place.knowledge, &made.manifest).await;
    assert!(matches!(restored, Err(Damage::Empty(_))));
}

/// Eighteen mebibytes that are nowhere the same, in pieces that fit no part.
fn a_dump() -> Vec<Vec<u8>> {
    let piece = |number: u32| -> Vec<u8> {
        let octets = (0..250_000_u32).map(|at| number.wrapping_mul(31).wrapping_add(at));
        octets.flat_map(u32::to_le_bytes).collect()
    };
    (0..19).map(piece).collect()
}

fn dumping(pieces: Vec<Vec<u8>>, breaks_off: bool) -> Place {
    let mut place = place(2, 3);
    place.backups.tickets = Source::Dumped(Arc::new(Dump { pieces, breaks_off }));
    place
}

#[tokio::test]
async fn a_dump_takes_the_place_of_the_tickets_and_comes_back_as_it_was() {
    let place = dumping(a_dump(), false);
    let made = place.makes().await;
    let mut back = vec![];
    let mut keep = |part: &[u8]| {
        back.extend_from_slice(part);
        Ok(())
    };
    let written = write_dump(&*place.archive, &made.manifest, &mut keep).await;
    assert_eq!(written.unwrap().octets, 19_000_000);
    assert!(back == a_dump().concat());
    assert_eq!(made.manifest.tickets, Kind::Dump);
    verify(&*place.archive, &made.manifest).await.unwrap();
    let refused = tickets(&*place.archive, &made.manifest, &mut |_| Ok(())).await;
    assert!(refused.unwrap_err().to_string().contains("--dump FILE"));
}

#[tokio::test]
async fn a_dump_that_breaks_off_leaves_nothing_behind_and_no_backup() {
    let place = dumping(a_dump(), true);
    let until = place.clock.now() + Duration::minutes(15);
    place.backups.make(until).await.unwrap_err();
    assert_eq!(place.archive.on_their_way(), 0);
    assert_eq!(list(&*place.archive).await.unwrap(), [""; 0]);
    let is_dump = |key: &String| key.ends_with("odoo.zip");
    assert!(!place.archive.keys().iter().any(is_dump));
}

#[tokio::test]
async fn a_part_that_cannot_be_written_leaves_nothing_behind() {
    let place = dumping(a_dump(), false);
    place.archive.faults.arm("add", Fault::ServerError, 1);
    let until = place.clock.now() + Duration::minutes(15);
    place.backups.make(until).await.unwrap_err();
    assert_eq!(place.archive.on_their_way(), 0);
}

#[tokio::test]
async fn a_dump_that_was_cut_short_in_the_bucket_is_found_out() {
    let place = dumping(a_dump(), false);
    let made = place.makes().await;
    let key = &made.manifest.dump().unwrap().key;
    let whole = place.archive.read(key).await.unwrap();
    let cut = &whole[..8 << 20];
    place.archive.write(key, "x", cut).await.unwrap();
    let checked = verify(&*place.archive, &made.manifest).await.unwrap_err();
    assert!(checked.to_string().contains(key), "{checked}");
}

#[tokio::test]
async fn a_dump_is_compared_with_a_dump() {
    let mut place = dumping(a_dump(), false);
    place.makes().await;
    place.backups.tickets = Source::Dumped(Arc::new(Dump {
        pieces: vec![b"PK".to_vec()],
        breaks_off: false,
    }));
    place.clock.pass(Duration::DAY);
    let shrunk = place.makes().await.shrunk().unwrap();
    assert_eq!((shrunk.now, shrunk.before), (2, 19_000_000));
    place.backups.tickets = Source::Exported(place.tickets.clone());
    place.clock.pass(Duration::DAY);
    assert_eq!(place.makes().await.shrunk(), None);
}
