//! `POST /api/v1/links`: creates a link; the edge knows it as soon as the push arrives.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use axum::{extract::State, http::StatusCode, response::Response};
use serde::Deserialize;
use serde_json::json;
use shared::{
    config::{is_reserved, is_slug},
    id::{AffiliateId, LinkId, ProgramId},
    timestamp::Timestamp,
};
use url::Url;
use utoipa::ToSchema;

use super::{
    free_slug::with_free_slugs,
    read::link_scheme,
    store::{self, NewRow},
};
use engine::{book, lookup_store};
use identity::{access::api_key::WriteKey, api::write::Write, audit::Entry};
use kit::{
    api::{
        body::JsonBody,
        document::{ErrorSchema, Refused},
        idempotency::IdempotencyKey,
        view::Link,
    },
    compiled_once,
    db::{TenantTx, plan_store},
    error::{Checks, Code, Error, OnConstraint, Result},
    state::AppState,
};
use outbox::{edge_config::publish, sync};

const DESTINATION_MAX: usize = 2_048;

/// A link to create.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewLink {
    #[schema(value_type = String, example = "prog_01kdvdna00fnwvvrwp1y42fmbq")]
    pub program_id: ProgramId,
    /// An approved affiliate.
    #[schema(value_type = String, example = "aff_01kdvdna00fec9rpb7dk6gd3hy")]
    pub affiliate_id: AffiliateId,
    /// One of your verified link hosts. Defaults to your first one.
    #[schema(example = "go.acme.test")]
    pub host: Option<String>,
    /// 3 to 64 letters, digits, hyphens or underscores, case-insensitive. Defaults to the affiliate's slug, with a
    /// suffix if necessary. `api`, `cdn-cgi`, `healthz`, `hooks` and `internal` are reserved: link hosts use those
    /// paths themselves.
    #[schema(example = "lauren-pricing")]
    pub slug: Option<String>,
    /// The link's destination: an absolute https URL.
    #[schema(example = "https://acme.test/pricing")]
    pub destination: String,
}

/// Create a link
#[utoipa::path(post, path = "/api/v1/links", tag = "Links", operation_id = "createLink",
    description = "The link takes effect at the edge within a second.",
    params(IdempotencyKey),
    request_body = NewLink,
    responses(
        (status = 201, description = "The link", body = Link),
        (status = 404, description = "The program or affiliate doesn't exist; `field` names which", body = ErrorSchema),
        (status = 409, description = "`slug_taken`, or `idempotency_conflict`", body = ErrorSchema),
        Refused))]
pub async fn create(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    idempotency: IdempotencyKey,
    body: JsonBody<NewLink>,
) -> Result<Response> {
    let now = state.clock.now();
    let input = body.value;
    input.check(&state)?;

    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    plan_store::for_any_values(&mut write.tx, &state.db).await?;
    let link = make(&mut write.tx, &state, input, now).await?;
    write.audit(entry(&link)).await?;
    let answer = write.answer(StatusCode::CREATED, &link).await?;
    state.edge_config_changed.notify_one();
    Ok(answer)
}

/// The audit log entry.
pub fn entry(link: &Link) -> Entry {
    Entry::new("link.created", link.id)
        .after(json!({"url": link.url, "destination": link.destination, "affiliateId": link.affiliate_id}))
}

impl NewLink {
    /// Validates everything that doesn't need the database.
    ///
    /// # Errors
    /// 400 naming the field.
    pub fn check(&self, state: &AppState) -> Result<()> {
        check_typed(self.slug.as_deref(), &self.destination, state)
    }
}

/// Validates a link's slug and destination.
///
/// # Errors
/// 400 naming each that is wrong.
pub fn check_typed(slug: Option<&str>, destination: &str, state: &AppState) -> Result<()> {
    let mut checks = Checks::default();
    checks.maybe(check_slug(slug));
    checks.maybe(normal_destination(destination, state));
    checks.end()
}

/// Creates the link and queues it for the edge. Locks the organization's tenant; after the commit, the caller must wake the
/// pusher.
///
/// # Errors
/// 400, 404 or 409 naming the field.
pub async fn make(tx: &mut TenantTx, state: &AppState, input: NewLink, now: Timestamp) -> Result<Link> {
    let made = make_all(tx, state, vec![input], now).await?.pop();
    made.ok_or_else(|| Error::internal("a link was made and isn't there"))
}

/// Like [`make`], for several links: creates all of them or none.
#[compiled_once]
pub async fn make_all(
    tx: &mut TenantTx,
    state: &AppState,
    requested: Vec<NewLink>,
    now: Timestamp,
) -> Result<Vec<Link>> {
    if requested.is_empty() {
        return Ok(Vec::new());
    }
    let open = settle(tx, state, requested, now).await?;
    // What is published depends on the program's rules and the affiliates' statuses.
    book::store::lock(tx).await?;
    let rows = confirm(tx, open).await?;
    store::insert_links(tx, &rows, now).await.on_constraint("links_slug", slug_taken)?;
    let links: Vec<_> = rows.iter().map(|row| (row.program, row.id)).collect();
    publish::links_of_programs(tx, &links, now).await?;
    // Programs may have their own tags and lists in CRMs.
    let whose: Vec<AffiliateId> = rows.iter().map(|row| row.affiliate).collect();
    sync::trigger::affiliates(tx, &whose, sync::Reason::Changed, now).await?;
    let scheme = link_scheme(&state.config);
    Ok(rows.iter().map(|row| view(row, scheme, now)).collect())
}

/// Fills in what the caller left open, and checks what only the database knows. It locks nothing, so that bookings don't
/// wait for it: [`confirm`] checks once more what may have changed until the tenant is locked.
async fn settle(
    tx: &mut TenantTx,
    state: &AppState,
    requested: Vec<NewLink>,
    now: Timestamp,
) -> Result<Vec<(NewRow, bool)>> {
    for program in requested.iter().map(|link| link.program_id).collect::<BTreeSet<_>>() {
        program_in_use(tx, program).await?;
    }
    let ids: Vec<AffiliateId> = requested.iter().map(|link| link.affiliate_id).collect();
    let affiliates = approved(tx, &ids).await?;
    let hosts = hosts(tx, &requested).await?;
    let mut rows = Vec::with_capacity(requested.len());
    for link in requested {
        let own_slug = link.slug.is_none();
        let row = NewRow {
            id: LinkId::v7(now.millis().unsigned_abs(), &rand::random()),
            program: link.program_id,
            affiliate: link.affiliate_id,
            host: hosts.get(&lower(link.host)).cloned().unwrap_or_default(),
            slug: link.slug.or_else(|| affiliates.get(&link.affiliate_id).cloned()).unwrap_or_default(),
            destination: normal_destination(&link.destination, state)?,
        };
        rows.push((row, own_slug));
    }
    with_free_slugs(tx, rows).await
}

/// Checks that the affiliates are still approved and the slugs still free. The tenant is locked.
async fn confirm(tx: &mut TenantTx, open: Vec<(NewRow, bool)>) -> Result<Vec<NewRow>> {
    approved(tx, &open.iter().map(|(row, _)| row.affiliate).collect::<Vec<_>>()).await?;
    let rows: Vec<NewRow> = with_free_slugs(tx, open).await?.into_iter().map(|(row, _)| row).collect();
    // A slug credits one affiliate only, whatever its host: the script and `affiliateSlug` don't specify a host.
    let slugs: Vec<String> = rows.iter().map(|row| row.slug.clone()).collect();
    store::lock_slugs(tx, &slugs).await?;
    let requested: Vec<_> = rows.iter().map(|row| (row.slug.clone(), row.affiliate)).collect();
    if !store::slugs_of_others(tx, &requested).await?.is_empty() {
        return Err(slug_taken());
    }
    Ok(rows)
}

/// The slugs of affiliates, all of whom must be approved.
async fn approved(tx: &mut TenantTx, ids: &[AffiliateId]) -> Result<HashMap<AffiliateId, String>> {
    let mut slugs = HashMap::new();
    let mut affiliates = lookup_store::affiliates(tx, ids).await?;
    for id in ids.iter().collect::<BTreeSet<_>>() {
        let affiliate = affiliates.remove(id).ok_or_else(|| not_found("affiliateId"))?;
        if affiliate.status != "Approved" {
            let message = format!("affiliateId must be an approved affiliate. This one is {}.", affiliate.status);
            return Err(Error::field("affiliateId", message));
        }
        slugs.insert(*id, affiliate.slug);
    }
    Ok(slugs)
}

fn lower(host: Option<String>) -> Option<String> {
    host.map(|host| host.to_ascii_lowercase())
}

/// The link hosts for the requested ones; without a request, the organization's first.
async fn hosts(tx: &mut TenantTx, requested: &[NewLink]) -> Result<BTreeMap<Option<String>, String>> {
    let mut hosts = BTreeMap::new();
    for requested in requested.iter().map(|link| lower(link.host.clone())).collect::<BTreeSet<_>>() {
        let host = store::link_host(tx, requested.as_deref())
            .await?
            .ok_or_else(|| Error::field("host", "host must be one of your organization's verified link hosts"))?;
        hosts.insert(requested, host);
    }
    Ok(hosts)
}

fn view(row: &NewRow, scheme: &str, now: Timestamp) -> Link {
    Link {
        id: row.id,
        program_id: row.program,
        affiliate_id: row.affiliate,
        host: row.host.clone(),
        slug: row.slug.clone(),
        url: format!("{scheme}://{}/{}", row.host, row.slug),
        destination: row.destination.clone(),
        disabled_at: None,
        created_at: now,
    }
}

/// # Errors
/// 404 if the program doesn't exist, 400 if it is archived; both have the field `programId`.
pub async fn program_in_use(tx: &mut TenantTx, id: ProgramId) -> Result<()> {
    match store::program_is_archived(tx, id).await? {
        None => Err(not_found("programId")),
        Some(true) => Err(Error::field("programId", "programId must not be an archived program")),
        Some(false) => Ok(()),
    }
}

/// Checks the format of a slug.
///
/// # Errors
/// 400 naming `slug`.
pub fn check_spelling(slug: Option<&str>) -> Result<()> {
    match slug {
        Some(slug) if !is_slug(slug) => {
            Err(Error::field("slug", "slug must be 3 to 64 letters, digits, hyphens or underscores"))
        }
        _ => Ok(()),
    }
}

/// Checks whether a link or an affiliate may get this slug, if it is free.
///
/// # Errors
/// 400 naming `slug`.
pub fn check_slug(slug: Option<&str>) -> Result<()> {
    check_spelling(slug)?;
    match slug {
        Some(slug) if is_reserved(slug) => {
            let message = format!("slug must not be {slug}, because link hosts use that path themselves");
            Err(Error::field("slug", message))
        }
        _ => Ok(()),
    }
}

pub fn normal_destination(text: &str, state: &AppState) -> Result<String> {
    check_destination("destination", text, state.config.environment.is_development()).map(|url| url.to_string())
}

/// Checks for an absolute https URL without credentials; in development also http to a loopback address.
pub fn check_destination(field: &str, text: &str, development: bool) -> Result<Url> {
    let refuse = |why: &str| Error::field(field, format!("{field} {why}"));
    if text.len() > DESTINATION_MAX {
        return Err(refuse("must be at most 2048 characters"));
    }
    // The URL parser drops tabs and newlines; a destination that contains them is suspicious.
    if text.chars().any(|character| character.is_control() || character.is_whitespace() || character == '\\') {
        return Err(refuse("must not contain spaces, backslashes or control characters"));
    }
    let url = Url::parse(text).map_err(|_| refuse("must be an absolute URL such as https://brand.com/pricing"))?;
    let loopback = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => return Err(refuse("must contain a host")),
    };
    let scheme_fits = url.scheme() == "https" || (url.scheme() == "http" && loopback && development);
    if !scheme_fits {
        return Err(refuse("must start with https://"));
    }
    if !text[url.scheme().len()..].starts_with("://") {
        return Err(refuse("must start with https://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refuse("must not contain a user name or password"));
    }
    if url.as_str().len() > DESTINATION_MAX {
        return Err(refuse("must be at most 2048 characters"));
    }
    Ok(url)
}

/// Four characters that are hard to confuse with each other.
pub fn suffix() -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz234567892";
    rand::random::<[u8; 4]>().iter().map(|byte| char::from(ALPHABET[usize::from(byte & 31)])).collect()
}

pub fn slug_taken() -> Error {
    let message = "Another link or affiliate has this slug.";
    Error::new(StatusCode::CONFLICT, Code::SlugTaken, message).with_field("slug")
}

pub fn not_found(field: &str) -> Error {
    let message = format!("{field} doesn't exist, or belongs to another organization.");
    Error::new(StatusCode::NOT_FOUND, Code::NotFound, message).with_field(field)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes(text: &str, development: bool) -> bool {
        check_destination("destination", text, development).is_ok()
    }

    #[test]
    fn destinations_are_absolute_https() {
        assert!(passes("https://acme.test/pricing?plan=pro#buy", false));
        assert!(passes("HTTPS://acme.test", false));
        for bad in [
            "",
            "acme.test",
            "//evil.test",
            "/pricing",
            "http://acme.test",
            "https:evil.test",
            "https:/evil.test",
            "https://",
            "https://a@evil.test",
            "https://acme.test\\@evil.test",
            "https://acme.test/\r\nset-cookie:x",
            "javascript:alert(1)",
            "data:text/html,x",
            "ftp://acme.test",
        ] {
            assert!(!passes(bad, true), "{bad}");
        }
        assert!(!passes(&format!("https://acme.test/{}", "a".repeat(2_048)), true));
    }

    #[test]
    fn plain_http_is_for_this_machine_in_development() {
        for local in ["http://127.0.0.1:8080/dev/landing", "http://localhost:3000/", "http://[::1]/"] {
            assert!(passes(local, true) && !passes(local, false), "{local}");
        }
        assert!(!passes("http://10.0.0.1/", true));
    }
}
