-- What a CRM's automation asked for by a name of its own: asked again under that name, nothing happens.

create table rate_bumps (
    organization_id uuid not null,
    affiliate_id uuid not null,
    program_id uuid not null,
    -- The automation's own name for the raise.
    key text not null check (length(key) between 1 and 100),
    -- The version that it begins with; others follow where versions were dated ahead.
    plan_version_id uuid not null,
    ends_at timestamptz,
    created_at timestamptz not null,
    primary key (organization_id, affiliate_id, program_id, key),
    foreign key (organization_id, affiliate_id) references affiliates,
    foreign key (organization_id, program_id) references programs,
    foreign key (organization_id, plan_version_id) references plan_versions
);
call rekomi_tenant_table('rate_bumps', true);
