-- What was done for a mail with a model: calls, what was searched and checked around them, and the
-- functions' work that they belong to. It is the record; whoever shows traces gets a copy.
create table helpdesk.llm_calls (
    id             uuid primary key,
    trace_id       text not null check (trace_id ~ '^[0-9a-f]{32}$'),
    parent         uuid,
    mailbox        integer,
    message        text,
    kind           text not null check (kind in ('chain', 'llm', 'embedding', 'retriever', 'check')),
    name           text not null,
    prompt_name    text,
    prompt_version integer,
    prompt_sha256  text,
    variant        text,
    model_asked    text,
    model_answered text,
    tokens_in      bigint,
    tokens_out     bigint,
    cost_usd       double precision,
    began_at       timestamptz not null,
    took_ms        integer not null,
    attempts       integer not null,
    finish_reason  text,
    outcome        text not null,
    error          text,
    input          jsonb,
    output         jsonb,
    exported_at    timestamptz,
    verdict        text,
    foreign key (mailbox, message) references helpdesk.mails
);

comment on column helpdesk.llm_calls.id is 'also the run''s id where traces are shown; its first 16 digits are the span id';
comment on column helpdesk.llm_calls.outcome is 'ok, or the class of the failure';
comment on column helpdesk.llm_calls.cost_usd is 'by the price table of the time; null for a model without a price';
comment on column helpdesk.llm_calls.input is 'masked; null where the settings say that content is not kept';

create index llm_calls_by_mail on helpdesk.llm_calls (mailbox, message, began_at);
create index llm_calls_by_time on helpdesk.llm_calls (began_at);
create index llm_calls_to_export on helpdesk.llm_calls (began_at) where exported_at is null;

comment on column helpdesk.llm_calls.verdict is 'what became of the draft, as whoever shows traces was told it last';

-- W3C Trace Context: a mail is one trace across functions. Its messages carry this.
alter table helpdesk.mails
    add column traceparent text not null default
        '00-' || replace(gen_random_uuid()::text, '-', '')
              || '-' || substr(replace(gen_random_uuid()::text, '-', ''), 1, 16) || '-01';

comment on column helpdesk.mails.traceparent is 'https://www.w3.org/TR/trace-context/';
