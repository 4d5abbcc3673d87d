//! The stand-in model upholds the model's contract.

use std::sync::Arc;

use model_standin::StandIn;
use testkit::contract::model::{World, upholds};

#[tokio::test]
async fn the_stand_in_upholds_the_contract() {
    let upheld = upholds(async || World {
        model: Arc::new(StandIn::new()),
        faults: None,
    })
    .await;
    println!("the stand-in model: {upheld:#?}");
}
