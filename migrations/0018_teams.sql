-- Organizations that have a team, a plan, a test mode and an end.

alter table tenants
    -- The live organization whose test mode this one is: a tenant like any other, so that neither can see the other.
    add column test_of uuid references tenants,
    -- Its owner asked to have it deleted. Here, where no tenant need be known, so that keys are refused and scheduled
    -- work passes it over at once.
    add column closed_at timestamptz,
    add constraint tenants_one_twin unique (test_of);
-- Row locks, and the one column that changes.
revoke update on tenants from rekomi_app;
grant update (closed_at) on tenants to rekomi_app;

create function rekomi_no_twin_of_a_twin() returns trigger
    language plpgsql
as $$
begin
    if exists (select from tenants where id = new.test_of and test_of is not null) then
        raise exception 'test mode has no test mode of its own'
            using errcode = 'check_violation', constraint = 'tenants_no_twin_of_a_twin';
    end if;
    return new;
end
$$;
create trigger no_twin_of_a_twin before insert on tenants
    for each row when (new.test_of is not null) execute function rekomi_no_twin_of_a_twin();

alter table organizations
    add column mode text not null default 'live' check (mode in ('live', 'test')),
    -- Where invoices and notices about the plan go; null means to the owners.
    add column billing_email text check (length(billing_email) <= 254 and billing_email = lower(billing_email)),
    add column brand_color text check (brand_color ~ '^#[0-9a-f]{6}$'),
    add column logo_url text check (logo_url like 'https://%' and length(logo_url) <= 500),
    -- Counts only where the installation sells plans (REKOMI_PLAN_GATES=on).
    add column plan_tier text not null default 'Starter' check (plan_tier in ('Starter', 'Growth', 'Pro', 'Enterprise')),
    add column subscription_status text not null default 'Trialing'
        check (subscription_status in ('Trialing', 'Active', 'PastDue', 'Cancelled')),
    add column trial_ends_at timestamptz not null default now() + interval '14 days',
    -- When the grace after a deletion was over and what may be erased was.
    add column erased_at timestamptz;

-- While an organization waits for its deletion the edge must know nothing of it; what it knew is kept for an undo.
alter table edge_config add column withheld jsonb;

create table invitations (
    organization_id uuid not null references organizations,
    id uuid not null,
    email text not null check (email = lower(email) and length(email) between 3 and 254),
    -- There is no inviting of owners: ownership is handed over.
    role text not null check (role in ('admin', 'manager', 'viewer')),
    -- SHA-256 of the link's token. Sending it again makes a new one.
    token_hash bytea not null check (length(token_hash) = 32),
    -- `user:usr_…` or `api_key:key_…`.
    invited_by text not null,
    created_at timestamptz not null,
    sent_at timestamptz not null,
    expires_at timestamptz not null,
    cancelled_at timestamptz,
    accepted_at timestamptz,
    accepted_by uuid references users on delete set null,
    primary key (organization_id, id)
);
create unique index invitations_token on invitations (token_hash);
-- One open invitation an address.
create unique index invitations_open on invitations (organization_id, email)
    where cancelled_at is null and accepted_at is null;
call rekomi_tenant_table('invitations');
-- Whoever holds the link finds the one invitation that it is for, before they belong anywhere.
create policy holder on invitations for select
    using (token_hash = (select decode(nullif(current_setting('rekomi.bearer_hash', true), ''), 'hex')));

-- An organization has an owner as long as it lives. Checked at the commit, so that ownership can be handed over.
create function rekomi_keep_an_owner() returns trigger
    language plpgsql
as $$
begin
    -- Of two owners who demote each other at once the second one waits here, and then sees what the first did.
    perform from organizations where organization_id = old.organization_id for no key update;
    if found
        and exists (select from tenants where id = old.organization_id and closed_at is null)
        and not exists (select from memberships where organization_id = old.organization_id and role = 'owner')
    then
        raise exception 'an organization keeps at least one owner'
            using errcode = 'check_violation', constraint = 'memberships_keep_an_owner';
    end if;
    return null;
end
$$;
create constraint trigger memberships_keep_an_owner
    after update or delete on memberships deferrable initially deferred
    for each row when (old.role = 'owner') execute function rekomi_keep_an_owner();
