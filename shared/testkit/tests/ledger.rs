//! The fake ledger upholds the ledger's contract.

use std::sync::Arc;

use ports::Ledger;
use testkit::ledger::FakeLedger;

#[tokio::test]
async fn the_fake_ledger_upholds_the_contract() {
    let upheld = testkit::contract::ledger::upholds(|| async {
        Arc::new(FakeLedger::default()) as Arc<dyn Ledger>
    })
    .await;
    println!("the fake ledger: {upheld:#?}");
}
