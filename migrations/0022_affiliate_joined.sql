-- When an imported affiliate joined the program on the platform that they came from; null for all others, who joined when
-- they were created.
alter table affiliates add column joined_at timestamptz;
-- Lists affiliates by when they joined.
create index affiliates_by_joining on affiliates (organization_id, (coalesce(joined_at, created_at)));
