//! `POST /dashboard/payouts/accounts/{id}/details`: shows in full where an affiliate is paid who isn't paid by Stripe.
//!
//! A person who makes a bank transfer needs the account number. It is shown on the page, once, to an owner or admin who
//! has proved who they are, so that no one has to ask for bank details by email; the audit log records who saw it. The
//! payouts that shouldn't be paid there are named above the details.

use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use payout_core::step::Status;
use serde_json::json;
use shared::id::AffiliateId;

use crate::{
    payout::{
        row_store::STRIPE,
        stopped::Stop,
        store::{self as payout_store, Filter},
    },
    payout_account::{
        dashboard::{Revealed, StoppedPayout, load},
        encryption,
        list_store::Which,
        method::Details,
        method_store, store,
    },
};
use identity::{
    access::{
        member::Member,
        session::Session,
        step_up::{self, Given},
    },
    audit::{self, Entry},
};
use kit::{
    access::role::Right,
    api::path::parse_id,
    db::TenantTx,
    error::{Error, Result},
    form::Fields,
    page::{Html, PageError, compress},
    state::AppState,
};
use rules::format;

/// The most payouts that are named; an affiliate has at most one open payout in each currency.
const STOPPED_MAX: i64 = 20;

/// # Errors
/// 404 for what isn't the person's and for an affiliate who is paid by Stripe, 403 for a manager or viewer, 503 if the
/// database is unavailable. An error in the proof is shown on the page.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    Form(mut fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let given = Given::take(&mut fields);
    let member = session.member(Some(fields.text("organization")), Right::Configure)?;
    let id: AffiliateId = parse_id(&id)?;
    let which = Which::parse(fields.raw("show")).unwrap_or(Which::Waiting);
    match step_up::prove(&state, &session, given).await {
        Ok(()) => {
            let revealed = reveal(&state, &member, id).await?;
            let mut page = load(&state, &session, member.organization, (which, None), None).await?;
            page.revealed = Some(revealed);
            Ok(compress::uncompressed(page))
        }
        Err(error) if error.status().is_client_error() => {
            let problem = Some(kit::form::sentence_for(&error));
            let page = load(&state, &session, member.organization, (which, None), problem).await?;
            Ok((error.status(), Html(page)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// Loads the details. The audit log records it before they are shown.
async fn reveal(state: &AppState, member: &Member, affiliate: AffiliateId) -> Result<Revealed> {
    let organization = member.organization;
    let mut tx = state.db.tenant(organization).await?;
    let person = store::person(&mut tx, affiliate).await?.ok_or_else(Error::not_found)?;
    let chosen = method_store::read(&mut tx, affiliate).await?.ok_or_else(Error::not_found)?;
    let details = encryption::open(&state.config.keys, organization, affiliate, &chosen.sealed_details);
    let details = details.map_err(|error| Error::internal(error))?;
    let stopped = stopped(&mut tx, affiliate).await?;
    let recorded = json!({"rail": chosen.rail.as_str(), "to": chosen.hint});
    let entry = Entry::new("payout_method.shown", affiliate).after(recorded);
    audit::record(&mut tx, &member.actor, state.clock.now(), entry).await?;
    tx.commit().await?;
    Ok(Revealed { name: person.name, way: chosen.rail.words(), lines: lines(details), stopped })
}

/// Loads the affiliate's payouts outside Stripe that shouldn't be paid now.
async fn stopped(tx: &mut TenantTx, affiliate: AffiliateId) -> Result<Vec<StoppedPayout>> {
    let status = Some(Status::Reserved.as_str());
    let filter = Filter { affiliate: Some(affiliate), status, limit: STOPPED_MAX, ..Filter::default() };
    let mut reserved = payout_store::list(tx, &filter).await?;
    reserved.retain(|one| one.rail != STRIPE && one.reason_code.as_deref().and_then(Stop::parse).is_some());
    let stopped = reserved.into_iter().map(|one| StoppedPayout {
        id: one.id.to_string(),
        amount: format::money(one.net_cents, &one.currency),
        reason: one.reason.unwrap_or_default(),
    });
    Ok(stopped.collect())
}

fn lines(details: Details) -> Vec<(&'static str, String)> {
    let Details { email, holder, account } = details;
    let lines = [("Email", email), ("Account holder", holder), ("Bank account", account)];
    lines.into_iter().filter_map(|(label, value)| Some((label, value?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rail_shows_what_it_has() {
        let bank = Details { holder: Some("Nina Braun".to_owned()), account: Some("DE89".to_owned()), email: None };
        assert_eq!(lines(bank), [("Account holder", "Nina Braun".to_owned()), ("Bank account", "DE89".to_owned())]);
        let email = Details { email: Some("nina@example.com".to_owned()), ..Details::default() };
        assert_eq!(lines(email), [("Email", "nina@example.com".to_owned())]);
    }
}
