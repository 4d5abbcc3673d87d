-- Faults: who may call which service now, what became of each visit of a worker to a mail, and how many
-- mails of one sender and one thread are worked.

-- One row a service and tenant.
create table helpdesk.gates (
    name       text primary key,
    failures   integer not null default 0,
    shut_until timestamptz
);

comment on column helpdesk.gates.failures is 'calls in a row that got no usable answer';

-- One row a limit: when the bucket will be full again (GCRA).
create table helpdesk.rate_buckets (
    name    text primary key,
    full_at timestamptz not null
);

-- Times in which a service did not answer.
create table helpdesk.outages (
    id    bigint generated always as identity primary key,
    gate  text not null,
    since timestamptz not null,
    until timestamptz
);

create unique index outages_open on helpdesk.outages (gate) where until is null;

-- What the schedule has done once and need not do again, such as telling people of an outage.
create table helpdesk.noted (
    what text primary key,
    at   timestamptz not null
);

-- Asks to pass a gate and draws from its buckets, all or nothing. Names come sorted, so that two callers
-- lock them in the same order.
create function helpdesk.pass(
    gate text, moment timestamptz, patience double precision,
    names text[], costs double precision[], emissions double precision[], tolerances double precision[],
    threshold integer, probe double precision
) returns table (verdict text, wait double precision, standing integer) language plpgsql as $$
declare
    shut    timestamptz;
    bad     integer := 0;
    at      timestamptz;
    fresh   timestamptz[] := '{}';
    late    double precision;
    longest double precision := 0;
begin
    select g.failures, g.shut_until into bad, shut from helpdesk.gates g where g.name = gate;
    bad := coalesce(bad, 0);
    if shut > moment then
        return query select case when bad >= threshold then 'down' else 'limited' end,
                            extract(epoch from shut - moment)::double precision, bad;
        return;
    end if;
    for i in 1 .. coalesce(array_length(names, 1), 0) loop
        select b.full_at into at from helpdesk.rate_buckets b where b.name = names[i] for update;
        if not found then
            insert into helpdesk.rate_buckets (name, full_at) values (names[i], moment)
                on conflict do nothing;
            select b.full_at into at from helpdesk.rate_buckets b where b.name = names[i] for update;
        end if;
        at := greatest(at, moment) + make_interval(secs => emissions[i] * costs[i]);
        late := extract(epoch from at - moment) - tolerances[i];
        if late > patience then
            return query select 'limited', late, bad;
            return;
        end if;
        longest := greatest(longest, late);
        fresh := fresh || at;
    end loop;
    if bad >= threshold then
        update helpdesk.gates g set shut_until = moment + make_interval(secs => probe)
         where g.name = gate and (g.shut_until is null or g.shut_until <= moment);
        if not found then
            return query select 'down', probe, bad;
            return;
        end if;
    end if;
    for i in 1 .. coalesce(array_length(names, 1), 0) loop
        update helpdesk.rate_buckets b set full_at = fresh[i] where b.name = names[i];
    end loop;
    return query select 'granted', longest, bad;
end
$$;

-- What one worker made of one mail, one row an invocation that lived to tell.
create table helpdesk.visits (
    id          bigint generated always as identity primary key,
    mailbox     integer not null,
    message     text not null,
    queue       text not null,
    try         integer not null,
    at          timestamptz not null,
    took_ms     integer not null,
    outcome     text not null,
    error       text,
    error_class text check ((error_class is null) = (error is null)),
    wait_s      integer,
    calls       jsonb not null default '[]',
    foreign key (mailbox, message) references helpdesk.mails
);

comment on column helpdesk.visits.calls is 'calls to other services: operation, attempts, time, outcome';

create index visits_by_mail on helpdesk.visits (mailbox, message, id);

alter table helpdesk.outbox
    add column decided_at timestamptz not null default now(),
    add column times integer not null default 0;

comment on column helpdesk.outbox.times is 'how often it was sent again because its mail stood still';

-- Who wrote a mail that was let in, as a digest: it counts against the budgets of its sender and thread.
alter table helpdesk.mails
    add column sender text,
    add column admitted_at timestamptz check ((admitted_at is null) = (sender is null));

create index mails_by_sender on helpdesk.mails (mailbox, sender, admitted_at) where sender is not null;

alter table helpdesk.mailboxes add column synced_at timestamptz;

comment on column helpdesk.mailboxes.synced_at is 'when the cursor was last brought up to date';
