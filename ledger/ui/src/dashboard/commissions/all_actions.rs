//! Decisions about all commissions that match the list's filters: a page asks with their number and sum, then they are
//! decided in sets, each in its own transaction.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use shared::id::CommissionId;
use tokio::time::Instant;

use super::{
    PLACE,
    actions::{SAY_WHY, kind},
    filters::{ListFilters, TABS},
    list,
    store::{self, Matched},
};
use crate::dashboard::{
    bulk::{Bulk, Outcome},
    bulk_all::{self, ALL_MAX, QuestionPage, Seen, TextField},
    facets::Choices,
    list_filters,
};
use engine::{
    decision::{commission, reason},
    history::DecisionKind,
};
use identity::{
    access::{member::Member, session::Session},
    audit,
    page::frame::Frame,
};
use kit::{
    api::query::Query,
    error::{Error, Result},
    page::{Html, PageError},
    state::AppState,
};

/// As many are decided together, so that intake waits only briefly.
const SET: usize = 200;
const NOUNS: (&str, &str) = ("commission", "commissions");
const MORE: &str = "More commissions match than before. Nothing was changed yet.";

/// # Errors
/// 400 for an invalid filter, 503 if the database is unavailable. Other errors are shown on the page.
pub async fn submit(
    state: &AppState,
    session: &Session,
    member: &Member,
    query: Query,
    bulk: Bulk,
) -> std::result::Result<Response, PageError> {
    let mut filters = ListFilters::read(query.clone(), member.organization, list_filters::ROWS)?;
    let confirmed = Seen::read(&bulk);
    let until = confirmed.map_or_else(|| state.clock.now(), |seen| seen.until);
    let mut tx = state.db.tenant(member.organization).await?;
    let rows = match filters.slice.found(&mut tx, state.clock.now()).await? {
        Some(found) => store::matching(&mut tx, &filters.filter(found), until, ALL_MAX + 1).await?,
        None => Vec::new(),
    };
    let choices = Choices::load(&mut tx).await?;
    tx.commit().await?;
    let known = kind(bulk.field("what")).ok_or_else(|| Error::field("what", "Choose what to do."));
    let (kind, outcome) = match bulk_all::checked(rows.len(), NOUNS.1).and(known) {
        Ok(known) => known,
        Err(error) => {
            let done = (bulk, Outcome::refused(kit::form::sentence_for(&error)));
            let page = list::load(state, session, member.organization, query, Some(done)).await?;
            return Ok((error.status(), Html(page)).into_response());
        }
    };
    let (seen, reason) = match (confirmed, reason::checked(bulk.field("reason"))) {
        (Some(seen), Ok(reason)) if rows.len() <= seen.count => (seen, reason),
        (confirmed, _) => {
            let frame = Frame::load(state, session, member.organization, PLACE).await?;
            let seen = Seen { until, count: rows.len() };
            let mut page = question(frame, (&filters, &choices), kind, &rows, seen);
            page.texts.iter_mut().for_each(|field| bulk.field("reason").clone_into(&mut field.value));
            let (status, problem) = problem(confirmed, rows.len());
            page.problem = problem.map(str::to_owned);
            return Ok((status, Html(page)).into_response());
        }
    };
    let mut outcome = each(state, member, &rows, (kind, outcome), &reason).await?;
    outcome.notes.extend(bulk_all::fewer(seen, rows.len(), NOUNS));
    if let Some(flash) = outcome.flash(NOUNS.0, NOUNS.1) {
        return Ok(flash.redirect(&filters.address().to_string()));
    }
    let page = list::load(state, session, member.organization, query, Some((Bulk::default(), outcome))).await?;
    Ok(Html(page).into_response())
}

/// Why the page asks again. More than were confirmed are asked about again; fewer are done.
fn problem(confirmed: Option<Seen>, count: usize) -> (StatusCode, Option<&'static str>) {
    match confirmed {
        Some(seen) if count > seen.count => (StatusCode::CONFLICT, Some(MORE)),
        Some(_) => (StatusCode::BAD_REQUEST, Some(SAY_WHY)),
        None => (StatusCode::OK, None),
    }
}

async fn each(
    state: &AppState,
    member: &Member,
    rows: &[Matched],
    (kind, mut outcome): (DecisionKind, Outcome),
    reason: &str,
) -> Result<Outcome> {
    let (deadline, mut left) = (bulk_all::deadline(), rows.len());
    for set in rows.chunks(SET) {
        if Instant::now() > deadline {
            break;
        }
        let ids: Vec<CommissionId> = set.iter().map(|row| row.id).collect();
        let mut tx = state.db.tenant(member.organization).await?;
        let decided = commission::decide_many(&mut tx, state, &ids, kind, reason, &member.actor.who).await?;
        for (id, result) in decided {
            match result {
                Ok(entry) => {
                    audit::record(&mut tx, &member.actor, state.clock.now(), entry).await?;
                    outcome.done += 1;
                }
                Err(error) => outcome.passed.push((id.to_string(), kit::form::sentence_for(&error))),
            }
        }
        tx.commit().await?;
        left = left.saturating_sub(set.len());
    }
    // It's fine if no one is listening.
    drop(state.news.send(member.organization));
    outcome.notes.extend(bulk_all::unfinished(left, NOUNS));
    Ok(outcome)
}

fn question(
    frame: Frame,
    (filters, choices): (&ListFilters, &Choices),
    kind: DecisionKind,
    rows: &[Matched],
    seen: Seen,
) -> QuestionPage {
    let worth = bulk_all::sums(rows.iter().map(|row| (row.currency.clone(), row.amount)));
    let whom = format!("{} ({worth})", bulk_all::counted(rows.len(), NOUNS));
    let (what, title, button, about) = match kind {
        DecisionKind::Deny => {
            let about = "Denied commissions aren\u{2019}t paid. You can undo a denial.";
            ("deny", format!("Deny {whom}?"), "Deny", about)
        }
        DecisionKind::Approve => {
            let about = "They are on hold or payable again, as before.";
            ("approve", format!("Undo the denial of {whom}?"), "Undo denial", about)
        }
        _ => {
            let about = "They become payable now. This can\u{2019}t be undone.";
            ("release", format!("Release {whom}?"), "Release", about)
        }
    };
    let reason = TextField {
        name: "reason",
        label: "Reason",
        hint: "shown on each receipt",
        length: 1_000,
        is_required: true,
        value: String::new(),
        options: Vec::new(),
    };
    QuestionPage {
        frame,
        address: filters.address(),
        list: "Commissions",
        filter_bar: filters.bar(choices),
        tab: TABS
            .iter()
            .find(|(status, _)| filters.status.unwrap_or_default() == *status)
            .map_or("All", |(_, tab)| *tab),
        title,
        about,
        button: format!("{button} {worth}"),
        worth,
        what: what.to_owned(),
        seen,
        texts: vec![reason],
        ticks: Vec::new(),
        problem: None,
    }
}
