//! A message outlives an outage of an hour before it goes to the dead letters.

use std::time::Duration;

use resilience::redelivery::{LONGEST_PAUSE, LONGEST_WAIT, patience};

/// The default of a parameter of the product's template.
fn default_of(parameter: &str) -> u32 {
    let template = include_str!("../../../template.yaml");
    let (_, behind) = template
        .split_once(&format!("\n  {parameter}:\n"))
        .expect("the parameter is there");
    let line = behind
        .lines()
        .find_map(|line| line.trim().strip_prefix("Default: "))
        .expect("it has a default");
    line.parse().expect("a number")
}

#[test]
fn a_message_that_fails_every_time_is_tried_for_longer_than_an_outage_of_an_hour() {
    let lasts = patience(default_of("MaxReceiveCount"));
    assert!(lasts > Duration::from_hours(1), "{lasts:?}");
}

#[test]
fn a_message_in_work_is_hidden_six_times_as_long_as_its_function_may_run() {
    let (hidden, runs) = (
        default_of("VisibilityTimeout"),
        default_of("HandlerTimeout"),
    );
    assert_eq!(hidden, 6 * runs);
}

#[test]
fn what_waits_for_a_service_waits_longer_than_what_fails_by_itself() {
    assert!(LONGEST_PAUSE > LONGEST_WAIT);
}
