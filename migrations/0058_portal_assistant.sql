-- Affiliates can ask an organization's model about what is theirs, if the organization lets them.
create table portal_assistants (
    organization_id uuid not null references organizations,
    enabled boolean not null,
    -- Limits of a day (UTC), apart from that of the team.
    tokens_per_affiliate integer not null check (tokens_per_affiliate between 1000 and 1000000),
    tokens_per_day integer not null check (tokens_per_day between 1000 and 100000000),
    changed_by text not null check (length(changed_by) between 1 and 100),
    changed_at timestamptz not null,
    primary key (organization_id)
);
call rekomi_tenant_table('portal_assistants');

-- What affiliates used. Their questions and the answers aren't kept.
create table portal_assistant_usage (
    organization_id uuid not null references organizations,
    affiliate_id uuid not null,
    day date not null,
    questions integer not null check (questions >= 0),
    input_tokens bigint not null check (input_tokens >= 0),
    cached_tokens bigint not null check (cached_tokens >= 0),
    output_tokens bigint not null check (output_tokens >= 0),
    primary key (organization_id, affiliate_id, day)
);
create index portal_assistant_usage_day on portal_assistant_usage (organization_id, day);
call rekomi_tenant_table('portal_assistant_usage');
