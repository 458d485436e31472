-- The names that only one organization may have, in one place. On a single server, a unique index of the table that has the name
-- refuses a second one, as before; in a cluster no index reaches across organizations, and this table refuses it.
create table claimed_names (
    kind text not null check (kind in ('bearer', 'invitation', 'host', 'handle', 'listing', 'edge_key')),
    -- Hashes in hexadecimal.
    name text not null check (length(name) between 1 and 600),
    tenant_id uuid not null references tenants on delete cascade,
    primary key (kind, name)
);
create index claimed_names_tenant on claimed_names (tenant_id);
-- Protected like a tenant table, which it isn't: a cluster keeps it in one place, so its column has another name. The policy has
-- no subquery, because a cluster wouldn't take one, and few rows are read at once.
alter table claimed_names enable row level security;
alter table claimed_names force row level security;
create policy tenant on claimed_names using (tenant_id = any (rekomi_tenants()))
    with check (tenant_id = any (rekomi_tenants()));
grant select, insert, delete on claimed_names to rekomi_app;
grant select on claimed_names to rekomi_reader;

-- Claims a name for an organization; false if another one has it. Where unique indexes decide, they have done so already: a
-- build that doesn't know this table may have given up a name whose row is still here. `rekomi_claim_names` corrects that.
create function rekomi_try_claim(kind_of text, claimed text, organization uuid) returns boolean
    language plpgsql
as $$
begin
    insert into claimed_names (kind, name, tenant_id) values (kind_of, claimed, organization) on conflict do nothing;
    if found then
        return true;
    end if;
    -- Row-level security shows an organization its own names only.
    if exists (select from claimed_names where kind = kind_of and name = claimed and tenant_id = organization) then
        return true;
    end if;
    return not rekomi_is_distributed();
end
$$;

-- As `rekomi_try_claim`; another organization's name is refused as the unique index of its table would refuse it.
create function rekomi_claim(kind_of text, claimed text, organization uuid) returns boolean
    language plpgsql
as $$
begin
    if not rekomi_try_claim(kind_of, claimed, organization) then
        raise exception 'another organization has this name: %', kind_of
            using errcode = 'unique_violation', constraint = case kind_of
                when 'bearer' then 'api_keys_bearer'
                when 'invitation' then 'invitations_token'
                when 'host' then 'link_hosts_host'
                when 'handle' then 'program_pages_handle'
                when 'listing' then 'network_listings_handle_key'
                else 'edge_config_key'
            end;
    end if;
    return true;
end
$$;

-- Claims every name that is in use. `rekomi scale distribute` calls it again, for names that older builds gave since.
create procedure rekomi_claim_names()
    language plpgsql
as $$
begin
    -- Row-level security also binds the owner.
    perform set_config('rekomi.tenants', coalesce((select string_agg(id::text, ',') from tenants), ''), true);
    delete from claimed_names;
    insert into claimed_names (kind, name, tenant_id)
    select 'bearer', encode(bearer_hash, 'hex'), organization_id from api_keys
    union all
    select 'invitation', encode(token_hash, 'hex'), organization_id from invitations
    union all
    select 'host', host, organization_id from link_hosts where verified_at is not null
    union all
    select 'handle', handle, organization_id from program_pages
    union all
    select 'listing', handle, organization_id from network_listings
    union all
    -- An id is free to choose, and an attempt to connect with another organization's fails only at its end.
    (select distinct on (id) 'edge_key', 'connection:' || id::text, organization_id from gateway_connections
     order by id, status = 'connecting', created_at);
    perform set_config('rekomi.tenants', '', true);
end
$$;
revoke all on procedure rekomi_claim_names from public;
call rekomi_claim_names();
