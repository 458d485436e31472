//! SQL for the results of installation checks.

use shared::{id::ProgramId, timestamp::Timestamp};

use super::inspect::{Finding, Verdict};
use kit::db::{TenantTx, corrupt_column};

/// The last check for a program.
#[derive(Debug, Clone)]
pub struct Checked {
    pub url: String,
    pub verdict: Verdict,
    pub findings: Vec<Finding>,
    pub checked_at: Timestamp,
}

pub async fn keep(tx: &mut TenantTx, program: ProgramId, checked: &Checked) -> Result<(), sqlx::Error> {
    let findings = serde_json::to_value(&checked.findings).map_err(|_| corrupt_column("install_checks.findings"))?;
    sqlx::query!(
        "insert into install_checks (organization_id, program_id, url, verdict, findings, checked_at)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (organization_id, program_id) do update
         set url = excluded.url, verdict = excluded.verdict, findings = excluded.findings, checked_at = excluded.checked_at",
        tx.organization().uuid(),
        program.uuid(),
        checked.url,
        checked.verdict.as_str(),
        findings,
        checked.checked_at,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

pub async fn read(tx: &mut TenantTx, program: ProgramId) -> Result<Option<Checked>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select url, verdict as "verdict: Verdict", findings, checked_at
           from install_checks where organization_id = $1 and program_id = $2"#,
        tx.organization().uuid(),
        program.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Checked {
        url: row.url,
        verdict: row.verdict,
        findings: serde_json::from_value(row.findings).map_err(|_| corrupt_column("install_checks.findings"))?,
        checked_at: row.checked_at,
    }))
}
