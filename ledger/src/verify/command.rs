//! `rekomi audit` and `rekomi replay`: selects tenants, prints the results, and sets the exit status. `rekomi backup
//! verify` runs both on a restored backup, and `POST /dev/verify` in the serving process.

use std::{fmt::Write, sync::Arc};

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

/// Readers of histories in a command, which has its connections for itself.
pub const READERS: u32 = 2;
/// Those, one that reads events in the same snapshot, and one to list tenants.
pub(crate) const CONNECTIONS: u32 = READERS + 2;

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
    let (mut report, progress) = (Report::default(), Arc::new(Progress::new("replay")));
    for tenant in tenants {
        let found = replay::verify(db, (&keys.click_token, &keys.pseudonym), *tenant, READERS, &progress).await;
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
    print!("{}", audited(&audit)?);
    match audit.wrong() {
        0 => Ok(()),
        wrong => bail!("found {} in {}", counted(wrong, "wrong row"), counted(tenants.len() as u64, "organization")),
    }
}

/// Runs `rekomi replay --verify`.
///
/// # Errors
/// If something differs, or couldn't be computed.
#[expect(clippy::print_stdout, reason = "a command's result")]
pub async fn verify(config: Config, organization: Option<OrganizationId>) -> anyhow::Result<()> {
    let db = Db::connect(config.database_url.expose(), Share::command(CONNECTIONS)).await?;
    let tenants = tenants(&db, organization).await?;
    let report = replay_tenants(&db, &config.keys, &tenants).await?;
    print!("{}", replayed(&report)?);
    match report.differences.count() {
        0 => Ok(()),
        count => bail!("found {}", counted(count, "difference")),
    }
}

/// What both verifications say.
#[derive(Debug, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Verdict {
    pub finds_nothing: bool,
    /// The lines that both commands would print.
    pub text: String,
}

/// Audits and replays all organizations but these in this process.
///
/// # Errors
/// If one of them can't be verified.
pub async fn both(db: &Db, keys: &Keys, except: &[OrganizationId]) -> anyhow::Result<Verdict> {
    let mut chosen = tenants(db, None).await?;
    chosen.retain(|tenant| !except.contains(tenant));
    let (mut audit, mut report, progress) = (Audit::default(), Report::default(), Arc::new(Progress::silent()));
    for tenant in chosen {
        let checked = audit.tenant(db, &keys.click_token, tenant, &progress).await;
        checked.with_context(|| format!("auditing {tenant}"))?;
        // One reader of histories, since requests need this process' connections, which may be few.
        let found = replay::verify(db, (&keys.click_token, &keys.pseudonym), tenant, 1, &progress).await;
        report.extend(found.with_context(|| format!("replaying {tenant}"))?);
    }
    let finds_nothing = audit.wrong() == 0 && report.differences.count() == 0;
    Ok(Verdict { finds_nothing, text: audited(&audit)? + &replayed(&report)? })
}

fn audited(audit: &Audit) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    for check in audit.checks() {
        let verdict = if check.wrong == 0 { "ok    " } else { "FAILED" };
        let (wrong, looked_at) = (grouped(check.wrong), grouped(check.looked_at));
        writeln!(text, "{verdict}  {}: {wrong} of {looked_at} wrong", check.name)?;
        for offender in &check.first {
            writeln!(text, "          {offender}")?;
        }
        let more = check.wrong.saturating_sub(check.first.len() as u64);
        if more > 0 {
            writeln!(text, "          and {} more", grouped(more))?;
        }
    }
    Ok(text)
}

fn replayed(report: &Report) -> Result<String, std::fmt::Error> {
    let (mut text, counts) = (String::new(), report.counts);
    writeln!(
        text,
        "recalculated from {}: {}, {}, {}",
        counted(counts.events, "event"),
        counted(counts.conversions, "conversion"),
        counted(counts.commissions, "commission"),
        counted(counts.transfers, "transfer"),
    )?;
    let Some((organization, first)) = &report.differences.first else {
        writeln!(text, "no differences")?;
        return Ok(text);
    };
    writeln!(text, "{}; the first one:", counted(report.differences.count(), "difference"))?;
    let message = |text: &Option<String>| text.clone().unwrap_or_else(|| "(missing)".to_owned());
    writeln!(text, "  organization  {organization}")?;
    writeln!(text, "  about         {}", first.about)?;
    writeln!(text, "  field         {}", first.field)?;
    writeln!(text, "  stored        {}", message(&first.stored))?;
    writeln!(text, "  recalculated  {}", message(&first.recomputed))?;
    writeln!(text, "by field:")?;
    for (field, count) in &report.differences.by_field {
        writeln!(text, "  {field}: {}", grouped(*count))?;
    }
    Ok(text)
}
