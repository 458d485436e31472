//! `rekomi push-edge-config`: has all links, keys, hosts and connections sent to the edge again, and their deletions, for an
//! edge that is new, has lost them, or has newer ones than a restored database. Until one arrives, an edge without it asks
//! the ledger for it.

use anyhow::Context;
use shared::id::OrganizationId;

use kit::{
    config::Config,
    db::{Db, Share},
};
use outbox::edge_config;

/// How many records become due in one transaction.
const PAGE: i64 = 500;
/// Somewhat longer than an edge at Cloudflare needs for each record: whatever changes while all are sent again finds few that
/// are due.
const SECONDS_EACH: f64 = 0.024;

/// Marks every record as changed and not yet sent, so that it replaces what the edge has.
///
/// # Errors
/// If the database isn't reachable.
#[expect(clippy::print_stdout, reason = "a command's result")]
pub async fn run(config: Config) -> anyhow::Result<()> {
    let db = Db::connect(config.database_url.expose(), Share::command(2)).await?;
    let mut count = 0;
    for tenant in db.open_and_closed_tenants().await.context("can't read the organizations")? {
        count = push_again(&db, tenant, count).await?;
    }
    db.close().await;
    let minutes = (f64::from(count) * SECONDS_EACH / 60.0).ceil();
    println!("records to send to the edge again: {count}, within about {minutes} min");
    Ok(())
}

/// Has all records of an organization sent again, after those that were counted before. Returns how many there are now.
async fn push_again(db: &Db, tenant: OrganizationId, mut count: u32) -> anyhow::Result<u32> {
    let mut after = String::new();
    loop {
        let mut tx = db.tenant(tenant).await?;
        let delay_seconds = f64::from(count) * SECONDS_EACH;
        let mut keys = edge_config::store::push_again(&mut tx, &after, PAGE, delay_seconds).await?;
        tx.commit().await?;
        count = count.saturating_add(u32::try_from(keys.len())?);
        let Some(last) = keys.pop() else { return Ok(count) };
        after = last;
    }
}
