//! What every helpdesk must do whose tickets are backed up.

use std::sync::Arc;

use domain::{Address, Intent, MailKey, TicketId};
use ports::{CallError, NewTicket, TicketExport, Tickets};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use crate::Fault;
use crate::odoo::FakeOdoo;
use crate::odoo::schema::TICKET;

/// The search by which tickets are found.
const SEARCH: &str = "helpdesk.ticket/search_read";
/// More than any answer has.
const MANY: usize = 5_003;

/// A fresh helpdesk, and the way into it that is tested.
pub struct World {
    /// The implementation.
    pub export: Arc<dyn TicketExport>,
    /// What stands behind it.
    pub odoo: Arc<FakeOdoo>,
}

/// Runs every case in a fresh world and returns their names.
///
/// # Panics
/// At the first case that is not upheld.
pub async fn upholds<F, Fut>(fresh: F) -> Vec<&'static str>
where
    F: Fn() -> Fut,
    Fut: Future<Output = World>,
{
    cases! { fresh:
        a_helpdesk_without_tickets_has_none_living,
        every_ticket_lives_in_the_order_of_the_ids,
        a_closed_ticket_lives,
        an_archived_ticket_lives,
        a_deleted_ticket_lives_no_more,
        a_ticket_of_another_team_is_not_ours,
        more_tickets_than_fit_an_answer_are_all_named,
        what_was_not_touched_has_not_changed,
        a_new_ticket_has_changed,
        a_ticket_with_a_new_title_has_changed,
        an_archived_ticket_has_changed,
        a_new_note_changes_its_ticket,
        a_corrected_note_changes_its_ticket,
        a_new_file_changes_its_ticket,
        what_changed_is_named_once_in_the_order_of_the_ids,
        what_changed_on_a_ticket_of_another_team_is_not_ours,
        a_deleted_ticket_has_not_changed,
        a_change_in_the_same_second_counts,
        a_ticket_comes_with_its_title_and_what_was_said_on_it,
        a_ticket_is_one_line,
        a_file_is_named_and_not_in_it,
        what_was_said_on_another_ticket_is_not_in_it,
        an_archived_ticket_is_exported,
        tickets_come_in_the_order_of_their_ids,
        a_ticket_that_is_gone_is_left_out,
        a_ticket_of_another_team_is_left_out,
        nothing_is_exported_where_nothing_was_asked_for,
        exporting_changes_nothing,
        a_search_that_breaks_once_is_repeated,
        a_missing_right_to_read_tickets_is_told,
    }
}

impl World {
    async fn opens(&self, number: u32) -> TicketId {
        let new = NewTicket {
            key: MailKey::parse(&format!("1-18c{number:04}")).expect("a key"),
            subject: format!("Card {number}"),
            description: "<p>Where is \"my\" card?</p>\n<p>Thanks</p>".to_owned(),
            customer: Address {
                name: None,
                address: format!("c{number}@customer.test"),
            },
            intent: Intent::GeneralQuery,
            confidence: None,
        };
        let opened = self.odoo.open(&new).await;
        opened.expect("the ticket is opened").id
    }

    /// Two tickets that were opened an hour ago.
    async fn has_two_old_tickets(&self) -> (TicketId, TicketId) {
        let two = (self.opens(1).await, self.opens(2).await);
        self.odoo.note_by_hand(two.0, "Called back");
        self.odoo.ages(Duration::HOUR);
        two
    }

    async fn living(&self) -> Vec<i64> {
        self.export.living().await.expect("ids")
    }

    /// What changed within the last minutes.
    async fn changed(&self) -> Vec<i64> {
        let since = OffsetDateTime::now_utc() - Duration::minutes(10);
        self.export.changed_since(since).await.expect("ids")
    }

    async fn exported(&self, ids: &[i64]) -> Vec<Value> {
        let exported = self.export.export(ids).await.expect("tickets");
        let read = exported.iter().map(|ticket| {
            let whole: Value = serde_json::from_str(&ticket.json).expect("JSON");
            assert_eq!(whole["ticket"]["id"], ticket.id);
            whole
        });
        read.collect()
    }
}

async fn a_helpdesk_without_tickets_has_none_living(world: World) {
    assert_eq!(world.living().await, [0; 0]);
}

async fn every_ticket_lives_in_the_order_of_the_ids(world: World) {
    let (first, second) = world.has_two_old_tickets().await;
    world.odoo.rename(first, "Another title");
    assert_eq!(world.living().await, [first.0, second.0]);
}

async fn a_closed_ticket_lives(world: World) {
    let ticket = world.opens(1).await;
    world.odoo.close(ticket);
    assert_eq!(world.living().await, [ticket.0]);
}

async fn an_archived_ticket_lives(world: World) {
    let ticket = world.opens(1).await;
    world.odoo.archive(ticket);
    assert_eq!(world.living().await, [ticket.0]);
}

async fn a_deleted_ticket_lives_no_more(world: World) {
    let (first, second) = world.has_two_old_tickets().await;
    world.odoo.delete(first);
    assert_eq!(world.living().await, [second.0]);
}

async fn a_ticket_of_another_team_is_not_ours(world: World) {
    let (first, second) = world.has_two_old_tickets().await;
    world.odoo.moves_to_another_team(second);
    assert_eq!(world.living().await, [first.0]);
}

async fn more_tickets_than_fit_an_answer_are_all_named(world: World) {
    let row = json!({"name": "Card", "description": "<p>Where?</p>", "team_id": 1});
    let row = row.as_object().cloned().unwrap_or_default();
    let last = world.odoo.transaction(|records| {
        let made = (0..MANY).map(|_| records.create(TICKET, &row).expect("a ticket"));
        made.last()
    });
    let living = world.living().await;
    assert_eq!((living.len(), living.last().copied()), (MANY, last));
    assert_eq!(world.changed().await, living);
}

async fn what_was_not_touched_has_not_changed(world: World) {
    world.has_two_old_tickets().await;
    assert_eq!(world.changed().await, [0; 0]);
}

async fn a_new_ticket_has_changed(world: World) {
    world.has_two_old_tickets().await;
    let third = world.opens(3).await;
    assert_eq!(world.changed().await, [third.0]);
}

async fn a_ticket_with_a_new_title_has_changed(world: World) {
    let (_, second) = world.has_two_old_tickets().await;
    world.odoo.rename(second, "Another title");
    assert_eq!(world.changed().await, [second.0]);
}

async fn an_archived_ticket_has_changed(world: World) {
    let (first, _) = world.has_two_old_tickets().await;
    world.odoo.archive(first);
    assert_eq!(world.changed().await, [first.0]);
}

async fn a_new_note_changes_its_ticket(world: World) {
    let (_, second) = world.has_two_old_tickets().await;
    world.odoo.note_by_hand(second, "She called");
    assert_eq!(world.changed().await, [second.0]);
}

async fn a_corrected_note_changes_its_ticket(world: World) {
    let (first, _) = world.has_two_old_tickets().await;
    world.odoo.correct_the_last_note(first, "Did not call back");
    assert_eq!(world.changed().await, [first.0]);
}

async fn a_new_file_changes_its_ticket(world: World) {
    let (first, _) = world.has_two_old_tickets().await;
    world.odoo.hang_on(first, "scan.txt");
    assert_eq!(world.changed().await, [first.0]);
}

async fn what_changed_is_named_once_in_the_order_of_the_ids(world: World) {
    let (first, second) = world.has_two_old_tickets().await;
    world.odoo.rename(second, "Another title");
    world.odoo.note_by_hand(second, "She called");
    world.odoo.hang_on(first, "scan.txt");
    world.odoo.note_by_hand(first, "She called");
    assert_eq!(world.changed().await, [first.0, second.0]);
}

async fn what_changed_on_a_ticket_of_another_team_is_not_ours(world: World) {
    let (first, _) = world.has_two_old_tickets().await;
    world.odoo.moves_to_another_team(first);
    world.odoo.note_by_hand(first, "She called");
    assert_eq!(world.changed().await, [0; 0]);
}

async fn a_deleted_ticket_has_not_changed(world: World) {
    let (first, _) = world.has_two_old_tickets().await;
    world.odoo.rename(first, "Another title");
    world.odoo.delete(first);
    assert_eq!(world.changed().await, [0; 0]);
}

async fn a_change_in_the_same_second_counts(world: World) {
    let (_, second) = world.has_two_old_tickets().await;
    let now = OffsetDateTime::now_utc();
    world.odoo.rename(second, "Another title");
    let changed = world.export.changed_since(now).await;
    assert_eq!(changed.expect("ids"), [second.0]);
}

async fn a_ticket_comes_with_its_title_and_what_was_said_on_it(world: World) {
    let (first, _) = world.has_two_old_tickets().await;
    let exported = world.exported(&[first.0]).await;
    assert_eq!(exported[0]["ticket"]["name"], "Card 1");
    let description = exported[0]["ticket"]["description"].to_string();
    assert!(description.contains("card?"), "{description}");
    assert!(exported[0]["ticket"]["write_date"].is_string());
    let said = exported[0]["messages"].to_string();
    assert!(said.contains("Called back"), "{said}");
}

async fn a_ticket_is_one_line(world: World) {
    let ticket = world.opens(1).await;
    world.odoo.note_by_hand(ticket, "One\nand two");
    let exported = world.export.export(&[ticket.0]).await.expect("tickets");
    assert_eq!(exported[0].json.lines().count(), 1);
}

async fn a_file_is_named_and_not_in_it(world: World) {
    let ticket = world.opens(1).await;
    world.odoo.hang_on(ticket, "scan.txt");
    let exported = world.exported(&[ticket.0]).await;
    assert_eq!(exported[0]["attachments"][0]["name"], "scan.txt");
    assert!(exported[0]["attachments"][0].get("datas").is_none());
}

async fn what_was_said_on_another_ticket_is_not_in_it(world: World) {
    let (first, second) = world.has_two_old_tickets().await;
    let exported = world.exported(&[first.0, second.0]).await;
    assert_eq!(exported[1]["messages"], json!([]));
}

async fn an_archived_ticket_is_exported(world: World) {
    let ticket = world.opens(1).await;
    world.odoo.archive(ticket);
    let exported = world.exported(&[ticket.0]).await;
    assert_eq!(exported[0]["ticket"]["active"], false);
}

async fn tickets_come_in_the_order_of_their_ids(world: World) {
    let (first, second) = world.has_two_old_tickets().await;
    let exported = world.exported(&[second.0, first.0]).await;
    assert_eq!(exported[0]["ticket"]["id"], first.0);
    assert_eq!(exported[1]["ticket"]["id"], second.0);
}

async fn a_ticket_that_is_gone_is_left_out(world: World) {
    let (first, second) = world.has_two_old_tickets().await;
    world.odoo.delete(first);
    assert_eq!(world.exported(&[first.0, second.0]).await.len(), 1);
}

async fn a_ticket_of_another_team_is_left_out(world: World) {
    let (first, second) = world.has_two_old_tickets().await;
    world.odoo.moves_to_another_team(second);
    assert_eq!(world.exported(&[first.0, second.0]).await.len(), 1);
}

async fn nothing_is_exported_where_nothing_was_asked_for(world: World) {
    world.has_two_old_tickets().await;
    assert!(world.exported(&[]).await.is_empty());
}

async fn exporting_changes_nothing(world: World) {
    let (first, second) = world.has_two_old_tickets().await;
    let before = world.odoo.dump();
    world.living().await;
    world.exported(&[first.0, second.0]).await;
    assert_eq!(world.changed().await, [0; 0]);
    assert_eq!(world.odoo.dump(), before);
}

async fn a_search_that_breaks_once_is_repeated(world: World) {
    let ticket = world.opens(1).await;
    world.odoo.faults.arm(SEARCH, Fault::ServerError, 1);
    assert_eq!(world.living().await, [ticket.0]);
}

async fn a_missing_right_to_read_tickets_is_told(world: World) {
    world.opens(1).await;
    world.odoo.lacks(TICKET, "read");
    let error = world.export.living().await.expect_err("it is refused");
    assert!(matches!(error, CallError::Unauthorized { .. }), "{error:?}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::odoo::App;

    #[tokio::test]
    async fn the_fake_upholds_the_contract() {
        for app in [App::Oca, App::Enterprise] {
            let names = upholds(|| async {
                let odoo = Arc::new(FakeOdoo::with_app(app));
                World {
                    export: odoo.clone(),
                    odoo,
                }
            })
            .await;
            assert_eq!(names.len(), 30);
        }
    }
}
