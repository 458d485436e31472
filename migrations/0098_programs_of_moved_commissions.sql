-- A commission whose sale was credited to the same affiliate in another program kept its old program. The policies apply to the
-- tables' owner, too.
select rekomi_bind('rekomi.tenants', coalesce((select string_agg(id::text, ',') from tenants), ''));

update commissions c set program_id = p.program_id
from plan_versions p
where p.organization_id = c.organization_id and p.id = c.plan_version_id and c.conversion_id is not null
  and c.program_id <> p.program_id;

-- No plan computed what imported sales earned.
update commissions c set program_id = v.program_id
from conversions v
where v.organization_id = c.organization_id and v.id = c.conversion_id and v.affiliate_id = c.affiliate_id
  and c.component_id = '@past' and c.program_id <> v.program_id;
