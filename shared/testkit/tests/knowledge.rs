//! The knowledge base in memory upholds what every knowledge base must.

use std::sync::Arc;

use testkit::contract::knowledge::{World, upholds};
use testkit::knowledge::FakeKnowledge;

#[tokio::test]
async fn the_fake_upholds_the_contract() {
    let upheld = upholds(async || {
        let fake = FakeKnowledge::default();
        World {
            faults: Some(fake.faults.clone()),
            knowledge: Arc::new(fake),
        }
    })
    .await;
    assert_eq!(upheld.len(), 40);
}
