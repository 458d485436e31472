//! `POST /dashboard/affiliates`: applies an action to all selected affiliates, each in its own transaction, so that a
//! skipped one doesn't stop the rest.

use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use shared::id::{AffiliateId, OrganizationId};
use tokio::time::Instant;

use super::{all_actions, applications, commands, filters::ListFilters, list, list::Offer, store};
use crate::dashboard::{
    bulk::{Bulk, Outcome},
    bulk_all,
    undo::{Begun, What},
};
use identity::access::{member::Member, session::Session};
use kit::{
    access::role::Right,
    api::{query::Query, text},
    error::{Error, Result},
    form::Fields,
    page::{Html, PageError},
    state::AppState,
};
use programs::{
    affiliate::{
        approve::{Approval, REASON_MAX},
        change::ChangedAffiliate,
    },
    dashboard::pick_store,
    program::plan_view::SEGMENT_MAX,
};

/// The action applied to each selected affiliate.
#[derive(Debug)]
pub enum BulkAction {
    Approve { offer: Option<Offer>, notify: bool },
    Reject { reason: Option<String>, notify: bool },
    Segment(Option<String>),
    Archive(Option<String>),
}

impl BulkAction {
    const fn word(&self) -> &'static str {
        match self {
            Self::Approve { .. } => "Approved",
            Self::Reject { .. } => "Rejected",
            Self::Segment(_) => "Updated the segment of",
            Self::Archive(_) => "Archived",
        }
    }

    /// What can be undone: archiving and setting a segment send no email and move no money.
    const fn undoes(&self) -> Option<What> {
        match self {
            Self::Segment(_) => Some(What::Segment),
            Self::Archive(_) => Some(What::Archived),
            Self::Approve { .. } | Self::Reject { .. } => None,
        }
    }

    const fn past(&self) -> &'static str {
        match self {
            Self::Approve { .. } => "approved",
            Self::Reject { .. } => "rejected",
            Self::Segment(_) => "updated",
            Self::Archive(_) => "archived",
        }
    }
}

/// # Errors
/// 404 if the user can't access it, 403 for a viewer, 503 if the database is unavailable. Other errors are shown on the
/// page.
pub async fn submit(
    State(state): State<AppState>,
    session: Session,
    query: Query,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let bulk = Bulk::of(fields);
    let member = session.member(Some(bulk.field("organization")), Right::Operate)?;
    if bulk.is_all() {
        return all_actions::submit(&state, &session, &member, query, bulk).await;
    }
    let here = ListFilters::read(query.clone(), member.organization)?.address().to_string();
    let (status, outcome) = match read(&state, &member, &bulk).await {
        Ok(action) => (StatusCode::OK, ticked(&state, &member, &bulk, &action, &here).await?),
        Err(error) if error.status().is_client_error() => {
            (error.status(), Outcome::refused(kit::form::sentence_for(&error)))
        }
        Err(error) => return Err(error.into()),
    };
    if let Some(flash) = outcome.flash("affiliate", "affiliates") {
        return Ok(flash.redirect(&here));
    }
    // After a successful action, nothing stays selected.
    let left = if outcome.problem.is_some() { bulk } else { Bulk::default() };
    page(&state, &session, member.organization, query, (status, (left, outcome))).await
}

/// The list or the applications, with the result.
///
/// # Errors
/// 400 for an invalid filter; 503 if the database is unavailable.
pub async fn page(
    state: &AppState,
    session: &Session,
    organization: OrganizationId,
    query: Query,
    (status, done): (StatusCode, (Bulk, Outcome)),
) -> std::result::Result<Response, PageError> {
    if applications::are_requested(&query) {
        let page = applications::load(state, session, organization, query, Some(done)).await?;
        return Ok((status, Html(page)).into_response());
    }
    let page = list::load(state, session, organization, query, Some(done)).await?;
    Ok((status, Html(page)).into_response())
}

/// Reads the action and what it needs.
///
/// # Errors
/// 400 naming the field.
pub async fn read(state: &AppState, member: &Member, bulk: &Bulk) -> Result<BulkAction> {
    if !bulk.is_all() {
        bulk.ticked("affiliate")?;
    }
    let notify = bulk.field("notify") == "yes";
    let given = |name: &str| Some(bulk.field(name)).filter(|text| !text.is_empty());
    let reason = || text::maybe("reason", given("reason"), REASON_MAX);
    match bulk.field("what") {
        "approve" => {
            let mut offer = None;
            if bulk.field("link") == "yes" {
                let mut tx = state.db.tenant(member.organization).await?;
                offer = Some(Offer::of(&pick_store::programs(&mut tx).await?));
                tx.commit().await?;
            }
            Ok(BulkAction::Approve { offer: offer.filter(Offer::is_whole), notify })
        }
        "reject" => Ok(BulkAction::Reject { reason: reason()?, notify }),
        "segment" => Ok(BulkAction::Segment(text::maybe("segment", given("segment"), SEGMENT_MAX)?)),
        "archive" => Ok(BulkAction::Archive(reason()?)),
        _ => Err(Error::field("what", "Choose an action.")),
    }
}

async fn ticked(state: &AppState, member: &Member, bulk: &Bulk, action: &BulkAction, back: &str) -> Result<Outcome> {
    let ids: Vec<AffiliateId> = bulk.ids.iter().filter_map(|id| id.parse().ok()).collect();
    let mut tx = state.db.tenant(member.organization).await?;
    let names = store::names(&mut tx, &ids).await?;
    tx.commit().await?;
    let find = |id: &String| names.iter().find(|(known, _)| id.parse().is_ok_and(|id: AffiliateId| id == *known));
    let known: Vec<(AffiliateId, String)> = bulk.ids.iter().filter_map(find).cloned().collect();
    let (mut outcome, left) = each(state, member, &known, action, back).await?;
    outcome.notes.extend(bulk_all::unfinished(left, ("affiliate", "affiliates")));
    let unknown = bulk.ids.iter().filter(|id| find(id).is_none());
    outcome.passed.extend(unknown.map(|id| (id.clone(), "Affiliate not found.".to_owned())));
    Ok(outcome)
}

/// Applies the action to each. Returns also how many are left because time ran out.
///
/// # Errors
/// 503 if the database is unavailable.
pub async fn each(
    state: &AppState,
    member: &Member,
    affiliates: &[(AffiliateId, String)],
    action: &BulkAction,
    back: &str,
) -> Result<(Outcome, usize)> {
    let mut outcome = Outcome { word: action.word(), past: action.past(), ..Outcome::default() };
    let (begun, mut changed) = (action.undoes().map(|what| Begun::new(state, what)), Vec::new());
    let (deadline, mut left) = (bulk_all::deadline(), affiliates.len());
    for (id, name) in affiliates {
        if Instant::now() > deadline {
            break;
        }
        match one(state, member, *id, action).await {
            Ok(true) => {
                outcome.done += 1;
                changed.push(id.uuid());
            }
            Ok(false) => outcome.passed.push((name.clone(), "Nothing to change.".to_owned())),
            Err(error) if error.status().is_client_error() => {
                outcome.passed.push((name.clone(), kit::form::sentence_for(&error)));
            }
            Err(error) => return Err(error),
        }
        left = left.saturating_sub(1);
    }
    outcome.undo = begun.and_then(|begun| begun.path(state, member, changed, back));
    Ok((outcome, left))
}

async fn one(state: &AppState, member: &Member, id: AffiliateId, action: &BulkAction) -> Result<bool> {
    match action {
        BulkAction::Approve { offer, notify } => {
            let program = offer.as_ref().and_then(|offer| offer.program.as_ref()?.0.parse().ok());
            let input = Approval {
                program_id: program,
                destination: offer.as_ref().map(|offer| offer.destination.clone()),
                notify: Some(*notify),
                ..Approval::default()
            };
            commands::approve(state, member, id, input).await
        }
        BulkAction::Reject { reason, notify } => commands::reject(state, member, id, reason.as_deref(), *notify).await,
        BulkAction::Segment(name) => commands::segment(state, member, id, name.as_deref(), None).await,
        BulkAction::Archive(reason) => {
            let input = ChangedAffiliate {
                status: Some("Archived".to_owned()),
                reason: reason.clone(),
                ..ChangedAffiliate::default()
            };
            commands::change(state, member, id, input).await
        }
    }
}
