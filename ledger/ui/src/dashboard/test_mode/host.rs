//! Gives a test mode a link domain of its own.

use shared::id::OrganizationId;

use super::store as test_mode_store;
use crate::dashboard::checklist::offered_host;
use identity::{access::actor::Actor, organization};
use kit::{error::Result, state::AppState};
use outbox::edge_config::publish;
use programs::{
    link::{create::suffix, store as link_store},
    link_host::{
        change::{self, LinkHostInput},
        store,
    },
};

/// Hands the verified hosts of a test mode that was started over to the new one, without another proof.
pub(super) async fn inherit(state: &AppState, old: OrganizationId, twin: OrganizationId) -> Result<()> {
    let now = state.clock.now();
    let mut tx = state.db.tenant_among(twin, vec![old]).await?;
    for (host, destination) in test_mode_store::give_up_hosts(&mut tx, old).await? {
        store::take_over_keys(&mut tx, old, &host).await?;
        store::insert(&mut tx, &host, destination.as_deref(), now, true).await?;
        publish::host(&mut tx, &host, now).await?;
    }
    Ok(tx.commit().await?)
}

/// Returns the host that serves the test mode's links, if it has one. Otherwise, in development, claims a host on this
/// machine, and elsewhere `test.` before the live organization's first domain, which serves links once its owner has proved
/// it. Returns the host if it serves links.
pub(super) async fn claim(
    state: &AppState,
    live: OrganizationId,
    twin: OrganizationId,
    actor: &Actor,
) -> Result<Option<String>> {
    let mut tx = state.db.tenant(twin).await?;
    let own = link_store::link_host(&mut tx, None).await?;
    tx.commit().await?;
    if own.is_some() {
        return Ok(own);
    }
    for host in candidates(state, live, twin).await? {
        let Ok(requested) = LinkHostInput::checked(&host, None, state) else { continue };
        let mut tx = state.db.tenant(twin).await?;
        match change::add(&mut tx, state, actor, &requested).await {
            Ok(row) => {
                tx.commit().await?;
                return Ok(row.verified_at.map(|_| row.host));
            }
            // An earlier test mode, or someone else, has it.
            Err(error) if error.status().is_client_error() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// The hosts to try, in this order.
async fn candidates(state: &AppState, live: OrganizationId, twin: OrganizationId) -> Result<Vec<String>> {
    let mut tx = state.db.tenant(twin).await?;
    let slug = organization::store::profile(&mut tx).await?.map(|profile| profile.slug).unwrap_or_default();
    tx.commit().await?;
    let local: Vec<String> = [slug.clone(), format!("{slug}-{}", suffix())]
        .iter()
        .filter_map(|slug| offered_host(state, slug, false))
        .map(|offer| offer.host)
        .collect();
    if !local.is_empty() {
        return Ok(local);
    }
    let mut tx = state.db.tenant(live).await?;
    let hosts = store::list(&mut tx, None).await?;
    tx.commit().await?;
    let first = hosts.into_iter().rev().find(|host| host.verified_at.is_some());
    Ok(first.map(|first| format!("test.{}", first.host)).into_iter().collect())
}
