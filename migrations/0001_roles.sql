-- Three roles. The owner (whoever runs this) migrates and is never used to serve. `rekomi_app` serves: it owns nothing
-- and can't bypass row level security. `rekomi_reader` is for people and reports: as the app, but it may only read.
-- Roles live in the cluster, not in the database: another database of the same cluster may have made them already.
do $$
begin
    perform pg_advisory_xact_lock(7236510);
    if not exists (select from pg_roles where rolname = 'rekomi_app') then
        create role rekomi_app nologin nosuperuser nocreatedb nocreaterole noreplication nobypassrls;
    end if;
    if not exists (select from pg_roles where rolname = 'rekomi_reader') then
        create role rekomi_reader nologin nosuperuser nocreatedb nocreaterole noreplication nobypassrls;
    end if;
end
$$;

revoke create on schema public from public;
grant usage on schema public to rekomi_app, rekomi_reader;

-- The organizations that the running transaction is bound to. A policy calls it as `(select rekomi_tenants())`, which
-- Postgres evaluates once per statement; unset or empty means none, so a forgotten binding shows no rows.
create function rekomi_tenants() returns uuid[]
    language sql stable parallel safe
    return string_to_array(nullif(current_setting('rekomi.tenants', true), ''), ',')::uuid[];

-- Ties a table to its tenant: policy with USING and WITH CHECK, forced for the owner too, and the app's rights.
-- `append_only` tables get no update and no delete, and a trigger that refuses both to everybody.
create procedure rekomi_tenant_table(name regclass, append_only boolean default false)
    language plpgsql
as $$
begin
    execute format('alter table %s enable row level security', name);
    execute format('alter table %s force row level security', name);
    execute format(
        'create policy tenant on %s using (organization_id = any ((select rekomi_tenants())::uuid[]))
         with check (organization_id = any ((select rekomi_tenants())::uuid[]))', name);
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
end
$$;

create function rekomi_refuse_change() returns trigger
    language plpgsql
as $$
begin
    raise exception '% is append-only: % refused', tg_table_name, tg_op using errcode = 'restrict_violation';
end
$$;
