//! Backups that build on others.

use super::*;

/// An hour later than everything there is, so that nothing of it counts as new.
fn aged(count: i64) -> Place {
    let place = place(1, count);
    place.clock.pass(Duration::HOUR);
    place
}

fn says(rows: &[(i64, &str)]) -> Vec<(i64, String)> {
    let rows = rows.iter().map(|(id, text)| (*id, (*text).to_owned()));
    rows.collect()
}

impl Place {
    async fn makes_the_next(&self) -> Manifest {
        self.clock.pass(Duration::DAY);
        self.tickets.were_asked_for();
        self.makes().await.manifest
    }

    /// Makes one that has the time for so many hundreds of tickets.
    async fn makes_some_of_the_next(&self, pages: i32) -> Manifest {
        self.clock.pass(Duration::DAY);
        self.tickets.were_asked_for();
        *lock(&self.tickets.takes) = Duration::minutes(1);
        let until = self.clock.now() + Duration::minutes(1) * pages;
        let made = self.backups.make(until).await.unwrap();
        *lock(&self.tickets.takes) = Duration::ZERO;
        made.manifest
    }
}

#[tokio::test]
async fn the_second_backup_has_what_changed_and_brings_back_all_in_their_newest_version() {
    let place = aged(3);
    let first = place.makes().await.manifest;
    assert_eq!(first.tickets, Kind::Full);
    place.tickets.says(2, "changed");
    place.tickets.says(4, "came");
    place.tickets.deletes(1);
    let second = place.makes_the_next().await;
    assert_eq!(second.builds_on(), Some(first.name.as_str()));
    assert_eq!(place.tickets.were_asked_for(), [2, 4]);
    let expected = says(&[(2, "changed"), (3, "new"), (4, "came")]);
    assert_eq!(place.brings_back(&second).await, expected);
    let expected = says(&[(1, "new"), (2, "new"), (3, "new")]);
    assert_eq!(place.brings_back(&first).await, expected);
}

#[tokio::test]
async fn a_change_while_the_last_backup_was_made_is_in_the_next() {
    let place = aged(2);
    // Odoo's clock is behind by five minutes.
    place.tickets.says(1, "changed");
    place.clock.pass(Duration::minutes(5));
    place.makes().await;
    place.makes_the_next().await;
    assert_eq!(place.tickets.were_asked_for(), [1]);
}

#[tokio::test]
async fn a_ticket_that_comes_into_sight_is_exported_although_it_is_old() {
    let place = aged(2);
    place.makes().await;
    let old = (OffsetDateTime::UNIX_EPOCH, "old".to_owned());
    lock(&place.tickets.all).insert(7, old);
    let second = place.makes_the_next().await;
    assert_eq!(place.tickets.were_asked_for(), [7]);
    assert_eq!(place.brings_back(&second).await.len(), 3);
}

#[tokio::test]
async fn after_a_week_all_tickets_are_exported_again() {
    let place = aged(2);
    place.makes().await;
    for day in 1..=8 {
        let next = place.makes_the_next().await;
        let is_full = next.builds_on().is_none();
        assert_eq!(is_full, day == 7, "day {day}");
    }
}

#[tokio::test]
async fn nothing_is_built_on_what_lost_a_file() {
    let place = aged(2);
    let first = place.makes().await.manifest;
    place.makes_the_next().await;
    let file = first.of(TICKETS).next().unwrap();
    place.archive.remove(&file.key).await.unwrap();
    assert_eq!(place.makes_the_next().await.tickets, Kind::Full);
}

#[tokio::test]
async fn a_backup_whose_base_has_expired_says_so() {
    let place = aged(2);
    let first = place.makes().await.manifest;
    let second = place.makes_the_next().await;
    let key = format!("{FOLDER}{}/{MANIFEST}", first.name);
    place.archive.remove(&key).await.unwrap();
    let checked = verify(&*place.archive, &second).await.unwrap_err();
    let said = checked.to_string();
    assert!(
        said.contains(&first.name) && said.contains("BackupDays"),
        "{said}"
    );
    assert_eq!(place.makes_the_next().await.tickets, Kind::Full);
}

#[tokio::test]
async fn a_file_of_what_a_backup_builds_on_is_held_against_its_manifest_too() {
    let place = aged(2);
    let first = place.makes().await.manifest;
    let second = place.makes_the_next().await;
    verify(&*place.archive, &second).await.unwrap();
    let key = &first.of(TICKETS).next().unwrap().key;
    place.archive.write(key, "x", b"something").await.unwrap();
    let checked = verify(&*place.archive, &second).await.unwrap_err();
    assert!(checked.to_string().contains(key), "{checked}");
}

#[tokio::test]
async fn a_manifest_that_cannot_be_read_hinders_no_backup() {
    let place = aged(2);
    let first = place.makes().await.manifest;
    let key = format!("{FOLDER}{}/{MANIFEST}", first.name);
    place.archive.write(&key, "x", b"{}").await.unwrap();
    let second = place.makes_the_next().await;
    assert_eq!(second.tickets, Kind::Full);
}

#[tokio::test]
async fn a_backup_of_the_first_format_is_read_and_not_built_on() {
    let place = aged(3);
    let made = place.makes().await.manifest;
    let key = format!("{FOLDER}{}/{MANIFEST}", made.name);
    let mut old: serde_json::Value = serde_json::from_str(&made.to_json()).unwrap();
    old["format"] = 1.into();
    old.as_object_mut().unwrap().remove("tickets");
    let files = old["files"].as_array_mut().unwrap();
    files.retain(|file| file["kind"] != LIVING);
    let old = old.to_string();
    place
        .archive
        .write(&key, "x", old.as_bytes())
        .await
        .unwrap();
    let read = manifest(&*place.archive, &made.name).await.unwrap();
    assert_eq!(read.living(), Some(3));
    verify(&*place.archive, &read).await.unwrap();
    assert_eq!(place.brings_back(&read).await.len(), 3);
    assert_eq!(place.makes_the_next().await.tickets, Kind::Full);
}

#[tokio::test]
async fn what_a_full_backup_does_not_get_to_the_next_goes_on_with() {
    let place = aged(550);
    let first = place.makes_some_of_the_next(2).await;
    let stopped = Stopped {
        after: 200,
        since: None,
    };
    assert_eq!(first.stopped, Some(stopped));
    let together = verify(&*place.archive, &first).await.unwrap();
    assert_eq!((together.tickets, together.lacking), (200, 350));
    place.tickets.says(7, "changed");
    let second = place.makes_some_of_the_next(3).await;
    assert_eq!(second.stopped.as_ref().unwrap().after, 499);
    assert_eq!(second.stopped.as_ref().unwrap().since, None);
    let third = place.makes_the_next().await;
    assert_eq!((third.stopped.as_ref(), third.living()), (None, Some(550)));
    assert_eq!(
        place.tickets.were_asked_for(),
        (500..=550).collect::<Vec<_>>()
    );
    let back = place.brings_back(&third).await;
    assert_eq!((back.len(), back[6].1.as_str()), (550, "changed"));
}

#[tokio::test]
async fn what_an_increment_does_not_get_to_the_next_goes_on_with() {
    let place = aged(600);
    place.makes().await;
    place.clock.pass(Duration::HOUR);
    (1..=300).for_each(|id| place.tickets.says(id, "changed"));
    let second = place.makes_some_of_the_next(1).await;
    assert_eq!(second.stopped.as_ref().unwrap().after, 100);
    // None is missing: those that it did not get to are as they were.
    let back = place.brings_back(&second).await;
    assert_eq!(
        (back[99].1.as_str(), back[100].1.as_str()),
        ("changed", "new")
    );
    let third = place.makes_some_of_the_next(1).await;
    assert_eq!(third.stopped.as_ref().unwrap().after, 200);
    let fourth = place.makes_the_next().await;
    assert_eq!(fourth.stopped, None);
    assert_eq!(
        place.tickets.were_asked_for(),
        (201..=300).collect::<Vec<_>>()
    );
    let back = place.brings_back(&fourth).await;
    assert!(back[..300].iter().all(|(_, says)| says == "changed"));
    assert_eq!(back.len(), 600);
}

#[tokio::test]
async fn a_backup_without_any_time_for_tickets_loses_nothing_of_the_one_before() {
    let place = aged(300);
    place.makes_some_of_the_next(2).await;
    let second = place.makes_some_of_the_next(0).await;
    assert_eq!(second.stopped.as_ref().unwrap().after, 200);
    let third = place.makes_the_next().await;
    assert_eq!(place.tickets.were_asked_for().first(), Some(&201));
    assert_eq!(place.brings_back(&third).await.len(), 300);
}

#[tokio::test]
async fn a_ticket_that_is_deleted_while_it_is_exported_is_none() {
    let place = aged(2);
    let gone = Gone(place.tickets.clone());
    let backups = Backups {
        tickets: Source::Exported(Arc::new(gone)),
        ..place.backups
    };
    let until = place.clock.now() + Duration::HOUR;
    let made = backups.make(until).await.unwrap().manifest;
    assert_eq!(made.living(), Some(2));
    verify(&*place.archive, &made).await.unwrap();
}

/// Tickets of which one more is named than there are.
struct Gone(Arc<Tickets>);

#[async_trait]
impl TicketExport for Gone {
    async fn living(&self) -> Result<Vec<i64>, CallError> {
        let mut living = self.0.living().await?;
        living.push(99);
        Ok(living)
    }

    async fn changed_since(&self, since: OffsetDateTime) -> Result<Vec<i64>, CallError> {
        self.0.changed_since(since).await
    }

    async fn export(&self, ids: &[i64]) -> Result<Vec<ExportedTicket>, CallError> {
        self.0.export(ids).await
    }
}
