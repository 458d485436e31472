//! `rekomi set-plan`: lets the operator set an organization's plan.

use anyhow::{Context, ensure};
use serde_json::json;
use shared::id::OrganizationId;

use super::{plan::Tier, store};
use crate::{
    access::actor::Actor,
    audit::{self, Entry},
};
use kit::{
    clock::Clock,
    config::Config,
    db::{Db, Share},
};

const STATUSES: [&str; 3] = ["Active", "PastDue", "Cancelled"];

/// # Errors
/// If the organization, tier or status doesn't exist.
pub async fn run(config: Config, organization: OrganizationId, tier: String, status: String) -> anyhow::Result<()> {
    let tier = Tier::parse(&tier).context("--tier must be Starter, Growth, Pro or Enterprise")?;
    ensure!(STATUSES.contains(&status.as_str()), "--status must be one of {}", STATUSES.join(", "));
    let db = Db::connect(config.database_url.expose(), Share::command(2)).await?;
    let mut tx = db.tenant(organization).await?;
    let before = store::subscription(&mut tx).await?;
    let before = before.with_context(|| format!("organization {organization} doesn't exist"))?;
    store::set_subscription(&mut tx, tier, &status).await?;
    let entry = Entry::new("subscription.changed", organization)
        .before(json!({"tier": before.tier.as_str(), "status": before.status()}))
        .after(json!({"tier": tier.as_str(), "status": status}));
    audit::record(&mut tx, &Actor::system(), Clock::default().now(), entry)
        .await
        .map_err(|error| anyhow::anyhow!("can't write the audit log: {}", error.body().message))?;
    tx.commit().await?;
    db.close().await;
    Ok(())
}
