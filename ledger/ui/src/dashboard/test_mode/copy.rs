//! Copies a live organization's programs into its empty test mode: the rules and the plan in force, how clicks are paid,
//! the program page as a draft, and the terms. A link domain of its own and a sample affiliate follow.

use shared::{
    id::{OrganizationId, Program, ProgramId},
    timestamp::Timestamp,
};

use super::{copy_store as store, host};
use identity::{access::actor::Actor, audit};
use kit::{db::TenantTx, error::Result, mail::queue::SAMPLE_DOMAIN, state::AppState};
use outbox::edge_config::publish;
use programs::{
    affiliate::{
        create::{self, Ready},
        store::NewAffiliate,
    },
    dashboard::pick_store,
    link::create::NewLink,
};

/// Rules and plans apply to sales of this many days before the copy was made, too.
const SINCE_DAYS: i64 = -365;

/// Copies into a test mode that has no programs; otherwise changes nothing, and neither if there's nothing to copy.
///
/// # Errors
/// 503 if the database is unavailable.
pub(super) async fn into_empty(
    state: &AppState,
    live: OrganizationId,
    twin: OrganizationId,
    actor: &Actor,
) -> Result<()> {
    let now = state.clock.now();
    let mut tx = state.db.tenant(live).await?;
    let mut originals = pick_store::programs(&mut tx).await?;
    tx.commit().await?;
    originals.retain(|program| !program.archived);
    originals.sort_by_key(|program| program.id);
    if originals.is_empty() {
        return Ok(());
    }
    let mut tx = state.db.tenant_among(twin, vec![live]).await?;
    // Two requests at the same time copy once.
    store::lock(&mut tx).await?;
    if super::store::has_program(&mut tx).await? {
        return Ok(());
    }
    let mut first = None;
    for original in &originals {
        let copied = program(&mut tx, state, (live, original), now).await?;
        first = first.or_else(|| original.destination.clone().map(|destination| (copied, destination)));
    }
    tx.commit().await?;
    let host = host::claim(state, live, twin, actor).await?;
    let link = first.zip(host).map(|((program, destination), host)| (program, destination, host));
    sample_affiliate(state, twin, link, actor).await?;
    state.edge_config_changed.notify_one();
    Ok(())
}

async fn program(
    tx: &mut TenantTx,
    state: &AppState,
    (live, original): (OrganizationId, &pick_store::Program),
    now: Timestamp,
) -> Result<ProgramId> {
    let copy = store::Copied {
        live,
        original: original.id,
        id: state.new_id(),
        public_key: state.new_id::<Program>().to_string().replacen("prog_", "pk_", 1),
        destination: original.destination.as_deref(),
        since: now.plus_days(SINCE_DAYS),
        now,
    };
    store::program(tx, &copy).await?;
    store::policy(tx, &copy).await?;
    store::plan(tx, &copy, state.new_id()).await?;
    store::click_rules(tx, &copy).await?;
    store::sub_affiliate_config(tx, &copy).await?;
    store::terms(tx, &copy).await?;
    if store::page(tx, &copy, &programs::link::create::suffix()).await? {
        store::logo(tx, &copy).await?;
    }
    publish::program(tx, copy.id, now).await?;
    Ok(copy.id)
}

/// Creates the affiliate whom test sales credit, with a link if there is a domain for it.
async fn sample_affiliate(
    state: &AppState,
    twin: OrganizationId,
    link: Option<(ProgramId, String, String)>,
    actor: &Actor,
) -> Result<()> {
    let now = state.clock.now();
    let id = state.new_id();
    let affiliate = NewAffiliate {
        id,
        slug: "sam".to_owned(),
        email: format!("sam@{SAMPLE_DOMAIN}"),
        name: "Sam Sample".to_owned(),
        status: "Approved",
        application: None,
        notes: Some("A sample affiliate, for trying things out. Nothing is ever emailed to them.".to_owned()),
        joined_at: None,
    };
    let link = link.map(|(program_id, destination, host)| NewLink {
        program_id,
        affiliate_id: id,
        host: Some(host),
        slug: None,
        destination,
    });
    let mut tx = state.db.tenant(twin).await?;
    let ready = Ready { link, ..Ready::of(affiliate, true) };
    let made = create::make(&mut tx, state, ready, now).await?;
    audit::record(&mut tx, actor, now, create::entry(&made)).await?;
    tx.commit().await?;
    Ok(())
}
