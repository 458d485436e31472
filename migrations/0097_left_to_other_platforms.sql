-- Whether a payout only records what an import left to the earlier platform: no one said that it was paid.
alter table payouts add column settled_there boolean not null default false;
-- Balances and imports of payments look for them; there are few.
create index payouts_settled_there on payouts (organization_id, affiliate_id) where settled_there;

-- What was imported before. The policies apply to the tables' owner, too.
select rekomi_bind('rekomi.tenants', coalesce((select string_agg(id::text, ',') from tenants), ''));

update payouts set settled_there = true where imported_from is not null and reference like 'Left to be settled on %';
