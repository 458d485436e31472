-- The name with which the affiliate was last synced; null if that was before this build. A contact in the CRM with another
-- name keeps it.
alter table crm_contacts add column name text;

-- Names that this sync wrote or may have written, the newest last: it may have failed after that.
alter table crm_syncs add column names text[] not null default '{}';

-- Syncs of before wrote the affiliate's name. The policies apply to the tables' owner, too.
select rekomi_bind('rekomi.tenants', coalesce((select string_agg(id::text, ',') from tenants), ''));

update crm_contacts k set name = a.name
from affiliates a
where a.organization_id = k.organization_id and a.id = k.affiliate_id and a.erased_at is null;
