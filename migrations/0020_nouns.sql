-- What a brand may change later: who promotes from when on, under which address; links, coupons and programs that are out of use.

alter table affiliates
    drop constraint affiliates_status_check,
    add constraint affiliates_status_check check (status in ('Pending', 'Approved', 'Rejected', 'Banned', 'Archived')),
    -- What the applicant answered, as it was given: a flat object.
    add column application jsonb check (jsonb_typeof(application) = 'object'),
    -- For the brand's own people.
    add column notes text check (length(notes) <= 4000);

-- From when on an affiliate had which status. Evidence and sales count by the status of their own time, so that approving
-- credits nothing of before and banning takes nothing back. One without rows is approved, and always was. `touches` keeps
-- also what names somebody who isn't approved (until now it didn't): whether it counts is asked when it is settled.
create table affiliate_statuses (
    organization_id uuid not null,
    affiliate_id uuid not null,
    effective_at timestamptz not null,
    status text not null check (status in ('Pending', 'Approved', 'Rejected', 'Banned', 'Archived')),
    reason text check (length(reason) between 1 and 1000),
    created_at timestamptz not null,
    primary key (organization_id, affiliate_id, effective_at),
    foreign key (organization_id, affiliate_id) references affiliates
);
call rekomi_tenant_table('affiliate_statuses', true);
alter table affiliate_statuses no force row level security;
alter table affiliates no force row level security;
insert into affiliate_statuses (organization_id, affiliate_id, effective_at, status, created_at)
select organization_id, id, '1970-01-01T00:00:00Z', status, created_at from affiliates where status <> 'Approved';
alter table affiliates force row level security;
alter table affiliate_statuses force row level security;

-- Addresses of affiliates who changed theirs, in the form that is compared (lower case, without a +tag), from when on each
-- was theirs. A sale is held against all that were theirs by then. One without rows always had the address that it has.
create table affiliate_emails (
    organization_id uuid not null,
    affiliate_id uuid not null,
    effective_at timestamptz not null,
    email_key text not null,
    primary key (organization_id, affiliate_id, effective_at),
    foreign key (organization_id, affiliate_id) references affiliates
);
call rekomi_tenant_table('affiliate_emails');

-- The edge stops answering for a disabled link and for the links of an archived program. Neither changes what is credited.
alter table links add column disabled_at timestamptz;
alter table programs add column archived_at timestamptz;

-- An archived coupon credits no sale from then on; its code may be given to another.
alter table coupons add column archived_at timestamptz;
drop index coupons_code;
drop index coupons_external;
create unique index coupons_code on coupons (organization_id, lower(code)) where archived_at is null;
create unique index coupons_external on coupons (organization_id, lower(external_id)) where archived_at is null;
create index coupons_by_code on coupons (organization_id, lower(code));
create index coupons_by_external on coupons (organization_id, lower(external_id));

-- Lists of customers, leads and one program's coupons.
create index customers_newest on customers (organization_id, id desc);
create index conversions_leads on conversions (organization_id, occurred_at desc, id desc) where kind = 'Lead';
