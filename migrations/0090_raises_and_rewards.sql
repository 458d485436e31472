-- Whether a raise of an affiliate's rate wrote the version, such as the one that ends it, or one that repeats a decision
-- after it. A decision of the brand takes the place of these. Versions from before count as decisions.
alter table plan_versions add column of_raise boolean not null default false;

-- Where a reward's weeks, months and quarters begin: the brand's time zone when it created the reward. If the brand changes
-- it, periods for which something was given stay as they are. Null, from a build of before: the brand's current one.
alter table rewards add column time_zone text;

-- The policies apply to the tables' owner, too.
select rekomi_bind('rekomi.tenants', coalesce((select string_agg(id::text, ',') from tenants), ''));

update rewards r set time_zone = o.time_zone from organizations o where o.organization_id = r.organization_id;
