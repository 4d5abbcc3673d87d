//! The stand-in model upholds the model's contract.

use std::sync::Arc;

use testkit::contract::model::{World, upholds};
use testkit::model::FakeModel;

#[tokio::test]
async fn the_stand_in_upholds_the_contract() {
    let upheld = upholds(async || {
        let model = FakeModel::default();
        let faults = model.faults.clone();
        World {
            model: Arc::new(model),
            faults: Some(faults),
        }
    })
    .await;
    println!("the stand-in model: {upheld:#?}");
}
