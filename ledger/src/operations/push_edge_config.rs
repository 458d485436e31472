//! `rekomi push-edge-config`: has all links, keys, hosts and connections sent to the edge again, for an edge that is new or
//! has lost them. Until one arrives, the edge asks the ledger for it.

use anyhow::Context;

use kit::{
    config::Config,
    db::{Db, Share},
};
use outbox::edge_config;

/// Marks every record as not yet sent. A record that the edge has already is the same afterwards.
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
