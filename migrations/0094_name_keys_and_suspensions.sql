-- Names of affiliates in the form in which an applicant's recruiter is looked for, as for slugs in 0019: under row-level
-- security, no index serves a condition on `lower(name)`, so each lookup read all affiliates of the organization.
alter table affiliates add column name_key text not null generated always as (lower(name)) stored;
create index affiliates_by_name_key on affiliates (organization_id, name_key);

-- When the operator declined or paused a listing; null once it's listed again. Until then, no creator can accept an
-- invitation to its program, as they can while its brand pauses it, or while a change of it is in review.
alter table network_listings add column suspended_at timestamptz;

-- The policies apply to the tables' owner, too.
select rekomi_bind('rekomi.tenants', coalesce((select string_agg(id::text, ',') from tenants), ''));

update network_listings set suspended_at = updated_at
where status in ('Paused', 'Declined') and approved_at is null and reason is not null;

-- Who added a channel first: for a check of one creator, without a look at everyone who has it.
create index creator_channels_added on creator_channels (url, created_at, creator_id);
