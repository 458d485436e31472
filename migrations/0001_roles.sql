-- The roles. The role that runs the migrations is the owner, which never serves requests. `rekomi_app` serves: it owns
-- nothing and can't bypass row-level security. `rekomi_reader` is for people and reports: it sees what the app sees,
-- and may only read. Roles belong to the cluster, not to the database, so another database of the same cluster may have
-- created them already.
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
-- Postgres evaluates once per statement. Unset or empty means none, so a forgotten binding shows no rows.
create function rekomi_tenants() returns uuid[]
    language sql stable parallel safe
    return string_to_array(nullif(current_setting('rekomi.tenants', true), ''), ',')::uuid[];

-- Permanent records may lose a person's name, and nothing else. These are the columns that may hold one, per table.
create function rekomi_redactable(name text) returns text[]
    language sql immutable parallel safe
    return case name
        when 'events' then array['body', 'digest']
        when 'customer_emails' then array['email_key']
        when 'refunds' then array['external_id', 'refund_of']
        when 'disputes' then array['external_id', 'dispute_of']
        when 'repeated_reports' then array['external_id']
        when 'decisions' then array['reason']
        when 'transfers' then array['note']
        when 'plan_versions' then array['note']
        when 'audit_log' then array['before', 'after']
        when 'consents' then array['evidence']
        when 'affiliate_statuses' then array['reason']
        else '{}'::text[]
    end;

-- Refuses every change of an append-only table. The functions of `0018_privacy_and_status.sql` are the exception: only
-- they switch these settings on, and the app has no right to update or delete the rows directly.
create function rekomi_refuse_change() returns trigger
    language plpgsql
as $$
begin
    -- `rekomi_delete_old` deletes rows whose retention period is over.
    if tg_op = 'DELETE' and (tg_table_name like 'clicks%' or tg_table_name = 'audit_log')
       and current_setting('rekomi.expiring', true) = 'yes' then
        return old;
    end if;
    if tg_op = 'UPDATE' and current_setting('rekomi.redacting', true) = 'yes'
       and (to_jsonb(old) - rekomi_redactable(tg_table_name)) = (to_jsonb(new) - rekomi_redactable(tg_table_name)) then
        return new;
    end if;
    raise exception '% is append-only: % refused', tg_table_name, tg_op using errcode = 'restrict_violation';
end
$$;

-- Makes a table a tenant table: it creates the policy with USING and WITH CHECK, forces it on the owner too, and grants
-- the app and the reader their rights. The app can't update or delete rows of an `append_only` table, and a trigger
-- refuses both for every role.
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
