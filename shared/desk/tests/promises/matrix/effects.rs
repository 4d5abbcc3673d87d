//! The list of effects: every step of the domain, and what changes the world outside of steps. A new
//! step does not compile here until it is told how it comes about and how its effect is counted.

use domain::Intent;
use domain::step::StepName;
use ports::QueueName;
use testkit::Faults;

use super::stories::Story;
use super::world::World;
use crate::house::House;

/// Whose calls are broken.
#[derive(Debug, Clone, Copy)]
pub enum Service {
    Gmail,
    Odoo,
    Slack,
    Email,
    Bank,
    Archive,
    Queues,
    Ledger,
}

impl Service {
    pub fn faults(self, house: &House) -> &Faults {
        match self {
            Self::Gmail => &house.gmail.faults,
            Self::Odoo => &house.odoo.faults,
            Self::Slack => &house.slack.faults,
            Self::Email => &house.email.faults,
            Self::Bank => &house.bank.faults,
            Self::Archive => &house.archive.faults,
            Self::Queues => &house.queue.faults,
            Self::Ledger => &house.ledger.faults,
        }
    }
}

/// A call of a worker.
#[derive(Debug, Clone, Copy)]
pub struct Call {
    pub service: Service,
    /// As fault switches name it.
    pub operation: &'static str,
    /// How many calls of that name the worker makes before it.
    pub skipped: u32,
    /// How often the adapter makes it, where trying again is harmless, before its caller hears of a
    /// failure.
    pub tries: u32,
}

/// Whose work has the effect.
#[derive(Debug, Clone, Copy)]
pub enum Worker {
    Ingest,
    Of(QueueName),
}

/// What a worker does that gets the message again after the effect took place unrecorded.
#[derive(Debug, Clone, Copy)]
pub enum Again {
    /// It looks, with this call.
    Looks(Call),
    /// It acts again, which changes nothing or is marked.
    Acts,
    /// Nothing: effect and record are one transaction.
    Knows,
}

/// An effect on the world outside, and how it comes about.
pub struct Effect {
    pub name: &'static str,
    /// The port's method that has it.
    pub method: &'static str,
    pub story: Story,
    pub worker: Worker,
    pub call: Call,
    pub again: Again,
    /// Whether it is a step, so that nothing is called any more once it is done.
    pub is_step: bool,
    /// How often it is there.
    pub count: fn(&World) -> usize,
}

/// All effects.
pub fn all() -> Vec<Effect> {
    let steps = StepName::ALL.into_iter().flat_map(of_step);
    steps.chain(outside_steps()).collect()
}

const TRIAGE: Worker = Worker::Of(QueueName::Mail);
const ANSWERING: Worker = Worker::Of(QueueName::Intent(Intent::GeneralQuery));
const HANDOFF: Worker = Worker::Of(QueueName::Intent(Intent::UrgentHuman));
const PASSWORDS: Worker = Worker::Of(QueueName::Intent(Intent::PasswordUpdate));
const STATEMENTS: Worker = Worker::Of(QueueName::Intent(Intent::BankStatement));

const fn call(service: Service, operation: &'static str) -> Call {
    Call {
        service,
        operation,
        skipped: 0,
        tries: 1,
    }
}

/// A call to Odoo that its adapter makes up to four times.
const fn tried_again(operation: &'static str) -> Call {
    Call {
        tries: 4,
        ..call(Service::Odoo, operation)
    }
}

const POST: Call = call(Service::Odoo, "helpdesk.ticket/message_post");
const FIND_NOTE: Again = Again::Looks(tried_again("helpdesk.ticket/search"));
const FIND_DRAFT: Again = Again::Looks(call(Service::Gmail, "drafts.list"));

/// How a step comes about. Every way in which it calls another method of a port is a row.
fn of_step(step: StepName) -> Vec<Effect> {
    match step {
        StepName::Ticket => tickets(),
        StepName::Turn => vec![note(
            "turn: the mail noted on its ticket",
            Story::Question,
            TRIAGE,
            POST,
            |world| world.notes_of("turn"),
        )],
        StepName::Link => {
            let second = Call { skipped: 1, ..POST };
            vec![note(
                "link: the earlier ticket told of the new one",
                Story::TheftAfterQuestion,
                TRIAGE,
                second,
                |world| world.notes_of("link"),
            )]
        }
        StepName::Label => vec![Effect {
            name: "label: on the mail with passwords",
            method: "Mailbox::label",
            story: Story::Password,
            worker: TRIAGE,
            call: call(Service::Gmail, "messages.modify"),
            again: Again::Acts,
            is_step: true,
            count: World::labelled,
        }],
        StepName::Password => vec![Effect {
            name: "password: changed",
            method: "Bank::change_password",
            story: Story::Password,
            worker: PASSWORDS,
            call: call(Service::Bank, "change_password"),
            again: Again::Knows,
            is_step: true,
            count: World::password_changes,
        }],
        StepName::Draft => drafts(),
        StepName::Findings => vec![note(
            "findings: noted for a person",
            Story::UnansweredQuestion,
            ANSWERING,
            POST,
            |world| world.notes_of("findings"),
        )],
        StepName::Note => vec![note(
            "note: what was drafted",
            Story::Question,
            ANSWERING,
            POST,
            |world| world.notes_of("note"),
        )],
        StepName::Escalate => vec![Effect {
            name: "escalate: priority and tag",
            method: "Tickets::escalate",
            story: Story::Theft,
            worker: HANDOFF,
            call: tried_again("helpdesk.ticket/write"),
            again: Again::Acts,
            is_step: true,
            count: World::escalated,
        }],
        StepName::AlertSlack => vec![alert("alert: on Slack", Service::Slack, |world| {
            world.slack.len()
        })],
        StepName::AlertEmail => vec![alert("alert: by e-mail", Service::Email, |world| {
            world.email.len()
        })],
    }
}

fn tickets() -> Vec<Effect> {
    vec![
        Effect {
            name: "ticket: opened",
            method: "Tickets::open",
            story: Story::Question,
            worker: TRIAGE,
            call: tried_again("helpdesk.ticket/load"),
            again: Again::Acts,
            is_step: true,
            count: |world| world.tickets.len(),
        },
        Effect {
            name: "ticket: continued",
            method: "Tickets::resume",
            story: Story::FurtherQuestion,
            worker: TRIAGE,
            call: tried_again("helpdesk.ticket/write"),
            again: Again::Acts,
            is_step: true,
            count: |world| world.tickets.len(),
        },
    ]
}

fn drafts() -> Vec<Effect> {
    vec![
        Effect {
            name: "draft: created",
            method: "Mailbox::create_draft",
            story: Story::Question,
            worker: ANSWERING,
            call: call(Service::Gmail, "drafts.create"),
            again: FIND_DRAFT,
            is_step: true,
            count: |world| world.drafts.len(),
        },
        Effect {
            name: "draft: replaced",
            method: "Mailbox::replace_draft",
            story: Story::FurtherQuestion,
            worker: ANSWERING,
            call: call(Service::Gmail, "drafts.update"),
            again: FIND_DRAFT,
            is_step: true,
            count: |world| world.drafts.len(),
        },
    ]
}

fn note(
    name: &'static str,
    story: Story,
    worker: Worker,
    call: Call,
    count: fn(&World) -> usize,
) -> Effect {
    Effect {
        name,
        method: "Tickets::note",
        story,
        worker,
        call,
        again: FIND_NOTE,
        is_step: true,
        count,
    }
}

fn alert(name: &'static str, service: Service, count: fn(&World) -> usize) -> Effect {
    Effect {
        name,
        method: "Alerts::alert",
        story: Story::Theft,
        worker: HANDOFF,
        call: call(service, "alert"),
        again: Again::Acts,
        is_step: true,
        count,
    }
}

fn outside_steps() -> Vec<Effect> {
    let sends = call(Service::Queues, "send");
    let enters = call(Service::Ledger, "enter");
    let outside = |name, method, story, worker, call, count| Effect {
        name,
        method,
        story,
        worker,
        call,
        again: Again::Acts,
        is_step: false,
        count,
    };
    vec![
        outside(
            "ledger: the mail entered",
            "Ledger::enter",
            Story::Question,
            Worker::Ingest,
            enters,
            |world| world.mails.len(),
        ),
        outside(
            "ledger: the cursor moved",
            "Ledger::advance",
            Story::Question,
            Worker::Ingest,
            call(Service::Ledger, "advance"),
            |world| usize::from(world.is_synced),
        ),
        // A message that was sent twice is worked once: counted is what its worker did.
        outside(
            "queue: on to triage",
            "Queue::send",
            Story::Question,
            Worker::Ingest,
            sends,
            |world| world.tickets.len(),
        ),
        outside(
            "queue: on to the handler",
            "Queue::send",
            Story::Question,
            TRIAGE,
            sends,
            |world| world.drafts.len(),
        ),
        outside(
            "queue: among the unreadable mails",
            "Queue::send",
            Story::Unreadable,
            TRIAGE,
            sends,
            |world| world.errors,
        ),
        outside(
            "archive: a statement staged",
            "Archive::write",
            Story::Statement,
            STATEMENTS,
            call(Service::Archive, "write"),
            World::first_statements,
        ),
    ]
}
