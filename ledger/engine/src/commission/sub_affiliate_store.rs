//! SQL of overrides: loads the terms of programs and who recruited whom, in one statement.

use shared::{
    id::{AffiliateId, OrganizationId, ProgramId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use kit::db::{TenantsTx, corrupt_column};
use rules::commission::sub_affiliate::{Recruited, SubAffiliates, Terms};

/// The terms of these programs and the recruiters of these affiliates. Nothing if no program has terms.
pub async fn load(
    tx: &mut TenantsTx,
    programs: &[(OrganizationId, ProgramId)],
    affiliates: &[(OrganizationId, AffiliateId)],
) -> Result<SubAffiliates, sqlx::Error> {
    let rows = sqlx::query!(
        r#"with terms as (
               select organization_id, program_id, effective_at, enabled, percent_ppm, months from sub_affiliate_configs
               where (organization_id, program_id) in (select * from unnest($1::uuid[], $2::uuid[])))
           select program_id as "program_id?", effective_at as "effective_at!", enabled as "enabled!",
                  percent_ppm as "percent_ppm!", months, null::uuid as "affiliate_id?", null::uuid as "recruiter_id?"
           from terms
           union all
           select null, since, false, 0, null, affiliate_id, recruiter_id from affiliate_recruits r
           where (organization_id, affiliate_id) in (select * from unnest($3::uuid[], $4::uuid[]))
             and organization_id in (select t.organization_id from terms t)"#,
        &programs.iter().map(|key| key.0.uuid()).collect::<Vec<Uuid>>(),
        &programs.iter().map(|key| key.1.uuid()).collect::<Vec<Uuid>>(),
        &affiliates.iter().map(|key| key.0.uuid()).collect::<Vec<Uuid>>(),
        &affiliates.iter().map(|key| key.1.uuid()).collect::<Vec<Uuid>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    let mut known = SubAffiliates::default();
    for row in rows {
        let from: Timestamp = row.effective_at;
        if let Some(program) = row.program_id {
            let out_of_range = || corrupt_column("sub_affiliate_configs");
            let terms = Terms {
                effective_at: from,
                enabled: row.enabled,
                percent_ppm: u32::try_from(row.percent_ppm).map_err(|_| out_of_range())?,
                months: row.months.map(u32::try_from).transpose().map_err(|_| out_of_range())?,
            };
            known.add_terms(ProgramId::new(program), terms);
        } else if let Some(affiliate) = row.affiliate_id {
            let recruited = Recruited { since: from, recruiter: row.recruiter_id.map(AffiliateId::new) };
            known.add_recruit(AffiliateId::new(affiliate), recruited);
        }
    }
    Ok(known)
}
