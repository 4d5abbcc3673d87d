-- What `helpdesk stats` and `helpdesk graph` look up by time.
create index mails_by_time on helpdesk.mails (seen_at);
create index drafts_settled on helpdesk.drafts (settled_at) where settled_at is not null;
create index drafts_open on helpdesk.drafts (made_at) where outcome = 'open';
