//! This workspace keeps the rules that `cargo xtask structure` holds.

use xtask::structure::House;
use xtask::workspace::Workspace;

#[test]
fn this_house_keeps_its_rules() {
    let workspace = Workspace::read().unwrap();
    let report = House::read(&workspace).unwrap().check();
    let broken: Vec<String> = report.violations.iter().map(ToString::to_string).collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
