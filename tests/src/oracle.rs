//! What must hold at every commit, whatever happened before. Asked as superuser, so over all tenants at once.
//!
//! Each check is a query for rows that must not exist; a failure shows some of them. All run in one snapshot, so that
//! tests may ask while others write.

use sqlx::{AssertSqlSafe, PgConnection, Row};

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
        "a commission is worth what its transfers say",
        "select c.organization_id, c.id, c.amount, coalesce(t.net, 0) as booked from commissions c
         left join (select t.organization_id, t.commission_id,
                           sum(case when d.kind = 'commission_expense' then t.amount else 0 end)
                         - sum(case when c.kind = 'commission_expense' then t.amount else 0 end) as net
                    from transfers t
                    join accounts d on d.organization_id = t.organization_id and d.id = t.debit_account_id
                    join accounts c on c.organization_id = t.organization_id and c.id = t.credit_account_id
                    group by 1, 2) t on t.organization_id = c.organization_id and t.commission_id = c.id
         where c.amount <> coalesce(t.net, 0)",
    ),
    (
        "what an affiliate has pending, approved and paid is the sum of their commissions",
        "select a.organization_id, a.affiliate_id, a.kind, a.balance, coalesce(c.sum, 0) as commissions from accounts a
         left join (select organization_id, affiliate_id, currency, 'affiliate_' || lower(status) as kind, sum(amount)
                    from commissions group by 1, 2, 3, 4) c
           on (c.organization_id, c.affiliate_id, c.currency, c.kind) = (a.organization_id, a.affiliate_id, a.currency, a.kind)
         where a.kind <> 'commission_expense' and a.balance <> coalesce(c.sum, 0)",
    ),
    (
        "a transfer belongs to a commission",
        "select t.id from transfers t left join commissions c on (c.organization_id, c.id) = (t.organization_id, t.commission_id)
         where c.id is null",
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
        "an applied conversion or refund has left its fact",
        "select e.organization_id, e.id, e.body from events e
         left join conversions c on c.organization_id = e.organization_id
               and c.external_id = (e.body::jsonb #>> '{payload,conversion,externalEventId}')
         left join refunds r on (r.organization_id, r.event_id) = (e.organization_id, e.id)
         where e.kind = 'conversion' and e.body not like '%\\u0000%'
           and case e.body::jsonb #>> '{payload,conversion,type}' when 'refund' then r.event_id else c.id end is null",
    ),
    (
        "a fact was told by an event",
        "select f.organization_id, f.event_id from (
             select organization_id, event_id from conversions union all select organization_id, event_id from refunds
             union all select organization_id, event_id from touches) f
         left join events e on (e.organization_id, e.id) = (f.organization_id, f.event_id) where e.id is null",
    ),
    (
        "a sale's refunded part is what its refunds say, and no more than the sale",
        "select c.organization_id, c.external_id, c.amount, c.refunded, r.sum from conversions c
         left join (select organization_id, refund_of, currency, sum(amount) from refunds group by 1, 2, 3) r
           on (r.organization_id, r.refund_of, r.currency) = (c.organization_id, c.external_id, c.currency)
         where c.refunded <> least(c.amount, coalesce(r.sum, 0))",
    ),
    (
        "no commission without credit, none for more than the sale, none twice",
        "select c.organization_id, c.id from commissions c
         join conversions v on (v.organization_id, v.id) = (c.organization_id, c.conversion_id)
         where c.amount > 0 and (v.affiliate_id is distinct from c.affiliate_id or v.program_id is distinct from c.program_id)",
    ),
    (
        "conversion_days equals a recount",
        "with counted as (
             select organization_id, (occurred_at at time zone 'UTC')::date as day, program_id, affiliate_id, currency,
                    count(*) as conversions, sum(amount - refunded) as revenue, 0::numeric as commission
             from conversions where affiliate_id is not null and kind <> 'Lead' group by 1, 2, 3, 4, 5
             union all
             select c.organization_id, (v.occurred_at at time zone 'UTC')::date, c.program_id, c.affiliate_id, c.currency,
                    0, 0, sum(c.amount)
             from commissions c join conversions v on (v.organization_id, v.id) = (c.organization_id, c.conversion_id)
             group by 1, 2, 3, 4, 5
             union all
             select organization_id, day, program_id, affiliate_id, currency, -conversions, -revenue, -commission
             from conversion_days)
         select organization_id, day, program_id, affiliate_id, currency, sum(conversions), sum(revenue), sum(commission)
         from counted group by 1, 2, 3, 4, 5
         having sum(conversions) <> 0 or sum(revenue) <> 0 or sum(commission) <> 0",
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

/// Which table a column names rows of. `event_id` of quarantine is left out: what can't be read may name anything.
const NAMES: &[(&str, &str)] = &[
    ("program_id", "programs"),
    ("affiliate_id", "affiliates"),
    ("link_id", "links"),
    ("customer_id", "customers"),
    ("conversion_id", "conversions"),
    ("commission_id", "commissions"),
    ("plan_version_id", "plan_versions"),
    ("debit_account_id", "accounts"),
    ("credit_account_id", "accounts"),
    ("event_id", "events"),
    ("click_id", "clicks"),
];

/// # Panics
/// Where something that must hold doesn't.
pub async fn check(database: &Database) {
    let mut connection = database.connect().await;
    run(&mut connection, "begin isolation level repeatable read read only").await;
    let mut broken = Vec::new();
    for (rule, query) in CHECKS {
        broken.extend(rows(&mut connection, rule, query).await);
    }
    for (table, column) in columns(&mut connection).await {
        let Some((_, target)) = NAMES.iter().find(|(name, _)| *name == column) else { continue };
        let rule = format!("{table}.{column} names a row of its own tenant");
        let query = format!(
            "select t.organization_id, t.{column} from {table} t join {target} r on r.id = t.{column}
             where r.organization_id <> t.organization_id
               and not exists (select from {target} o where (o.organization_id, o.id) = (t.organization_id, t.{column}))"
        );
        broken.extend(rows(&mut connection, &rule, &query).await);
    }
    assert!(broken.is_empty(), "the oracle objects:\n{}", broken.join("\n"));
}

async fn rows(connection: &mut PgConnection, rule: &str, query: &str) -> Option<String> {
    let limited = format!("select to_jsonb(q)::text from ({query}) q limit 5");
    let found = sqlx::query(AssertSqlSafe(limited)).fetch_all(connection).await;
    let found = found.unwrap_or_else(|error| panic!("{rule}: {error}\n{query}"));
    let rows: Vec<String> = found.iter().map(|row| row.get(0)).collect();
    (!rows.is_empty()).then(|| format!("NOT {rule}:\n  {}", rows.join("\n  ")))
}

/// Every column of every tenant table that isn't a partition.
async fn columns(connection: &mut PgConnection) -> Vec<(String, String)> {
    let query = "select c.relname::text, a.attname::text from pg_class c join pg_attribute a on a.attrelid = c.oid
                 where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
                   and a.attnum > 0 and not a.attisdropped and c.relname <> 'quarantine'
                   and exists (select from pg_attribute o where o.attrelid = c.oid and o.attname = 'organization_id')";
    sqlx::query(query).fetch_all(connection).await.unwrap().iter().map(|row| (row.get(0), row.get(1))).collect()
}
