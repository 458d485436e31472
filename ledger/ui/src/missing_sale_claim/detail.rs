//! `/dashboard/inquiries/{id}`: one claim, with what is known about the sale.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use shared::id::{MissingSaleClaimId, OrganizationId};

use super::{
    dashboard::{self, HERE},
    store::{self, Claim, Filter},
    trail::{self, Trail},
};
use identity::{
    access::{member::Choice, session::Session},
    audit::names,
    page::frame::Frame,
};
use kit::{
    access::role::Right,
    db::TenantTx,
    error::{Error, Result},
    form::{Fields, Problems},
    page::{Html, PageError},
    state::AppState,
};

#[derive(Debug, askama::Template)]
#[template(path = "missing_sale_claim.html")]
pub(super) struct ClaimPage {
    frame: Frame,
    id: String,
    affiliate: String,
    word: &'static str,
    tone: &'static str,
    ordered_on: String,
    submitted: String,
    claim: Claim,
    decided: Option<(String, String)>,
    trail: Trail,
    fields: Fields,
    problems: Problems,
}

impl ClaimPage {
    fn given(&self, name: &str) -> &str {
        self.fields.raw(name)
    }

    /// Returns whether a sale is selected: the one that was chosen, or else the only match.
    fn is_chosen(&self, id: &str) -> bool {
        let chosen = self.given("conversion");
        if chosen.is_empty() { self.trail.sales.len() == 1 } else { chosen == id }
    }
}

/// `GET /dashboard/inquiries/{id}`: shows the claim.
///
/// # Errors
/// 404 if the user can't access it; 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    Path(id): Path<String>,
) -> std::result::Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let page = load(&state, &session, (organization, &id), Fields::default(), Problems::default()).await?;
    Ok(Html(page).into_response())
}

/// Loads the claim with this id.
///
/// # Errors
/// 404 if it doesn't exist.
pub(super) async fn known(tx: &mut TenantTx, id: &str) -> Result<Claim> {
    let id: MissingSaleClaimId = id.parse().map_err(|_| Error::not_found())?;
    let filter = Filter { id: Some(id), limit: 1, ..Filter::default() };
    store::list(tx, &filter).await?.into_iter().next().ok_or_else(Error::not_found)
}

pub(super) async fn load(
    state: &AppState,
    session: &Session,
    (organization, id): (OrganizationId, &str),
    fields: Fields,
    problems: Problems,
) -> Result<ClaimPage> {
    let frame = Frame::load(state, session, organization, HERE).await?;
    let mut tx = state.db.tenant(organization).await?;
    let claim = known(&mut tx, id).await?;
    let trail = trail::of(&mut tx, &claim, &frame.zone).await?;
    let names = names::of(&mut tx, claim.decided_by.as_deref().into_iter()).await?;
    tx.commit().await?;
    let (word, tone) = claim.status.label();
    let by = claim.decided_by.as_deref().map(|actor| names::actor_name(&names, actor));
    Ok(ClaimPage {
        id: claim.id.to_string(),
        affiliate: claim.affiliate_name.clone(),
        word,
        tone,
        ordered_on: dashboard::ordered_on(&claim),
        submitted: frame.zone.full(claim.submitted_at),
        decided: claim.decided_at.map(|at| frame.zone.full(at)).zip(by),
        claim,
        trail,
        fields,
        problems,
        frame,
    })
}
