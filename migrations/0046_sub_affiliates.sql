-- Sub-affiliates: what a program pays recruiters, who recruited whom, and the commissions that recruiters earn.

-- What a program pays an affiliate for the commissions of those whom they recruited. A sale has the terms of its own
-- time; before the first row, nothing is paid.
create table sub_affiliate_configs (
    organization_id uuid not null,
    program_id uuid not null,
    effective_at timestamptz not null,
    enabled boolean not null,
    -- The share of the recruit's commission, in millionths.
    percent_ppm integer not null check (percent_ppm between 0 and 1000000),
    -- For how many months after being recruited; null means no limit.
    months integer check (months between 1 and 120),
    created_at timestamptz not null,
    primary key (organization_id, program_id, effective_at),
    foreign key (organization_id, program_id) references programs
);
call rekomi_tenant_table('sub_affiliate_configs', true);

-- Who recruited an affiliate, from a given time on; a null recruiter means no one. Rows are only added, and an erasure
-- takes names out of the reason: a later row doesn't change what earlier sales earned.
create table affiliate_recruits (
    organization_id uuid not null,
    affiliate_id uuid not null,
    since timestamptz not null,
    recruiter_id uuid,
    -- 'Link' (the recruiter's link), 'Form' (named in the application), 'Decision' (by a person, with a reason).
    source text not null check (source in ('Link', 'Form', 'Decision')),
    reason text check (length(reason) between 1 and 1000),
    -- Whether the recruit agreed that the recruiter sees their name.
    shows_name boolean not null default false,
    created_at timestamptz not null,
    primary key (organization_id, affiliate_id, since),
    foreign key (organization_id, affiliate_id) references affiliates,
    foreign key (organization_id, recruiter_id) references affiliates,
    check (recruiter_id is distinct from affiliate_id),
    check ((source = 'Decision') = (reason is not null))
);
create index affiliate_recruits_recruiter on affiliate_recruits (organization_id, recruiter_id)
    where recruiter_id is not null;
call rekomi_tenant_table('affiliate_recruits');

-- Where an affiliate is paid on rails other than Stripe, from a given time on, as a keyed hash: two affiliates with the
-- same one are probably one person. Null means nowhere that can be compared.
create table payout_account_keys (
    organization_id uuid not null,
    affiliate_id uuid not null,
    effective_at timestamptz not null,
    account_key text,
    primary key (organization_id, affiliate_id, effective_at),
    foreign key (organization_id, affiliate_id) references affiliates
);
call rekomi_tenant_table('payout_account_keys', true);

-- An override belongs to the conversion of the commission that it is a share of.
alter table commissions add column of_commission_id uuid;
alter table commissions add constraint commissions_of foreign key (organization_id, of_commission_id) references commissions;
alter table commissions drop constraint commissions_kind_check;
alter table commissions drop constraint commissions_check1;
alter table commissions drop constraint commissions_check2;
alter table commissions add constraint commissions_kind_check
    check (kind in ('Conversion', 'Click', 'Bonus', 'Adjustment', 'Override'));
alter table commissions add constraint commissions_of_a_conversion
    check ((kind in ('Conversion', 'Override')) = (conversion_id is not null));
alter table commissions add constraint commissions_of_a_day check ((kind in ('Conversion', 'Override')) = (day is null));
alter table commissions add constraint commissions_of_another check ((kind = 'Override') = (of_commission_id is not null));
create index commissions_overrides on commissions (organization_id, of_commission_id) where of_commission_id is not null;
