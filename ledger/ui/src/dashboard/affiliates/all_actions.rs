//! An action on all affiliates who match the list's filters: a page asks with their number, then each is changed in its
//! own transaction.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};

use super::{
    PLACE, bulk_actions,
    filters::{ListFilters, TABS},
    list::Offer,
    store,
};
use crate::dashboard::{
    bulk::{Bulk, Outcome},
    bulk_all::{self, ALL_MAX, QuestionPage, Seen, TextField},
    facets::Choices,
};
use identity::{
    access::{member::Member, session::Session},
    page::frame::Frame,
};
use kit::{
    api::query::Query,
    page::{Html, PageError},
    state::AppState,
};
use programs::{affiliate::approve::REASON_MAX, program::plan_view::SEGMENT_MAX};
use rules::format;

const NOUNS: (&str, &str) = ("affiliate", "affiliates");

/// # Errors
/// 400 for an invalid filter, 503 if the database is unavailable. Other errors are shown on the page.
pub async fn submit(
    state: &AppState,
    session: &Session,
    member: &Member,
    query: Query,
    bulk: Bulk,
) -> Result<Response, PageError> {
    let organization = member.organization;
    let filters = ListFilters::read(query.clone(), organization)?;
    let confirmed = Seen::read(&bulk);
    let now = state.clock.now();
    let until = confirmed.map_or(now, |seen| seen.until);
    let mut tx = state.db.tenant(organization).await?;
    let rows = store::matching(&mut tx, &filters.filter(), now, until, ALL_MAX + 1).await?;
    let choices = Choices::load(&mut tx).await?;
    tx.commit().await?;
    let read = match bulk_all::checked(rows.len(), NOUNS.1) {
        Ok(()) => bulk_actions::read(state, member, &bulk).await,
        Err(error) => Err(error),
    };
    let action = match read {
        Ok(action) => action,
        Err(error) if error.status().is_client_error() => {
            let done = (bulk, Outcome::refused(kit::form::sentence_for(&error)));
            return bulk_actions::page(state, session, organization, query, (error.status(), done)).await;
        }
        Err(error) => return Err(error.into()),
    };
    let here = filters.address().to_string();
    // More than were confirmed are asked about again; fewer are done.
    let Some(seen) = confirmed.filter(|seen| rows.len() <= seen.count) else {
        let frame = Frame::load(state, session, organization, PLACE).await?;
        let seen = Seen { until: now, count: rows.len() };
        let page = QuestionPage {
            problem: confirmed.map(|_| "More affiliates match than before. Nothing was changed yet.".to_owned()),
            ..question(frame, &filters, &choices, &bulk, seen)
        };
        let status = if page.problem.is_some() { StatusCode::CONFLICT } else { StatusCode::OK };
        return Ok((status, Html(page)).into_response());
    };
    let (mut outcome, left) = bulk_actions::each(state, member, &rows, &action, &here).await?;
    outcome.notes.extend(bulk_all::unfinished(left, NOUNS));
    outcome.notes.extend(bulk_all::fewer(seen, rows.len(), NOUNS));
    if let Some(flash) = outcome.flash(NOUNS.0, NOUNS.1) {
        return Ok(flash.redirect(&here));
    }
    bulk_actions::page(state, session, organization, query, (StatusCode::OK, (Bulk::default(), outcome))).await
}

fn question(frame: Frame, filters: &ListFilters, choices: &Choices, bulk: &Bulk, seen: Seen) -> QuestionPage {
    let whom = bulk_all::counted(seen.count, NOUNS);
    let what = bulk.field("what");
    let (title, button) = match what {
        "approve" => (format!("Approve {whom}?"), "Approve"),
        "reject" => (format!("Reject {whom}?"), "Reject"),
        "segment" => (format!("Set the segment of {whom}?"), "Set segment"),
        _ => (format!("Archive {whom}?"), "Archive"),
    };
    let is_archive = what == "archive";
    let text = |name: &'static str, label, hint, length, options| TextField {
        name,
        label,
        hint,
        length,
        is_required: false,
        value: bulk.field(name).to_owned(),
        options,
    };
    let texts = match what {
        "segment" => vec![text("segment", "Segment", "leave empty to clear", SEGMENT_MAX, choices.segments.clone())],
        "reject" | "archive" => vec![text("reason", "Reason", "optional", REASON_MAX, Vec::new())],
        _ => Vec::new(),
    };
    let mut ticks = Vec::new();
    if matches!(what, "approve" | "reject") {
        ticks.push(("notify", "Notify them by email".to_owned(), bulk.field("notify") == "yes"));
    }
    let offer = Offer::of(&choices.programs);
    if let Some((_, name)) = offer.program.as_ref().filter(|_| what == "approve" && offer.is_whole()) {
        ticks.push(("link", format!("Create a link for {name}"), bulk.field("link") == "yes"));
    }
    QuestionPage {
        frame,
        address: filters.address(),
        list: "Affiliates",
        filter_bar: filters.bar(choices),
        tab: TABS
            .iter()
            .find(|(status, _)| filters.status.unwrap_or_default() == *status)
            .map_or("All", |(_, tab)| *tab),
        title,
        about: if is_archive { "Archived affiliates earn nothing new. What they earned stays." } else { "" },
        worth: String::new(),
        what: what.to_owned(),
        button: format!("{button} ({})", format::count(u64::try_from(seen.count).unwrap_or(u64::MAX))),
        seen,
        texts,
        ticks,
        problem: None,
    }
}
