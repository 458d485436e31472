-- Whose a host is: proved by its DNS before it answers links.

alter table link_hosts
    -- Null: claimed, and not proved yet. Hosts from before count as proved.
    add column verified_at timestamptz default now(),
    -- When the host's DNS was asked last, and why it proved nothing then.
    add column checked_at timestamptz,
    add column check_problem text check (check_problem in ('not_found', 'other_value', 'unavailable'));
alter table link_hosts alter column verified_at drop default;

-- Several organizations may claim a host, one may have proved it: a claim keeps no one out. Global on purpose, as before: a
-- visitor names a host, not a tenant.
drop index link_hosts_host;
create unique index link_hosts_host on link_hosts (host) where verified_at is not null;
