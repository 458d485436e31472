-- An affiliate's firsts in a program. The key decides which report raises the event, so that it is raised once, however
-- often and in whichever order clicks and conversions arrive.
create table milestones (
    organization_id uuid not null,
    affiliate_id uuid not null,
    program_id uuid not null,
    kind text not null check (kind in ('first_click', 'first_conversion')),
    -- When that click or conversion happened. An earlier one that arrives later doesn't change it.
    occurred_at timestamptz not null,
    -- False where no event was raised: it happened before there were such events, or on the platform that the affiliate's
    -- customers were imported from.
    announced boolean not null,
    primary key (organization_id, affiliate_id, program_id, kind),
    foreign key (organization_id, affiliate_id) references affiliates
);
call rekomi_tenant_table('milestones');

-- Whether customers of an affiliate were imported.
create index touches_imported on touches (organization_id, program_id, affiliate_id) where kind = 'import';

-- What happened before raises no events. The policies apply to the tables' owner, too.
select set_config('rekomi.tenants', coalesce((select string_agg(id::text, ',') from tenants), ''), true);

insert into milestones (organization_id, affiliate_id, program_id, kind, occurred_at, announced)
select h.organization_id, h.affiliate_id, h.program_id, 'first_click', min(h.hour), false
from click_hours h join affiliates a on a.organization_id = h.organization_id and a.id = h.affiliate_id
where h.clicks > 0
group by 1, 2, 3;

insert into milestones (organization_id, affiliate_id, program_id, kind, occurred_at, announced)
select organization_id, affiliate_id, program_id, 'first_conversion', min(occurred_at), false
from conversions
where affiliate_id is not null and program_id is not null and kind <> 'Lead' and amount > 0 and status <> 'Denied'
  and (flags = '{}' or review = 'Approved')
group by 1, 2, 3;

-- CRMs may be sent these events, too.
alter table crm_connections drop constraint crm_connections_events_check;
alter table crm_connections add constraint crm_connections_events_check
    check (events <@ array['affiliate_approved', 'first_click', 'first_conversion', 'commission_earned', 'payout_sent']);

-- Whether applicants are approved as soon as they confirm their email address. It was a setting of the program's page;
-- `program_pages.auto_approve` is no longer read.
alter table programs add column auto_approve boolean not null default false;
update programs p set auto_approve = true
from program_pages g
where g.organization_id = p.organization_id and g.program_id = p.id and g.auto_approve;
