//! `rekomi audit` and `rekomi replay`: selects tenants, prints the results, and sets the exit status. `rekomi backup
//! verify` runs both on a restored backup.

use anyhow::{Context, bail};
use shared::id::OrganizationId;

use super::{
    audit::Audit,
    progress::{Progress, counted, grouped},
    replay::{self, Report},
};
use kit::{
    config::{Config, Keys},
    db::{Db, Share},
};

/// Two readers of one snapshot, and one connection to list tenants.
pub(crate) const CONNECTIONS: u32 = 3;

/// Audits these organizations, and shows the progress.
///
/// # Errors
/// If one of them can't be checked.
pub async fn audit_tenants(db: &Db, keys: &Keys, tenants: &[OrganizationId]) -> anyhow::Result<Audit> {
    let (mut audit, progress) = (Audit::default(), Progress::new("audit"));
    for tenant in tenants {
        audit.tenant(db, &keys.click_token, *tenant, &progress).await.with_context(|| format!("auditing {tenant}"))?;
    }
    progress.finish();
    Ok(audit)
}

/// Replays these organizations, and shows the progress.
///
/// # Errors
/// If one of them can't be recalculated.
pub async fn replay_tenants(db: &Db, keys: &Keys, tenants: &[OrganizationId]) -> anyhow::Result<Report> {
    let (mut report, progress) = (Report::default(), Progress::new("replay"));
    for tenant in tenants {
        let found = replay::verify(db, (&keys.click_token, &keys.pseudonym), *tenant, &progress).await;
        report.extend(found.with_context(|| format!("replaying {tenant}"))?);
    }
    progress.finish();
    Ok(report)
}

async fn tenants(db: &Db, organization: Option<OrganizationId>) -> anyhow::Result<Vec<OrganizationId>> {
    let all = db.open_and_closed_tenants().await?;
    match organization {
        None => Ok(all),
        Some(requested) if all.contains(&requested) => Ok(vec![requested]),
        Some(requested) => bail!("organization {requested} doesn't exist"),
    }
}

/// Runs `rekomi audit`.
///
/// # Errors
/// If something is inconsistent, or couldn't be checked.
#[expect(clippy::print_stdout, reason = "a command's result")]
pub async fn audit(config: Config, organization: Option<OrganizationId>) -> anyhow::Result<()> {
    let db = Db::connect(config.database_url.expose(), Share::command(CONNECTIONS)).await?;
    let tenants = tenants(&db, organization).await?;
    let audit = audit_tenants(&db, &config.keys, &tenants).await?;
    for check in audit.checks() {
        let verdict = if check.wrong == 0 { "ok    " } else { "FAILED" };
        let (wrong, looked_at) = (grouped(check.wrong), grouped(check.looked_at));
        println!("{verdict}  {}: {wrong} of {looked_at} wrong", check.name);
        for offender in &check.first {
            println!("          {offender}");
        }
        let more = check.wrong.saturating_sub(check.first.len() as u64);
        if more > 0 {
            println!("          and {} more", grouped(more));
        }
    }
    match audit.wrong() {
        0 => Ok(()),
        wrong => bail!("found {} in {}", counted(wrong, "wrong row"), counted(tenants.len() as u64, "organization")),
    }
}

/// Runs `rekomi replay --verify`.
///
/// # Errors
/// If something differs, or couldn't be computed.
pub async fn verify(config: Config, organization: Option<OrganizationId>) -> anyhow::Result<()> {
    let db = Db::connect(config.database_url.expose(), Share::command(CONNECTIONS)).await?;
    let tenants = tenants(&db, organization).await?;
    let report = replay_tenants(&db, &config.keys, &tenants).await?;
    print(&report);
    match report.differences.count() {
        0 => Ok(()),
        count => bail!("found {}", counted(count, "difference")),
    }
}

#[expect(clippy::print_stdout, reason = "a command's result")]
fn print(report: &Report) {
    let counts = report.counts;
    println!(
        "recalculated from {}: {}, {}, {}",
        counted(counts.events, "event"),
        counted(counts.conversions, "conversion"),
        counted(counts.commissions, "commission"),
        counted(counts.transfers, "transfer"),
    );
    let Some((organization, first)) = &report.differences.first else {
        println!("no differences");
        return;
    };
    println!("{}; the first one:", counted(report.differences.count(), "difference"));
    let message = |text: &Option<String>| text.clone().unwrap_or_else(|| "(missing)".to_owned());
    println!("  organization  {organization}");
    println!("  about         {}", first.about);
    println!("  field         {}", first.field);
    println!("  stored        {}", message(&first.stored));
    println!("  recalculated  {}", message(&first.recomputed));
    println!("by field:");
    for (field, count) in &report.differences.by_field {
        println!("  {field}: {}", grouped(*count));
    }
}
