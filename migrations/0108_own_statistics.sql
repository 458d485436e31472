-- Since the policies no longer count as a second condition of each statement, Postgres may believe its own statistics about how
-- many organizations a table has. `0099_organization_statistics.sql` had it believe in 40.
drop procedure rekomi_tenant_statistics(regclass);

-- Nobody who reads or writes a table waits for this. All locks come first, so that nothing is analyzed in vain if one of them
-- isn't to be had.
do $$
declare
    tables regclass[] := array(
        select p.polrelid::regclass from pg_policy p
        join pg_attribute a on a.attrelid = p.polrelid and a.attname = 'organization_id' and not a.attisdropped
        where p.polname = 'tenant' order by 1);
    name regclass;
begin
    foreach name in array tables loop
        if not rekomi_is_distributed() then
            execute format('alter table %s alter column organization_id reset (n_distinct, n_distinct_inherited)', name);
        end if;
    end loop;
    -- Autovacuum only analyzes a table again once a tenth of its rows have changed. Tables without statistics wait for it.
    foreach name in array tables loop
        if (select c.reltuples > 0 from pg_class c where c.oid = name) then
            execute format('analyze %s (organization_id)', name);
        end if;
    end loop;
end
$$;
