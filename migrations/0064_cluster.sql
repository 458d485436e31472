-- What tables, policies and functions need so that the schema can be distributed over a cluster of Postgres servers (Citus) by
-- `organization_id`. On a single server everything stays as it is; `rekomi scale distribute` uses what is created here.

-- Whether this server coordinates a cluster.
create function rekomi_is_cluster() returns boolean
    language sql stable parallel safe
    return exists (select from pg_extension where extname = 'citus');

-- Whether the tenant tables are distributed. The cluster's catalog exists only where it is installed.
create function rekomi_is_distributed() returns boolean
    language plpgsql stable
as $$
declare
    is_distributed boolean := false;
begin
    if to_regclass('pg_catalog.pg_dist_partition') is not null then
        execute 'select exists (select from pg_catalog.pg_dist_partition
                                where logicalrelid = ''public.organizations''::regclass and partmethod = ''h'')'
        into is_distributed;
    end if;
    return is_distributed;
end
$$;

-- Sets a setting until the transaction ends, as `set_config` does. A cluster also sends a `set local` to the other servers,
-- where the policies of the rows read it.
create function rekomi_bind(setting text, value text) returns text
    language plpgsql
as $$
begin
    if setting not in ('rekomi.tenants', 'rekomi.user_id', 'rekomi.bearer_hash', 'rekomi.address_hash', 'rekomi.creator',
                       'rekomi.edge_key', 'rekomi.handle') then
        raise exception 'no setting of a holder: %', setting;
    end if;
    execute format('set local %s = %L', setting, value);
    return value;
end
$$;

-- A condition's part that has one value for the whole statement. A single server evaluates `(select …)` once per statement, and
-- the expression alone once per row; a cluster takes no subquery in a policy.
create function rekomi_once(expression text) returns text
    language sql stable
    return case when rekomi_is_cluster() then '(' || expression || ')' else '(select ' || expression || ')' end;

-- Creates the policy of a tenant table, or writes it in the form for this server.
create procedure rekomi_tenant_policy(name regclass)
    language plpgsql
as $$
declare
    condition text := format('organization_id = any (%s::uuid[])', rekomi_once('rekomi_tenants()'));
begin
    execute format('%s policy tenant on %s using (%s) with check (%s)',
        case when exists (select from pg_policy p where p.polrelid = name and p.polname = 'tenant')
             then 'alter' else 'create' end,
        name, condition, condition);
end
$$;

-- Writes every policy of the tenant tables in the form for this server. Only `rekomi scale distribute` calls it.
create procedure rekomi_write_policies()
    language plpgsql
as $$
declare
    target regclass;
    bearer text := rekomi_once($x$decode(nullif(current_setting('rekomi.bearer_hash', true), ''), 'hex')$x$);
    address text := rekomi_once($x$decode(nullif(current_setting('rekomi.address_hash', true), ''), 'hex')$x$);
    person text := rekomi_once($x$coalesce(nullif(current_setting('rekomi.user_id', true), ''),
                                           nullif(current_setting('rekomi.user', true), ''))::uuid$x$);
    handle text := rekomi_once($x$nullif(current_setting('rekomi.handle', true), '')$x$);
    edge_key text := rekomi_once($x$nullif(current_setting('rekomi.edge_key', true), '')$x$);
    creator text := rekomi_once('rekomi_creator()');
begin
    for target in
        select p.polrelid::regclass from pg_policy p
        join pg_attribute a on a.attrelid = p.polrelid and a.attname = 'organization_id' and not a.attisdropped
        where p.polname = 'tenant' order by 1
    loop
        call rekomi_tenant_policy(target);
    end loop;
    execute format('alter policy own on memberships using (user_id = %s)', person);
    execute format('alter policy holder on invitations using (token_hash = %s)', bearer);
    execute format('alter policy holder on api_keys using (bearer_hash = %s)', bearer);
    execute format('alter policy holder on api_key_predecessors using (bearer_hash = %s)', bearer);
    execute format('alter policy holder on oauth_codes using (code_hash = %s)', bearer);
    execute format('alter policy holder on oauth_tokens using (token_hash = %s)', bearer);
    execute format('alter policy holder on affiliate_addresses using (address_hash = %s)', address);
    execute format('alter policy visitor on program_pages using (handle = %s and published_at is not null)', handle);
    execute format('alter policy lookup on edge_config using (key = %s)', edge_key);
    execute format('alter policy creator on network_contacts using (creator_id = %s)', creator);
    execute format('alter policy operator on network_contacts using (%s)', rekomi_once('rekomi_operates()'));
    execute format('alter policy creator on network_messages using (creator_id = %s)', creator);
    execute format('alter policy creator on network_reports using (creator_id = %s and not by_brand)', creator);
end
$$;
revoke all on procedure rekomi_tenant_policy, rekomi_write_policies from public;

-- As before, with the form of the policy chosen. In a cluster, tables of later migrations are distributed like the others.
create or replace procedure rekomi_tenant_table(name regclass, append_only boolean default false)
    language plpgsql
as $$
begin
    execute format('alter table %s enable row level security', name);
    execute format('alter table %s force row level security', name);
    call rekomi_tenant_policy(name);
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

-- As before, with the form of the policy chosen.
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

-- As before, also for the shards of a table.
create or replace function rekomi_refuse_change() returns trigger
    language plpgsql
as $$
declare
    -- On the other servers of a cluster, the table's name ends with the shard's number: `events_102194`.
    name text := regexp_replace(tg_table_name, '_[0-9]{6,}$', '');
begin
    -- `rekomi_delete_old` deletes rows whose retention period is over.
    if tg_op = 'DELETE' and (tg_table_name like 'clicks%' or tg_table_name like 'audit_log%')
       and current_setting('rekomi.expiring', true) = 'yes' then
        return old;
    end if;
    if tg_op = 'UPDATE' and current_setting('rekomi.redacting', true) = 'yes'
       and (to_jsonb(old) - rekomi_redactable(name)) = (to_jsonb(new) - rekomi_redactable(name)) then
        return new;
    end if;
    raise exception '% is append-only: % refused', tg_table_name, tg_op using errcode = 'restrict_violation';
end
$$;

-- As before, with `set local`, which also reaches the other servers of a cluster. `concat_ws` is not immutable.
create or replace function rekomi_redact_event(organization uuid, event uuid, new_body text, new_digest bytea) returns void
    language plpgsql security definer set search_path = public, pg_temp
as $$
begin
    if not organization = any (rekomi_tenants()) then
        raise exception 'another tenant''s event';
    end if;
    set local rekomi.redacting = 'yes';
    update events set body = new_body, digest = new_digest where organization_id = organization and id = event;
    set local rekomi.redacting = '';
end
$$;

create or replace function rekomi_redact_addresses(organization uuid, old text[], new text[]) returns void
    language plpgsql security definer set search_path = public, pg_temp
as $$
begin
    if not organization = any (rekomi_tenants()) then
        raise exception 'another tenant''s addresses';
    end if;
    set local rekomi.redacting = 'yes';
    update customer_emails e set email_key = n.new from unnest(old, new) n (old, new)
    where e.organization_id = organization and e.email_key = n.old;
    set local rekomi.redacting = '';
end
$$;

create or replace function rekomi_redact_texts(organization uuid, patterns text[], replacements text[], of_facts boolean) returns bigint
    language plpgsql security definer set search_path = public, pg_temp
as $$
declare
    target record;
    place integer;
    word integer;
    changed bigint := 0;
    rows_changed bigint;
    assignments text;
    rewritten text;
begin
    if not organization = any (rekomi_tenants()) then
        raise exception 'another tenant''s rows';
    end if;
    if array_length(patterns, 1) is distinct from array_length(replacements, 1) then
        raise exception 'as many replacements as patterns';
    end if;
    if patterns = '{}' then
        return 0;
    end if;
    set local rekomi.redacting = 'yes';
    for target in
        select c.relname, array_agg(a.attname order by a.attnum) as names,
               array_agg(a.atttypid = 'jsonb'::regtype order by a.attnum) as is_json
        from pg_class c
        join pg_attribute o on o.attrelid = c.oid and o.attname = 'organization_id'
        join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
          and a.atttypid in ('text'::regtype, 'jsonb'::regtype)
          and c.relname not in ('events', 'clicks', 'customers', 'customer_emails', 'affiliates', 'erased_identities',
                                'crm_attempts', 'crm_steps', 'crm_connections', 'crm_overrides', 'edge_config',
                                'organizations', 'programs', 'link_hosts', 'links', 'coupons',
                                'api_keys', 'gateway_connections', 'memberships', 'invitations')
          and (of_facts or c.relname not in ('conversions', 'refunds', 'disputes', 'repeated_reports', 'sale_aliases'))
          and (not exists (select from pg_trigger t where t.tgrelid = c.oid and t.tgname = 'append_only')
               or a.attname = any (rekomi_redactable(c.relname)))
        group by c.relname
    loop
        assignments := '';
        for place in 1 .. array_length(target.names, 1) loop
            rewritten := format('%I::text', target.names[place]);
            for word in 1 .. array_length(patterns, 1) loop
                rewritten := format('regexp_replace(%s, $2[%s], $3[%s], ''gi'')', rewritten, word, word);
            end loop;
            assignments := assignments || format('%s%I = (%s)%s', case when place > 1 then ', ' else '' end,
                target.names[place], rewritten, case when target.is_json[place] then '::jsonb' else '' end);
        end loop;
        execute format('update %I set %s where organization_id = $1 and (%s) ~* $4', target.relname, assignments,
            (select string_agg(format('coalesce(%I::text, '''')', name), ' || E''\n'' || ') from unnest(target.names) name))
        using organization, patterns, replacements, array_to_string(patterns, '|');
        get diagnostics rows_changed = row_count;
        changed := changed + rows_changed;
    end loop;
    set local rekomi.redacting = '';
    return changed;
end
$$;

create or replace function rekomi_delete_old(what text, organization uuid, older_than timestamptz, at_most integer) returns bigint
    language plpgsql security definer set search_path = public, pg_temp
as $$
declare
    deleted bigint;
begin
    if not organization = any (rekomi_tenants()) then
        raise exception 'another tenant''s rows';
    end if;
    if at_most not between 1 and 50000 then
        raise exception 'a portion has 1 to 50000 rows';
    end if;
    set local rekomi.expiring = 'yes';
    if what = 'clicks' then
        delete from clicks c using (
            select id, clicked_at from clicks where organization_id = organization and clicked_at < older_than
            limit at_most) old
        where c.organization_id = organization and (c.id, c.clicked_at) = (old.id, old.clicked_at);
    elsif what = 'audit_log' then
        delete from audit_log a using (
            select id from audit_log where organization_id = organization and at < older_than limit at_most) old
        where a.organization_id = organization and a.id = old.id;
    else
        raise exception 'nothing else grows old';
    end if;
    get diagnostics deleted = row_count;
    set local rekomi.expiring = '';
    return deleted;
end
$$;
