-- Who was invited to promote, by whom and how often they were written to.
create table invites (
    organization_id uuid not null,
    affiliate_id uuid not null,
    program_id uuid not null,
    -- What the brand added to its letter.
    note text,
    actor text not null,
    invited_at timestamptz not null,
    sent_at timestamptz not null,
    times integer not null default 1,
    primary key (organization_id, affiliate_id),
    foreign key (organization_id, affiliate_id) references affiliates,
    foreign key (organization_id, program_id) references programs
);
create index invites_newest on invites (organization_id, invited_at desc, affiliate_id);
call rekomi_tenant_table('invites');

-- Addresses that want no invitations, whoever sends them: of people, like `mails`, and of no tenant. Only a hash is kept.
create table mail_suppressions (
    address_hash bytea primary key check (length(address_hash) = 32),
    created_at timestamptz not null
);
grant select, insert on mail_suppressions to rekomi_app;

-- What the last look at a brand's page found: whether its program's script is there.
create table install_checks (
    organization_id uuid not null,
    program_id uuid not null,
    url text not null,
    verdict text not null check (verdict in ('Installed', 'Problems', 'Missing', 'Unreachable')),
    findings jsonb not null,
    checked_at timestamptz not null,
    primary key (organization_id, program_id),
    foreign key (organization_id, program_id) references programs
);
call rekomi_tenant_table('install_checks');
