//! SQL for pay per click: visitors per day, and the rules of programs.

use std::collections::HashMap;

use shared::{
    id::{OrganizationId, ProgramId},
    money::Money,
    timestamp::Timestamp,
};

use super::{click_rules::ClickRules, earn::Count};
use crate::intake::facets_store::first_id;
use kit::db::{TenantTx, TenantsTx, corrupt_column, lock_store};

/// The tenants of this transaction whose plans pay or paid for clicks.
pub async fn paying(tx: &mut TenantsTx) -> Result<Vec<OrganizationId>, sqlx::Error> {
    let paying = sqlx::query_scalar!(
        r#"select distinct organization_id from plan_versions where components @> '[{"type": "per_click"}]'"#
    );
    Ok(paying.fetch_all(tx.conn()).await?.into_iter().map(OrganizationId::new).collect())
}

/// Locks the organization's recount, so that a later one doesn't book before an earlier one, which counted less.
pub async fn lock(tx: &mut TenantTx) -> Result<(), sqlx::Error> {
    lock_store::lock(tx, "paid_clicks").await
}

/// A day's visitors of each affiliate who was approved when they came: each once, in the minute of their first click.
/// If `in_order`, they are in the order in which they are counted; otherwise each affiliate's are one sum.
///
/// A visitor is identified by a hash. All clicks without one (from before every click had one, or from an unknown
/// network) count as one visitor together, so missing hashes never multiply visitors.
pub async fn counts(tx: &mut TenantTx, day: Timestamp, in_order: bool) -> Result<Vec<Count>, sqlx::Error> {
    let next = day.plus_days(1);
    let rows = sqlx::query!(
        r#"with absences as (
               select affiliate_id, effective_at as since, until
               from (select affiliate_id, effective_at, status,
                            lead(effective_at) over (partition by affiliate_id order by effective_at) as until
                     from affiliate_statuses where organization_id = $1) s
               where status <> 'Approved'),
           visitors as (
               select program_id, affiliate_id, min(country) as country, min(clicked_at) as first_at
               from clicks c
               where organization_id = $1 and id >= $4 and id < $5 and clicked_at >= $2 and clicked_at < $3
                 and class = 'human'
                 and program_id in (select program_id from plan_versions
                                    where organization_id = $1 and components @> '[{"type": "per_click"}]')
                 and not exists (select from absences a where a.affiliate_id = c.affiliate_id
                                 and c.clicked_at >= a.since and (a.until is null or c.clicked_at < a.until))
               group by program_id, affiliate_id, coalesce(visitor, ''))
           select program_id, affiliate_id, case when $6 then country end as country,
                  case when $6 then date_trunc('minute', first_at, 'UTC') end as minute, count(*) as "visitors!"
           from visitors group by 1, 2, 3, 4 order by 4, 2, 3 nulls first, 1"#,
        tx.organization().uuid(),
        day,
        next,
        first_id(day),
        first_id(next),
        in_order,
    )
    .fetch_all(tx.conn())
    .await?;
    let counts = rows.into_iter().map(|row| Count {
        program: row.program_id,
        affiliate: row.affiliate_id,
        day,
        country: row.country,
        visitors: row.visitors,
    });
    Ok(counts.collect())
}

/// All rules that were ever set, by program.
pub async fn rules(tx: &mut TenantTx) -> Result<HashMap<ProgramId, Vec<(Timestamp, ClickRules)>>, sqlx::Error> {
    let rows = sqlx::query!(
        "select program_id, effective_at, visitors_per_affiliate, daily_budget, currency, review_growth
         from click_rules where organization_id = $1",
        tx.organization().uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    let mut rules: HashMap<ProgramId, Vec<(Timestamp, ClickRules)>> = HashMap::new();
    for row in rows {
        let budget = row.daily_budget.zip(row.currency).map(|(minor, currency)| {
            currency
                .parse()
                .map(|currency| Money::new(minor, currency))
                .map_err(|_| corrupt_column("click_rules.currency"))
        });
        let one = ClickRules {
            visitors_per_affiliate: row.visitors_per_affiliate,
            daily_budget: budget.transpose()?,
            review_growth: row.review_growth,
        };
        rules.entry(row.program_id).or_default().push((row.effective_at, one));
    }
    Ok(rules)
}

/// The current rules of one program and the time from which they apply; `None` if the program has the defaults.
pub async fn last_rules(tx: &mut TenantTx, program: ProgramId) -> Result<Option<(Timestamp, ClickRules)>, sqlx::Error> {
    let set = rules(tx).await?.remove(&program).unwrap_or_default();
    Ok(set.into_iter().max_by_key(|(effective_at, _)| *effective_at))
}

/// Saves rules that apply from the UTC day of `effective_at` on.
pub async fn insert_rules(
    tx: &mut TenantTx,
    program: ProgramId,
    rules: &ClickRules,
    effective_at: Timestamp,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into click_rules (organization_id, program_id, effective_at, visitors_per_affiliate, daily_budget,
                                  currency, review_growth, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        tx.organization().uuid(),
        program.uuid(),
        effective_at,
        rules.visitors_per_affiliate,
        rules.daily_budget.map(|budget| budget.minor),
        rules.daily_budget.map(|budget| budget.currency.code().to_owned()),
        rules.review_growth,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}
