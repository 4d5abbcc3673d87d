//! Backups, on fakes.

use std::sync::Arc;

use async_trait::async_trait;
use ports::{Archive, CallError, Chunk, ExportedTicket, Knowledge, Space, TicketExport};
use testkit::FakeClock;
use testkit::archive::FakeArchive;
use testkit::knowledge::FakeKnowledge;
use time::macros::date;

use super::*;

/// So many tickets.
struct Tickets(i64);

#[async_trait]
impl TicketExport for Tickets {
    async fn tickets_after(&self, id: i64, limit: u32) -> Result<Vec<ExportedTicket>, CallError> {
        let last = self.0.min(id + i64::from(limit));
        let ticket = |id| ExportedTicket {
            id,
            json: format!(r#"{{"ticket":{{"id":{id}}}}}"#),
        };
        Ok((id + 1..=last).map(ticket).collect())
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
    archive: Arc<FakeArchive>,
    clock: Arc<FakeClock>,
    backups: Backups,
}

fn place(pieces: u8, tickets: i64) -> Place {
    let chunks = (0..pieces).map(chunk).collect();
    let knowledge = Arc::new(FakeKnowledge::serving_with(space(), chunks));
    let (archive, clock) = (Arc::<FakeArchive>::default(), Arc::<FakeClock>::default());
    Place {
        backups: Backups {
            knowledge: knowledge.clone(),
            tickets: Arc::new(Tickets(tickets)),
            archive: archive.clone(),
            clock: clock.clone(),
        },
        knowledge,
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
    let made = place.backups.make().await.unwrap();
    assert_eq!(made.manifest.rows("knowledge"), 12);
    assert_eq!(made.manifest.rows("tickets"), 250);
    let empty = FakeKnowledge::default();
    let restored = restore(&*place.archive, &empty, &made.manifest).await;
    let restored = restored.unwrap();
    assert_eq!((restored.pieces, restored.removed), (12, 0));
    assert_eq!(all(&empty).await, all(&*place.knowledge).await);
    assert_eq!(empty.serving().await.unwrap(), Some(space()));
    let tickets = tickets(&*place.archive, &made.manifest).await.unwrap();
    assert_eq!(tickets.lines().count(), 250);
}

#[tokio::test]
async fn what_came_after_the_backup_goes_where_it_is_restored() {
    let place = place(4, 0);
    let made = place.backups.make().await.unwrap();
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
    let made = place.backups.make().await.unwrap();
    let key = &made.manifest.files[0].key;
    place.archive.write(key, "x", b"something").await.unwrap();
    let empty = FakeKnowledge::default();
    for what in ["its SHA-256 differs", "is missing"] {
        let checked = check(&*place.archive, &made.manifest).await.unwrap_err();
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
    let made = place.backups.make().await.unwrap();
    assert_eq!(made.before, None);
    assert_eq!(list(&*place.archive).await.unwrap(), [made.manifest.name]);
}

#[tokio::test]
async fn a_backup_that_is_less_than_half_of_the_one_before_is_small() {
    let place = place(60, 2_000);
    assert!(!place.backups.make().await.unwrap().is_small());
    place.clock.pass(time::Duration::DAY);
    assert!(!place.backups.make().await.unwrap().is_small());
    let fewer = Backups {
        tickets: Arc::new(Tickets(1)),
        knowledge: Arc::new(FakeKnowledge::serving_with(space(), vec![chunk(1)])),
        archive: place.archive.clone(),
        clock: place.clock.clone(),
    };
    place.clock.pass(time::Duration::DAY);
    assert!(fewer.make().await.unwrap().is_small());
    assert_eq!(list(&*place.archive).await.unwrap().len(), 3);
}

#[tokio::test]
async fn without_a_knowledge_base_the_tickets_are_backed_up_all_the_same() {
    let mut place = place(1, 5);
    place.backups.knowledge = Arc::new(FakeKnowledge::default());
    let made = place.backups.make().await.unwrap();
    assert_eq!(made.manifest.rows("tickets"), 5);
    let restored = restore(&*place.archive, &*place.knowledge, &made.manifest).await;
    assert!(matches!(restored, Err(Damage::Empty(_))));
}
