//! `/dashboard/troubles`: the events that couldn't be applied, by cause, each cause with what to do about it.

use axum::{
    Form,
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use shared::timestamp::Timestamp;
use uuid::Uuid;

use crate::{
    dashboard::undo::{Begun, What},
    quarantined_event::decide::{RETRIED_MAX, dismiss_all, retry_all, settle_all},
};
use engine::quarantine::{
    cause::{self, Cause},
    store::{self, COUNTED_MAX, Open, Reason},
};
use identity::{
    access::{
        member::{Choice, Member},
        session::Session,
    },
    audit,
    page::frame::Frame,
};
use kit::{
    access::role::Right,
    api::query::Query,
    error::Error,
    form::Fields,
    page::{Html, PageError, address::Address, flash::Flash, zone::Zone},
    state::AppState,
};
use rules::format;

pub const PLACE: &str = "/dashboard/troubles";
/// How many events of each cause are listed, and of one cause alone.
const ROWS: i64 = 5;
const ROWS_OF_ONE: i64 = 50;
/// How much of an event's text is shown.
const TEXT: i32 = 1_000;

#[derive(Debug, askama::Template)]
#[template(path = "quarantine.html")]
struct ListPage {
    frame: Frame,
    groups: Vec<Group>,
    /// Only one cause is shown.
    single: bool,
    done: Option<String>,
}

/// The events of one cause.
#[derive(Debug)]
struct Group {
    reason: String,
    cause: Cause,
    /// "13 events".
    events: String,
    /// When the newest one arrived: later ones aren't decided about unseen.
    until: String,
    rows: Vec<Row>,
    /// The address of the list of this cause alone, if it has more rows.
    more: Option<String>,
}

#[derive(Debug)]
struct Row {
    id: String,
    at: String,
    when: String,
    detail: String,
    body: String,
}

/// `GET /dashboard/troubles`.
///
/// # Errors
/// 404 for an organization that isn't the person's; 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    mut query: Query,
) -> Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let requested = query.text("reason");
    let number = |name: &str| query.peek(name).and_then(|text| text.parse::<u64>().ok()).unwrap_or_default();
    let done = match query.peek("done") {
        Some("dismissed") => Some(format!("{} dismissed.", counted(number("events"), false))),
        Some("retried") => {
            let (applied, tried) = (number("events"), number("of"));
            Some(format!("{} of {} processed.", format::count(applied), counted(tried, false)))
        }
        _ => None,
    };
    let frame = Frame::load(&state, &session, organization, "/dashboard").await?;
    let limit = if requested.is_some() { ROWS_OF_ONE } else { ROWS };
    let mut tx = state.db.tenant(organization).await?;
    let reasons = store::reasons(&mut tx).await?;
    let mut rows = store::newest(&mut tx, requested.as_deref(), limit, TEXT).await?;
    tx.commit().await?;
    let groups = reasons.into_iter().filter(|one| requested.as_ref().is_none_or(|only| one.reason == *only));
    let groups = groups
        .map(|one| {
            let own =
                rows.extract_if(.., |row| row.reason == one.reason).map(|row| Row::of(row, &frame.zone)).collect();
            Group::of(one, own, requested.is_none().then(|| Address::of(PLACE, organization)))
        })
        .collect();
    Ok(Html(ListPage { groups, single: requested.is_some(), done, frame }).into_response())
}

/// "1 event", "10,000+ events".
fn counted(events: u64, is_more: bool) -> String {
    let plus = if is_more { "+" } else { "" };
    format!("{}{plus} event{}", format::count(events), if events == 1 { "" } else { "s" })
}

impl Group {
    fn of(one: Reason, rows: Vec<Row>, all: Option<Address>) -> Self {
        let is_longer = usize::try_from(one.events).is_ok_and(|events| events > rows.len());
        Self {
            cause: cause::of(&one.reason),
            events: counted(one.events.unsigned_abs(), one.events >= COUNTED_MAX),
            until: one.newest.to_string(),
            rows,
            more: all.filter(|_| is_longer).map(|list| list.with("reason", &one.reason).to_string()),
            reason: one.reason,
        }
    }
}

impl Row {
    fn of(open: Open, zone: &Zone) -> Self {
        Self {
            id: open.id.to_string(),
            at: open.created_at.to_string(),
            when: zone.full(open.created_at),
            detail: open.detail,
            body: open.body,
        }
    }
}

/// `POST /dashboard/troubles`: dismisses all events of a cause, or tries its oldest ones again.
///
/// # Errors
/// 404 if the person can't access it, 403 for a viewer, 400 for other decisions, 503 if the database is unavailable.
pub async fn decide(
    State(state): State<AppState>,
    session: Session,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let member = session.member(Some(fields.text("organization")), Right::Operate)?;
    let (organization, reason) = (member.organization, fields.raw("reason"));
    let until = Timestamp::parse_rfc3339(fields.raw("until"))
        .map_err(|_| Error::field("until", "until must be a time such as 2026-11-20T08:30:00Z"))?;
    let list = Address::of(PLACE, organization);
    let to = match fields.raw("decision") {
        "dismiss" => {
            let begun = Begun::new(&state, What::Events);
            let ids = dismiss(&state, &member, reason, until).await?;
            let done = u64::try_from(ids.len()).unwrap_or(u64::MAX);
            if let Some(undo) = begun.path(&state, &member, ids, &list.to_string()) {
                let message = format!("{} dismissed", counted(done, false));
                return Ok(Flash::done(message).undo(undo).redirect(&list.to_string()));
            }
            list.with("done", "dismissed").with("events", done)
        }
        "replay" if !cause::of(reason).replayable => {
            return Err(Error::field("decision", "events of this cause can only be dismissed").into());
        }
        "replay" => {
            let (applied, tried) = replay(&state, &member, reason, until).await?;
            list.with("done", "retried").with("events", applied).with("of", tried)
        }
        _ => return Err(Error::field("decision", "decision must be replay or dismiss").into()),
    };
    // An error only means that no page is listening.
    drop(state.news.send(organization));
    Ok(Redirect::to(&to.to_string()).into_response())
}

/// Dismisses the events of a reason that arrived until then, and returns them.
async fn dismiss(state: &AppState, member: &Member, reason: &str, until: Timestamp) -> Result<Vec<Uuid>, Error> {
    let mut tx = state.db.tenant(member.organization).await?;
    let (done, entry) = dismiss_all(&mut tx, reason, until).await?;
    if let Some(entry) = entry {
        audit::record(&mut tx, &member.actor, state.clock.now(), entry).await?;
    }
    tx.commit().await?;
    drop(state.news.send(member.organization));
    Ok(done)
}

/// Applies the oldest events of a reason again. Returns how many were applied, and how many were tried.
async fn replay(state: &AppState, member: &Member, reason: &str, until: Timestamp) -> Result<(usize, usize), Error> {
    let mut tx = state.db.tenant(member.organization).await?;
    let bodies = store::bodies(&mut tx, reason, until, RETRIED_MAX).await?;
    tx.commit().await?;
    let retried = retry_all(state, &bodies).await?;
    let mut tx = state.db.tenant(member.organization).await?;
    if let Some(entry) = settle_all(&mut tx, reason, &retried).await? {
        audit::record(&mut tx, &member.actor, state.clock.now(), entry).await?;
    }
    tx.commit().await?;
    Ok((retried.applied.len(), retried.tried))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_counted_in_words() {
        assert_eq!(counted(1, false), "1 event");
        assert_eq!(counted(10_000, true), "10,000+ events");
        assert_eq!(counted(0, false), "0 events");
    }
}
