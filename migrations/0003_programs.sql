-- What a brand sets up: programs with their plans, affiliates, links and coupons.

create table programs (
    organization_id uuid not null references organizations,
    id uuid not null,
    slug text not null check (slug ~ '^[a-z0-9][a-z0-9-]{1,62}$'),
    name text not null check (length(name) between 1 and 200),
    -- 'LastTouch' or 'FirstTouch', as the public API spells them.
    attribution_model text not null default 'LastTouch' check (attribution_model in ('LastTouch', 'FirstTouch')),
    window_days integer not null default 60 check (window_days between 1 and 365),
    -- How long a commission stays Pending, from the conversion's date.
    hold_days integer not null default 30 check (hold_days between 0 and 365),
    -- Browsers show it: not a secret. `pk_` and 26 characters.
    public_key text not null,
    -- Exact origins whose pages may send clicks and pixel conversions.
    allowed_origins text[] not null default '{}',
    created_at timestamptz not null,
    primary key (organization_id, id),
    unique (organization_id, slug),
    unique (organization_id, public_key)
);
create index programs_newest on programs (organization_id, id desc);
call rekomi_tenant_table('programs');

-- Immutable: a change is a new version with a later effective date.
create table plan_versions (
    organization_id uuid not null,
    id uuid not null,
    program_id uuid not null,
    effective_at timestamptz not null,
    -- A list of components; `ledger::commission::plan` is the one reader and writer.
    components jsonb not null check (jsonb_typeof(components) = 'array'),
    created_at timestamptz not null,
    primary key (organization_id, id),
    unique (organization_id, program_id, effective_at),
    foreign key (organization_id, program_id) references programs
);
call rekomi_tenant_table('plan_versions', true);

create table affiliates (
    organization_id uuid not null references organizations,
    id uuid not null,
    -- The `via` value and the default link's path: unique whatever its case.
    slug text not null check (slug ~ '^[A-Za-z0-9_-]{3,64}$'),
    email text not null check (email = lower(email)),
    name text not null,
    status text not null default 'Pending' check (status in ('Pending', 'Approved', 'Rejected', 'Banned')),
    created_at timestamptz not null,
    primary key (organization_id, id),
    unique (organization_id, email)
);
create unique index affiliates_slug on affiliates (organization_id, lower(slug));
create index affiliates_newest on affiliates (organization_id, id desc);
call rekomi_tenant_table('affiliates');

-- A host that answers an organization's links. One host belongs to one organization.
create table link_hosts (
    organization_id uuid not null references organizations,
    host text not null check (host = lower(host) and host ~ '^[a-z0-9.-]+(:[0-9]{1,5})?$'),
    default_destination text,
    created_at timestamptz not null,
    primary key (organization_id, host)
);
-- Global on purpose: a visitor names a host, not a tenant. Claiming a taken host fails without telling whose it is.
create unique index link_hosts_host on link_hosts (host);
call rekomi_tenant_table('link_hosts');

create table links (
    organization_id uuid not null,
    id uuid not null,
    program_id uuid not null,
    affiliate_id uuid not null,
    host text not null,
    slug text not null check (slug ~ '^[A-Za-z0-9_-]{3,64}$'),
    destination text not null check (length(destination) <= 2048),
    created_at timestamptz not null,
    primary key (organization_id, id),
    foreign key (organization_id, program_id) references programs,
    foreign key (organization_id, affiliate_id) references affiliates,
    foreign key (organization_id, host) references link_hosts
);
create unique index links_slug on links (organization_id, host, lower(slug));
create index links_by_slug on links (organization_id, lower(slug));
create index links_affiliate on links (organization_id, affiliate_id, id desc);
create index links_newest on links (organization_id, id desc);
call rekomi_tenant_table('links');

create table coupons (
    organization_id uuid not null,
    id uuid not null,
    program_id uuid not null,
    affiliate_id uuid not null,
    code text not null check (length(code) between 1 and 100),
    -- Whether the code beats a click, as by default it does.
    overrides_click boolean not null default true,
    created_at timestamptz not null,
    primary key (organization_id, id),
    foreign key (organization_id, program_id) references programs,
    foreign key (organization_id, affiliate_id) references affiliates
);
create unique index coupons_code on coupons (organization_id, lower(code));
call rekomi_tenant_table('coupons');
