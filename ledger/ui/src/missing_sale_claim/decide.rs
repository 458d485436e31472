//! `POST /dashboard/inquiries/{id}`: credits the sale to the claiming affiliate, or rejects the claim with a reason.
//! [`enact`] is the decision itself, also for the API.

use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde_json::json;
use shared::id::ConversionId;

use super::{
    dashboard,
    detail::{known, load},
    email,
    store::{self, Claim, Decided, Status},
    trail_store,
};
use engine::{
    book,
    decision::{
        reason,
        reattribute::{self, Ready},
    },
    history::Reach,
};
use identity::{
    access::{member::Member, session::Session},
    audit::{self, Entry},
};
use kit::{
    access::role::Right,
    db::TenantTx,
    error::{Code, Error, Result},
    form::{Fields, Problems},
    page::{Html, PageError},
    state::AppState,
};
use programs::link::create::not_found;

/// A decision, validated.
#[derive(Debug)]
pub(super) struct Verdict {
    pub(super) status: Status,
    pub(super) answer: String,
    /// The sale to credit; `None` for a rejection.
    pub(super) conversion: Option<ConversionId>,
    pub(super) reach: Reach,
}

impl Verdict {
    fn read(fields: &Fields) -> std::result::Result<Self, Problems> {
        let answer = reason::checked(fields.raw("answer"))
            .map_err(|_| Problems::at("answer", "Enter a message of 1 to 1,000 characters. The affiliate sees it."))?;
        let status = match fields.raw("decision") {
            "credit" => Status::Credited,
            "reject" => Status::Rejected,
            _ => return Err(Problems::at("answer", "Choose whether to credit the sale.")),
        };
        let conversion = fields.raw("conversion").parse().ok().filter(|_| status == Status::Credited);
        if status == Status::Credited && conversion.is_none() {
            return Err(Problems::at("conversion", "Choose the sale to credit."));
        }
        let reach = if fields.is_ticked("later") { Reach::Customer } else { Reach::Conversion };
        Ok(Self { status, answer, conversion, reach })
    }
}

/// # Errors
/// 404 if the user can't access it, 403 for a viewer; 503 if the database is unavailable. Other errors are shown on the
/// page.
pub async fn submit(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let member = session.member(Some(fields.text("organization")), Right::Operate)?;
    let organization = member.organization;
    let outcome = match Verdict::read(&fields) {
        Ok(verdict) => decide(&state, &member, &id, &verdict).await.map(|()| verdict.status),
        Err(problems) => {
            let page = load(&state, &session, (organization, &id), fields, problems).await?;
            return Ok((StatusCode::BAD_REQUEST, Html(page)).into_response());
        }
    };
    match outcome {
        Ok(status) => {
            let done = if status == Status::Credited { "credited" } else { "rejected" };
            Ok(Redirect::to(&format!("{}?organization={organization}&done={done}", dashboard::HERE)).into_response())
        }
        // The decision failed: the error is shown next to the sale.
        Err(error) if error.status() == StatusCode::BAD_REQUEST || error.status() == StatusCode::CONFLICT => {
            let problems = Problems::at("conversion", kit::form::sentence_for(&error));
            let page = load(&state, &session, (organization, &id), fields, problems).await?;
            Ok((error.status(), Html(page)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

async fn decide(state: &AppState, member: &Member, id: &str, verdict: &Verdict) -> Result<()> {
    let organization = member.organization;
    let mut tx = state.db.tenant(organization).await?;
    for entry in enact(&mut tx, state, id, verdict, &member.actor.who).await? {
        audit::record(&mut tx, &member.actor, state.clock.now(), entry).await?;
    }
    tx.commit().await?;
    drop(state.news.send(organization));
    Ok(())
}

/// Decides the claim, credits the sale, and emails the affiliate. Returns the audit log entries.
///
/// # Errors
/// 404 if the claim doesn't exist or the sale doesn't match it; 409 `already_decided`; those of a re-attribution.
pub(super) async fn enact(
    tx: &mut TenantTx,
    state: &AppState,
    id: &str,
    verdict: &Verdict,
    actor: &str,
) -> Result<Vec<Entry>> {
    book::store::lock(tx).await?;
    let claim = known(tx, id).await?;
    let mut entries = Vec::new();
    if let Some(sale) = verdict.conversion {
        entries.extend(credit(tx, state, &claim, sale, (verdict, actor)).await?);
    }
    let decided =
        Decided { status: verdict.status, answer: &verdict.answer, by: actor, conversion: verdict.conversion };
    if !store::decide(tx, claim.id, &decided, state.clock.now()).await? {
        let message = "Someone has already decided this claim.";
        return Err(Error::new(StatusCode::CONFLICT, Code::AlreadyDecided, message));
    }
    email::answered(tx, state, &claim, (verdict.status, &verdict.answer)).await?;
    let action = if verdict.status == Status::Credited { "inquiry.credited" } else { "inquiry.rejected" };
    let details = json!({"answer": verdict.answer, "conversionId": verdict.conversion.map(|id| id.to_string())});
    entries.push(Entry::new(action, claim.id).after(details));
    Ok(entries)
}

/// Credits the sale to the claiming affiliate; does nothing if they have it already. The sale must be one that matches
/// the claim.
async fn credit(
    tx: &mut TenantTx,
    state: &AppState,
    claim: &Claim,
    sale: ConversionId,
    (verdict, actor): (&Verdict, &str),
) -> Result<Option<Entry>> {
    let meant = trail_store::sales(tx, claim.order_id.as_deref(), claim.buyer_email.as_deref()).await?;
    let unknown = || not_found("conversionId");
    let meant = meant.iter().find(|one| one.id == sale).ok_or_else(unknown)?;
    if meant.affiliate == Some(claim.affiliate) {
        return Ok(None);
    }
    let reason = verdict.answer.clone();
    let ready = Ready { affiliate: Some(claim.affiliate), program: None, reach: verdict.reach, reason };
    let (_, entry) = reattribute::reattribute_one(tx, state, &sale.to_string(), ready, actor).await?;
    Ok(Some(entry))
}
