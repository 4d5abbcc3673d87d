//! The adapter keeps what the port promises, over Gmail's real protocol.

mod stand;

use std::sync::Arc;

use stand::stand;
use testkit::contract::mailbox::{World, upholds};

#[tokio::test]
async fn the_adapter_upholds_the_contract() {
    let names = upholds(|| async {
        let stand = stand().await;
        World {
            mailbox: Arc::new(stand.adapter()),
            gmail: stand.gmail,
        }
    })
    .await;
    println!("{}", names.join("\n"));
}
