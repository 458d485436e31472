//! `POST /dashboard/conversions/{id}/…`: records a manual refund, reassigns the conversion, or resolves its flags.
//! Errors are shown next to their field, and the form keeps what was typed.

use axum::{
    Extension, Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use shared::id::{AffiliateId, ConversionId, EventId};

use super::{PLACE, detail};
use crate::dashboard::named_affiliate;
use engine::{
    book,
    decision::{
        reason,
        reattribute::{self, Reattribution},
        refund::{self, NewRefund},
        review,
    },
    history::DecisionKind,
};
use identity::{
    access::{actor::RequestId, member::Member, session::Session},
    audit::{self, Entry},
};
use kit::{
    access::role::Right,
    dashboard::amount,
    db::TenantTx,
    error::{Code, Error, Result},
    form::{Fields, Problems, Refused, field_of, message_for},
    page::{Html, PageError, address::Address, flash::Flash},
    state::AppState,
};
use rules::conversion::Conversion;

/// Runs `refund`, `reattribute`, `approve` or `deny`.
///
/// # Errors
/// 404 if the user can't access it, 403 for a viewer, 503 if the database is unavailable. Other errors are shown on the
/// page.
pub async fn submit(
    State(state): State<AppState>,
    session: Session,
    Path((id, what)): Path<(String, String)>,
    Extension(request): Extension<RequestId>,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let member = session.member(Some(fields.text("organization")), Right::Operate)?;
    let organization = member.organization;
    let form = ["refund", "reattribute", "approve", "deny"].into_iter().find(|known| *known == what);
    let form = form.ok_or_else(Error::not_found)?;
    match act(&state, &member, &id, form, request, &fields).await {
        Ok(()) => Ok(Redirect::to(&format!("{PLACE}/{id}?organization={organization}&done={form}")).into_response()),
        Err(error) if error.body().code == Code::AlreadyDecided => {
            let place = Address::of(format!("{PLACE}/{id}"), organization);
            Ok(Flash::failed(error.body().message.clone()).redirect(&place.to_string()))
        }
        Err(error) if error.status().is_client_error() => {
            // If the conversion doesn't exist, loading the page returns the 404.
            let mut page = detail::load(&state, &session, organization, &id).await?;
            // A refund's form keeps its ID, unless another refund was recorded with it.
            if let Ok(sent) = fields.text("form").parse::<EventId>()
                && error.status() != StatusCode::CONFLICT
            {
                page.refund_form = sent;
            }
            let field = error.body().field.as_deref().unwrap_or("reason");
            let problems = Problems::at(field, description(&error));
            page.refused = Refused { form: form.to_owned(), problems, typed: fields };
            let status = if error.status() == StatusCode::NOT_FOUND { StatusCode::BAD_REQUEST } else { error.status() };
            Ok((status, Html(page)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

fn description(error: &Error) -> String {
    match field_of(error) {
        "reason" => "Enter a reason of 1 to 1,000 characters. It appears on the receipt.".to_owned(),
        _ => message_for(error),
    }
}

async fn act(
    state: &AppState,
    member: &Member,
    id: &str,
    form: &str,
    request: RequestId,
    fields: &Fields,
) -> Result<()> {
    let mut tx = state.db.tenant(member.organization).await?;
    // Checks that the conversion exists before validating any input.
    let known = reattribute::known(&mut tx, id).await?;
    let entry = match form {
        "refund" => refunded(&mut tx, state, &known, fields, (member.actor.who.as_str(), request.0)).await?,
        "reattribute" => Some(reattributed(&mut tx, state, member, id, fields).await?),
        verdict => Some(decided(&mut tx, state, member, known.id, verdict, fields).await?),
    };
    if let Some(entry) = entry {
        audit::record(&mut tx, &member.actor, state.clock.now(), entry).await?;
    }
    tx.commit().await?;
    // It's fine if no one is listening.
    drop(state.news.send(member.organization));
    Ok(())
}

/// Records a refund once, however often its form is sent: by its own ID, or else by that of the form. Returns the audit
/// log entry, unless the refund was recorded before.
async fn refunded(
    tx: &mut TenantTx,
    state: &AppState,
    sale: &Conversion,
    fields: &Fields,
    actor: (&str, String),
) -> Result<Option<Entry>> {
    let wrong = || Error::field("amountCents", "Enter an amount such as 25.00, or leave it empty for a full refund.");
    let amount_cents = match fields.text("amountCents") {
        "" => None,
        text => Some(amount::minor(text, sale.amount.currency).filter(|minor| *minor > 0).ok_or_else(wrong)?),
    };
    let given = fields.given("externalEventId").map(str::to_owned);
    let is_named = given.is_some();
    let incomplete = || Error::field("externalEventId", "The form was incomplete. Submit it again.");
    let name = given.or_else(|| name_of_form(fields, amount_cents)).ok_or_else(incomplete)?;
    let reason = fields.text("reason").to_owned();
    let ready = refund::Ready::check(NewRefund { amount_cents, external_event_id: Some(name), reason })?;
    let recorded = refund::refund_one(tx, state, &sale.id.to_string(), ready, actor).await;
    let (_, entry) = recorded.map_err(|error| if is_named { error } else { recorded_before(error) })?;
    Ok(entry)
}

/// The ID of a refund whose form names none. A form that recorded a part can still record all that is left.
fn name_of_form(fields: &Fields, amount_cents: Option<i64>) -> Option<String> {
    let form: EventId = fields.text("form").parse().ok()?;
    Some(if amount_cents.is_some() { format!("refund_{form}") } else { format!("refund_{form}_rest") })
}

/// Says that the form recorded a refund of another amount, in place of a conflict of IDs that no one entered.
fn recorded_before(error: Error) -> Error {
    if error.body().code != Code::Conflict {
        return error;
    }
    let message = "This form already recorded a refund of another amount, shown under Refunds and disputes. \
                   To record one more, submit it again.";
    Error::new(StatusCode::CONFLICT, Code::Conflict, message)
}

async fn reattributed(
    tx: &mut TenantTx,
    state: &AppState,
    member: &Member,
    id: &str,
    fields: &Fields,
) -> Result<Entry> {
    let typed = fields.text("affiliateId");
    let to_nobody = fields.is_ticked("nobody");
    let affiliate_id: Option<AffiliateId> = match typed {
        "" if to_nobody => None,
        "" => return Err(Error::field("affiliateId", "Enter an affiliate's name, email address or link name.")),
        _ if to_nobody => return Err(Error::field("affiliateId", "Leave this empty to remove attribution.")),
        typed => Some(named_affiliate::find(tx, typed).await?.0),
    };
    let program = fields.text("programId");
    let program_id = match program {
        "" => None,
        id => Some(id.parse().map_err(|_| Error::field("programId", "Choose one of your programs."))?),
    };
    let requested = Reattribution {
        affiliate_id,
        program_id,
        reach: fields.given("reach").map(str::to_owned),
        reason: fields.text("reason").to_owned(),
    };
    let ready = reattribute::Ready::check(requested)?;
    let (_, entry) = reattribute::reattribute_one(tx, state, id, ready, &member.actor.who).await?;
    Ok(entry)
}

/// Decides about the conversion as its page showed it.
async fn decided(
    tx: &mut TenantTx,
    state: &AppState,
    member: &Member,
    id: ConversionId,
    verdict: &str,
    fields: &Fields,
) -> Result<Entry> {
    let kind = if verdict == "deny" { DecisionKind::Deny } else { DecisionKind::Approve };
    let reason = reason::checked(fields.text("reason"))?;
    // Locks first, so that no one else decides meanwhile.
    book::store::lock(tx).await?;
    let review = reattribute::known(tx, &id.to_string()).await?.outcome.review.map_or("", |review| review.as_str());
    if fields.sent("seen").is_some_and(|seen| seen != review) {
        let message = "Nothing was changed: someone decided meanwhile, as shown under Decisions";
        return Err(Error::new(StatusCode::CONFLICT, Code::AlreadyDecided, message));
    }
    let entry = review::entry(id, kind, &reason);
    review::decide(tx, state, &[id], kind, &reason, &member.actor.who).await?;
    Ok(entry)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refund_without_an_id_has_the_forms() {
        let form = EventId::from_bytes([7; 16]).to_string();
        let fields = Fields::from_iter([("form", form.as_str())]);
        assert_eq!(name_of_form(&fields, Some(2_500)), Some(format!("refund_{form}")));
        assert_eq!(name_of_form(&fields, None), Some(format!("refund_{form}_rest")));
        assert_eq!(name_of_form(&Fields::from_iter([("form", "x")]), None), None);
    }
}
