-- What lists are sorted by and programs' charts are drawn from, so that neither grows with the number of clicks.

-- Clicks by people of days that are over, of each link. Today's are in `click_hours` alone: clicks come by the thousand, and
-- shouldn't change a second row each. A late one is added in its own transaction.
create table click_days (
    organization_id uuid not null,
    day date not null,
    program_id uuid not null,
    affiliate_id uuid not null,
    link_id uuid not null,
    clicks bigint not null default 0 check (clicks >= 0),
    primary key (organization_id, day, program_id, affiliate_id, link_id)
);
call rekomi_tenant_table('click_days');
create index click_days_affiliate on click_days (organization_id, affiliate_id, day);

-- The first day that is not in `click_days`.
create table click_days_until (
    organization_id uuid primary key,
    day date not null
);
call rekomi_tenant_table('click_days_until');

-- Clicks of a program by hour.
alter table click_facets drop constraint click_facets_facet_check;
alter table click_facets add constraint click_facets_facet_check check (facet in ('all', 'country', 'source', 'program'));

-- The days follow with the first upkeep.
alter table click_hours no force row level security;
alter table click_facets no force row level security;
insert into click_facets (organization_id, facet, hour, value, clicks)
select organization_id, 'program', hour, program_id::text, sum(clicks)
from click_hours where clicks > 0 group by 1, 2, 3, 4;
alter table click_facets force row level security;
alter table click_hours force row level security;
