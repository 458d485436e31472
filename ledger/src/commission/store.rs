//! Commissions' SQL: plan versions in, commissions in and out, as sets.

use shared::{
    id::{AffiliateId, CommissionId, ConversionId, OrganizationId, PlanVersionId, ProgramId},
    money::Money,
    timestamp::Timestamp,
};
use sqlx::types::Json;
use uuid::Uuid;

use super::{
    plan::{Component, PlanVersion},
    settle::{Commission, CommissionStatus},
};
use crate::{
    attribution::store::odd,
    db::{TenantTx, at, moment},
};

/// Every version of these programs' plans.
///
/// # Errors
/// Database errors; a stored plan that this build can't read is one.
pub async fn plan_versions(
    tx: &mut TenantTx,
    programs: &[(OrganizationId, ProgramId)],
) -> Result<Vec<PlanVersion>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select v.id, v.program_id, v.effective_at, v.components as "components: Json<Vec<Component>>", p.hold_days
           from plan_versions v join programs p on p.organization_id = v.organization_id and p.id = v.program_id
           where (v.organization_id, v.program_id) in (select * from unnest($1::uuid[], $2::uuid[]))"#,
        &programs.iter().map(|key| key.0.uuid()).collect::<Vec<_>>(),
        &programs.iter().map(|key| key.1.uuid()).collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(PlanVersion {
                id: PlanVersionId::new(row.id),
                program_id: ProgramId::new(row.program_id),
                effective_at: moment(row.effective_at),
                components: row.components.0,
                hold_days: u16::try_from(row.hold_days).map_err(|_| odd("programs.hold_days"))?,
            })
        })
        .collect()
}

/// The commissions of these conversions, with their tenant.
///
/// # Errors
/// Database errors.
pub async fn load(
    tx: &mut TenantTx,
    conversions: &[(OrganizationId, ConversionId)],
) -> Result<Vec<(OrganizationId, Commission)>, sqlx::Error> {
    if conversions.is_empty() {
        return Ok(Vec::new());
    }
    let rows = sqlx::query!(
        "select organization_id, id, conversion_id, affiliate_id, program_id, plan_version_id, component, amount, earned,
                currency, status, hold_until, reason
         from commissions where (organization_id, conversion_id) in (select * from unnest($1::uuid[], $2::uuid[]))",
        &conversions.iter().map(|key| key.0.uuid()).collect::<Vec<_>>(),
        &conversions.iter().map(|key| key.1.uuid()).collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let currency = row.currency.parse().map_err(|_| odd("commissions.currency"))?;
            let commission = Commission {
                id: CommissionId::new(row.id),
                conversion_id: ConversionId::new(row.conversion_id),
                affiliate_id: AffiliateId::new(row.affiliate_id),
                program_id: ProgramId::new(row.program_id),
                plan_version_id: PlanVersionId::new(row.plan_version_id),
                component: row.component,
                amount: row.amount,
                earned: Money::new(row.earned, currency),
                status: CommissionStatus::parse(&row.status).ok_or_else(|| odd("commissions.status"))?,
                hold_until: moment(row.hold_until),
                reason: row.reason,
            };
            Ok((OrganizationId::new(row.organization_id), commission))
        })
        .collect()
}

/// Writes commissions as they are now: new ones are inserted, known ones updated.
///
/// # Errors
/// Database errors.
pub async fn save(
    tx: &mut TenantTx,
    commissions: &[(OrganizationId, &Commission)],
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    if commissions.is_empty() {
        return Ok(());
    }
    let ids = |of: fn(&Commission) -> Uuid| commissions.iter().map(|(_, row)| of(row)).collect::<Vec<_>>();
    sqlx::query!(
        "insert into commissions (organization_id, id, conversion_id, affiliate_id, program_id, plan_version_id, component,
                                  amount, earned, currency, status, hold_until, reason, created_at, updated_at)
         select *, $14::timestamptz, $14::timestamptz
         from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::integer[],
                     $8::bigint[], $9::bigint[], $10::text[], $11::text[], $12::timestamptz[], $13::text[])
         on conflict (organization_id, id) do update set
             plan_version_id = excluded.plan_version_id, amount = excluded.amount, earned = excluded.earned,
             currency = excluded.currency, status = excluded.status, hold_until = excluded.hold_until,
             reason = excluded.reason, updated_at = excluded.updated_at",
        &commissions.iter().map(|(organization, _)| organization.uuid()).collect::<Vec<_>>(),
        &ids(|row| row.id.uuid()),
        &ids(|row| row.conversion_id.uuid()),
        &ids(|row| row.affiliate_id.uuid()),
        &ids(|row| row.program_id.uuid()),
        &ids(|row| row.plan_version_id.uuid()),
        &commissions.iter().map(|(_, row)| row.component).collect::<Vec<_>>(),
        &commissions.iter().map(|(_, row)| row.amount).collect::<Vec<_>>(),
        &commissions.iter().map(|(_, row)| row.earned.minor).collect::<Vec<_>>(),
        &commissions.iter().map(|(_, row)| row.earned.currency.code().to_owned()).collect::<Vec<_>>(),
        &commissions.iter().map(|(_, row)| row.status.as_str().to_owned()).collect::<Vec<_>>(),
        &commissions.iter().map(|(_, row)| at(row.hold_until)).collect::<Vec<_>>(),
        &commissions.iter().map(|(_, row)| row.reason.clone()).collect::<Vec<_>>(),
        at(now),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}
