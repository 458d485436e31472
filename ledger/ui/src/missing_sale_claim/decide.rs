//! `POST /dashboard/inquiries/{id}`: credits the sale to the claiming affiliate, or rejects the claim with a reason.

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

/// The form's input, validated.
struct Verdict {
    status: Status,
    answer: String,
    conversion: Option<ConversionId>,
    reach: Reach,
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
    let (organization, actor, now) = (member.organization, &member.actor, state.clock.now());
    let mut tx = state.db.tenant(organization).await?;
    book::store::lock(&mut tx).await?;
    let claim = known(&mut tx, id).await?;
    if let Some(sale) = verdict.conversion
        && let Some(entry) = credit(&mut tx, state, &claim, sale, (verdict, &actor.who)).await?
    {
        audit::record(&mut tx, actor, now, entry).await?;
    }
    let decided =
        Decided { status: verdict.status, answer: &verdict.answer, by: &actor.who, conversion: verdict.conversion };
    if !store::decide(&mut tx, claim.id, &decided, now).await? {
        let message = "Someone has already decided this claim.";
        return Err(Error::new(StatusCode::CONFLICT, Code::AlreadyDecided, message));
    }
    email::answered(&mut tx, state, &claim, (verdict.status, &verdict.answer)).await?;
    let action = if verdict.status == Status::Credited { "inquiry.credited" } else { "inquiry.rejected" };
    let entry = Entry::new(action, claim.id)
        .after(json!({"answer": verdict.answer, "conversionId": verdict.conversion.map(|id| id.to_string())}));
    audit::record(&mut tx, actor, now, entry).await?;
    tx.commit().await?;
    drop(state.news.send(organization));
    Ok(())
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
    let meant = meant.iter().find(|one| one.id == sale).ok_or_else(Error::not_found)?;
    if meant.affiliate == Some(claim.affiliate) {
        return Ok(None);
    }
    let reason = verdict.answer.clone();
    let ready = Ready { affiliate: Some(claim.affiliate), program: None, reach: verdict.reach, reason };
    let (_, entry) = reattribute::reattribute_one(tx, state, &sale.to_string(), ready, actor).await?;
    Ok(Some(entry))
}
