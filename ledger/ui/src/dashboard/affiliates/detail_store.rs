//! SQL of an affiliate's details: status and segment history, own plans, and payout method.

use shared::{
    id::{AffiliateId, ProgramId},
    timestamp::Timestamp,
};
use sqlx::types::Json;

use kit::db::TenantTx;
use rules::commission::plan::{Component, in_words};

/// A status or segment, its start, and the reason.
#[derive(Debug)]
pub struct Since {
    pub at: Timestamp,
    pub what: Option<String>,
    pub reason: Option<String>,
}

/// Loads the status history, newest first; it is empty for an affiliate who was always approved.
pub async fn statuses(tx: &mut TenantTx, affiliate: AffiliateId) -> Result<Vec<Since>, sqlx::Error> {
    let rows = sqlx::query!(
        "select case when effective_at = '1970-01-01T00:00:00Z' then created_at else effective_at end as \"at!\", status, reason
         from affiliate_statuses where organization_id = $1 and affiliate_id = $2 order by effective_at desc limit 20",
        tx.organization().uuid(),
        affiliate.uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    let since = |row_at, what, reason| Since { at: row_at, what: Some(what), reason };
    Ok(rows.into_iter().map(|row| since(row.at, row.status, row.reason)).collect())
}

/// Loads the segment history, newest first, including changes dated in the future.
pub async fn segments(tx: &mut TenantTx, affiliate: AffiliateId) -> Result<Vec<Since>, sqlx::Error> {
    let rows = sqlx::query!(
        "select effective_at, segment from affiliate_segments
         where organization_id = $1 and affiliate_id = $2 order by effective_at desc limit 20",
        tx.organization().uuid(),
        affiliate.uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| Since { at: row.effective_at, what: row.segment, reason: None }).collect())
}

/// A plan for this affiliate only.
#[derive(Debug)]
pub struct OwnPlan {
    pub program: ProgramId,
    pub from: Timestamp,
    /// One sentence per component; empty if the program's plan applies again from then on.
    pub words: Vec<String>,
    pub is_end: bool,
    pub note: Option<String>,
    pub in_force: bool,
}

/// Loads at most 20 plans, newest first, without those that another one replaced within a second.
///
/// # Errors
/// Database errors, including a stored plan that this build can't read.
pub async fn own_plans(tx: &mut TenantTx, affiliate: AffiliateId, now: Timestamp) -> Result<Vec<OwnPlan>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select v.program_id, v.effective_at, v.components as "components: Json<Vec<Component>>", v.note,
                  v.effective_at <= $3 and not exists (
                      select from plan_versions n
                      where n.organization_id = $1 and n.program_id = v.program_id
                        and n.affiliate_id = v.affiliate_id and n.effective_at > v.effective_at
                        and n.effective_at <= $3) as "in_force!"
           from plan_versions v
           where v.organization_id = $1 and v.affiliate_id = $2
             and not exists (
                 select from plan_versions n
                 where n.organization_id = $1 and n.program_id = v.program_id and n.affiliate_id = v.affiliate_id
                   and n.effective_at > v.effective_at and n.effective_at < v.effective_at + interval '1 second')
           order by v.effective_at desc, v.id desc limit 20"#,
        tx.organization().uuid(),
        affiliate.uuid(),
        now,
    )
    .fetch_all(tx.conn())
    .await?;
    let plan = rows.into_iter().map(|row| OwnPlan {
        program: row.program_id,
        from: row.effective_at,
        is_end: row.components.is_none(),
        words: row.components.iter().flat_map(|components| components.0.iter().map(in_words)).collect(),
        note: row.note,
        in_force: row.in_force,
    });
    Ok(plan.collect())
}

/// How an affiliate is paid, limited to what may be shown.
#[derive(Debug, Default)]
pub struct Payee {
    /// The affiliate was erased, so nothing can be changed anymore.
    pub is_erased: bool,
    /// Status of their Stripe account.
    pub account: Option<String>,
    /// `PayPal`, `Wise` or `Manual`, with the part of the account that may be shown.
    pub method: Option<(String, String)>,
    /// Why payouts are held until someone releases them.
    pub hold: Option<String>,
    /// Kind and status of their latest tax form.
    pub tax: Option<(String, String)>,
}

pub async fn payee(tx: &mut TenantTx, affiliate: AffiliateId) -> Result<Payee, sqlx::Error> {
    let row = sqlx::query!(
        r#"select a.erased_at is not null as "erased!", p.status as "account?", m.rail as "rail?", m.hint as "hint?",
                  h.reason as "hold?", f.kind as "form?", f.status as "form_status?"
           from affiliates a
           left join lateral (select status from payout_accounts p
                              where p.organization_id = $1 and p.affiliate_id = a.id
                              order by p.status = 'Closed', p.id desc limit 1) p on true
           left join payout_methods m on m.organization_id = a.organization_id and m.affiliate_id = a.id
           left join payout_holds h on h.organization_id = a.organization_id and h.affiliate_id = a.id
           left join lateral (select kind, status from tax_forms f
                              where f.organization_id = $1 and f.affiliate_id = a.id
                              order by f.id desc limit 1) f on true
           where a.organization_id = $1 and a.id = $2"#,
        tx.organization().uuid(),
        affiliate.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map_or_else(Payee::default, |row| Payee {
        is_erased: row.erased,
        account: row.account,
        method: row.rail.zip(row.hint),
        hold: row.hold,
        tax: row.form.zip(row.form_status),
    }))
}
