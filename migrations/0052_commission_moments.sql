-- When what earned it happened: an affiliate's list is sorted by it, which a join to conversions can't read in order.
-- That of the conversion, also where that changes; else midnight of the day.
alter table commissions no force row level security;
alter table conversions no force row level security;
alter table commissions add column happened_at timestamptz;
update commissions m set happened_at = coalesce(
    (select v.occurred_at from conversions v where v.organization_id = m.organization_id and v.id = m.conversion_id),
    m.day::timestamp at time zone 'UTC', m.hold_until);
alter table commissions alter column happened_at set not null;
alter table conversions force row level security;
alter table commissions force row level security;
-- With the status, so that an affiliate's few of one are found among many.
create index commissions_happened on commissions (organization_id, affiliate_id, happened_at, id, status);
