-- Tags that this sync added or may have added: it may have failed after that. Emptied once the contact is deleted there.
alter table crm_syncs add column tags text[] not null default '{}';

-- What syncs of before tried, unless a deletion came after it. The policies apply to the tables' owner, too.
select rekomi_bind('rekomi.tenants', coalesce((select string_agg(id::text, ',') from tenants), ''));

update crm_syncs s set tags = t.tags
from (select organization_id, sync_id,
             array_append(coalesce(array_agg(distinct about) filter (
                 where action = 'tag' and about not in ('', 'Rekomi affiliate')), '{}'), 'Rekomi affiliate') as tags
      from crm_steps
      where action in ('save', 'join', 'tag') and attempts > 0
      group by organization_id, sync_id) t
where s.organization_id = t.organization_id and s.id = t.sync_id and s.task = 'sync' and s.state <> 'Succeeded'
  and not exists (
      select from crm_syncs f
      where f.organization_id = s.organization_id and f.connection_id = s.connection_id and f.affiliate_id = s.affiliate_id
        and f.task = 'forget' and f.former is null and f.state = 'Succeeded' and f.finished_at >= s.finished_at);

-- Some vendors get all tags in one call, whose step names none. What a sync tried there, if none succeeded, was among these.
update crm_syncs s set tags = s.tags || c.tags
from crm_connections c
where c.organization_id = s.organization_id and c.id = s.connection_id and s.tags <> '{}'
  and not exists (
      select from crm_contacts k
      where k.organization_id = s.organization_id and k.connection_id = s.connection_id and k.affiliate_id = s.affiliate_id);

update crm_syncs s set tags = s.tags || t.tags
from (select o.organization_id, o.connection_id, l.affiliate_id, array_agg(distinct tag) as tags
      from crm_overrides o
      join programs p on p.organization_id = o.organization_id and p.id = o.program_id and p.archived_at is null
      join links l on l.organization_id = o.organization_id and l.program_id = o.program_id and l.disabled_at is null
      cross join unnest(o.tags) tag
      group by o.organization_id, o.connection_id, l.affiliate_id) t
where t.organization_id = s.organization_id and t.connection_id = s.connection_id and t.affiliate_id = s.affiliate_id
  and s.tags <> '{}'
  and not exists (
      select from crm_contacts k
      where k.organization_id = s.organization_id and k.connection_id = s.connection_id and k.affiliate_id = s.affiliate_id);

update crm_syncs s set tags = s.tags || t.tags
from (select c.organization_id, c.id as connection_id, g.affiliate_id, array_agg(distinct 'Rekomi segment: ' || g.segment) as tags
      from crm_connections c
      join affiliate_segments g on g.organization_id = c.organization_id and g.effective_at <= now()
      where c.segment_tag and g.segment is not null
      group by c.organization_id, c.id, g.affiliate_id) t
where t.organization_id = s.organization_id and t.connection_id = s.connection_id and t.affiliate_id = s.affiliate_id
  and s.tags <> '{}'
  and not exists (
      select from crm_contacts k
      where k.organization_id = s.organization_id and k.connection_id = s.connection_id and k.affiliate_id = s.affiliate_id);
