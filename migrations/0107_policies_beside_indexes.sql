-- The policy of a tenant table no longer leads Postgres to an index. A statement of one organization says so itself, with
-- `organization_id = $1`. The policy said it a second time in a form that an index can use, and Postgres took the two for
-- independent conditions: it expected a few rows of an organization of any size, and chose indexes that only begin with the
-- organization, which it then read whole for each row that it joined.

-- The first organization that the running transaction is bound to, or null: nearly always the only one.
create function rekomi_tenant() returns uuid
    language sql stable parallel safe
    return split_part(nullif(current_setting('rekomi.tenants', true), ''), ',', 1)::uuid;

-- The organizations that the running transaction is bound to, as the keys of an object: whether one of ten thousand is among
-- them is found without comparing it with each.
create function rekomi_tenant_set() returns jsonb
    language sql stable parallel safe
    return (select jsonb_object_agg(tenant, true) from unnest(rekomi_tenants()) tenant);

-- As before, with a condition that no index can use. Postgres expects that it leaves half of the rows, whatever the table
-- holds. On a cluster, a policy can't have subqueries; there, it keeps the form that an index can use, as the functions would
-- otherwise be called for each row.
create or replace procedure rekomi_tenant_policy(name regclass)
    language plpgsql
as $$
declare
    condition text := case
        when rekomi_is_cluster() then 'organization_id = any (rekomi_tenants())'
        else 'case when organization_id = (select rekomi_tenant()) then true
                   else (select rekomi_tenant_set()) ? organization_id::text end' end;
begin
    execute format('%s policy tenant on %s using (%s) with check (%s)',
        case when exists (select from pg_policy p where p.polrelid = name and p.polname = 'tenant')
             then 'alter' else 'create' end,
        name, condition, condition);
end
$$;

-- Whatever uses a table waits until all are done, which takes a moment; if a lock isn't to be had, this gives up and is tried
-- again.
do $$
declare
    name regclass;
begin
    for name in
        select p.polrelid::regclass from pg_policy p
        join pg_attribute a on a.attrelid = p.polrelid and a.attname = 'organization_id' and not a.attisdropped
        where p.polname = 'tenant' order by 1
    loop
        call rekomi_tenant_policy(name);
    end loop;
end
$$;
