-- What the classifier read of a mail in detail: months, and which placeholders stand for which password.
alter table helpdesk.mails add column entities jsonb;

comment on column helpdesk.mails.entities is 'placeholders only, never what they stand for';

-- The operator's customer database, as far as the helpdesk needs it. It is reached through one port
-- alone, and can be filled by `helpdesk bank import`.
create schema if not exists bank;

create table bank.customers (
    number        text primary key,
    address       text not null check (address = lower(address)),
    name          text not null,
    language      text,
    password_hash text not null
);

comment on column bank.customers.address is 'several customers may share one; then none of them is served by mail';
comment on column bank.customers.password_hash is 'bcrypt';

create index customers_by_address on bank.customers (address);

-- Wrong passwords, one row a mail. A right one clears them.
create table bank.failures (
    customer text not null references bank.customers on delete cascade,
    mail     text not null,
    at       timestamptz not null,
    primary key (customer, mail)
);

create table bank.accounts (
    iban      text primary key,
    customer  text not null references bank.customers on delete cascade,
    currency  text not null,
    name      text not null,
    opened_on date not null,
    opening   numeric not null
);

comment on column bank.accounts.opening is 'the balance on the day it was opened, before any transaction';

create index accounts_by_customer on bank.accounts (customer);

create table bank.transactions (
    id        bigint generated always as identity primary key,
    iban      text not null references bank.accounts on delete cascade,
    reference text not null,
    booked_on date not null,
    text      text not null,
    amount    numeric not null,
    balance   numeric not null,
    unique (iban, reference)
);

comment on column bank.transactions.balance is 'the account''s balance after it, as the bank keeps it';

create index transactions_by_day on bank.transactions (iban, booked_on, id);
