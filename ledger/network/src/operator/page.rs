//! The page: open reports, open flags, and what was decided about creators.

use axum::{
    extract::{FromRequestParts, State},
    http::request::Parts,
    response::{IntoResponse, Response},
};
use identity::access::session::Session;
use rules::format;
use shared::timestamp::Timestamp;

use super::store::{self, Decision, Report};
use crate::{
    flag::{
        Flag,
        store::{self as flag_store, BrandFlag},
    },
    listing::{self, operator},
};
use kit::{
    api::query::Query,
    db::Holder,
    error::Result,
    form::Refused,
    page::{Html, PageError},
    state::AppState,
};

/// The most entries of each list.
const SHOWN_MAX: i64 = 200;

/// Someone who may decide: named by the settings, with a confirmed address.
#[derive(Debug)]
pub struct Operator(pub Session);

impl FromRequestParts<AppState> for Operator {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> std::result::Result<Self, Response> {
        let hidden = |error| PageError::from(error).into_response();
        // Without a network there is nothing to sign in for.
        listing::open(state).map_err(hidden)?;
        let session = Session::from_request_parts(parts, state).await.map_err(IntoResponse::into_response)?;
        operator::operator(state, &session).map_err(hidden)?;
        Ok(Self(session))
    }
}

#[derive(Debug, askama::Template)]
#[template(path = "network_reports.html")]
struct ReportsPage {
    reports: Vec<Report>,
    flags: Vec<Flag>,
    brand_flags: Vec<BrandFlag>,
    decisions: Vec<Decision>,
    toast: Option<&'static str>,
    refused: Refused,
    email: String,
    /// Whether programs of other installations can be shown.
    federates: bool,
}

impl ReportsPage {
    fn wrong(&self, form: &str) -> Option<&str> {
        self.refused.of(form, "note").or_else(|| self.refused.beside(form, &["note"]))
    }

    fn typed(&self, form: &str) -> &str {
        self.refused.typed(form, "note")
    }

    fn date(at: &Timestamp) -> String {
        format::date(*at)
    }

    fn who(name: &Option<String>) -> &str {
        name.as_deref().unwrap_or("A creator without a profile")
    }

    fn action(decision: &Decision) -> &'static str {
        match decision.action.as_str() {
            "Suspended" if decision.holds => "Suspended",
            "Suspended" => "Suspended, until restored",
            "Restored" => "Restored",
            "FlagCleared" => "Flag cleared",
            _ => "Flag upheld",
        }
    }
}

/// `GET /network/operator/reports`.
pub async fn show(
    State(state): State<AppState>,
    Operator(session): Operator,
    mut query: Query,
) -> std::result::Result<Response, PageError> {
    let toast = match query.text("done").as_deref() {
        Some("uphold") => Some("Report upheld."),
        Some("dismiss") => Some("Report dismissed."),
        Some("suspend") => Some("Creator suspended. No brand sees them."),
        Some("restore") => Some("Creator restored."),
        Some("clear") => Some("Flag cleared."),
        Some("confirm") => Some("Flag upheld. The creator stays unlisted if they waited."),
        Some("pause") => Some("Listings paused. The brand’s owners get an email."),
        _ => None,
    };
    Ok(Html(ReportsPage { toast, ..load(&state, &session, Refused::default()).await? }).into_response())
}

/// The page after a form was refused.
pub(super) async fn refused(state: &AppState, session: &Session, refused: Refused) -> Result<impl IntoResponse> {
    Ok(Html(load(state, session, refused).await?))
}

async fn load(state: &AppState, session: &Session, refused: Refused) -> Result<ReportsPage> {
    let tenants = state.db.all_tenants().await?;
    let mut tx = state.db.tenants(tenants.to_vec()).await?;
    flag_store::operate(tx.conn()).await?;
    let reports = store::reports(&mut tx, SHOWN_MAX).await?;
    let brand_flags = flag_store::open_of_brands(&mut tx, SHOWN_MAX).await?;
    tx.commit().await?;
    let mut tx = state.db.global(Holder::Nothing).await?;
    flag_store::operate(tx.conn()).await?;
    let flags = flag_store::open(&mut tx, SHOWN_MAX).await?;
    let decisions = store::decisions(&mut tx, SHOWN_MAX).await?;
    tx.commit().await?;
    let (email, federates) = (session.email.clone(), state.config.network.federation);
    Ok(ReportsPage { reports, flags, brand_flags, decisions, toast: None, refused, email, federates })
}
