-- A digest of what a form of the dashboard booked, so that sending it again with other details doesn't count as done. Null for
-- forms of program pages, and for those that were sent before.
alter table sent_forms add column content_hash bytea check (length(content_hash) = 32);
