-- A statement of one organization says so twice: with `organization_id = $1`, and with the policy's
-- `organization_id = any (…)`. Postgres takes these for independent conditions, the second one with ten values. So of a table
-- with `n` organizations, it expects `10 / n²` of the rows: with a thousand organizations, often a single row. Any index that
-- begins with the organization then looks as good as one that also has the id, and Postgres reads all rows of a large
-- organization for each row that it joins.

-- Tells Postgres that a tenant table has 40 organizations, whatever their number is, so that it expects 1/160 of the rows. It
-- believes so from the next time on that it analyzes the table. With a larger number, it would also expect one row in a table
-- with a few thousand rows of a single organization, and with a smaller one read whole tables where there are many. A cluster
-- refuses the option.
create procedure rekomi_tenant_statistics(name regclass)
    language plpgsql
as $$
begin
    if not rekomi_is_distributed() then
        execute format('alter table %s alter column organization_id set (n_distinct = 40, n_distinct_inherited = 40)', name);
    end if;
end
$$;
revoke all on procedure rekomi_tenant_statistics from public;

-- As before, with what Postgres has to believe because of the policy.
create or replace procedure rekomi_tenant_policy(name regclass)
    language plpgsql
as $$
declare
    condition text := format('organization_id = any (%s::uuid[])', rekomi_once('rekomi_tenants()'));
begin
    execute format('%s policy tenant on %s using (%s) with check (%s)',
        case when exists (select from pg_policy p where p.polrelid = name and p.polname = 'tenant')
             then 'alter' else 'create' end,
        name, condition, condition);
    call rekomi_tenant_statistics(name);
end
$$;

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
        call rekomi_tenant_statistics(name);
    end loop;
    -- Autovacuum only analyzes a table again once a tenth of its rows have changed. Tables without statistics wait for it.
    foreach name in array tables loop
        if (select c.reltuples > 0 from pg_class c where c.oid = name) then
            execute format('analyze %s (organization_id)', name);
        end if;
    end loop;
end
$$;
