//! The traps of the real Odoo, one test each: what a careless caller would fall into.

use serde_json::{Value, json};

use super::posting::row_of;
use super::records::normal;
use super::schema::{ATTACHMENT, FIELD, MESSAGE, MODEL, PARTNER, TICKET};
use super::{API_USER, App, Caller, FakeOdoo, OdooError, Posting, Records};

const BOTH: [App; 2] = [App::Oca, App::Enterprise];
const TRACKED: Caller = Caller::Api { untracked: false };
const UNTRACKED: Caller = Caller::Api { untracked: true };

/// A ticket of a customer, with these values beside.
fn opened(records: &mut Records, further: &Value) -> i64 {
    let customer = "Carla <carla@customer.test>";
    let customer = records.find_or_create_partner(customer).unwrap();
    let mut row = row_of(
        &json!({"name": "title", "description": "<p>text</p>", "team_id": 1,
                                 "partner_id": customer}),
    );
    row.extend(row_of(further));
    records.create(TICKET, &row).unwrap()
}

/// A helpdesk in which nobody was mailed yet, with a ticket whose customer follows it.
fn helpdesk(app: App) -> (Records, i64) {
    let mut records = Records::fresh(app);
    records.caller = UNTRACKED;
    let ticket = opened(&mut records, &json!({}));
    let customer = records.value(TICKET, ticket, "partner_id").unwrap();
    records
        .followers
        .insert((ticket, customer.as_i64().unwrap()));
    (records, ticket)
}

fn write(records: &mut Records, ticket: i64, vals: &Value) -> Result<(), OdooError> {
    records.write(TICKET, &[ticket], &row_of(vals))
}

#[test]
fn a_new_ticket_thanks_its_customer() {
    for app in BOTH {
        let (mut records, _) = helpdesk(app);
        records.caller = TRACKED;
        opened(&mut records, &json!({}));
        assert_eq!(records.mails_sent, 1, "{app:?}");
    }
}

#[test]
fn a_ticket_that_comes_into_a_stage_with_a_template_mails_its_customer() {
    for app in BOTH {
        let (mut records, ticket) = helpdesk(app);
        records.caller = TRACKED;
        write(&mut records, ticket, &json!({"stage_id": 2})).unwrap();
        write(&mut records, ticket, &json!({"stage_id": 1})).unwrap();
        write(&mut records, ticket, &json!({"stage_id": 1})).unwrap();
        assert_eq!(records.mails_sent, 1, "{app:?}");
    }
}

#[test]
fn without_tracking_no_stage_mails_anybody() {
    for app in BOTH {
        let (mut records, ticket) = helpdesk(app);
        opened(&mut records, &json!({}));
        write(&mut records, ticket, &json!({"stage_id": 2})).unwrap();
        write(&mut records, ticket, &json!({"stage_id": 1})).unwrap();
        assert_eq!(records.mails_sent, 0, "{app:?}");
    }
}

#[test]
fn enterprise_makes_the_customer_a_follower() {
    for (app, followers) in [(App::Oca, 0), (App::Enterprise, 1)] {
        let mut records = Records::fresh(app);
        records.caller = UNTRACKED;
        opened(&mut records, &json!({}));
        assert_eq!(records.followers.len(), followers, "{app:?}");
    }
}

#[test]
fn a_ticket_is_assigned_unless_the_call_says_to_nobody() {
    for (app, by_itself) in [(App::Oca, API_USER), (App::Enterprise, 7)] {
        let mut records = Records::fresh(app);
        let careless = opened(&mut records, &json!({}));
        let careful = opened(&mut records, &json!({"user_id": false}));
        let assigned = |ticket| records.value(TICKET, ticket, "user_id").unwrap();
        assert_eq!(assigned(careless), by_itself, "{app:?}");
        assert_eq!(assigned(careful), false, "{app:?}");
    }
}

#[test]
fn a_ticket_is_closed_by_its_stage() {
    for app in BOTH {
        let odoo = FakeOdoo::with_app(app);
        odoo.transaction(|records| opened(records, &json!({"stage_id": 3})));
        assert!(odoo.tickets()[0].closed, "{app:?}");
    }
}

fn posted(posting: &Posting) -> (usize, Value, Value) {
    let (mut records, ticket) = helpdesk(App::Oca);
    let id = records.post(ticket, posting).unwrap();
    let get = |name| records.value(MESSAGE, id, name).unwrap();
    (records.mails_sent, get("body"), get("is_internal"))
}

fn comment() -> Posting {
    Posting {
        subtype: Some("mail.mt_comment".to_owned()),
        ..Posting::default()
    }
}

#[test]
fn a_comment_is_mailed_to_a_customer_who_follows() {
    assert_eq!(posted(&comment()).0, 1);
}

#[test]
fn a_comment_that_skips_followers_is_mailed_to_nobody() {
    let posting = Posting {
        skip_followers: true,
        ..comment()
    };
    assert_eq!(posted(&posting).0, 0);
}

#[test]
fn a_misspelt_subtype_makes_a_note() {
    let posting = Posting {
        subtype: Some("mail.mt_nota".to_owned()),
        ..Posting::default()
    };
    assert_eq!(posted(&posting).2, true);
}

#[test]
fn a_plain_body_is_escaped() {
    let posting = Posting {
        body: "<b>x</b>".to_owned(),
        ..Posting::default()
    };
    assert_eq!(posted(&posting).1, "<p>&lt;b&gt;x&lt;/b&gt;</p>");
}

#[test]
fn the_same_message_id_posts_twice() {
    let (mut records, ticket) = helpdesk(App::Oca);
    let posting = Posting {
        message_id: Some("<n1@bank.test>".to_owned()),
        ..Posting::default()
    };
    records.post(ticket, &posting).unwrap();
    records.post(ticket, &posting).unwrap();
    assert_eq!(records.messages_of(ticket).len(), 2);
}

#[test]
fn a_message_on_a_ticket_that_is_gone_is_missing() {
    let (mut records, _) = helpdesk(App::Oca);
    let error = records.post(999, &comment()).unwrap_err();
    assert_eq!(error.name, "odoo.exceptions.MissingError");
}

#[test]
fn only_files_uploaded_for_a_message_move_to_the_ticket() {
    for (uploaded_to, moved) in [("mail.compose.message", 1), ("res.partner", 0)] {
        let (mut records, ticket) = helpdesk(App::Oca);
        let file = json!({"name": "a.pdf", "datas": "", "res_model": uploaded_to, "res_id": 0});
        let file = records.create(ATTACHMENT, &row_of(&file)).unwrap();
        let posting = Posting {
            attachments: vec![file],
            ..Posting::default()
        };
        records.post(ticket, &posting).unwrap();
        assert_eq!(records.files_of(ticket).len(), moved, "{uploaded_to}");
    }
}

fn add_field(records: &mut Records, name: &str, ttype: &str) -> Result<i64, OdooError> {
    let of_tickets = [json!(["model", "=", TICKET])];
    let model = records.search(MODEL, &of_tickets, false).unwrap()[0];
    let row = json!({"name": name, "ttype": ttype, "model_id": model, "state": "manual"});
    records.create(FIELD, &row_of(&row))
}

#[test]
fn a_field_can_be_used_as_soon_as_it_was_added() {
    let (mut records, ticket) = helpdesk(App::Enterprise);
    let set = json!({"x_color": "blue"});
    assert!(write(&mut records, ticket, &set).is_err());
    add_field(&mut records, "x_color", "char").unwrap();
    write(&mut records, ticket, &set).unwrap();
    assert_eq!(records.value(TICKET, ticket, "x_color").unwrap(), "blue");
}

#[test]
fn a_field_that_is_there_cannot_be_added() {
    let (mut records, _) = helpdesk(App::Oca);
    add_field(&mut records, "x_color", "char").unwrap();
    for (name, ttype) in [("x_color", "char"), ("x_color", "float"), ("color", "char")] {
        let error = add_field(&mut records, name, ttype).unwrap_err();
        assert_eq!(error.name, "odoo.exceptions.ValidationError", "{name}");
    }
}

#[test]
fn a_value_of_another_type_is_an_error_for_good() {
    let (mut records, ticket) = helpdesk(App::Oca);
    add_field(&mut records, "x_number", "integer").unwrap();
    add_field(&mut records, "x_share", "float").unwrap();
    for vals in [
        json!({"x_number": "general_query"}),
        json!({"x_share": "high"}),
        json!({"name": ["a", "list"]}),
        json!({"priority": "9"}),
        json!({"partner_id": "Carla"}),
    ] {
        let error = write(&mut records, ticket, &vals).unwrap_err();
        let raised = (error.name, error.status);
        assert_eq!(raised, ("builtins.ValueError", 500), "{vals}");
    }
}

#[test]
fn an_empty_number_is_read_as_zero() {
    let (mut records, ticket) = helpdesk(App::Oca);
    add_field(&mut records, "x_share", "float").unwrap();
    let read = records.read(TICKET, &[ticket], &["x_share".to_owned()]);
    assert_eq!(read.unwrap()[0]["x_share"], json!(0.0));
}

#[test]
fn a_missing_right_is_named_with_its_model() {
    let (mut records, ticket) = helpdesk(App::Oca);
    for (operation, said) in [("write", "modify"), ("read", "access")] {
        let right = (TICKET.to_owned(), operation.to_owned());
        records.lacking.insert(right);
        let error = match operation {
            "write" => write(&mut records, ticket, &json!({"name": "new"})).unwrap_err(),
            _ => records.search(TICKET, &[], false).unwrap_err(),
        };
        let start = format!("You are not allowed to {said} 'Helpdesk Ticket' (helpdesk.ticket)");
        assert!(error.message.starts_with(&start), "{}", error.message);
    }
}

#[test]
fn a_person_has_every_right() {
    let odoo = FakeOdoo::default();
    odoo.lacks(PARTNER, "create");
    let made =
        |caller| odoo.transaction_of(caller, |r| r.find_or_create_partner("a@customer.test"));
    assert!(made(TRACKED).is_err());
    assert!(made(Caller::Person).is_ok());
    assert!(made(TRACKED).is_ok(), "what is there need not be made");
}

#[test]
fn a_contact_belongs_to_the_topmost_company() {
    let mut records = Records::default();
    let mut contact = |vals: Value| records.create(PARTNER, &row_of(&vals)).unwrap();
    let company = contact(json!({"name": "Sample & Co", "is_company": true}));
    let office = contact(json!({"name": "Office", "parent_id": company}));
    let dora = contact(json!({"name": "Dora", "parent_id": office}));
    let own = contact(json!({"name": "Daughter", "is_company": true, "parent_id": company}));
    let alone = contact(json!({"name": "Carla"}));
    for (of, expected) in [(dora, company), (own, own), (alone, alone)] {
        let found = records.value(PARTNER, of, "commercial_partner_id");
        assert_eq!(found.unwrap(), expected);
    }
}

#[test]
fn an_address_is_compared_without_name_or_case() {
    assert_eq!(normal("Carla <Carla@Customer.TEST>"), "carla@customer.test");
}

#[test]
fn an_underscore_in_a_pattern_is_any_sign() {
    let mut records = Records::default();
    for email in ["a_b@customer.test", "axb@customer.test"] {
        records.find_or_create_partner(email).unwrap();
    }
    let found = |pattern: &str| {
        let domain = [json!(["email", "=ilike", pattern])];
        records.search(PARTNER, &domain, false).unwrap().len()
    };
    assert_eq!(found("A_B@customer.test"), 2);
    assert_eq!(found("a\\_b@customer.test"), 1);
    assert_eq!(found("%@customer.test"), 2);
    assert_eq!(found("customer"), 0);
}

#[test]
fn records_stand_in_the_order_that_was_asked_for() {
    let (records, _) = helpdesk(App::Oca);
    let stage = records.schema.stage;
    let ordered = |order| records.ordered(stage, vec![1, 2, 3], order);
    assert_eq!(ordered("sequence desc, id").unwrap(), [3, 2, 1]);
    assert_eq!(ordered("closed desc, id").unwrap(), [3, 1, 2]);
    assert!(ordered("sequence sideways").is_err());
}

#[test]
fn two_helpdesks_that_hold_the_same_have_the_same_dump() {
    let filled = |title: &str| {
        let odoo = FakeOdoo::with_app(App::Enterprise);
        odoo.is_set_up();
        odoo.transaction(|records| opened(records, &json!({ "name": title })));
        odoo.dump()
    };
    assert_eq!(filled("title"), filled("title"));
    assert_ne!(filled("title"), filled("another"));
}

#[test]
fn a_deleted_ticket_takes_its_files_along() {
    let (mut records, ticket) = helpdesk(App::Oca);
    let file = json!({"name": "a.pdf", "res_model": TICKET, "res_id": ticket});
    records.create(ATTACHMENT, &row_of(&file)).unwrap();
    records.unlink(TICKET, &[ticket]).unwrap();
    assert!(records.ids(ATTACHMENT).is_empty());
}
