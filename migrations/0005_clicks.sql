-- Clicks. The row itself is the dedup record: its id is minted at the edge and carries its time, so that the same
-- click always lands in the same monthly partition.
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
    -- First eight bytes of SHA-256 over the content: tells a duplicate from a conflict.
    digest bigint not null,
    primary key (organization_id, id, clicked_at)
) partition by range (clicked_at);
-- No foreign keys: the intake joins each row to its link, of the same tenant, in the inserting statement.
create index clicks_affiliate on clicks (organization_id, affiliate_id, clicked_at desc);
call rekomi_tenant_table('clicks', true);

-- Makes the partitions of the months from `from_month` on, where they are missing. A partition's own policy guards
-- against direct access. Runs as the owner, so that the app needs no right to create tables.
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
            -- Row triggers are inherited from the parent, statement triggers are not.
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

-- Late or imported clicks of months that have no partition of their own.
create table clicks_other partition of clicks default;
alter table clicks_other enable row level security;
alter table clicks_other force row level security;
create trigger append_only_truncate before truncate on clicks_other
    for each statement execute function rekomi_refuse_change();
create policy tenant on clicks_other using (organization_id = any ((select rekomi_tenants())::uuid[]))
    with check (organization_id = any ((select rekomi_tenants())::uuid[]));

-- What pages show, kept in the transaction that changes it. Hours are UTC.
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
call rekomi_tenant_table('click_hours');
