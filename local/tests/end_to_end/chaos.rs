//! A short storm over the deployed product. `cargo xtask chaos` plays longer ones.

use std::time::Duration;

use local::chaos::{self, Plan};

use crate::house::House;

#[tokio::test(flavor = "multi_thread")]
async fn after_a_storm_nothing_is_lost_and_nothing_is_there_twice() {
    let house = House::new().await;
    let plan = Plan {
        mails: 25,
        faults: 0.15,
        storm: Duration::from_secs(25),
        patience: Duration::from_mins(12),
        seed: 6,
    };
    let report = chaos::run(house.world, &plan, &|_| ()).await.unwrap();
    assert!(report.is_clean(), "{}", report.lines().join("\n"));
    let faults = report.done_to_it.faults.values();
    let met: u32 = faults.flat_map(|kinds| kinds.values()).sum();
    assert!(met > 20, "only {met} faults were met");
}
