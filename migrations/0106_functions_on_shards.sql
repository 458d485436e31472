-- Erasing a person works on a cluster, too: `rekomi scale distribute` has functions that write one organization's rows with the
-- owner's rights run on the server that has the rows. Shards don't take a `case` with the age of a transaction, and a row's
-- place is only known to the server that has it. So everything is searched under the lock there.

-- As before, without the shards of a table, whose names end with their number.
create or replace function rekomi_texts(of_facts boolean) returns table (of_table name, names name[], is_json boolean[], words text)
    language sql stable set search_path = public, pg_temp
as $$
    select c.relname, array_agg(a.attname order by a.attnum), array_agg(a.atttypid = 'jsonb'::regtype order by a.attnum),
           string_agg(format('coalesce(%I::text, '''')', a.attname), ' || E''\n'' || ' order by a.attnum)
    from pg_class c
    join pg_attribute o on o.attrelid = c.oid and o.attname = 'organization_id'
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
      and c.relname !~ '_[0-9]{6,}$'
      and a.atttypid in ('text'::regtype, 'jsonb'::regtype)
      and c.relname not in ('events', 'clicks', 'customers', 'customer_emails', 'affiliates', 'erased_identities',
                            'crm_attempts', 'crm_steps', 'crm_connections', 'crm_overrides', 'edge_config',
                            'organizations', 'programs', 'link_hosts', 'links', 'coupons',
                            'api_keys', 'gateway_connections', 'memberships', 'invitations')
      and (of_facts or c.relname not in ('conversions', 'refunds', 'disputes', 'repeated_reports', 'sale_aliases'))
      and (not exists (select from pg_trigger t where t.tgrelid = c.oid and t.tgname = 'append_only')
           or a.attname = any (rekomi_redactable(c.relname)))
    group by c.relname
    order by c.relname
$$;

-- As before; on a cluster, it finds nothing.
create or replace function rekomi_search_texts(organization uuid, patterns text[]) returns jsonb
    language plpgsql security definer set search_path = public, pg_temp
as $$
declare
    target record;
    places tid[];
    found jsonb := '{}';
    since xid8 := pg_snapshot_xmin(pg_current_snapshot());
begin
    if not organization = any (rekomi_tenants()) then
        raise exception 'another tenant''s rows';
    end if;
    if patterns <> '{}' and not rekomi_is_distributed() then
        for target in select * from rekomi_texts(true) loop
            execute format('select array_agg(ctid) from %I where organization_id = $1 and (%s) ~* $2', target.of_table,
                target.words)
            into places using organization, array_to_string(patterns, '|');
            found := found || jsonb_build_object(target.of_table, places::text);
        end loop;
    end if;
    return jsonb_build_object('since', since::text, 'places', found);
end
$$;

-- As before; on a cluster, it reads all rows.
create or replace function rekomi_redact_searched_texts(organization uuid, patterns text[], replacements text[], of_facts boolean,
                                                        searched jsonb)
    returns bigint
    language plpgsql security definer set search_path = public, pg_temp
as $$
declare
    reads_all constant boolean := searched is null or rekomi_is_distributed();
    target record;
    place integer;
    word integer;
    changed bigint := 0;
    rows_changed bigint;
    assignments text;
    rewritten text;
    condition text;
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
    for target in select * from rekomi_texts(of_facts) loop
        assignments := '';
        for place in 1 .. array_length(target.names, 1) loop
            rewritten := format('%I::text', target.names[place]);
            for word in 1 .. array_length(patterns, 1) loop
                rewritten := format('regexp_replace(%s, $2[%s], $3[%s], ''gi'')', rewritten, word, word);
            end loop;
            assignments := assignments || format('%s%I = (%s)%s', case when place > 1 then ', ' else '' end,
                target.names[place], rewritten, case when target.is_json[place] then '::jsonb' else '' end);
        end loop;
        condition := format('(%s) ~* $4', target.words);
        if not reads_all then
            -- `case` keeps the planner from searching the texts first.
            condition := format('case when age(xmin) <= age($5) or ctid = any ($6) then %s end', condition);
        end if;
        execute format('update %I set %s where organization_id = $1 and %s', target.of_table, assignments, condition)
        using organization, patterns, replacements, array_to_string(patterns, '|'), (searched ->> 'since')::xid8::xid,
            coalesce(searched -> 'places' ->> target.of_table::text, '{}')::tid[];
        get diagnostics rows_changed = row_count;
        changed := changed + rows_changed;
    end loop;
    set local rekomi.redacting = '';
    return changed;
end
$$;
