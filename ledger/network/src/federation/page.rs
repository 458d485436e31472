//! `/network/from/{host}/{program}`: a program of another installation.

use axum::{
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
};
use kit::{
    db::Holder,
    error::{Error, Result},
    page::{PageError, language::PageLanguage},
    state::AppState,
};
use shared::id::{OrganizationId, ProgramId};

use super::{
    listing_store::{self, Shown},
    open,
};
use crate::listing::{
    page::{Foreign, of_peer},
    store::Row,
};

/// `GET /network/from/{host}/{program}`.
///
/// # Errors
/// 404 if no peer lists such a program, or it isn't shown now; 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    Path((host, program)): Path<(String, String)>,
    language: PageLanguage,
    headers: HeaderMap,
) -> std::result::Result<Response, PageError> {
    let shown = shown(&state, &host, &program).await?;
    let path = format!("/network/from/{host}/{program}");
    let send = shown.has_inbox.then(|| format!("/a/network/send/{host}/{program}"));
    let foreign = Foreign { host, page: shown.page.clone(), path, send };
    Ok(of_peer(&state, row(shown), foreign, language, &headers)?)
}

/// # Errors
/// 404 if there is no such program.
async fn shown(state: &AppState, host: &str, program: &str) -> Result<Shown> {
    open(state)?;
    let mut tx = state.db.global(Holder::Nothing).await?;
    let shown = listing_store::one(&mut tx, host, program).await?;
    tx.commit().await?;
    shown.ok_or_else(Error::not_found)
}

/// The program as our own listings are. It is of no organization here, and has no figures: those of a peer can't be
/// checked.
fn row(shown: Shown) -> Row {
    Row {
        organization_id: OrganizationId::from_bytes([0; 16]),
        program_id: ProgramId::new(shown.id),
        status: "Listed".to_owned(),
        handle: String::new(),
        brand: shown.brand,
        title: shown.title,
        summary: shown.summary,
        description: shown.description,
        site: shown.site,
        offer: String::new(),
        pays: shown.pays,
        earnings: shown.earnings,
        window_days: shown.window_days,
        hold_days: shown.hold_days,
        payout_rhythm: shown.payout_rhythm,
        plan_version_id: None,
        currency: shown.currency,
        topics: shown.topics,
        formats: shown.formats,
        countries: shown.countries,
        languages: shown.languages,
        channel_kinds: shown.channel_kinds,
        audience_min: shown.audience_min,
        who_for: shown.who_for,
        forbidden: shown.forbidden,
        shares_figures: false,
        epc_band: None,
        approval_band: None,
        payout_band: None,
        figures_at: None,
        searches_creators: false,
        version: shown.version,
        submitted_at: None,
        approved_at: None,
        listed_at: Some(shown.first_seen_at),
        suspended_at: None,
        reason: None,
        created_at: shown.first_seen_at,
        updated_at: shown.updated_at,
    }
}
