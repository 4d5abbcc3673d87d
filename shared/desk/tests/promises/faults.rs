//! Whatever fails and wherever a function is killed: one ticket, one draft, one note a mail.

use crate::house::House;
use domain::{Intent, MailState};
use testkit::Fault;

/// Every external effect of the two journeys, as the fakes name the operations behind it.
const GMAIL: [&str; 4] = [
    "history.list",
    "messages.get",
    "drafts.create",
    "drafts.list",
];
const ODOO: [&str; 3] = [
    "helpdesk.ticket/load",
    "helpdesk.ticket/message_post",
    "helpdesk.ticket/write",
];

const FAULTS: [Fault; 5] = [
    Fault::Refuse,
    Fault::TimeOutAfterSuccess,
    Fault::RateLimited(1),
    Fault::ServerError,
    Fault::Malformed,
];

fn one_of_each(house: &House, mail: &str, case: &str) {
    let ends = [MailState::Answered, MailState::HandedOff];
    assert!(
        ends.contains(&house.state(mail)),
        "{case}: {:?}",
        house.state(mail)
    );
    assert_eq!(house.odoo.tickets().len(), 1, "{case}: tickets");
    assert_eq!(house.drafts().len(), 1, "{case}: drafts");
    // One for what the customer wrote, one for what was drafted.
    assert_eq!(house.notes(), 2, "{case}: notes");
}

#[tokio::test]
async fn any_fault_in_any_call_ends_in_exactly_one_of_each() {
    for intent in [Intent::GeneralQuery, Intent::UrgentHuman] {
        for fault in FAULTS {
            for times in [1, 2] {
                for operation in GMAIL {
                    let house = House::new(intent);
                    house.gmail.faults.arm(operation, fault, times);
                    let mail = house.receives("Card fee", "What does a new card cost?");
                    house.runs().await;
                    one_of_each(
                        &house,
                        &mail,
                        &format!("{intent} {operation} {fault:?} x{times}"),
                    );
                }
                for operation in ODOO {
                    let house = House::new(intent);
                    house.odoo.faults.arm(operation, fault, times);
                    let mail = house.receives("Card fee", "What does a new card cost?");
                    house.runs().await;
                    one_of_each(
                        &house,
                        &mail,
                        &format!("{intent} {operation} {fault:?} x{times}"),
                    );
                }
            }
        }
    }
}

#[tokio::test]
async fn a_function_killed_at_any_point_leaves_exactly_one_of_each() {
    for intent in [Intent::GeneralQuery, Intent::UrgentHuman] {
        let mut points = 0;
        for halves in 0.. {
            let house = House::new(intent);
            let mail = house.receives("Card fee", "What does a new card cost?");
            house.ledger.dies_after(halves);
            house.runs().await;
            let died = house.ledger.revive();
            house.runs().await;
            one_of_each(
                &house,
                &mail,
                &format!("{intent}, killed at point {halves}"),
            );
            if !died {
                break;
            }
            points += 1;
        }
        assert!(points > 30, "only {points} points were tried");
    }
}

#[tokio::test]
async fn an_alert_that_may_have_been_delivered_says_that_it_may_be_a_repeat() {
    let house = House::new(Intent::UrgentHuman);
    house.slack.faults.arm("*", Fault::TimeOutAfterSuccess, 1);
    house.receives("Stolen!", "My card was stolen.");
    house.runs().await;
    let shown: Vec<String> = house
        .slack
        .delivered()
        .into_iter()
        .map(|d| d.shown)
        .collect();
    assert_eq!(shown.len(), 2);
    assert!(!shown[0].contains("repeat") && shown[1].contains("repeat"));
}

#[tokio::test]
async fn an_alert_that_was_refused_in_between_still_says_that_it_may_be_a_repeat() {
    let house = House::new(Intent::UrgentHuman);
    house.slack.faults.arm("*", Fault::TimeOutAfterSuccess, 1);
    house.slack.faults.arm("*", Fault::RateLimited(60), 1);
    house.receives("Stolen!", "My card was stolen.");
    house.runs().await;
    let delivered = house.slack.delivered();
    assert_eq!(delivered.len(), 2);
    assert!(delivered[1].shown.contains("repeat"));
}

#[tokio::test]
async fn an_alert_that_was_certainly_not_delivered_is_no_repeat() {
    let house = House::new(Intent::UrgentHuman);
    house.slack.faults.arm("*", Fault::RateLimited(1), 1);
    house.receives("Stolen!", "My card was stolen.");
    house.runs().await;
    let shown: Vec<String> = house
        .slack
        .delivered()
        .into_iter()
        .map(|d| d.shown)
        .collect();
    assert_eq!(shown.len(), 1);
    assert!(!shown[0].contains("repeat"));
}

#[tokio::test]
async fn a_repeat_after_a_crash_asks_the_classifier_no_second_time() {
    let house = House::new(Intent::GeneralQuery);
    house
        .odoo
        .faults
        .arm("helpdesk.ticket/load", Fault::ServerError, 3);
    house.receives("Card fee", "What does a new card cost?");
    house.runs().await;
    assert_eq!(
        house.model.asked.load(std::sync::atomic::Ordering::Relaxed),
        1
    );
}
