//! `rekomi push-edge-config`: has all links, keys, hosts and connections sent to the edge again, and their deletions, for an
//! edge that is new, has lost them, or has newer ones than a restored database. Until one arrives, an edge without it asks
//! the ledger for it.

use anyhow::Context;

use kit::{
    config::Config,
    db::{Db, Share},
};
use outbox::edge_config;

/// Marks every record as changed and not yet sent, so that it replaces what the edge has.
///
/// # Errors
/// If the database isn't reachable.
#[expect(clippy::print_stdout, reason = "a command's result")]
pub async fn run(config: Config) -> anyhow::Result<()> {
    let db = Db::connect(config.database_url.expose(), Share::command(2)).await?;
    let mut count = 0;
    for tenant in db.open_and_closed_tenants().await.context("can't read the organizations")? {
        let mut tx = db.tenant(tenant).await?;
        count += edge_config::store::push_again(&mut tx).await?;
        tx.commit().await?;
    }
    db.close().await;
    println!("records to send to the edge again: {count}");
    Ok(())
}
