-- Old clicks in object storage: one Parquet file for each organization and month. A file is sealed with a key of its own,
-- as those of `files` are. What pages show of clicks is in the roll-ups, which an archive leaves as they are.
create table click_archives (
    organization_id uuid not null references organizations,
    id uuid not null,
    month date not null check (extract(day from month) = 1),
    -- The version of the file's columns.
    format smallint not null,
    -- 'writing': the object isn't complete, or wasn't read back yet. 'verified': it was read back and has the same clicks
    -- as the table. 'archived': the clicks are only in the object. 'restored': they are in both. 'destroyed': the key is
    -- gone, and the object will be.
    state text not null check (state in ('writing', 'verified', 'archived', 'restored', 'destroyed')),
    -- Sealed: table click_archives, column sealed_key, row = the id. Null once the archive is destroyed.
    sealed_key text,
    clicks bigint not null default 0 check (clicks >= 0),
    -- `rekomi_click_mark` of all clicks together, by which the table is compared with the archive.
    mark bigint not null default 0,
    -- A digest for each column, in the order of the file's columns.
    column_digests bigint[] not null default '{}',
    -- The size of the Parquet file, and of the sealed object.
    bytes bigint not null default 0 check (bytes >= 0),
    stored_bytes bigint not null default 0 check (stored_bytes >= 0),
    -- Of the Parquet file.
    sha256 bytea check (length(sha256) = 32),
    first_at timestamptz,
    last_at timestamptz,
    created_at timestamptz not null,
    -- When the object was last read back completely, and was right.
    verified_at timestamptz,
    archived_at timestamptz,
    restored_at timestamptz,
    destroyed_at timestamptz,
    -- When the storage confirmed that the object is deleted; until then the deletion is repeated.
    removed_at timestamptz,
    primary key (organization_id, id),
    check ((state = 'destroyed') = (sealed_key is null)),
    check (state in ('writing', 'destroyed') or verified_at is not null and sha256 is not null)
);
create unique index click_archives_month on click_archives (organization_id, month)
    where state in ('verified', 'archived', 'restored');
create index click_archives_unfinished on click_archives (organization_id, month) where state = 'writing';
create index click_archives_to_remove on click_archives (organization_id, id)
    where removed_at is null and state = 'destroyed';
call rekomi_tenant_table('click_archives');

-- A number for a click and its content. Those of all clicks of a month are combined with `bit_xor`, so that one that is
-- missing, added or changed makes a difference.
create function rekomi_click_mark(id uuid, digest bigint) returns bigint
    language sql immutable parallel safe
    return ('x' || right(replace(id::text, '-', ''), 16))::bit(64)::bigint # digest;

-- Takes the locks under which a month's clicks are removed from the table. `lock_timeout` is shorter than
-- `deadlock_timeout`, so that this gives way to the intake, and not the other way around.
create function rekomi_lock_click_month(of_month date) returns void
    language plpgsql set search_path = public, pg_temp
as $$
begin
    perform set_config('lock_timeout', '900ms', true);
    perform pg_advisory_xact_lock(7236511);
    -- The intake takes it to read whether the month of a late click is archived.
    perform pg_advisory_xact_lock(hashtextextended('click_month/' || of_month, 0));
end
$$;

-- Removes the clicks of a month that are in verified archives. It removes nothing unless, for each organization, the table
-- has the very clicks that were read back from its archive; the error names the first that differs. Clicks that evidence
-- of sales refers to stay in the table. Returns how many clicks were removed; null if there is no such partition.
create function rekomi_remove_archived_month(of_month date) returns bigint
    language plpgsql security definer set search_path = public, pg_temp
as $$
declare
    name text := 'clicks_' || to_char(of_month, 'YYYY_MM');
    from_at timestamptz := of_month::timestamp at time zone 'UTC';
    to_at timestamptz := (of_month + interval '1 month')::timestamp at time zone 'UTC';
    bound text := current_setting('rekomi.tenants', true);
    different uuid;
    evidence clicks[];
    removed bigint;
begin
    -- Later clicks don't look for archives.
    if extract(day from of_month) <> 1 or to_at > now() - interval '31 days' then
        raise exception 'the month is not over for long enough';
    end if;
    perform rekomi_lock_click_month(of_month);
    if to_regclass(name) is null then
        return null;
    end if;
    -- A partition has the clicks of all organizations. What this reads stays in here, but for the id in the error.
    perform set_config('rekomi.tenants', coalesce((select string_agg(id::text, ',') from tenants), ''), true);
    execute format('lock table %I in share mode', name);
    select c.organization_id into different
    from (select k.organization_id, count(*) as clicks, bit_xor(rekomi_click_mark(k.id, k.digest)) as mark,
                 count(*) filter (where t.click_id is null) as others
          from clicks k
          left join (select distinct organization_id, click_id from touches where click_id is not null) t
              on t.organization_id = k.organization_id and t.click_id = k.id
          where k.clicked_at >= from_at and k.clicked_at < to_at
          group by k.organization_id) c
    left join click_archives a on a.organization_id = c.organization_id and a.month = of_month
        and a.state in ('verified', 'archived')
    -- Of a month that was archived before and isn't restored, only evidence may be in the table.
    where a.id is null or a.state = 'verified' and (a.clicks <> c.clicks or a.mark <> c.mark)
        or a.state = 'archived' and c.others > 0
    limit 1;
    if different is not null then
        raise exception 'clicks of % in % differ from the archive', different, of_month using errcode = 'restrict_violation';
    end if;
    select count(*), array_agg(k) filter (where exists (
        select from touches t where t.organization_id = k.organization_id and t.click_id = k.id))
    into removed, evidence
    from clicks k where k.clicked_at >= from_at and k.clicked_at < to_at;
    execute format('drop table %I', name);
    -- They go to the default partition.
    insert into clicks select e.* from unnest(evidence) e;
    update click_archives set state = 'archived', archived_at = now() where month = of_month and state = 'verified';
    perform set_config('rekomi.tenants', bound, true);
    return removed - coalesce(cardinality(evidence), 0);
end
$$;

-- Does the same for the clicks of one organization in a month that has no partition. Returns how many were removed.
create function rekomi_remove_archived_clicks(organization uuid, of_month date) returns bigint
    language plpgsql security definer set search_path = public, pg_temp
as $$
declare
    from_at timestamptz := of_month::timestamp at time zone 'UTC';
    to_at timestamptz := (of_month + interval '1 month')::timestamp at time zone 'UTC';
    same boolean;
    removed bigint;
begin
    if not organization = any (rekomi_tenants()) then
        raise exception 'another tenant''s rows';
    end if;
    if extract(day from of_month) <> 1 or to_at > now() - interval '31 days' then
        raise exception 'the month is not over for long enough';
    end if;
    perform rekomi_lock_click_month(of_month);
    if to_regclass('clicks_' || to_char(of_month, 'YYYY_MM')) is not null then
        raise exception 'the month has a partition';
    end if;
    lock table clicks_other in share row exclusive mode;
    select a.clicks = c.clicks and a.mark = c.mark into same
    from (select count(*) as clicks, coalesce(bit_xor(rekomi_click_mark(k.id, k.digest)), 0) as mark from clicks k
          where k.organization_id = organization and k.clicked_at >= from_at and k.clicked_at < to_at) c
    join click_archives a on a.organization_id = organization and a.month = of_month and a.state = 'verified';
    if same is not true then
        raise exception 'clicks of % in % differ from the archive', organization, of_month
            using errcode = 'restrict_violation';
    end if;
    perform set_config('rekomi.expiring', 'yes', true);
    delete from clicks k
    where k.organization_id = organization and k.clicked_at >= from_at and k.clicked_at < to_at
      and not exists (select from touches t where t.organization_id = organization and t.click_id = k.id);
    get diagnostics removed = row_count;
    perform set_config('rekomi.expiring', '', true);
    update click_archives set state = 'archived', archived_at = now()
    where organization_id = organization and month = of_month and state = 'verified';
    return removed;
end
$$;

-- Makes the partition of a month again, for clicks that are restored, and moves into it what the default partition has of
-- the month. Returns false if there is one, or too much to move: then the default partition takes the clicks.
create function rekomi_reopen_click_month(of_month date) returns boolean
    language plpgsql security definer set search_path = public, pg_temp
as $$
declare
    from_at timestamptz := of_month::timestamp at time zone 'UTC';
    to_at timestamptz := (of_month + interval '1 month')::timestamp at time zone 'UTC';
    bound text := current_setting('rekomi.tenants', true);
    moved clicks[];
begin
    if extract(day from of_month) <> 1 or to_at > now() - interval '31 days' then
        raise exception 'the month is not over for long enough';
    end if;
    perform rekomi_lock_click_month(of_month);
    if to_regclass('clicks_' || to_char(of_month, 'YYYY_MM')) is not null then
        return false;
    end if;
    perform set_config('rekomi.tenants', coalesce((select string_agg(id::text, ',') from tenants), ''), true);
    lock table clicks_other in share row exclusive mode;
    if (select count(*) from clicks_other where clicked_at >= from_at and clicked_at < to_at) > 500000 then
        perform set_config('rekomi.tenants', bound, true);
        return false;
    end if;
    select array_agg(k) into moved from clicks k where k.clicked_at >= from_at and k.clicked_at < to_at;
    perform set_config('rekomi.expiring', 'yes', true);
    delete from clicks k where k.clicked_at >= from_at and k.clicked_at < to_at;
    perform set_config('rekomi.expiring', '', true);
    perform rekomi_make_click_partitions(of_month, 1);
    insert into clicks select m.* from unnest(moved) m;
    perform set_config('rekomi.tenants', bound, true);
    return true;
end
$$;
revoke all on function rekomi_lock_click_month, rekomi_remove_archived_month, rekomi_remove_archived_clicks,
    rekomi_reopen_click_month from public;
grant execute on function rekomi_remove_archived_month, rekomi_remove_archived_clicks, rekomi_reopen_click_month
    to rekomi_app;
