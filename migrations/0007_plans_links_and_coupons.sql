-- A plan's versions. They are immutable: a change is a new version with a later effective date.
create table plan_versions (
    organization_id uuid not null,
    id uuid not null,
    program_id uuid not null,
    affiliate_id uuid,
    segment text check (length(segment) between 1 and 100),
    effective_at timestamptz not null,
    -- A list of components, which only `rules::commission::plan` reads and writes. Null ends an override: the next
    -- wider scope applies.
    components jsonb check (jsonb_typeof(components) = 'array'),
    -- How long a commission stays Pending, counted from the conversion's date.
    hold_days integer not null check (hold_days between 0 and 365),
    note text check (length(note) <= 1000),
    created_at timestamptz not null,
    primary key (organization_id, id),
    foreign key (organization_id, program_id) references programs,
    check (affiliate_id is null or segment is null),
    check (components is not null or affiliate_id is not null or segment is not null),
    foreign key (organization_id, affiliate_id) references affiliates,
    unique nulls not distinct (organization_id, program_id, affiliate_id, segment, effective_at)
);
call rekomi_tenant_table('plan_versions', true);

-- Raises that a CRM's automation requested under its own key. A repeated request under that key changes nothing.
create table rate_bumps (
    organization_id uuid not null,
    affiliate_id uuid not null,
    program_id uuid not null,
    -- The automation's own key for the raise.
    key text not null check (length(key) between 1 and 100),
    -- The version that starts the raise; others follow where later versions had been scheduled.
    plan_version_id uuid not null,
    ends_at timestamptz,
    created_at timestamptz not null,
    primary key (organization_id, affiliate_id, program_id, key),
    foreign key (organization_id, affiliate_id) references affiliates,
    foreign key (organization_id, program_id) references programs,
    foreign key (organization_id, plan_version_id) references plan_versions
);
call rekomi_tenant_table('rate_bumps', true);

-- A host that answers an organization's links.
create table link_hosts (
    organization_id uuid not null references organizations,
    host text not null check (host = lower(host) and host ~ '^[a-z0-9.-]+(:[0-9]{1,5})?$'),
    default_destination text,
    created_at timestamptz not null,
    -- Null: the organization claimed the host and hasn't proved it yet.
    verified_at timestamptz,
    -- When the host's DNS was last checked, and why the check failed.
    checked_at timestamptz,
    check_problem text check (check_problem in ('not_found', 'other_value', 'unavailable')),
    primary key (organization_id, host)
);
-- Several organizations may claim a host, and one can prove it, so a claim keeps no one else out. The index spans
-- tenants on purpose, since a visitor names a host and not a tenant.
create unique index link_hosts_host on link_hosts (host) where verified_at is not null;
call rekomi_tenant_table('link_hosts');

-- Affiliates' links.
create table links (
    organization_id uuid not null,
    id uuid not null,
    program_id uuid not null,
    affiliate_id uuid not null,
    host text not null,
    slug text not null check (slug ~ '^[A-Za-z0-9_-]{3,64}$'),
    destination text not null check (length(destination) <= 2048),
    created_at timestamptz not null,
    -- The edge stops answering for a disabled link, and for the links of an archived program. Neither changes what is
    -- credited.
    disabled_at timestamptz,
    primary key (organization_id, id),
    foreign key (organization_id, program_id) references programs,
    foreign key (organization_id, affiliate_id) references affiliates,
    foreign key (organization_id, host) references link_hosts
);
create unique index links_slug on links (organization_id, host, lower(slug));
create index links_by_slug on links (organization_id, lower(slug));
create index links_affiliate on links (organization_id, affiliate_id, id desc);
create index links_newest on links (organization_id, id desc);
-- The links page of a program reads this index.
create index links_program on links (organization_id, program_id, id desc);
call rekomi_tenant_table('links');

-- The key of a code as far as SQL can compute it: exact for ASCII, and for other letters as far as the collation knows
-- them. It is for rows that are written without keys.
create function rekomi_coupon_key(code text) returns text
    language sql immutable parallel safe
    return replace(
        replace(translate(lower(upper(lower(normalize(code, NFKC)))), 'ςı', 'σi'), U&'i\0307', 'i'), 'ß', 'ss');

-- Fills in keys that a statement left out, and renews the key of a gateway's name that a statement changed alone.
create function rekomi_keep_coupon_keys() returns trigger
    language plpgsql as $$
begin
    if new.code_key is null then
        new.code_key := rekomi_coupon_key(new.code);
    end if;
    if new.external_id is null then
        new.external_key := null;
    elsif new.external_key is null
        or (tg_op = 'UPDATE' and new.external_id is distinct from old.external_id
            and new.external_key is not distinct from old.external_key) then
        new.external_key := rekomi_coupon_key(new.external_id);
    end if;
    return new;
end $$;

-- Affiliates' coupon codes. Codes, and gateways' names for them, are compared by keys, which
-- `ledger/rules/src/coupon/key.rs` computes, so that lookups and stored rows follow one rule, whatever the database's
-- collation is.
create table coupons (
    organization_id uuid not null,
    id uuid not null,
    program_id uuid not null,
    affiliate_id uuid not null,
    code text not null check (length(code) between 1 and 100),
    -- Whether the code takes precedence over a click, which is the default.
    overrides_click boolean not null default true,
    created_at timestamptz not null,
    -- The gateway's own name for the code, such as Stripe's promotion code `promo_…`.
    external_id text check (length(external_id) between 1 and 100),
    -- An archived coupon credits no further sales, and its code may be given to another coupon.
    archived_at timestamptz,
    code_key text not null,
    external_key text,
    primary key (organization_id, id),
    foreign key (organization_id, program_id) references programs,
    foreign key (organization_id, affiliate_id) references affiliates
);
create index coupons_program on coupons (organization_id, program_id, id desc);
create unique index coupons_code on coupons (organization_id, code_key) where archived_at is null;
create unique index coupons_external on coupons (organization_id, external_key) where archived_at is null;
create index coupons_by_code on coupons (organization_id, code_key);
create index coupons_by_external on coupons (organization_id, external_key);
call rekomi_tenant_table('coupons');
-- Statements that write no keys get them from this trigger.
create trigger keep_keys before insert or update of external_id on coupons
    for each row execute function rekomi_keep_coupon_keys();

-- What the edge must know, as an outbox: a record is written in the transaction that changes its source, and pushed
-- afterwards.
create table edge_config (
    organization_id uuid not null references organizations,
    key text not null,
    -- Each change of the key increases it; the edge keeps the highest version.
    version bigint not null,
    -- `shared::config::Record`; null deletes the key at the edge.
    record jsonb,
    changed_at timestamptz not null,
    pushed_version bigint not null default 0,
    attempts integer not null default 0,
    next_attempt_at timestamptz not null,
    -- While an organization awaits deletion the edge must know nothing of it. The withheld record is kept so that the
    -- deletion can be undone.
    withheld jsonb,
    primary key (organization_id, key)
);
-- Keys are unique across tenants on purpose: no tenant can take over another tenant's key.
create unique index edge_config_key on edge_config (key);
create index edge_config_due on edge_config (next_attempt_at) where pushed_version < version;
call rekomi_tenant_table('edge_config');
-- The edge asks for a key without knowing its tenant.
create policy lookup on edge_config for select
    using (key = (select nullif(current_setting('rekomi.edge_key', true), '')));
