//! What every bucket must do.

use std::sync::Arc;
use std::time::Duration;

use ports::{CallError, LEAST_PART, Uploads};

/// Runs every case on an empty bucket of its own and returns the names of the cases.
///
/// # Panics
/// Where the bucket breaks the contract.
pub async fn upholds<F, Fut>(bucket: F) -> Vec<&'static str>
where
    F: Fn() -> Fut,
    Fut: Future<Output = Arc<dyn Uploads>>,
{
    cases! { bucket:
        what_is_written_is_read_as_it_was,
        what_is_written_again_holds_the_last,
        what_was_never_written_is_not_found,
        what_begins_alike_is_listed_in_order,
        what_is_removed_is_gone,
        removing_what_never_was_is_fine,
        a_link_can_be_had_before_there_is_an_object,
        a_part_is_read_from_where_it_is_asked_for,
        a_part_at_the_end_is_as_long_as_what_is_left,
        beyond_the_end_there_is_nothing,
        a_part_of_what_was_never_written_is_not_found,
        what_comes_part_by_part_is_one_object,
        a_single_short_part_is_an_object,
        nothing_is_seen_before_it_is_finished,
        what_is_given_up_leaves_what_was_there,
        what_is_finished_takes_the_place_of_what_was_there,
        two_on_their_way_to_one_key_do_not_mix,
    }
}

const KEY: &str = "backups/Über uns (1)/odoo.zip";

/// So many octets, which are nowhere the same.
fn octets(length: usize) -> Vec<u8> {
    let numbers = (0..=length / 4).map(|number| u32::try_from(number).unwrap_or_default());
    let mut octets: Vec<u8> = numbers
        .flat_map(|number| number.wrapping_mul(2_654_435_761).to_le_bytes())
        .collect();
    octets.truncate(length);
    octets
}

async fn write(bucket: &dyn Uploads, key: &str, content: &[u8]) {
    let written = bucket.write(key, "application/zip", content).await;
    written.expect("it is written");
}

async fn read(bucket: &dyn Uploads, key: &str) -> Vec<u8> {
    bucket.read(key).await.expect("it is read")
}

async fn part(bucket: &dyn Uploads, from: u64, length: u64) -> Vec<u8> {
    let part = bucket.read_part(KEY, from, length).await;
    part.expect("it is read")
}

/// Puts these parts there.
async fn pour(bucket: &dyn Uploads, parts: &[Vec<u8>]) -> Result<(), CallError> {
    let mut upload = bucket.begin(KEY, "application/zip").await?;
    for part in parts {
        upload.add(part.clone()).await?;
    }
    upload.finish().await
}

fn is_missing(error: &CallError) -> bool {
    matches!(error, CallError::NotFound { what: "object", .. })
}

async fn what_is_written_is_read_as_it_was(bucket: Arc<dyn Uploads>) {
    let content = octets(300_001);
    write(&*bucket, KEY, &content).await;
    assert!(read(&*bucket, KEY).await == content);
}

async fn what_is_written_again_holds_the_last(bucket: Arc<dyn Uploads>) {
    write(&*bucket, KEY, b"first").await;
    write(&*bucket, KEY, b"second").await;
    assert_eq!(read(&*bucket, KEY).await, b"second");
}

async fn what_was_never_written_is_not_found(bucket: Arc<dyn Uploads>) {
    let error = bucket.read(KEY).await.expect_err("nothing is there");
    assert!(is_missing(&error), "{error:?}");
}

async fn what_begins_alike_is_listed_in_order(bucket: Arc<dyn Uploads>) {
    for key in ["b/2", "a/9", "b/1", "c", "b/10"] {
        write(&*bucket, key, b"x").await;
    }
    let listed = bucket.list("b/").await.expect("keys");
    assert_eq!(listed, ["b/1", "b/10", "b/2"]);
}

async fn what_is_removed_is_gone(bucket: Arc<dyn Uploads>) {
    write(&*bucket, KEY, b"x").await;
    bucket.remove(KEY).await.expect("it is removed");
    assert_eq!(bucket.list("").await.expect("keys"), [""; 0]);
}

async fn removing_what_never_was_is_fine(bucket: Arc<dyn Uploads>) {
    bucket.remove(KEY).await.expect("nothing is wrong");
}

async fn a_link_can_be_had_before_there_is_an_object(bucket: Arc<dyn Uploads>) {
    let link = bucket.link("staging/1.pdf", "statement.pdf", Duration::from_mins(10));
    let link = link.await.expect("a link");
    assert!(
        link.contains("staging/1.pdf") && link.contains("600"),
        "{link}"
    );
}

async fn a_part_is_read_from_where_it_is_asked_for(bucket: Arc<dyn Uploads>) {
    write(&*bucket, KEY, b"0123456789").await;
    assert_eq!(part(&*bucket, 0, 4).await, b"0123");
    assert_eq!(part(&*bucket, 4, 3).await, b"456");
}

async fn a_part_at_the_end_is_as_long_as_what_is_left(bucket: Arc<dyn Uploads>) {
    write(&*bucket, KEY, b"0123456789").await;
    assert_eq!(part(&*bucket, 8, 100).await, b"89");
}

async fn beyond_the_end_there_is_nothing(bucket: Arc<dyn Uploads>) {
    write(&*bucket, KEY, b"0123456789").await;
    assert_eq!(part(&*bucket, 10, 8).await, b"");
    assert_eq!(part(&*bucket, 99, 8).await, b"");
    assert_eq!(part(&*bucket, 3, 0).await, b"");
}

async fn a_part_of_what_was_never_written_is_not_found(bucket: Arc<dyn Uploads>) {
    let error = bucket.read_part(KEY, 0, 8).await;
    let error = error.expect_err("nothing is there");
    assert!(is_missing(&error), "{error:?}");
}

async fn what_comes_part_by_part_is_one_object(bucket: Arc<dyn Uploads>) {
    let parts = [octets(LEAST_PART), octets(LEAST_PART + 7), octets(11)];
    pour(&*bucket, &parts).await.expect("it is finished");
    assert!(read(&*bucket, KEY).await == parts.concat());
}

async fn a_single_short_part_is_an_object(bucket: Arc<dyn Uploads>) {
    pour(&*bucket, &[b"short".to_vec()])
        .await
        .expect("it is finished");
    assert_eq!(read(&*bucket, KEY).await, b"short");
}

async fn nothing_is_seen_before_it_is_finished(bucket: Arc<dyn Uploads>) {
    let mut upload = bucket.begin(KEY, "application/zip").await.expect("begun");
    upload.add(octets(LEAST_PART)).await.expect("added");
    assert_eq!(bucket.list("").await.expect("keys"), [""; 0]);
    let error = bucket.read(KEY).await.expect_err("nothing is there");
    assert!(is_missing(&error), "{error:?}");
}

async fn what_is_given_up_leaves_what_was_there(bucket: Arc<dyn Uploads>) {
    write(&*bucket, KEY, b"before").await;
    let mut upload = bucket.begin(KEY, "application/zip").await.expect("begun");
    upload.add(octets(LEAST_PART)).await.expect("added");
    upload.give_up().await.expect("given up");
    assert_eq!(read(&*bucket, KEY).await, b"before");
}

async fn what_is_finished_takes_the_place_of_what_was_there(bucket: Arc<dyn Uploads>) {
    write(&*bucket, KEY, b"before").await;
    pour(&*bucket, &[b"after".to_vec()])
        .await
        .expect("it is finished");
    assert_eq!(read(&*bucket, KEY).await, b"after");
}

async fn two_on_their_way_to_one_key_do_not_mix(bucket: Arc<dyn Uploads>) {
    let mut first = bucket.begin(KEY, "application/zip").await.expect("begun");
    let mut second = bucket.begin(KEY, "application/zip").await.expect("begun");
    first.add(b"first".to_vec()).await.expect("added");
    second.add(b"second".to_vec()).await.expect("added");
    second.finish().await.expect("finished");
    assert_eq!(read(&*bucket, KEY).await, b"second");
    first.give_up().await.expect("given up");
    assert_eq!(read(&*bucket, KEY).await, b"second");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::FakeArchive;

    #[tokio::test]
    async fn the_fake_upholds_the_contract() {
        let names = upholds(|| async { Arc::<FakeArchive>::default() as Arc<dyn Uploads> }).await;
        assert_eq!(names.len(), 17);
    }

    /// As S3 does, and no emulator of it.
    #[tokio::test]
    async fn the_fake_refuses_a_short_part_in_the_middle() {
        let bucket = FakeArchive::default();
        let parts = [b"short".to_vec(), b"last".to_vec()];
        let error = pour(&bucket, &parts).await.expect_err("it is refused");
        assert!(matches!(error, CallError::Rejected { .. }), "{error:?}");
    }
}
