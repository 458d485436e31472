//! `ledger audit` and `ledger replay`: selects tenants, prints the results, and sets the exit status.

use anyhow::{Context, bail};
use shared::id::OrganizationId;

use super::{
    audit::Audit,
    progress::{Progress, grouped},
    replay::{self, Report},
};
use kit::{
    config::Config,
    db::{Db, Share},
};

/// Two readers of one snapshot, and one connection to list tenants.
const CONNECTIONS: u32 = 3;

async fn tenants(db: &Db, organization: Option<OrganizationId>) -> anyhow::Result<Vec<OrganizationId>> {
    let all = db.open_and_closed_tenants().await?;
    match organization {
        None => Ok(all),
        Some(requested) if all.contains(&requested) => Ok(vec![requested]),
        Some(requested) => bail!("there is no organization {requested}"),
    }
}

/// Runs `ledger audit`.
///
/// # Errors
/// If something is inconsistent, or couldn't be checked.
#[expect(clippy::print_stdout, reason = "a command's result")]
pub async fn audit(config: Config, organization: Option<OrganizationId>) -> anyhow::Result<()> {
    let db = Db::connect(config.database_url.expose(), Share::command(CONNECTIONS)).await?;
    let tenants = tenants(&db, organization).await?;
    let (mut audit, progress) = (Audit::default(), Progress::new("audit"));
    for tenant in &tenants {
        audit
            .tenant(&db, &config.keys.click_token, *tenant, &progress)
            .await
            .with_context(|| format!("looking at {tenant}"))?;
    }
    progress.finish();
    for check in audit.checks() {
        let verdict = if check.wrong == 0 { "ok   " } else { "WRONG" };
        let (wrong, looked_at) = (grouped(check.wrong), grouped(check.looked_at));
        println!("{verdict}  {}: {wrong} wrong of {looked_at}", check.name);
        for offender in &check.first {
            println!("         {offender}");
        }
        let more = check.wrong.saturating_sub(check.first.len() as u64);
        if more > 0 {
            println!("         and {} more", grouped(more));
        }
    }
    match audit.wrong() {
        0 => Ok(()),
        wrong => {
            bail!("the audit objects to {} rows of {} organizations", grouped(wrong), grouped(tenants.len() as u64))
        }
    }
}

/// Runs `ledger replay --verify`.
///
/// # Errors
/// If something differs, or couldn't be computed.
pub async fn verify(config: Config, organization: Option<OrganizationId>) -> anyhow::Result<()> {
    let db = Db::connect(config.database_url.expose(), Share::command(CONNECTIONS)).await?;
    let (mut report, progress) = (Report::default(), Progress::new("replay"));
    for tenant in tenants(&db, organization).await? {
        let found = replay::verify(&db, (&config.keys.click_token, &config.keys.pseudonym), tenant, &progress).await;
        report.extend(found.with_context(|| format!("replaying {tenant}"))?);
    }
    progress.finish();
    print(&report);
    match report.differences.count() {
        0 => Ok(()),
        count => bail!("what is stored differs from what was worked out in {} places", grouped(count)),
    }
}

#[expect(clippy::print_stdout, reason = "a command's result")]
fn print(report: &Report) {
    let counts = report.counts;
    println!(
        "worked out again from {} events: {} conversions, {} commissions, {} transfers",
        grouped(counts.events),
        grouped(counts.conversions),
        grouped(counts.commissions),
        grouped(counts.transfers),
    );
    let Some((organization, first)) = &report.differences.first else {
        println!("no difference");
        return;
    };
    println!("{} differences; the first:", grouped(report.differences.count()));
    let message = |text: &Option<String>| text.clone().unwrap_or_else(|| "not there".to_owned());
    println!("  organization  {organization}");
    println!("  about         {}", first.about);
    println!("  field         {}", first.field);
    println!("  stored        {}", message(&first.stored));
    println!("  worked out    {}", message(&first.recomputed));
    println!("all, by field:");
    for (field, count) in &report.differences.by_field {
        println!("  {field}: {}", grouped(*count));
    }
}
