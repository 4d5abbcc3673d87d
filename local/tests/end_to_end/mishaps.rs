//! What goes wrong around the functions, each ending in exactly one ticket and one draft a mail.

use std::time::Duration;

use domain::{MailKey, MailState};
use local::world::function;
use testkit::Fault;

use crate::house::House;

#[tokio::test(flavor = "multi_thread")]
async fn mails_whose_pushes_come_twice_get_one_ticket_with_one_draft() {
    let house = House::new().await;
    house.world.pusher.set_doubling(true);
    let mails: Vec<MailKey> = (0..3).map(|n| house.asks(n)).collect();
    house.settles(&mails).await;
    house.has_one_of_each_for(&mails).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mails_whose_pushes_are_all_lost_are_found_by_the_poll() {
    let house = House::new().await;
    house.world.pusher.set_dropping(true);
    let mails: Vec<MailKey> = (0..3).map(|n| house.asks(n)).collect();
    tokio::time::sleep(Duration::from_secs(2)).await;
    house.world.poll().await.unwrap();
    house.settles(&mails).await;
    house.has_one_of_each_for(&mails).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mails_survive_the_killing_of_any_function_in_the_middle() {
    let house = House::new().await;
    // Each function is held up within its call to the outside, so that it is killed in the middle.
    let slow = Fault::Delay(2_500);
    let (gmail, odoo) = (&house.world.stand_ins.gmail, &house.world.stand_ins.odoo);
    let mut mails: Vec<MailKey> = Vec::new();
    for (victim, arm) in [
        (
            "ingest",
            &(|| gmail.faults.arm("history.list", slow, 1)) as &dyn Fn(),
        ),
        ("triage", &|| {
            odoo.faults.arm("helpdesk.ticket/load", slow, 1);
        }),
        ("general_query", &|| {
            gmail.faults.arm("drafts.create", slow, 1);
        }),
    ] {
        arm();
        let mail = house.asks(victim.len());
        let killed = kills_in_the_middle(&house, victim).await;
        assert!(killed, "{victim} was not running");
        house.settles(std::slice::from_ref(&mail)).await;
        assert_eq!(house.state(&mail).await, MailState::Answered, "{victim}");
        mails.push(mail);
    }
    house.has_one_of_each_for(&mails).await;
}

/// Kills the function about a second into the call that holds it up.
async fn kills_in_the_middle(house: &House, victim: &str) -> bool {
    let armed =
        || house.world.stand_ins.gmail.faults.armed() + house.world.stand_ins.odoo.faults.armed();
    for _ in 0..600 {
        if armed() == 0 {
            tokio::time::sleep(Duration::from_millis(500)).await;
            return house.world.aws.kill_function(&function(victim)).unwrap();
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{victim} never reached the call that holds it up");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_of_odoo_is_told_once_and_waited_for() {
    let house = House::new().await;
    let stand_ins = &house.world.stand_ins;
    stand_ins.odoo.faults.arm("*", Fault::ServerError, 10_000);
    let mails: Vec<MailKey> = (0..4).map(|n| house.asks(n)).collect();
    house.goes_down("odoo/helpdesk").await;
    for _ in 0..3 {
        house.world.sweep().await.unwrap();
    }
    stand_ins.odoo.faults.clear();
    house.settles(&mails).await;
    house.has_one_of_each_for(&mails).await;
    for _ in 0..2 {
        house.world.sweep().await.unwrap();
    }
    let told = stand_ins.slack.delivered();
    let titles: Vec<&str> = told.iter().filter_map(|n| n.shown.lines().next()).collect();
    let about = |what: &str| titles.iter().filter(|title| title.contains(what)).count();
    assert_eq!(
        (about("is out of order"), about("works again")),
        (1, 1),
        "{titles:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_whose_creation_timed_out_after_succeeding_is_found_again() {
    let house = House::new().await;
    let gmail = &house.world.stand_ins.gmail;
    gmail
        .faults
        .arm("drafts.create", Fault::TimeOutAfterSuccess, 1);
    let mail = house.asks(1);
    house.settles(std::slice::from_ref(&mail)).await;
    assert_eq!(gmail.faults.armed(), 0, "the fault was never met");
    house.has_one_of_each_for(&[mail]).await;
}
