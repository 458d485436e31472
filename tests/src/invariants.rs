//! What must hold at every commit, whatever happened before. Asked as superuser, so over all tenants at once.
//!
//! Each check is a query for rows that must not exist; a failure shows some of them. All run in one snapshot, so that
//! tests may ask while others write.

mod facets;
mod given_back;
mod tables;
mod tenants;

use sqlx::{AssertSqlSafe, PgConnection, Row};

use self::{facets::CONVERSION_FACETS, given_back::GIVEN_BACK, tables::Filled};
use crate::database::{Database, run};

const CHECKS: &[(&str, &str)] = &[
    (
        "an account's balance is the sum of its transfers",
        "select a.organization_id, a.kind, a.currency, a.balance, coalesce(m.sum, 0) as moved from accounts a
         left join (select organization_id, account, sum(amount) from (
             select organization_id, credit_account_id as account, amount from transfers
             union all select organization_id, debit_account_id, -amount from transfers) m group by 1, 2) m
           on m.organization_id = a.organization_id and m.account = a.id
         where a.balance <> coalesce(m.sum, 0)",
    ),
    (
        "the book sums to zero in every currency",
        "select organization_id, currency, sum(balance) from accounts group by 1, 2 having sum(balance) <> 0",
    ),
    (
        "a transfer moves between two accounts of one tenant and currency",
        "select t.organization_id, t.id from transfers t
         left join accounts d on (d.organization_id, d.id, d.currency) = (t.organization_id, t.debit_account_id, t.currency)
         left join accounts c on (c.organization_id, c.id, c.currency) = (t.organization_id, t.credit_account_id, t.currency)
         where d.id is null or c.id is null or t.amount <= 0",
    ),
    (
        "a commission's worth, outstanding and paid parts are what its transfers say, account by account",
        "with booked as (
             select organization_id, commission_id, currency, account, sum(amount) as amount from (
                 select organization_id, commission_id, currency, credit_account_id as account, amount from transfers
                 union all select organization_id, commission_id, currency, debit_account_id, -amount from transfers) m
             group by 1, 2, 3, 4),
         is_booked as (
             select b.organization_id, b.commission_id, b.currency, a.kind, a.affiliate_id, b.amount
             from booked b join accounts a on (a.organization_id, a.id) = (b.organization_id, b.account)),
         owed as (
             select c.*, (c.status in ('Approved', 'Paid') or ((c.paid <> 0 or c.reserved <> 0) and c.status <> 'Pending')) as payable from commissions c),
         should_be as (
             select organization_id, id, currency, 'commission_expense' as kind, null::uuid as affiliate_id, -amount as amount
             from owed
             union all select organization_id, id, currency, 'affiliate_paid', affiliate_id, paid from owed
             union all select organization_id, id, currency, 'affiliate_reserved', affiliate_id, reserved from owed
             union all
             select organization_id, id, currency, case when payable then 'affiliate_approved' else 'affiliate_pending' end,
                    affiliate_id, amount - paid - reserved from owed)
         select organization_id, id, currency, kind, affiliate_id, sum(should_be) as should_be, sum(booked) as booked from (
             select organization_id, id, currency, kind, affiliate_id, amount as should_be, 0 as booked from should_be
             union all select organization_id, commission_id, currency, kind, affiliate_id, 0, amount from is_booked
                       where commission_id is not null) b
         group by 1, 2, 3, 4, 5 having sum(should_be) <> sum(booked)",
    ),
    (
        "what an affiliate has pending, approved and paid is the sum of their commissions",
        "with owed as (select c.*, (c.status in ('Approved', 'Paid') or ((c.paid <> 0 or c.reserved <> 0) and c.status <> 'Pending')) as payable from commissions c)
         select a.organization_id, a.affiliate_id, a.kind, a.balance, coalesce(c.sum, 0) as commissions from accounts a
         left join (select organization_id, affiliate_id, currency, kind, sum(amount) from (
                        select organization_id, affiliate_id, currency, 'affiliate_paid' as kind, paid as amount from owed
                        union all
                        select organization_id, affiliate_id, currency, 'affiliate_reserved', reserved from owed
                        union all
                        select organization_id, affiliate_id, currency, k.kind, k.sign * (withheld - withheld_returned)
                        from payouts, (values ('affiliate_paid', -1), ('affiliate_withheld', 1)) k (kind, sign)
                        where status in ('Sent', 'Reversed')
                        union all
                        select organization_id, affiliate_id, currency,
                               case when payable then 'affiliate_approved' else 'affiliate_pending' end,
                               amount - paid - reserved
                        from owed) k group by 1, 2, 3, 4) c
           on (c.organization_id, c.affiliate_id, c.currency, c.kind) = (a.organization_id, a.affiliate_id, a.currency, a.kind)
         where a.kind <> 'commission_expense' and a.balance <> coalesce(c.sum, 0)",
    ),
    (
        "a payout is what the transfers that name it paid",
        "select p.organization_id, p.id, p.status, p.amount, t.* from payouts p
         left join (select t.organization_id, t.payout_id, t.currency, a.affiliate_id,
                           sum(case when a.id = t.credit_account_id then t.amount else -t.amount end)
                               filter (where a.kind = 'affiliate_paid') as paid,
                           sum(case when a.id = t.credit_account_id then t.amount else -t.amount end)
                               filter (where a.kind = 'affiliate_reserved') as reserved,
                           sum(case when a.id = t.credit_account_id then t.amount else -t.amount end)
                               filter (where a.kind = 'affiliate_withheld') as withheld
                    from transfers t join accounts a on a.organization_id = t.organization_id
                         and a.id in (t.credit_account_id, t.debit_account_id)
                         and a.kind in ('affiliate_paid', 'affiliate_reserved', 'affiliate_withheld')
                    where t.payout_id is not null group by 1, 2, 3, 4) t
           on (t.organization_id, t.payout_id, t.currency, t.affiliate_id) = (p.organization_id, p.id, p.currency, p.affiliate_id)
         where case when p.status in ('Sent', 'Reversed') then p.amount - p.returned - p.withheld + p.withheld_returned else 0 end
                   <> coalesce(t.paid, 0)
            or case when p.status in ('Reserved', 'Sending', 'Unknown') then p.amount else 0 end <> coalesce(t.reserved, 0)
            or case when p.status in ('Sent', 'Reversed') then p.withheld - p.withheld_returned else 0 end
                   <> coalesce(t.withheld, 0)",
    ),
    (
        "what is paid and reserved of a commission is what payouts list of it",
        "select c.organization_id, c.id, c.paid, c.reserved, i.* from commissions c
         left join (select i.organization_id, i.commission_id,
                           sum(i.amount - i.returned) filter (where p.status in ('Sent', 'Reversed')) as listed_paid,
                           sum(i.amount) filter (where p.status in ('Reserved', 'Sending', 'Unknown')) as listed_reserved
                    from payout_items i join payouts p on (p.organization_id, p.id) = (i.organization_id, i.payout_id)
                    group by 1, 2) i on (i.organization_id, i.commission_id) = (c.organization_id, c.id)
         where c.paid <> coalesce(i.listed_paid, 0) or c.reserved <> coalesce(i.listed_reserved, 0)",
    ),
    (
        "a payout's items are its amount",
        "select p.organization_id, p.id, p.status, p.amount, i.* from payouts p
         left join (select organization_id, payout_id, sum(amount) as amount, sum(returned) as returned from payout_items
                    group by 1, 2) i on (i.organization_id, i.payout_id) = (p.organization_id, p.id)
         where p.status not in ('Scheduled', 'Failed') and (p.amount <> coalesce(i.amount, 0) or p.returned <> coalesce(i.returned, 0))",
    ),
    (
        "what was paid names its payout",
        "select t.organization_id, t.id from transfers t
         left join payouts p on (p.organization_id, p.id) = (t.organization_id, t.payout_id)
         where (t.kind = 'commission_paid' or t.payout_id is not null) and p.id is null",
    ),
    (
        "a transfer belongs to a commission, unless it is of a payout as a whole",
        "select t.id from transfers t left join commissions c on (c.organization_id, c.id) = (t.organization_id, t.commission_id)
         where c.id is null and (t.commission_id is not null or t.kind <> 'tax_withheld')",
    ),
    (
        "an event is applied or in quarantine, not both; only a second version of an applied one is there too",
        "select e.organization_id, e.id, q.reason from events e
         join quarantine q on (q.organization_id, q.event_id) = (e.organization_id, e.id) where q.reason <> 'conflict' and q.state = 'open'",
    ),
    (
        "a conflict has its first version among the applied",
        "select q.organization_id, q.event_id, q.detail from quarantine q
         left join events e on (e.organization_id, e.id) = (q.organization_id, q.event_id)
         left join clicks c on (c.organization_id, c.id) = (q.organization_id, q.event_id)
         left join conversions k on k.organization_id = q.organization_id
               and k.external_id = (q.body::jsonb #>> '{payload,conversion,externalEventId}')
         where q.reason = 'conflict' and e.id is null and c.id is null and k.id is null
           and q.body not like '%\\u0000%'",
    ),
    (
        "an applied conversion, refund or import has left its fact",
        "select e.organization_id, e.id, e.body from events e
         left join conversions c on c.organization_id = e.organization_id
               and c.external_id = (e.body::jsonb #>> '{payload,conversion,externalEventId}')
         left join refunds r on (r.organization_id, r.event_id) = (e.organization_id, e.id)
         left join touches t on (t.organization_id, t.event_id) = (e.organization_id, e.id) and t.kind = 'import'
         where e.kind = 'conversion' and e.body not like '%\\u0000%'
           and case when e.body::jsonb #>> '{payload,conversion,source}' = 'import' then t.event_id
                    when e.body::jsonb #>> '{payload,conversion,type}' = 'refund' then r.event_id else c.id end is null",
    ),
    (
        "a fact was told by an event",
        "select f.organization_id, f.event_id from (
             select organization_id, event_id from conversions union all select organization_id, event_id from refunds
             union all select organization_id, event_id from touches union all select organization_id, event_id from disputes
             union all select organization_id, event_id from repeated_reports
             union all select organization_id, event_id from sale_aliases) f
         left join events e on (e.organization_id, e.id) = (f.organization_id, f.event_id) where e.id is null",
    ),
    (
        "a sale's refunded part is what its refunds and lost disputes say, and no more than the sale",
        GIVEN_BACK,
    ),
    (
        "who was reported as the buyer of one sale is one buyer, or a join says otherwise; who shares an address is in one group",
        "select o.organization_id, o.id, t.id as other from customers o join customers t on t.organization_id = o.organization_id
         where (o.buyer_id = t.buyer_id and o.group_id <> t.group_id) or o.buyer_id > o.id or o.group_id > o.id
            or (o.group_id <> t.group_id and exists (
                select from customer_emails e join customer_emails f using (organization_id, email_key)
                where split_part(email_key, '@', 1) not in ('billing', 'info', 'noreply', 'test')
                  and (e.organization_id, e.customer_id, f.customer_id) = (o.organization_id, o.id, t.id)))
            or (o.buyer_id <> t.buyer_id and exists (
                select from repeated_reports r join conversions c using (organization_id, external_id)
                where (r.organization_id, r.customer_id, c.customer_id) = (o.organization_id, o.id, t.id))
                and not exists (
                    select from customer_joins j
                    where j.organization_id = o.organization_id and j.state <> 'Joined'
                      and (j.one_id, j.other_id) = (least(o.id, t.id), greatest(o.id, t.id))))",
    ),
    (
        "no commission without credit, none for more than the sale, none twice",
        "select c.organization_id, c.id from commissions c
         join conversions v on (v.organization_id, v.id) = (c.organization_id, c.conversion_id)
         where c.amount > 0 and c.kind <> 'Override'
           and (v.affiliate_id is distinct from c.affiliate_id or v.program_id is distinct from c.program_id)",
    ),
    (
        "a commission stands where its worth, its payments and its hold put it",
        "select organization_id, id, status, held, amount, paid, reserved, approved_at from commissions
         where status <> case when amount = 0 and status in ('Refunded', 'Denied') then status
                              when amount = 0 then 'Refunded'
                              when paid <> 0 and amount - paid - reserved <= 0
                                   and case when amount < 0 then paid <= amount else paid >= amount end then 'Paid'
                              when held is null and approved_at is not null then 'Approved'
                              else 'Pending' end
            or (amount = 0 and held is not null)",
    ),
    (
        "a flagged conversion that nobody looked at, or a disputed one, holds its money",
        "select c.organization_id, c.id, c.held from commissions c
         join conversions v on (v.organization_id, v.id) = (c.organization_id, c.conversion_id)
         where c.amount <> 0 and v.affiliate_id = c.affiliate_id
           and not (c.held is not distinct from 'FirstSale' and v.review is null)
           and c.held is distinct from case when v.dispute = 'Open' then 'Dispute'
                                            when array_remove(v.flags, 'SelfRecruit') <> '{}' and v.review is null
                                            then 'Review' end",
    ),
    (
        "what waits with its customer's first sale has one that waits",
        "select c.organization_id, c.id from commissions c
         join conversions v on (v.organization_id, v.id) = (c.organization_id, c.conversion_id)
         join customers o on (o.organization_id, o.id) = (v.organization_id, v.customer_id)
         where c.held = 'FirstSale'
           and not exists (
               select from conversions f join customers t on (t.organization_id, t.id) = (f.organization_id, f.customer_id)
               where t.organization_id = o.organization_id and t.buyer_id = o.buyer_id
                 and f.occurred_at <= v.occurred_at and f.id <> v.id and f.kind <> 'Lead'
                 and array_remove(f.flags, 'SelfRecruit') <> '{}' and f.review is null)",
    ),
    (
        "an override waits with the commission that it is a share of, and for a review of its own",
        "select o.organization_id, o.id, o.held from commissions o
         join commissions c on (c.organization_id, c.id) = (o.organization_id, o.of_commission_id)
         join conversions v on (v.organization_id, v.id) = (o.organization_id, o.conversion_id)
         where o.amount <> 0
           and o.held is distinct from coalesce(c.held, case when 'SelfRecruit' = any (v.flags) and v.review is null
                                                             then 'Review' end)",
    ),
    (
        "conversion_days equals a recount",
        "with counted as (
             select organization_id, (occurred_at at time zone 'UTC')::date as day, program_id, affiliate_id, currency,
                    count(*) filter (where kind <> 'Lead') as conversions, count(*) filter (where kind = 'Recurring') as renewals,
                    count(*) filter (where kind = 'Lead') as leads,
                    coalesce(sum(amount - refunded) filter (where kind <> 'Lead'), 0) as revenue, 0::numeric as commission
             from conversions where affiliate_id is not null and review is distinct from 'Denied' group by 1, 2, 3, 4, 5
             union all
             select c.organization_id, coalesce(c.day, (v.occurred_at at time zone 'UTC')::date), c.program_id,
                    c.affiliate_id, c.currency, 0, 0, 0, 0, sum(c.amount)
             from commissions c
             left join conversions v on (v.organization_id, v.id) = (c.organization_id, c.conversion_id)
             group by 1, 2, 3, 4, 5
             union all
             select organization_id, day, program_id, affiliate_id, currency, -conversions, -renewals, -leads, -revenue,
                    -commission
             from conversion_days)
         select organization_id, day, program_id, affiliate_id, currency, sum(conversions), sum(renewals), sum(leads),
                sum(revenue), sum(commission)
         from counted group by 1, 2, 3, 4, 5
         having sum(conversions) <> 0 or sum(renewals) <> 0 or sum(leads) <> 0 or sum(revenue) <> 0 or sum(commission) <> 0",
    ),
    (
        "conversion_hours equals a recount",
        "with counted as (
             select organization_id, date_trunc('hour', occurred_at, 'UTC') as hour, program_id, currency,
                    count(*) filter (where kind <> 'Lead') as conversions, count(*) filter (where kind = 'Recurring') as renewals,
                    count(*) filter (where kind = 'Lead') as leads,
                    coalesce(sum(amount - refunded) filter (where kind <> 'Lead'), 0) as revenue, 0::numeric as commission
             from conversions where affiliate_id is not null and review is distinct from 'Denied' group by 1, 2, 3, 4
             union all
             select c.organization_id, coalesce(c.day::timestamp at time zone 'UTC', date_trunc('hour', v.occurred_at, 'UTC')),
                    c.program_id, c.currency, 0, 0, 0, 0, sum(c.amount)
             from commissions c
             left join conversions v on (v.organization_id, v.id) = (c.organization_id, c.conversion_id)
             group by 1, 2, 3, 4
             union all
             select organization_id, hour, program_id, currency, -conversions, -renewals, -leads, -revenue, -commission
             from conversion_hours)
         select organization_id, hour, program_id, currency, sum(conversions), sum(renewals), sum(leads), sum(revenue),
                sum(commission)
         from counted group by 1, 2, 3, 4
         having sum(conversions) <> 0 or sum(renewals) <> 0 or sum(leads) <> 0 or sum(revenue) <> 0 or sum(commission) <> 0",
    ),
    (
        "click_facets equals a recount",
        "with counted as (
             select organization_id, facet, date_trunc('hour', clicked_at, 'UTC') as hour,
                    case facet when 'country' then coalesce(country, '') when 'source' then coalesce(referrer_host, '')
                               when 'program' then program_id::text when 'device' then device else '' end as value,
                    count(*) as clicks
             from clicks cross join unnest(array['all', 'country', 'source', 'program', 'device']) facet
             where class = 'human' group by 1, 2, 3, 4
             union all
             select organization_id, facet, hour, value, -clicks from click_facets)
         select organization_id, facet, hour, value, sum(clicks) from counted group by 1, 2, 3, 4 having sum(clicks) <> 0",
    ),
    (
        "conversion_facets equals a recount",
        CONVERSION_FACETS,
    ),
    (
        "what is kept of a credited click is what the click says",
        "select o.organization_id, o.click_id from click_origins o
         join clicks c on (c.organization_id, c.id) = (o.organization_id, o.click_id)
         where o.awaited_since is null
           and (o.country, o.source, o.device) <> (coalesce(c.country, ''), coalesce(c.referrer_host, ''), c.device)",
    ),
    (
        "click_day_facets equals a recount until it was added up",
        "with counted as (
             select c.organization_id, program_id, facet,
                    case facet when 'country' then coalesce(country, '') when 'source' then coalesce(referrer_host, '')
                               else device end as value, (clicked_at at time zone 'UTC')::date as day, count(*) as clicks
             from clicks c join click_days_until u on u.organization_id = c.organization_id
                  and c.clicked_at < u.day::timestamp at time zone 'UTC'
             cross join unnest(array['country', 'device', 'source']) facet
             where class = 'human' group by 1, 2, 3, 4, 5
             union all
             select organization_id, program_id, facet, value, day, -clicks from click_day_facets)
         select organization_id, program_id, facet, value, day, sum(clicks) from counted group by 1, 2, 3, 4, 5
         having sum(clicks) <> 0",
    ),
    (
        "a commission happened when its conversion did, or on its day",
        "select m.organization_id, m.id, m.happened_at from commissions m
         left join conversions v on v.organization_id = m.organization_id and v.id = m.conversion_id
         where m.happened_at <> coalesce(v.occurred_at, m.day::timestamp at time zone 'UTC', m.hold_until)",
    ),
    (
        "click_days equals the hours until it was added up",
        "with counted as (
             select organization_id, (hour at time zone 'UTC')::date as day, link_id, clicks
             from click_hours join click_days_until u using (organization_id) where hour < u.day::timestamp at time zone 'UTC'
             union all
             select organization_id, day, link_id, -clicks from click_days)
         select organization_id, day, link_id, sum(clicks) from counted group by 1, 2, 3 having sum(clicks) <> 0",
    ),
    (
        "click_hours equals a recount",
        "with counted as (
             select organization_id, date_trunc('hour', clicked_at, 'UTC') as hour, program_id, affiliate_id, link_id,
                    count(*) filter (where class = 'human') as clicks, count(*) filter (where class <> 'human') as uncounted
             from clicks group by 1, 2, 3, 4, 5
             union all
             select organization_id, hour, program_id, affiliate_id, link_id, -clicks, -uncounted from click_hours)
         select organization_id, hour, link_id, sum(clicks), sum(uncounted) from counted
         group by organization_id, hour, program_id, affiliate_id, link_id having sum(clicks) <> 0 or sum(uncounted) <> 0",
    ),
];

/// # Panics
/// Where something that must hold doesn't.
pub async fn check(database: &Database) {
    let broken = broken(database).await;
    assert!(broken.is_empty(), "the oracle objects:\n{}", broken.join("\n"));
}

/// What must hold and doesn't, with some of the rows that say so.
pub(crate) async fn broken(database: &Database) -> Vec<String> {
    let mut connection = database.take_checker().await;
    run(&mut connection, "begin isolation level repeatable read read only").await;
    let filled = Filled::read(&mut connection).await;
    let mut broken = Vec::new();
    for (rule, query) in CHECKS.iter().filter(|(_, query)| filled.has_any_of(query)) {
        broken.extend(rows(&mut connection, rule, query).await);
    }
    broken.extend(tenants::foreign_names(&mut connection, &filled).await);
    run(&mut connection, "commit").await;
    database.keep_checker(connection).await;
    broken
}

async fn rows(connection: &mut PgConnection, rule: &str, query: &str) -> Option<String> {
    let limited = format!("select to_jsonb(q)::text from ({query}) q limit 5");
    let found = sqlx::query(AssertSqlSafe(limited)).fetch_all(connection).await;
    let found = found.unwrap_or_else(|error| panic!("{rule}: {error}\n{query}"));
    let rows: Vec<String> = found.iter().map(|row| row.get(0)).collect();
    (!rows.is_empty()).then(|| format!("NOT {rule}:\n  {}", rows.join("\n  ")))
}
