//! The fake gates uphold the contract of the gates.

use std::sync::Arc;

use ports::Limits;
use testkit::limits::FakeLimits;

#[tokio::test]
async fn the_fake_gates_uphold_the_contract() {
    let upheld = testkit::contract::limits::upholds(|| async {
        Arc::new(FakeLimits::default()) as Arc<dyn Limits>
    })
    .await;
    println!("the fake gates: {upheld:#?}");
}
