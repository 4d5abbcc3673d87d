-- When Gmail took a mail in, which is when its customer began to wait. `seen_at` is when ingest saw it.
alter table helpdesk.mails add column received_at timestamptz;

comment on column helpdesk.mails.received_at is
    'Gmail''s internalDate, known from triage on; null for mails that were triaged before it was kept';
