-- The names of erased people, as keyed hashes. An address or id that comes again is recognized, and its clear text
-- isn't stored again. The hash can't be reversed.
create table erased_identities (
    organization_id uuid not null references organizations,
    -- `engine::privacy::pseudonym` computes it: 32 hexadecimal digits of HMAC-SHA256.
    pseudonym text not null check (pseudonym ~ '^[0-9a-f]{32}$'),
    erased_at timestamptz not null,
    primary key (organization_id, pseudonym)
);
call rekomi_tenant_table('erased_identities', true);

-- Rewrites the body of one event of a tenant that the transaction is bound to.
create function rekomi_redact_event(organization uuid, event uuid, new_body text, new_digest bytea) returns void
    language plpgsql security definer set search_path = public, pg_temp
as $$
begin
    if not organization = any (rekomi_tenants()) then
        raise exception 'another tenant''s event';
    end if;
    perform set_config('rekomi.redacting', 'yes', true);
    update events set body = new_body, digest = new_digest where organization_id = organization and id = event;
    perform set_config('rekomi.redacting', '', true);
end
$$;

-- Rewrites compared addresses, for all customers who have one of them.
create function rekomi_redact_addresses(organization uuid, old text[], new text[]) returns void
    language plpgsql security definer set search_path = public, pg_temp
as $$
begin
    if not organization = any (rekomi_tenants()) then
        raise exception 'another tenant''s addresses';
    end if;
    perform set_config('rekomi.redacting', 'yes', true);
    update customer_emails e set email_key = n.new from unnest(old, new) n (old, new)
    where e.organization_id = organization and e.email_key = n.old;
    perform set_config('rekomi.redacting', '', true);
end
$$;

-- Rewrites every text that people or programs enter freely, in every tenant table, including those of later migrations.
-- Slugs and codes are addresses of their own and stay; the ledger itself rewrites events, customers and addresses. Rows
-- from which the book is computed lose only what is also in their events (`of_facts`). An affiliate's CRM syncs are
-- deleted on erasure and name no one else, so their steps and attempts, which may be gigabytes, aren't rewritten. A
-- brand's list or tag that has a person's name keeps the name that it has in the CRM.
create function rekomi_redact_texts(organization uuid, patterns text[], replacements text[], of_facts boolean) returns bigint
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
    perform set_config('rekomi.redacting', 'yes', true);
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
        execute format('update %I set %s where organization_id = $1 and concat_ws(E''\n'', %s) ~* $4', target.relname,
            assignments, (select string_agg(format('%I::text', name), ', ') from unnest(target.names) name))
        using organization, patterns, replacements, array_to_string(patterns, '|');
        get diagnostics rows_changed = row_count;
        changed := changed + rows_changed;
    end loop;
    perform set_config('rekomi.redacting', '', true);
    return changed;
end
$$;
revoke all on function rekomi_redact_event, rekomi_redact_addresses, rekomi_redact_texts from public;
grant execute on function rekomi_redact_event, rekomi_redact_addresses, rekomi_redact_texts to rekomi_app;

-- What people agreed to, and what they withdrew: another row each time. The latest row of a subject and kind counts.
create table consents (
    organization_id uuid not null references organizations,
    id uuid not null,
    affiliate_id uuid,
    customer_id uuid,
    kind text not null check (kind in ('program_terms', 'marketing_email', 'data_processing', 'other')),
    -- The version of the terms, or of the wording that was shown.
    version text check (length(version) between 1 and 100),
    granted boolean not null,
    decided_at timestamptz not null,
    -- How it is known: the form, the page or the email.
    evidence text check (length(evidence) between 1 and 1000),
    actor text not null,
    created_at timestamptz not null,
    primary key (organization_id, id),
    foreign key (organization_id, affiliate_id) references affiliates,
    foreign key (organization_id, customer_id) references customers,
    check (num_nonnulls(affiliate_id, customer_id) = 1)
);
create index consents_affiliate on consents (organization_id, affiliate_id, kind, decided_at desc, id desc)
    where affiliate_id is not null;
create index consents_customer on consents (organization_id, customer_id, kind, decided_at desc, id desc)
    where customer_id is not null;
create index consents_newest on consents (organization_id, id desc);
call rekomi_tenant_table('consents', true);

-- How long each class of data is kept; null where the default applies.
create table retention (
    organization_id uuid primary key references organizations,
    click_days integer check (click_days between 30 and 1100),
    idempotency_key_days integer check (idempotency_key_days between 1 and 90),
    quarantine_days integer check (quarantine_days between 30 and 1100),
    -- 0 keeps the audit log forever.
    audit_days integer check (audit_days = 0 or audit_days between 365 and 3653),
    changed_at timestamptz not null
);
call rekomi_tenant_table('retention');

-- Deletes old clicks or audit log rows of one tenant. Both tables refuse deletes by every other route.
create function rekomi_delete_old(what text, organization uuid, older_than timestamptz, at_most integer) returns bigint
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
    perform set_config('rekomi.expiring', 'yes', true);
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
    perform set_config('rekomi.expiring', '', true);
    return deleted;
end
$$;
revoke all on function rekomi_delete_old from public;
grant execute on function rekomi_delete_old to rekomi_app;

-- What the public status page shows. These tables are global: they hold nothing about a tenant.
create table status_checks (
    component text not null,
    checked_at timestamptz not null,
    ok boolean not null,
    -- For a failure: a stable code, and never a host, a name or a number of a tenant.
    detail text,
    primary key (component, checked_at)
);
create index status_checks_old on status_checks (checked_at);

create table status_days (
    component text not null,
    day date not null,
    checks integer not null default 0,
    failed integer not null default 0,
    primary key (component, day)
);

create table status_incidents (
    id uuid primary key,
    component text not null,
    started_at timestamptz not null,
    ended_at timestamptz,
    detail text
);
create unique index status_incidents_open on status_incidents (component) where ended_at is null;
create index status_incidents_newest on status_incidents (started_at desc);
grant select, insert, update, delete on status_checks, status_days, status_incidents to rekomi_app;
grant select on status_checks, status_days, status_incidents to rekomi_reader;
