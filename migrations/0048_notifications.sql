-- Which letters people of a team want, and which an affiliate was sent.

-- Only what differs from the default of its kind.
create table notification_settings (
    organization_id uuid not null,
    user_id uuid not null,
    kind text not null check (kind in ('affiliate_applied', 'team_joined', 'api_key_created', 'commissions_due')),
    wanted boolean not null,
    primary key (organization_id, user_id, kind),
    foreign key (organization_id, user_id) references memberships on delete cascade
);
call rekomi_tenant_table('notification_settings');

-- When an organization's people were last reminded of commissions that wait to be paid.
create table commission_reminders (
    organization_id uuid primary key references organizations,
    reminded_at timestamptz not null
);
call rekomi_tenant_table('commission_reminders');

-- What an affiliate was told of their success, so that nothing is told twice.
create table affiliate_letters (
    organization_id uuid not null,
    affiliate_id uuid not null,
    first_click_at timestamptz,
    -- Commissions made until then were told of, or are too old to be told of.
    earned_until timestamptz,
    primary key (organization_id, affiliate_id),
    foreign key (organization_id, affiliate_id) references affiliates
);
call rekomi_tenant_table('affiliate_letters');
