-- The order in which syncs are claimed: a claim reads only as many due syncs as it takes.
create index crm_syncs_order on crm_syncs (organization_id, connection_id, next_at, created_at, (task = 'event'), id)
    where next_at is not null;
-- The index above begins with the same columns.
drop index crm_syncs_due;
-- An affiliate's unfinished syncs, which run one after another.
create index crm_syncs_unfinished on crm_syncs (organization_id, connection_id, affiliate_id) where next_at is not null;
