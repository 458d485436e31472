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
