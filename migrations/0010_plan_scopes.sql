-- Plans per program, segment or affiliate; segments and the programs' rules of credit with the dates they count from.
-- What was in force at any moment can be read at any later one: a recomputation ends where the first computation did.

-- A program's rules of credit and review, each version in force from its date on.
create table program_policies (
    organization_id uuid not null,
    program_id uuid not null,
    effective_at timestamptz not null,
    -- 'LastTouch' or 'FirstTouch', as the public API spells them.
    attribution_model text not null check (attribution_model in ('LastTouch', 'FirstTouch')),
    window_days integer not null check (window_days between 1 and 365),
    -- What a buyer keeps from the first credited sale on: the affiliate and the plan version, the affiliate, or nothing.
    customer_binding text not null check (customer_binding in ('AffiliateAndPlan', 'Affiliate', 'None')),
    -- What puts a conversion into review and holds its money; false or null switches a check off.
    flag_self_referral boolean not null,
    flag_duplicate_customer boolean not null,
    velocity_per_hour integer check (velocity_per_hour between 1 and 1000000),
    min_click_to_sale_seconds integer check (min_click_to_sale_seconds between 1 and 86400),
    created_at timestamptz not null,
    primary key (organization_id, program_id, effective_at),
    foreign key (organization_id, program_id) references programs
);
call rekomi_tenant_table('program_policies', true);

alter table plan_versions
    add column affiliate_id uuid,
    add column segment text check (length(segment) between 1 and 100),
    -- How long a commission stays Pending, from the conversion's date.
    add column hold_days integer not null default 30 check (hold_days between 0 and 365),
    add column note text check (length(note) <= 1000),
    -- Null ends an override: the next wider scope applies.
    alter column components drop not null,
    add check (affiliate_id is null or segment is null),
    add check (components is not null or affiliate_id is not null or segment is not null),
    add foreign key (organization_id, affiliate_id) references affiliates,
    drop constraint plan_versions_organization_id_program_id_effective_at_key,
    add unique nulls not distinct (organization_id, program_id, affiliate_id, segment, effective_at);

-- The owner is bound by the policies too; this once the rows of all tenants are needed.
alter table programs no force row level security;
alter table plan_versions no force row level security;
alter table program_policies no force row level security;
alter table plan_versions disable trigger append_only;
insert into program_policies (organization_id, program_id, effective_at, attribution_model, window_days, customer_binding,
                              flag_self_referral, flag_duplicate_customer, created_at)
select organization_id, id, 'epoch', attribution_model, window_days, 'AffiliateAndPlan', true, true, created_at from programs;
update plan_versions v set hold_days = p.hold_days from programs p
where p.organization_id = v.organization_id and p.id = v.program_id;
alter table plan_versions enable trigger append_only;
alter table plan_versions force row level security;
alter table program_policies force row level security;
alter table programs force row level security;
alter table plan_versions alter column hold_days drop default;

alter table programs
    drop column attribution_model,
    drop column window_days,
    drop column hold_days;

-- Which segment an affiliate is in, from when on; null is none.
create table affiliate_segments (
    organization_id uuid not null,
    affiliate_id uuid not null,
    effective_at timestamptz not null,
    segment text check (length(segment) between 1 and 100),
    created_at timestamptz not null,
    primary key (organization_id, affiliate_id, effective_at),
    foreign key (organization_id, affiliate_id) references affiliates
);
call rekomi_tenant_table('affiliate_segments', true);
