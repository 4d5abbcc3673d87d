-- Conversations: what was really said, in short and in full, and what became of drafts.

-- A draft is no turn: nobody has heard it. Drafts have a table of their own from now on.
delete from helpdesk.turns where direction = 'drafted';
alter table helpdesk.turns
    drop constraint turns_direction_check,
    add constraint turns_direction_check check (direction in ('incoming', 'outgoing')),
    add column confidence real;

alter table helpdesk.mails add column confidence real;

comment on column helpdesk.mails.ticket_id is
    'its ticket; before triage is over, the ticket that it was decided to continue';

-- The older turns of a ticket, in short and masked.
create table helpdesk.summaries (
    ticket_id bigint primary key,
    through   bigint not null,
    text      text not null,
    at        timestamptz not null default now()
);

comment on column helpdesk.summaries.through is 'the last turn that is in the text';

-- One row a mail that a draft was made for. A draft that was put in another's place keeps its id.
create table helpdesk.drafts (
    mailbox    integer not null,
    message    text not null,
    thread     text not null,
    draft      text not null,
    answers    text[] not null,
    text       text not null,
    digest     text not null,
    made_by    text not null,
    outcome    text not null check (outcome in
                   ('open', 'replaced', 'sent_as_is', 'sent_edited', 'discarded')),
    distance   real check ((distance is not null) = (outcome = 'sent_edited')),
    made_at    timestamptz not null,
    settled_at timestamptz,
    primary key (mailbox, message),
    foreign key (mailbox, message) references helpdesk.mails
);

comment on column helpdesk.drafts.answers is 'the messages of the mailbox that the draft answers';
comment on column helpdesk.drafts.text is 'what the draft says, masked';

create index drafts_by_thread on helpdesk.drafts (mailbox, thread, made_at);

-- Who may write drafts into a thread now.
create table helpdesk.threads (
    mailbox    integer not null references helpdesk.mailboxes,
    thread     text not null,
    held_by    text not null,
    held_until timestamptz not null,
    primary key (mailbox, thread)
);
