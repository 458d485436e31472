-- Names of affiliates in the form in which an applicant's recruiter is looked for, as for slugs in 0019: under row-level
-- security, no index serves a condition on `lower(name)`, so each lookup read all affiliates of the organization.
alter table affiliates add column name_key text not null generated always as (lower(name)) stored;
create index affiliates_by_name on affiliates (organization_id, name_key);
