-- Refuses a test mode for an organization that is itself a test mode.
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

-- The ids of all organizations, which scheduled work goes through, and what must be known before any tenant is.
-- Everything else about an organization is in the tenant table `organizations`. Booking locks the tenant's row, so that
-- one process at a time books for an organization.
create table tenants (
    id uuid primary key,
    created_at timestamptz not null,
    -- The live organization whose test mode this one is. It is a tenant like any other, so neither can see the other.
    test_of uuid references tenants,
    -- When the owner asked to delete the organization: its keys are refused and scheduled work skips it immediately.
    closed_at timestamptz,
    -- Whether the organization admits only people who sign in with a second factor; read while a session is looked up.
    second_factor_required boolean not null default false,
    constraint tenants_one_twin unique (test_of)
);
grant select, insert on tenants to rekomi_app;
-- The app needs the right to update for row locks, and for the two columns that change.
grant update (closed_at, second_factor_required) on tenants to rekomi_app;
grant select on tenants to rekomi_reader;
create trigger no_twin_of_a_twin before insert on tenants
    for each row when (new.test_of is not null) execute function rekomi_no_twin_of_a_twin();

-- An organization's name, look, plan and settings.
create table organizations (
    organization_id uuid primary key references tenants,
    slug text not null check (slug ~ '^[a-z0-9][a-z0-9-]{1,62}$'),
    name text not null check (length(name) between 1 and 200),
    time_zone text not null default 'UTC',
    created_at timestamptz not null,
    -- The currency of the brand's totals, for display only.
    home_currency text check (home_currency ~ '^[A-Z]{3}$'),
    mode text not null default 'live' check (mode in ('live', 'test')),
    -- Where invoices and notices about the plan go; null sends them to the owners.
    billing_email text check (length(billing_email) <= 254 and billing_email = lower(billing_email)),
    brand_color text check (brand_color ~ '^#[0-9a-f]{6}$'),
    logo_url text check (logo_url like 'https://%' and length(logo_url) <= 500),
    -- The plan matters only where the installation sells plans (REKOMI_PLAN_GATES=on).
    plan_tier text not null default 'Starter' check (plan_tier in ('Starter', 'Growth', 'Pro', 'Enterprise')),
    subscription_status text not null default 'Trialing'
        check (subscription_status in ('Trialing', 'Active', 'PastDue', 'Cancelled')),
    trial_ends_at timestamptz not null default now() + interval '14 days',
    -- When the grace period after a deletion had ended and everything that may be erased had been erased.
    erased_at timestamptz,
    -- When someone dismissed "Getting started" on the overview.
    first_steps_dismissed_at timestamptz
);
call rekomi_tenant_table('organizations');

-- An organization keeps an owner as long as it exists. The trigger checks it at commit, so that ownership can be
-- transferred.
create function rekomi_keep_an_owner() returns trigger
    language plpgsql
as $$
begin
    -- If two owners demote each other at the same time, the second transaction waits here and then sees what the first
    -- did.
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

-- An organization's members and their roles.
create table memberships (
    organization_id uuid not null references organizations,
    user_id uuid not null references users,
    role text not null check (role in ('owner', 'admin', 'manager', 'viewer')),
    created_at timestamptz not null,
    primary key (organization_id, user_id)
);
create index memberships_user on memberships (user_id);
call rekomi_tenant_table('memberships');
-- A person who just signed in finds their own organizations before any tenant is chosen. The setting is called
-- `rekomi.user_id` because `user` is a reserved word, which `set local` doesn't accept. The policy still reads the
-- older name `rekomi.user`.
create policy own on memberships for select
    using (user_id = (select coalesce(
        nullif(current_setting('rekomi.user_id', true), ''), nullif(current_setting('rekomi.user', true), ''))::uuid));
create constraint trigger memberships_keep_an_owner
    after update or delete on memberships deferrable initially deferred
    for each row when (old.role = 'owner') execute function rekomi_keep_an_owner();

-- Invitations to an organization's team.
create table invitations (
    organization_id uuid not null references organizations,
    id uuid not null,
    email text not null check (email = lower(email) and length(email) between 3 and 254),
    -- Owners can't be invited: ownership is transferred.
    role text not null check (role in ('admin', 'manager', 'viewer')),
    -- SHA-256 of the link's token. Sending the invitation again creates a new token.
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
-- Each address has at most one open invitation.
create unique index invitations_open on invitations (organization_id, email)
    where cancelled_at is null and accepted_at is null;
call rekomi_tenant_table('invitations');
-- A person who has the link finds the one invitation that it belongs to, before they are a member of any organization.
create policy holder on invitations for select
    using (token_hash = (select decode(nullif(current_setting('rekomi.bearer_hash', true), ''), 'hex')));

-- Only settings that differ from the default of their kind.
create table notification_settings (
    organization_id uuid not null,
    user_id uuid not null,
    kind text not null check (kind in ('affiliate_applied', 'team_joined', 'api_key_created', 'commissions_due')),
    enabled boolean not null,
    primary key (organization_id, user_id, kind),
    foreign key (organization_id, user_id) references memberships on delete cascade
);
call rekomi_tenant_table('notification_settings');

-- What one unit of `currency` was worth in the home currency, for display only: nothing in the book is ever converted.
-- A correction is another row: the row written last counts for its day.
create table exchange_rates (
    organization_id uuid not null references organizations,
    id uuid not null,
    day date not null,
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    home_currency text not null check (home_currency ~ '^[A-Z]{3}$'),
    -- A decimal number, exactly as it was entered.
    rate text not null check (rate ~ '^[0-9]{1,9}(\.[0-9]{1,12})?$' and rate::numeric > 0),
    -- Where the rate comes from, such as 'ECB'.
    source text check (length(source) between 1 and 100),
    created_at timestamptz not null,
    primary key (organization_id, id),
    check (currency <> home_currency)
);
create index exchange_rates_latest on exchange_rates (organization_id, home_currency, currency, day desc, id desc);
create index exchange_rates_newest on exchange_rates (organization_id, id desc);
call rekomi_tenant_table('exchange_rates', true);
