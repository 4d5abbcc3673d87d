-- The ledger: what was seen, what was done, what is still to be told.

create schema if not exists helpdesk;

create table helpdesk.mailboxes (
    id            integer generated always as identity primary key,
    address       text not null unique check (address = lower(address)),
    cursor        bigint,
    watch_expires timestamptz
);

comment on column helpdesk.mailboxes.cursor is 'Gmail history id up to which everything is entered';

create table helpdesk.mails (
    mailbox    integer not null references helpdesk.mailboxes,
    message    text not null,
    thread     text not null,
    state      text not null check (state in
                   ('received', 'routed', 'answered', 'handed_off', 'skipped', 'parked')),
    reason     text check ((reason is not null) = (state in ('skipped', 'parked'))),
    intent     text,
    route      text,
    because    text,
    ticket_id  bigint,
    ticket_ref text check ((ticket_id is null) = (ticket_ref is null)),
    draft      text,
    seen_at    timestamptz not null default now(),
    changed_at timestamptz not null default now(),
    primary key (mailbox, message)
);

comment on column helpdesk.mails.intent is 'what the mail is about: its first route';
comment on column helpdesk.mails.route is 'whose queue has it now';

create index mails_by_thread on helpdesk.mails (mailbox, thread);
create index mails_unfinished on helpdesk.mails (seen_at) where state in ('received', 'routed');

-- One row an external effect of a mail. See the state machine in shared/domain/src/step.rs.
create table helpdesk.steps (
    mailbox     integer not null,
    message     text not null,
    step        text not null,
    state       text not null check (state in ('pending', 'in_progress', 'unknown', 'done', 'abandoned')),
    attempt     integer not null,
    lease_until timestamptz,
    look_first  boolean not null default false,
    external_id text check (state <> 'done' or external_id is not null),
    reason      text,
    changed_at  timestamptz not null default now(),
    primary key (mailbox, message, step),
    foreign key (mailbox, message) references helpdesk.mails
);

-- What was said on a ticket, masked.
create table helpdesk.turns (
    id        bigint generated always as identity primary key,
    ticket_id bigint not null,
    mailbox   integer not null,
    message   text not null,
    direction text not null check (direction in ('incoming', 'drafted')),
    intent    text not null,
    text      text not null,
    at        timestamptz not null,
    unique (mailbox, message, direction),
    foreign key (mailbox, message) references helpdesk.mails
);

create index turns_by_ticket on helpdesk.turns (ticket_id, at desc, id desc);

-- Queue messages that were decided together with a change and wait to be sent.
create table helpdesk.outbox (
    id          bigint generated always as identity primary key,
    queue       text not null,
    mailbox     integer not null,
    message     text not null,
    thread      text not null,
    reason      text,
    taken_until timestamptz,
    sent_at     timestamptz,
    unique (mailbox, message, queue),
    foreign key (mailbox, message) references helpdesk.mails
);

create index outbox_waiting on helpdesk.outbox (id) where sent_at is null;
