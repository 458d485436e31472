-- Addresses under which the CRM knew the affiliate before and may still have a contact, which was marked as former. A
-- deletion reaches these contacts, too.
alter table crm_contacts add column former_emails text[] not null default '{}';
