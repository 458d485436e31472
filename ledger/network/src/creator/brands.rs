//! `/a/network/brands`: everything that the person has in every brand, and the way into each brand's portal.
//!
//! The address is what connects them: the creator proved it, and a brand's affiliate has the same one. The new portal
//! session ends when the creator's does, because it rests on the same proof.

use axum::{
    Form,
    extract::State,
    http::header::SET_COOKIE,
    response::{IntoResponse, Redirect, Response},
};
use identity::{
    access::cookie,
    account::{
        magic,
        magic_store::{self, NewSession},
        tenant_token::TenantToken,
    },
};
use shared::id::OrganizationId;

use super::{
    brands_store::{self, Balance},
    frame::Frame,
    session::CreatorSession,
};
use kit::{
    error::{Error, Result},
    form::Fields,
    page::{Html, PageError},
    state::AppState,
    text::Texts,
};

const PLACE: &str = "/a/network/brands";
/// One address hardly promotes more brands than this.
const BRANDS_MAX: i64 = 50;

/// What a person has in one brand.
#[derive(Debug)]
pub(super) struct Own {
    pub(super) organization: OrganizationId,
    pub(super) brand: String,
    pub(super) since: shared::timestamp::Timestamp,
    pub(super) balances: Vec<Balance>,
}

#[derive(Debug, askama::Template)]
#[template(path = "creator_brands.html")]
struct BrandsPage {
    t: Texts,
    frame: Frame,
    brands: Vec<Row>,
}

/// A brand as the page shows it.
#[derive(Debug)]
struct Row {
    organization: OrganizationId,
    brand: String,
    since: String,
    /// In each currency, as the two below.
    pending: Vec<String>,
    payable: Vec<String>,
    paid: Vec<String>,
}

impl Row {
    fn of(t: Texts, own: Own) -> Self {
        let sums = |of: fn(&Balance) -> i64| {
            own.balances.iter().map(|balance| t.money(of(balance), &balance.currency)).collect::<Vec<_>>()
        };
        Self {
            organization: own.organization,
            since: t.date(own.since),
            pending: sums(|one| one.pending),
            payable: sums(|one| one.payable),
            paid: sums(|one| one.paid),
            brand: own.brand,
        }
    }
}

/// Returns everything that the person with this proved address has, by brand.
pub(super) async fn of(state: &AppState, address: &str) -> Result<Vec<Own>> {
    let found = magic::brands_of(state, address, BRANDS_MAX).await?;
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let mut tx = state.db.tenants(found).await?;
    let memberships = brands_store::memberships(&mut tx, address, BRANDS_MAX).await?;
    let mut balances = brands_store::balances(&mut tx, &memberships).await?;
    tx.commit().await?;
    let own = |one: brands_store::Membership| Own {
        organization: one.organization,
        brand: one.brand,
        since: one.since,
        balances: balances.remove(&(one.organization, one.affiliate)).unwrap_or_default(),
    };
    Ok(memberships.into_iter().map(own).collect())
}

/// `GET /a/network/brands`.
pub async fn show(State(state): State<AppState>, session: CreatorSession) -> std::result::Result<Response, PageError> {
    let brands = of(&state, &session.email).await?.into_iter().map(|own| Row::of(session.t, own)).collect();
    Ok(Html(BrandsPage { t: session.t, frame: session.frame(PLACE), brands }).into_response())
}

/// `POST /a/network/brands/open`: opens a brand's portal.
///
/// # Errors
/// 404 for a brand that has no approved affiliate with the proved address; 503 if the database is unavailable.
pub async fn open(
    State(state): State<AppState>,
    session: CreatorSession,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let requested: OrganizationId = fields.raw("brand").parse().map_err(|_| Error::not_found())?;
    let all = magic::brands_of(&state, &session.email, BRANDS_MAX).await?;
    if !all.contains(&requested) {
        return Err(Error::not_found().into());
    }
    let elsewhere: Vec<uuid::Uuid> =
        all.into_iter().filter(|brand| *brand != requested).map(|brand| brand.uuid()).collect();
    let (now, expires) = (state.clock.now(), session.expires_at);
    let mut tx = state.db.tenant(requested).await?;
    let known = magic_store::approved_with(&mut tx, &session.email, 1).await?;
    let (_, known) = known.into_iter().next().ok_or_else(Error::not_found)?;
    let token = TenantToken::fresh(requested);
    let opened = NewSession { affiliate: known.id, now, expires, email: Some(&session.email), elsewhere: &elsewhere };
    magic_store::insert_session(&mut tx, &token, &opened).await?;
    tx.commit().await?;
    let seconds = (expires.millis() - now.millis()).max(0) / 1_000;
    let mut response = Redirect::to("/a").into_response();
    response
        .headers_mut()
        .extend(cookie::set(cookie::AFFILIATE, token.text(), seconds).map(|cookie| (SET_COOKIE, cookie)));
    Ok(response)
}
