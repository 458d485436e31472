-- Clicks. The row itself is the deduplication record: the edge creates the id, which carries the click's time, so that
-- the same click always lands in the same monthly partition.
create table clicks (
    organization_id uuid not null,
    id uuid not null,
    clicked_at timestamptz not null,
    link_id uuid not null,
    program_id uuid not null,
    affiliate_id uuid not null,
    class text not null check (class in ('human', 'bot', 'prefetch', 'head')),
    source text not null check (source in ('redirect', 'script')),
    country text,
    referrer_host text,
    device text not null,
    visitor text,
    previous uuid,
    landing text,
    -- The first eight bytes of SHA-256 over the content, which tell a duplicate from a conflict.
    digest bigint not null,
    primary key (organization_id, id, clicked_at)
) partition by range (clicked_at);
-- The table has no foreign keys: the intake joins each row to its link, of the same tenant, in the inserting statement.
create index clicks_affiliate on clicks (organization_id, affiliate_id, clicked_at desc);
create index clicks_by_script on clicks (organization_id) where source = 'script';
call rekomi_tenant_table('clicks', true);

-- Creates the missing partitions for the months from `from_month` on. Each partition has its own policy, which protects
-- against direct access. The function runs as the owner, so that the app needs no right to create tables.
create function rekomi_make_click_partitions(from_month date, months integer) returns integer
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
            execute format(
                'create policy tenant on %I using (organization_id = any ((select rekomi_tenants())::uuid[]))
                 with check (organization_id = any ((select rekomi_tenants())::uuid[]))', name);
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
revoke all on function rekomi_make_click_partitions from public;
grant execute on function rekomi_make_click_partitions to rekomi_app;

-- Late or imported clicks of months without a partition.
create table clicks_other partition of clicks default;
alter table clicks_other enable row level security;
alter table clicks_other force row level security;
create trigger append_only_truncate before truncate on clicks_other
    for each statement execute function rekomi_refuse_change();
create policy tenant on clicks_other using (organization_id = any ((select rekomi_tenants())::uuid[]))
    with check (organization_id = any ((select rekomi_tenants())::uuid[]));

-- The click counts that pages show, updated in the transaction that adds a click. Hours are in UTC.
create table click_hours (
    organization_id uuid not null,
    hour timestamptz not null,
    program_id uuid not null,
    affiliate_id uuid not null,
    link_id uuid not null,
    -- Human clicks, and all others.
    clicks bigint not null default 0 check (clicks >= 0),
    uncounted bigint not null default 0 check (uncounted >= 0),
    primary key (organization_id, hour, program_id, affiliate_id, link_id)
) with (fillfactor = 70);
-- Finds whether an affiliate was active, and counts the clicks of a few affiliates.
create index click_hours_affiliate on click_hours (organization_id, affiliate_id, hour);
call rekomi_tenant_table('click_hours');

-- Human clicks of past days, per link. Today's clicks are only in `click_hours`: they arrive by the thousand and
-- shouldn't change a second row each. A late click is added in its own transaction.
create table click_days (
    organization_id uuid not null,
    day date not null,
    program_id uuid not null,
    affiliate_id uuid not null,
    link_id uuid not null,
    clicks bigint not null default 0 check (clicks >= 0),
    primary key (organization_id, day, program_id, affiliate_id, link_id)
);
create index click_days_affiliate on click_days (organization_id, affiliate_id, day);
call rekomi_tenant_table('click_days');

-- The first day that isn't in `click_days` yet.
create table click_days_until (
    organization_id uuid primary key,
    day date not null
);
call rekomi_tenant_table('click_days_until');

-- Human clicks of an organization by hour: in total (one empty value), by country, by referring host, and by program.
-- Unknown values count under the empty value. UTC hours can be added up to the days of any time zone, and without
-- affiliates a year is read in milliseconds.
create table click_facets (
    organization_id uuid not null,
    facet text not null check (facet in ('all', 'country', 'source', 'program')),
    hour timestamptz not null,
    value text not null,
    clicks bigint not null default 0 check (clicks >= 0),
    primary key (organization_id, facet, hour, value)
) with (fillfactor = 70);
call rekomi_tenant_table('click_facets');
