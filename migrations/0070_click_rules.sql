-- How far a program pays for clicks: an earlier row counts for earlier days. A program without rows has what a new one has.
create table click_rules (
    organization_id uuid not null,
    program_id uuid not null,
    -- Counts for the UTC day that it falls on, and for later ones.
    effective_at timestamptz not null,
    -- Most visitors of one affiliate that are paid for on a day.
    visitors_per_affiliate integer not null check (visitors_per_affiliate between 1 and 1000000),
    -- Most that visitors of one day may earn all affiliates together, in this currency; null is no limit.
    daily_budget bigint check (daily_budget between 1 and 1000000000000),
    currency text check (currency ~ '^[A-Z]{3}$'),
    -- A day with more visitors than this many times the usual waits for a review; null switches the check off.
    review_growth integer check (review_growth between 2 and 1000),
    created_at timestamptz not null,
    primary key (organization_id, program_id, effective_at),
    foreign key (organization_id, program_id) references programs,
    check ((daily_budget is null) = (currency is null))
);
call rekomi_tenant_table('click_rules', true);
-- Commissions for clicks that wait for a review are few: the queue is read from here.
create index commissions_held_clicks on commissions (organization_id, id) where kind = 'Click' and held = 'Review';
