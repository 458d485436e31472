-- Starting a test mode over cuts the old one off from its live organization and closes it, like a deleted organization:
-- its rows are erased later, and nobody can open it. The live organization can then have a new one.
grant update (test_of) on tenants to rekomi_app;
create function rekomi_only_cut_off() returns trigger
    language plpgsql
as $$
begin
    raise exception 'a test mode can be cut off, and not given to another organization'
        using errcode = 'check_violation', constraint = 'tenants_only_cut_off';
end
$$;
create trigger only_cut_off before update of test_of on tenants
    for each row when (new.test_of is not null and new.test_of is distinct from old.test_of)
    execute function rekomi_only_cut_off();

-- When sample data was added to a test mode: its pages say so.
alter table organizations add column sample_data_at timestamptz;

-- Whether a verified host leads to the edge, as far as the last check could see: its DNS doesn't point there yet, it does
-- but the edge doesn't answer over HTTPS yet, or it answers. Null: not checked yet.
alter table link_hosts add column route_state text
    constraint link_hosts_route_state check (route_state in ('missing', 'no_answer', 'active'));
alter table link_hosts add column route_checked_at timestamptz;
