-- Slugs in the form in which they are compared. Row-level security lets an index serve a condition only if every function
-- in it is leakproof, which `lower` isn't: with an index on `lower(slug)`, a lookup reads all links of the organization.
-- The indexes keep their names, and what is unique stays so.
alter table affiliates add column slug_key text not null generated always as (lower(slug)) stored;
drop index affiliates_slug;
create unique index affiliates_slug on affiliates (organization_id, slug_key);

alter table links add column slug_key text not null generated always as (lower(slug)) stored;
drop index links_slug;
create unique index links_slug on links (organization_id, host, slug_key);
drop index links_by_slug;
create index links_by_slug on links (organization_id, slug_key);
