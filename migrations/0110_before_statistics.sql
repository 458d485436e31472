-- Until Postgres has statistics of a table, it takes 200 organizations for granted, so that a table that it also takes for small
-- has less than a row of each. All indexes then seem equally good that begin with the organization, and it reads one of them
-- whole for each key of a batch. The plan is kept until autovacuum analyzes the table, up to a minute after the first rows.

-- Has Postgres assume that one organization owns all rows of a table of which it has no statistics, so that it looks for an index
-- with the other columns, too. Postgres 18 can be told; an older one goes on guessing. The first `analyze` replaces it.
create procedure rekomi_assume_one_organization(name regclass)
    language plpgsql
as $$
begin
    if to_regproc('pg_catalog.pg_restore_attribute_stats') is null or rekomi_is_distributed()
       or (select c.reltuples > 0 from pg_class c where c.oid = name) then
        return;
    end if;
    perform pg_restore_attribute_stats('schemaname', 'public', 'relname', c.relname::text, 'attname', 'organization_id',
                                       'inherited', false, 'null_frac', 0::real, 'avg_width', 16, 'n_distinct', 1::real)
    from pg_class c where c.oid = name;
end
$$;
revoke all on procedure rekomi_assume_one_organization from public;

do $$
declare
    name regclass;
begin
    for name in
        select p.polrelid::regclass from pg_policy p
        join pg_attribute a on a.attrelid = p.polrelid and a.attname = 'organization_id' and not a.attisdropped
        where p.polname = 'tenant' order by 1
    loop
        call rekomi_assume_one_organization(name);
    end loop;
end
$$;

-- As before, and says what to assume of the new table.
create or replace procedure rekomi_tenant_table(name regclass, append_only boolean default false)
    language plpgsql
as $$
begin
    execute format('alter table %s enable row level security', name);
    execute format('alter table %s force row level security', name);
    call rekomi_tenant_policy(name);
    call rekomi_assume_one_organization(name);
    execute format('grant select on %s to rekomi_reader', name);
    if append_only then
        execute format('grant select, insert on %s to rekomi_app', name);
        execute format(
            'create trigger append_only before update or delete on %s
             for each row execute function rekomi_refuse_change()', name);
        execute format(
            'create trigger append_only_truncate before truncate on %s
             for each statement execute function rekomi_refuse_change()', name);
    else
        execute format('grant select, insert, update, delete on %s to rekomi_app', name);
    end if;
    if rekomi_is_distributed() then
        execute format('select create_distributed_table(%L, ''organization_id'', colocate_with => ''organizations'')', name);
    end if;
end
$$;

-- As before, and says what to assume of the new month.
create or replace function rekomi_make_click_partitions(from_month date, months integer) returns integer
    language plpgsql security definer set search_path = public, pg_temp
as $$
declare
    start_of date;
    name text;
    made integer := 0;
begin
    if months < 1 or months > 24 then
        raise exception 'months must be between 1 and 24';
    end if;
    perform pg_advisory_xact_lock(7236511);
    for step in 0 .. months - 1 loop
        start_of := (date_trunc('month', from_month) + make_interval(months => step))::date;
        name := 'clicks_' || to_char(start_of, 'YYYY_MM');
        if to_regclass(name) is null then
            execute format('create table %I partition of clicks for values from (%L) to (%L)', name,
                start_of::timestamp at time zone 'UTC', (start_of + interval '1 month')::timestamp at time zone 'UTC');
            execute format('alter table %I enable row level security', name);
            execute format('alter table %I force row level security', name);
            call rekomi_tenant_policy(name::regclass);
            call rekomi_assume_one_organization(name::regclass);
            -- Partitions inherit row triggers from the parent, but not statement triggers.
            execute format(
                'create trigger append_only_truncate before truncate on %I
                 for each statement execute function rekomi_refuse_change()', name);
            made := made + 1;
        end if;
    end loop;
    return made;
end
$$;
