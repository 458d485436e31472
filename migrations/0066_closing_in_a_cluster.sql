-- In a cluster, `tenants` is on every server, and the feed of the creator network only on the coordinator. So the trigger that
-- tells the feed about a closed organization would fail on the others, and no organization could be closed. The feed isn't
-- served from a cluster.
create or replace function rekomi_feed_tenant() returns trigger
    language plpgsql
as $$
begin
    if rekomi_is_distributed() then
        return null;
    end if;
    perform pg_advisory_xact_lock(7236549);
    update network_feed set version = nextval('network_feed_versions')
        where program_id in (select program_id from network_listings where organization_id = new.id);
    return null;
end
$$;
