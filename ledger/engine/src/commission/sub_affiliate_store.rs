//! SQL of overrides: loads what programs pay recruiters.

use shared::id::{OrganizationId, ProgramId};

use kit::db::{TenantsTx, corrupt_column};
use rules::commission::sub_affiliate::{SubAffiliates, Terms};

/// Loads the terms of these programs.
pub async fn terms(
    tx: &mut TenantsTx,
    programs: &[(OrganizationId, ProgramId)],
    known: &mut SubAffiliates,
) -> Result<(), sqlx::Error> {
    let rows = sqlx::query!(
        "select program_id, effective_at, enabled, percent_ppm, months from sub_affiliate_configs
         where (organization_id, program_id) in (select * from unnest($1::uuid[], $2::uuid[]))",
        &programs.iter().map(|key| key.0.uuid()).collect::<Vec<_>>(),
        &programs.iter().map(|key| key.1.uuid()).collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    for row in rows {
        let out_of_range = || corrupt_column("sub_affiliate_configs");
        let terms = Terms {
            effective_at: row.effective_at,
            enabled: row.enabled,
            percent_ppm: u32::try_from(row.percent_ppm).map_err(|_| out_of_range())?,
            months: row.months.map(u32::try_from).transpose().map_err(|_| out_of_range())?,
        };
        known.add_terms(ProgramId::new(row.program_id), terms);
    }
    Ok(())
}
