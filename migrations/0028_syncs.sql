-- Upkeep of syncs: what is old goes, what went wrong is found at once, and erasing somebody doesn't read all that was sent.

create index crm_syncs_finished on crm_syncs (organization_id, finished_at) where finished_at is not null;
create index crm_syncs_failed on crm_syncs (organization_id, connection_id, finished_at desc)
    where state = 'Failed' and code not in ('left_alone', 'superseded');

-- An affiliate's syncs are deleted whole when they are erased, and attempts tell of nobody else: there is nothing to rewrite in
-- what may be gigabytes. A brand's list or tag that is called like a person stays as it is called in the CRM.
do $$
begin
    execute replace(pg_get_functiondef('rekomi_redact_texts'::regproc), '''edge_config'',',
        '''crm_attempts'', ''crm_steps'', ''crm_connections'', ''crm_overrides'', ''edge_config'',');
end
$$;
