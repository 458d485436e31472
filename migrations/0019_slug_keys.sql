-- Slugs in the form in which they are compared. Row-level security lets an index serve a condition only if every function
-- in it is leakproof, which `lower` isn't: with an index on `lower(slug)`, a lookup reads all links of the organization.
alter table affiliates add column slug_key text not null generated always as (lower(slug)) stored;
create index affiliates_by_slug_key on affiliates (organization_id, slug_key);

alter table links add column slug_key text not null generated always as (lower(slug)) stored;
create index links_by_slug_key on links (organization_id, slug_key);
-- No query could use it, for the reason above. The unique indexes on `lower(slug)` stay: they keep slugs unique.
drop index links_by_slug;
