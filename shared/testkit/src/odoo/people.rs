//! What people and administrators do in the helpdesk, by hand.

use domain::TicketId;
use serde_json::{Value, json};
use time::Duration;

use super::posting::row_of;
use super::schema::{ATTACHMENT, FIELD, MESSAGE, MODEL, PARTNER, TICKET};
use super::{App, FakeOdoo, OdooError, Posting, Records, Row};

impl FakeOdoo {
    /// Someone moves the ticket to the first closed stage.
    pub fn close(&self, ticket: TicketId) {
        let closed = self.transaction(|records| {
            let stages = records.rows(records.schema.stage).iter();
            let is_closed = |row: &Row| row.get(records.schema.closed) == Some(&true.into());
            stages
                .filter(|(_, row)| is_closed(row))
                .map(|(id, _)| *id)
                .next()
        });
        self.edit(ticket, &json!({"stage_id": closed}));
    }

    /// Someone archives the ticket.
    pub fn archive(&self, ticket: TicketId) {
        self.edit(ticket, &json!({"active": false}));
    }

    /// Someone gives the ticket a new title.
    pub fn rename(&self, ticket: TicketId, title: &str) {
        self.edit(ticket, &json!({"name": title}));
    }

    /// Someone sets the priority, `0` to `3`.
    pub fn prioritise(&self, ticket: TicketId, priority: &str) {
        self.edit(ticket, &json!({"priority": priority}));
    }

    /// Someone gives the ticket to a team of its own.
    pub fn moves_to_another_team(&self, ticket: TicketId) {
        let team = self.transaction(|records| {
            let team = row_of(&json!({"name": "Second level"}));
            done(records.create(records.schema.team, &team))
        });
        self.edit(ticket, &json!({ "team_id": team }));
    }

    /// Someone writes a note on the ticket.
    pub fn note_by_hand(&self, ticket: TicketId, body: &str) {
        let posting = Posting {
            body: body.to_owned(),
            ..Posting::default()
        };
        self.transaction(|records| done(records.post(ticket.0, &posting)));
    }

    /// Someone corrects the last note on the ticket.
    pub fn correct_the_last_note(&self, ticket: TicketId, body: &str) {
        self.transaction(|records| {
            let last = records.messages_of(ticket.0).pop();
            let body = row_of(&json!({ "body": body }));
            done(records.write(MESSAGE, last.as_slice(), &body));
        });
    }

    /// Someone hangs a file on the ticket.
    pub fn hang_on(&self, ticket: TicketId, name: &str) {
        let file = json!({"name": name, "datas": "", "mimetype": "text/plain", "res_model": TICKET,
                          "res_id": ticket.0});
        self.transaction(|records| done(records.create(ATTACHMENT, &row_of(&file))));
    }

    /// Someone changes the address on the ticket. Its contact stays.
    pub fn readdress(&self, ticket: TicketId, address: &str) {
        self.edit(ticket, &json!({"partner_email": address}));
    }

    /// Someone takes the contact off the ticket. The address on it stays.
    pub fn forgets_its_contact(&self, ticket: TicketId) {
        self.edit(ticket, &json!({"partner_id": false}));
    }

    /// Someone deletes the ticket.
    pub fn delete(&self, ticket: TicketId) {
        self.transaction(|records| done(records.unlink(TICKET, &[ticket.0])));
    }

    /// Someone tries to make a ticket and fails, which uses up a number.
    pub fn burn_a_number(&self) {
        let incomplete = self.transaction(|records| records.create(TICKET, &Row::new()));
        debug_assert!(
            incomplete.is_err(),
            "a ticket without a title cannot be made"
        );
    }

    /// The ticket's customer follows it, and would be mailed on every comment.
    pub fn customer_follows(&self, ticket: TicketId) {
        self.transaction(|records| {
            let contact = done(records.value(TICKET, ticket.0, "partner_id"));
            records
                .followers
                .extend(contact.as_i64().map(|contact| (ticket.0, contact)));
        });
    }

    /// Someone writes a contact's address in another way, such as in capitals.
    pub fn respell(&self, address: &str, written: &str) {
        self.transaction(|records| {
            let contact = done(records.find_or_create_partner(address));
            let email = row_of(&json!({"email": written}));
            done(records.write(PARTNER, &[contact], &email));
        });
    }

    /// The contacts with these addresses, made where they are missing, belong to a company.
    pub fn works_for(&self, company: &str, addresses: &[&str]) {
        self.transaction(|records| {
            let row = json!({"name": company, "is_company": true});
            let company = done(records.create(PARTNER, &row_of(&row)));
            let parent = row_of(&json!({"parent_id": company}));
            for address in addresses {
                let contact = done(records.find_or_create_partner(address));
                done(records.write(PARTNER, &[contact], &parent));
            }
        });
    }

    /// An administrator adds the fields that tell of the last mail.
    pub fn is_set_up(&self) {
        self.has_field("x_helpdesk_intent", "char");
        self.has_field("x_helpdesk_mail", "char");
        self.has_field("x_helpdesk_confidence", "float");
    }

    /// An administrator adds a field of this type to tickets: `char`, `html`, `boolean`, `integer` or
    /// `float`.
    pub fn has_field(&self, name: &str, ttype: &str) {
        self.transaction(|records| {
            let of_tickets = [json!(["model", "=", TICKET])];
            let model = done(records.search(MODEL, &of_tickets, true));
            let row = json!({"name": name, "field_description": name, "ttype": ttype,
                             "model_id": model.first(), "state": "manual"});
            done(records.create(FIELD, &row_of(&row)));
        });
    }

    /// An administrator takes a right from the API user: `read`, `create`, `write` or `unlink` of a
    /// model.
    pub fn lacks(&self, model: &str, right: &str) {
        let right = (model.to_owned(), right.to_owned());
        self.transaction(|records| records.lacking.insert(right));
    }

    /// The helpdesk app was never installed.
    pub fn has_no_helpdesk(&self) {
        self.transaction(|records| *records = Records::fresh(App::Missing));
    }

    /// Every open stage mails the customer when a ticket comes into it.
    pub fn every_open_stage_mails(&self) {
        self.transaction(|records| {
            let schema = records.schema;
            let open = [json!([schema.closed, "=", false])];
            let open = done(records.search(schema.stage, &open, true));
            let template = row_of(&json!({ schema.template: 1 }));
            done(records.write(schema.stage, &open, &template));
        });
    }

    /// Another team gets a stage of its own, open, without a mail, and before all others.
    pub fn another_team_has_a_stage(&self, name: &str) {
        self.transaction(|records| {
            let schema = records.schema;
            let team = row_of(&json!({"name": "Second level"}));
            let team = done(records.create(schema.team, &team));
            let stage = json!({"name": name, "sequence": 0, "team_ids": [[6, 0, [team]]],
                               schema.closed: false, schema.template: false});
            done(records.create(schema.stage, &row_of(&stage)));
        });
    }

    /// Everything there is gets older by so much.
    pub fn ages(&self, by: Duration) {
        self.transaction(|records| {
            for times in records.times.values_mut() {
                times.made -= by;
                times.changed -= by;
            }
        });
    }

    /// The next loads answer that another transaction came first.
    pub fn lose_next_races(&self, loads: u32) {
        self.transaction(|records| records.races_to_lose = loads);
    }

    fn edit(&self, ticket: TicketId, vals: &Value) {
        let edit = |records: &mut Records| records.write(TICKET, &[ticket.0], &row_of(vals));
        done(self.transaction(edit));
    }
}

/// What was done by hand, which a test relies on.
///
/// # Panics
/// Where it could not be done.
fn done<T>(result: Result<T, OdooError>) -> T {
    match result {
        Ok(done) => done,
        Err(error) => panic!("{}: {}", error.name, error.message),
    }
}
