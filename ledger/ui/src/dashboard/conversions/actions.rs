//! `POST /dashboard/conversions/{id}/…`: records a manual refund, reassigns the conversion, or resolves its flags.
//! Errors are shown next to their field, and the form keeps what was typed.

use std::collections::HashMap;

use axum::{
    Extension, Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use shared::id::{AffiliateId, ConversionId};

use super::{PLACE, detail};
use engine::{
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
    dashboard::{
        amount,
        refused::{Refused, message_for},
    },
    db::TenantTx,
    error::{Error, Result},
    page::{Html, PageError},
    state::AppState,
};
use programs::dashboard::pick_store;

type Fields = HashMap<String, String>;

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
    let named = fields.get("organization").map_or("", String::as_str);
    let member = session.member(Some(named), Right::Operate)?;
    let organization = member.organization;
    let form = ["refund", "reattribute", "approve", "deny"].into_iter().find(|known| *known == what);
    let form = form.ok_or_else(Error::not_found)?;
    match act(&state, &member, &id, form, request, &fields).await {
        Ok(()) => Ok(Redirect::to(&format!("{PLACE}/{id}?organization={organization}&done={form}")).into_response()),
        Err(error) if error.status().is_client_error() => {
            // If the conversion doesn't exist, loading the page returns the 404.
            let mut page = detail::load(&state, &session, organization, &id).await?;
            page.refused = Refused {
                form,
                field: error.body().field.clone().unwrap_or_else(|| "reason".to_owned()),
                message: description(&error),
                typed: fields.into_iter().collect(),
            };
            let status = if error.status() == StatusCode::NOT_FOUND { StatusCode::BAD_REQUEST } else { error.status() };
            Ok((status, Html(page)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

fn description(error: &Error) -> String {
    match error.body().field.as_deref() {
        Some("reason") => "Say why, in 1 to 1000 characters: the receipt shows it.".to_owned(),
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
        "refund" => {
            let given = field(fields, "amountCents");
            let currency = known.amount.currency;
            let wrong = || Error::field("amountCents", "Write an amount such as 25.00, or leave it empty for all.");
            let amount_cents = match given {
                "" => None,
                text => Some(amount::minor(text, currency).filter(|minor| *minor > 0).ok_or_else(wrong)?),
            };
            let name = Some(field(fields, "externalEventId")).filter(|name| !name.is_empty()).map(str::to_owned);
            let reason = field(fields, "reason").to_owned();
            let ready = refund::Ready::check(NewRefund { amount_cents, external_event_id: name, reason })?;
            let actor = (member.actor.who.as_str(), request.0);
            refund::refund_one(&mut tx, state, id, ready, actor).await?.1
        }
        "reattribute" => reattributed(&mut tx, state, member, id, fields).await?,
        verdict => decided(&mut tx, state, member, known.id, verdict, fields).await?,
    };
    audit::record(&mut tx, &member.actor, state.clock.now(), entry).await?;
    tx.commit().await?;
    // It's fine if no one is listening.
    drop(state.news.send(member.organization));
    Ok(())
}

fn field<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.get(name).map_or("", |text| text.trim())
}

async fn reattributed(
    tx: &mut TenantTx,
    state: &AppState,
    member: &Member,
    id: &str,
    fields: &Fields,
) -> Result<Entry> {
    let typed = field(fields, "affiliateId");
    let to_nobody = field(fields, "nobody") == "yes";
    let affiliate_id: Option<AffiliateId> = match typed {
        "" if to_nobody => None,
        "" => return Err(Error::field("affiliateId", "Say to whom: a short name, an e-mail address or an id.")),
        _ if to_nobody => return Err(Error::field("affiliateId", "Leave this empty to credit nobody.")),
        typed => match pick_store::affiliate(tx, typed).await? {
            Some((found, _)) => Some(found),
            None => return Err(Error::field("affiliateId", format!("Nobody here is called \u{201c}{typed}\u{201d}."))),
        },
    };
    let program = field(fields, "programId");
    let program_id = match program {
        "" => None,
        id => Some(id.parse().map_err(|_| Error::field("programId", "Choose one of your programs."))?),
    };
    let requested = Reattribution {
        affiliate_id,
        program_id,
        reach: Some(field(fields, "reach").to_owned()).filter(|reach| !reach.is_empty()),
        reason: field(fields, "reason").to_owned(),
    };
    let ready = reattribute::Ready::check(requested)?;
    let (_, entry) = reattribute::reattribute_one(tx, state, id, ready, &member.actor.who).await?;
    Ok(entry)
}

async fn decided(
    tx: &mut TenantTx,
    state: &AppState,
    member: &Member,
    id: ConversionId,
    verdict: &str,
    fields: &Fields,
) -> Result<Entry> {
    let kind = if verdict == "deny" { DecisionKind::Deny } else { DecisionKind::Approve };
    let reason = reason::checked(field(fields, "reason"))?;
    let entry = review::entry(id, kind, &reason);
    review::decide(tx, state, &[id], kind, &reason, &member.actor.who).await?;
    Ok(entry)
}
