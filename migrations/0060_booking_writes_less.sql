-- Booking writes an entry into every index of a table with each row. These indexes repeat what another one has, or hold what
-- no statement looks for. The tables are in the order in which booking locks them.

-- A primary key read backwards is "newest first" as well.
drop index customers_newest;

-- With the customer first, the key also finds the addresses of a customer, which took an index of its own. The customers of
-- an address are found by the index for the search. That is created again after the key: while Postgres has no statistics,
-- it takes the newer of two indexes that look alike to it.
create unique index customer_emails_key on customer_emails (organization_id, customer_id, email_key);
alter table customer_emails drop constraint customer_emails_pkey;
alter table customer_emails add constraint customer_emails_pkey primary key using index customer_emails_key;
drop index customer_emails_customer;
drop index customer_emails_prefix;
create index customer_emails_prefix on customer_emails (organization_id, email_key text_pattern_ops);

-- `touches_imported` begins with the same columns, and has the same rows.
drop index touches_import;

-- Lists look here for the values that they are filtered by. They never find the unknown ones here: those are also of sales
-- without a click.
drop index click_origins_country;
drop index click_origins_source;
drop index click_origins_device;
create index click_origins_country on click_origins (organization_id, country, clicked_at desc) where country <> '';
create index click_origins_source on click_origins (organization_id, source, clicked_at desc) where source <> '';
create index click_origins_device on click_origins (organization_id, device, clicked_at desc) where device <> '';

drop index commissions_newest;
drop index transfers_newest;

-- Refreshes what Postgres knows about the tables that a verification reads, where it knows nothing, or they have doubled
-- since. A restored database may have no such statistics, and a plan made without them can read a whole table for each row.
-- Only the owner may analyze a table. Nothing is returned, and no row changes. Small tables are left out: for them, every
-- plan is good enough. A table that is being analyzed or vacuumed at this moment is skipped, and a standby server, which
-- can't analyze, has the statistics of the primary.
create function rekomi_refresh_statistics() returns void
    language plpgsql security definer set search_path = public, pg_temp
as $$
declare
    name text;
begin
    if pg_is_in_recovery() then
        return;
    end if;
    for name in
        select c.relname
        from pg_class c join pg_stat_user_tables s on s.relid = c.oid
        where c.relnamespace = 'public'::regnamespace
          and c.relname in ('accounts', 'click_days', 'click_facets', 'click_hours', 'commissions', 'conversion_days',
                            'conversion_facets', 'conversion_hours', 'conversions', 'customer_emails', 'customer_joins',
                            'customers', 'decisions', 'disputes', 'events', 'payout_items', 'payout_returns', 'payouts',
                            'refunds', 'repeated_reports', 'sale_aliases', 'touches', 'transfers')
          and pg_relation_size(c.oid) > 1048576
          and (c.reltuples < 0 or coalesce(s.last_analyze, s.last_autoanalyze) is null
               or pg_relation_size(c.oid) > 2 * c.relpages * current_setting('block_size')::bigint)
        order by 1
    loop
        execute format('analyze (skip_locked) public.%I', name);
    end loop;
end
$$;
revoke all on function rekomi_refresh_statistics from public;
grant execute on function rekomi_refresh_statistics to rekomi_app;
