-- In a cluster, listings are on every server, and the feed of the creator network only on the coordinator. So the trigger that
-- writes the feed failed on the others, and no listing could be saved. The feed isn't served from a cluster.
create or replace function rekomi_feed_listing() returns trigger
    language plpgsql
as $$
begin
    if rekomi_is_distributed() then
        return null;
    end if;
    -- Until its transaction ends, so that versions become visible in their order and no reader skips one.
    perform pg_advisory_xact_lock(7236549);
    if tg_op <> 'DELETE' and new.status = 'Listed' then
        insert into network_feed values (new.program_id, nextval('network_feed_versions'))
            on conflict (program_id) do update set version = excluded.version;
    else
        update network_feed set version = nextval('network_feed_versions') where program_id = old.program_id;
    end if;
    return null;
end
$$;
