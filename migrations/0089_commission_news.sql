-- When a commission became news to its affiliate: the next email about what they earned contains it, and no other does. In the
-- future for a day's clicks that aren't all counted yet. Null: never so far, as for an imported one, or one that has always
-- waited for a review.
alter table commissions add column news_at timestamptz;
-- Only builds from before leave it out: what they write is news at once, as they treat it.
alter table commissions alter column news_at set default clock_timestamp();
-- Most are news at once, and `commissions_affiliate` finds the latest of them.
create index commissions_news on commissions (organization_id, affiliate_id, news_at) where news_at <> created_at;

-- The reminder to pay goes by when a commission became payable, which `commissions_fresh` has.
drop index commissions_overdue;

-- What the next emails will contain: it was news when it was created. The policies apply to the tables' owner, too. IDs begin with their time.
select rekomi_bind('rekomi.tenants', coalesce((select string_agg(id::text, ',') from tenants), ''));

update commissions c set news_at = c.created_at
from milestone_emails l
where l.earned_due_at is not null and c.organization_id = l.organization_id and c.affiliate_id = l.affiliate_id
  and c.id >= rpad(lpad(to_hex((extract(epoch from now() - interval '2 days') * 1000)::bigint), 12, '0'), 32, '0')::uuid
  and c.created_at > coalesce(l.earned_until, '-infinity') and c.component_id is distinct from '@past'
  and (c.held is null or c.held = 'Dispute');
