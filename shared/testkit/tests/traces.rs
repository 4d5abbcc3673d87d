//! The fake record of runs upholds the contract of the record.

use std::sync::Arc;

use ports::TraceBook;
use testkit::traces::FakeTraces;

#[tokio::test]
async fn the_fake_record_upholds_the_contract() {
    let upheld = testkit::contract::traces::upholds(|| async {
        Arc::new(FakeTraces::default()) as Arc<dyn TraceBook>
    })
    .await;
    println!("the fake record: {upheld:#?}");
}
