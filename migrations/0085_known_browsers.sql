-- Since when a person's browsers are known: a device cookie from before is a stranger's. A change of the password and signing
-- out elsewhere end them all.
alter table users add column devices_since timestamptz not null default '-infinity';
