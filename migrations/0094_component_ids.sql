-- A commission is that of a conversion, an affiliate and a component by the component's own id: its place may be another one in
-- another version of the plan.
alter table commissions add column component_id text;

-- Components that were stored without ids go by type and number, as commission/plan/identity.rs reads them.
alter table commissions no force row level security;
alter table plan_versions no force row level security;
alter table conversions no force row level security;
with named as (
    select v.organization_id, v.id, c.place - 1 as component, c.value ->> 'type' as type,
           row_number() over (partition by v.organization_id, v.id, c.value ->> 'type' order by c.place) as number
    from plan_versions v cross join lateral jsonb_array_elements(v.components) with ordinality c (value, place)
), told as (
    select m.organization_id, m.id,
           n.type || case when n.number > 1 then '_' || n.number else '' end as component_id,
           -- Of several that were booked for one component by different versions, the one of the version in force counts.
           row_number() over (
               partition by m.organization_id, m.conversion_id, m.affiliate_id, n.type, n.number
               order by (m.plan_version_id = v.plan_version_id) desc nulls last, m.updated_at desc, m.id) as rank,
           m.component
    from commissions m
    join named n on n.organization_id = m.organization_id and n.id = m.plan_version_id and n.component = m.component
    join conversions v on v.organization_id = m.organization_id and v.id = m.conversion_id
)
update commissions m
set component_id = told.component_id || case when told.rank > 1 then '_was_' || told.component else '' end
from told
where m.organization_id = told.organization_id and m.id = told.id;
alter table conversions force row level security;
alter table plan_versions force row level security;
alter table commissions force row level security;

alter table commissions drop constraint commissions_organization_id_conversion_id_affiliate_id_comp_key;
create unique index commissions_component on commissions (organization_id, conversion_id, affiliate_id, component_id);
