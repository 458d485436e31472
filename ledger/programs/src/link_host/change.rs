//! Adds, verifies, changes and removes a link host, for API and dashboard alike, with the edge's record and the audit
//! log.

use axum::http::StatusCode;
use serde_json::json;
use shared::{config::host_key, id::OrganizationId};

use super::{
    route,
    store::{self, Row},
    verification,
};
use crate::link::create::check_destination;
use identity::{
    access::actor::Actor,
    audit::{self, Entry},
};
use kit::{
    access::throttle::CostlyAction,
    db::{Holder, TenantTx},
    error::{Checks, Code, Error, OnConstraint, Result},
    state::AppState,
};
use outbox::edge_config::{publish, store as edge_store};

/// The maximum number of hosts of an organization.
const HOSTS_MAX: usize = 50;
const HOST_MAX: usize = 253;

/// A validated host, with the destination for visitors with an unknown slug.
#[derive(Debug, Clone)]
pub struct LinkHostInput {
    pub host: String,
    pub default_destination: Option<String>,
}

impl LinkHostInput {
    /// # Errors
    /// 400 naming `host` or `defaultDestination`; `host_reserved` for the ledger's own host.
    pub fn checked(host: &str, default_destination: Option<&str>, state: &AppState) -> Result<Self> {
        let mut checks = Checks::default();
        let host = checks.value(checked_host(host, state.config.environment.is_development()));
        if verification::is_reserved(&state.config, &host) {
            let message = "This host is reserved for Rekomi. Use a host you own, such as go.brand.com.";
            checks.add(Error::new(StatusCode::BAD_REQUEST, Code::HostReserved, message).with_field("host"));
        }
        let default_destination = checks.end_with(destination(default_destination, state))?;
        Ok(Self { host, default_destination })
    }
}

/// # Errors
/// 400 naming `defaultDestination`.
pub fn destination(text: Option<&str>, state: &AppState) -> Result<Option<String>> {
    let check = |text| check_destination("defaultDestination", text, state.config.environment.is_development());
    text.map(|text| check(text).map(|url| url.to_string())).transpose()
}

/// Accepts a name below a top-level domain; in development also a local name with a port.
fn checked_host(text: &str, development: bool) -> Result<String> {
    let host = text.trim().trim_end_matches('.').to_ascii_lowercase();
    let (name, port) = host.split_once(':').map_or((host.as_str(), None), |(name, port)| (name, Some(port)));
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let is_local = name == "localhost" || name.ends_with(".localhost") || name == "127.0.0.1";
    let is_port =
        port.is_none_or(|port| port.parse::<u16>().is_ok_and(|number| number > 0 && number.to_string() == port));
    let is_name = name.contains('.')
        && !name.rsplit('.').next().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()));
    let fits = if is_local { development && is_port } else { is_name && port.is_none() };
    if !fits || host.len() > HOST_MAX || !name.split('.').all(label) {
        return Err(Error::field(
            "host",
            "host must be a domain you own, such as go.brand.com, without https:// or a path",
        ));
    }
    Ok(host)
}

/// Claims a host. It serves links once [`check`] has verified that it is the organization's.
///
/// # Errors
/// 409 `host_taken` if the organization already has it, or if another one has it and it needs no verification; 409
/// `too_many`.
pub async fn add(tx: &mut TenantTx, state: &AppState, actor: &Actor, input: &LinkHostInput) -> Result<Row> {
    let now = state.clock.now();
    if store::list(tx, None).await?.len() >= HOSTS_MAX {
        return Err(Error::new(StatusCode::CONFLICT, Code::TooMany, "An organization can have at most 50 link hosts."));
    }
    let destination = input.default_destination.as_deref();
    // If the keys at the edge are still a former owner's, it stays a claim until [`verify`] takes them over.
    let verified = verification::needs_none(tx, &state.config, &input.host).await?
        && former_owner(tx, &input.host).await?.is_none();
    unless_taken(store::insert(tx, &input.host, destination, now, verified).await)?;
    if verified {
        unless_taken(publish::host(tx, &input.host, now).await)?;
    }
    let details = json!({"defaultDestination": input.default_destination});
    audit::record(tx, actor, now, Entry::new("link_host.added", &input.host).after(details)).await?;
    read(tx, &input.host).await
}

/// Verifies that the host is the organization's, by DNS if it needs a record. From then on it serves links.
///
/// # Errors
/// 404, 409 `host_taken` if another organization has verified it, 429 after too many checks.
pub async fn check(state: &AppState, organization: OrganizationId, actor: &Actor, host: &str) -> Result<Row> {
    let mut tx = state.db.tenant(organization).await?;
    let row = read(&mut tx, host).await?;
    tx.commit().await?;
    if row.verified_at.is_some() {
        return Ok(row);
    }
    if !state.throttle.admit_costly(CostlyAction::HostCheck, &organization.to_string(), state.clock.wall()) {
        return Err(Error::too_often());
    }
    verify(state, organization, actor, &row.host).await
}

/// Checks what the host lacks, without a limit: its proof, or, once it is verified, where it leads.
///
/// # Errors
/// As [`check`].
pub async fn look(state: &AppState, organization: OrganizationId, actor: &Actor, host: &str) -> Result<Row> {
    let mut tx = state.db.tenant(organization).await?;
    let row = read(&mut tx, host).await?;
    tx.commit().await?;
    if row.verified_at.is_none() {
        let row = verify(state, organization, actor, &row.host).await?;
        if row.verified_at.is_some() {
            drop(state.news.send(organization));
        }
        return Ok(row);
    }
    // No database connection is held while the host is asked.
    let route = route::look(state, &row.host).await;
    let mut tx = state.db.tenant(organization).await?;
    let changed = store::keep_route(&mut tx, &row.host, route, state.clock.now()).await?;
    let row = read(&mut tx, &row.host).await?;
    tx.commit().await?;
    if changed {
        drop(state.news.send(organization));
    }
    Ok(row)
}

/// Checks where a verified host leads, at a limited rate; otherwise as [`check`].
///
/// # Errors
/// As [`check`].
pub async fn check_now(state: &AppState, organization: OrganizationId, actor: &Actor, host: &str) -> Result<Row> {
    let mut tx = state.db.tenant(organization).await?;
    let row = read(&mut tx, host).await?;
    tx.commit().await?;
    if row.verified_at.is_none() {
        return check(state, organization, actor, host).await;
    }
    if !state.throttle.admit_costly(CostlyAction::HostCheck, &organization.to_string(), state.clock.wall()) {
        return Err(Error::too_often());
    }
    look(state, organization, actor, host).await
}

async fn verify(state: &AppState, organization: OrganizationId, actor: &Actor, host: &str) -> Result<Row> {
    let mut tx = state.db.tenant(organization).await?;
    let needs_none = verification::needs_none(&mut tx, &state.config, host).await?;
    tx.commit().await?;
    // No database connection is held during the DNS lookup.
    let looked = if needs_none { Ok(()) } else { verification::look(&state.config, organization, host).await };
    let mut tx = state.db.tenant(organization).await?;
    let former = if looked.is_ok() { former_owner(&mut tx, host).await? } else { None };
    tx.commit().await?;
    let now = state.clock.now();
    let mut tx = state.db.tenant_among(organization, former.into_iter().collect()).await?;
    match looked {
        Err(problem) => store::keep_problem(&mut tx, host, problem, now).await?,
        Ok(()) => {
            if unless_taken(store::verify(&mut tx, host, now).await)? {
                if let Some(former) = former {
                    store::take_over_keys(&mut tx, former, host).await?;
                }
                unless_taken(publish::host(&mut tx, host, now).await)?;
                audit::record(&mut tx, actor, now, Entry::new("link_host.verified", host)).await?;
            }
        }
    }
    let row = read(&mut tx, host).await?;
    tx.commit().await?;
    state.edge_config_changed.notify_one();
    Ok(row)
}

/// Returns another organization that the host's keys at the edge still belong to, although it serves no links there any
/// more: it removed the host, or is erased.
async fn former_owner(tx: &mut TenantTx, host: &str) -> Result<Option<OrganizationId>> {
    let (key, organization) = (host_key(host), tx.organization());
    tx.also(Holder::EdgeKey(&key)).await?;
    let current = edge_store::lookup(tx.conn(), &key).await?;
    let owner =
        current.filter(|current| current.record.is_none()).map(|current| OrganizationId::new(current.organization));
    Ok(owner.filter(|owner| *owner != organization))
}

/// # Errors
/// 404.
pub async fn read(tx: &mut TenantTx, host: &str) -> Result<Row> {
    let found = store::list(tx, Some(&host.to_ascii_lowercase())).await?;
    found.into_iter().next().ok_or_else(Error::not_found)
}

/// # Errors
/// 404.
pub async fn set_destination(
    tx: &mut TenantTx,
    state: &AppState,
    actor: &Actor,
    host: &str,
    destination: Option<&str>,
) -> Result<Row> {
    let now = state.clock.now();
    let before = read(tx, host).await?;
    store::set_destination(tx, &before.host, destination).await?;
    // An unverified host may belong to another organization at the edge.
    if before.verified_at.is_some() {
        publish::host(tx, &before.host, now).await?;
    }
    let entry = Entry::new("link_host.changed", &before.host)
        .before(json!({"defaultDestination": before.default_destination}))
        .after(json!({"defaultDestination": destination}));
    audit::record(tx, actor, now, entry).await?;
    read(tx, &before.host).await
}

/// # Errors
/// 404, or 409 `host_in_use`.
pub async fn remove(tx: &mut TenantTx, state: &AppState, actor: &Actor, host: &str) -> Result<()> {
    let now = state.clock.now();
    let row = read(tx, host).await?;
    if row.links > 0 {
        return Err(in_use());
    }
    // A link that was created in the meantime needs the host.
    store::delete(tx, &row.host).await.on_constraint("links_organization_id_host_fkey", in_use)?;
    if row.verified_at.is_some() {
        publish::host(tx, &row.host, now).await?;
    }
    audit::record(tx, actor, now, Entry::new("link_host.removed", &row.host)).await
}

/// Maps a unique violation to `host_taken`. The primary key covers the organization's own hosts, the unique indexes
/// everyone's; the error doesn't reveal whose host it is.
fn unless_taken<T>(done: std::result::Result<T, sqlx::Error>) -> Result<T> {
    match done {
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => Err(taken()),
        other => Ok(other?),
    }
}

fn taken() -> Error {
    Error::new(StatusCode::CONFLICT, Code::HostTaken, "This host is already in use for links.").with_field("host")
}

fn in_use() -> Error {
    Error::new(StatusCode::CONFLICT, Code::HostInUse, "This host has links, so it can't be deleted.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_a_name_of_the_brand() {
        assert_eq!(checked_host(" Go.Brand.com. ", false).unwrap(), "go.brand.com");
        assert_eq!(checked_host("xn--bcher-kva.example", false).unwrap(), "xn--bcher-kva.example");
        for bad in [
            "",
            "brand",
            "https://go.brand.com",
            "go.brand.com/x",
            "go brand.com",
            "-a.com",
            "a-.com",
            "a..com",
            "10.0.0.1",
            "go.brand.com:8443",
            "localhost",
            "[::1]",
            "a@b.com",
            "ü.com",
            "a.com\0",
        ] {
            assert!(checked_host(bad, false).is_err(), "{bad:?}");
        }
        assert!(checked_host(&format!("{}.com", "a".repeat(64)), false).is_err());
    }

    #[test]
    fn this_machine_is_one_in_development() {
        for local in ["127.0.0.1:8787", "localhost:8787", "brand.localhost:8787", "localhost"] {
            assert!(checked_host(local, true).is_ok() && checked_host(local, false).is_err(), "{local}");
        }
        for bad in ["localhost:0", "localhost:70000", "localhost:+1", "localhost:"] {
            assert!(checked_host(bad, true).is_err(), "{bad}");
        }
    }
}
