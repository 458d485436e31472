//! `/account`: shows a person's account: email, password, second factor, open sessions, and recent events.

use super::store;
use crate::{
    access::{
        account_event,
        caller::Caller,
        second_factor_store,
        session::{self, Session},
    },
    organization::time_zone,
};
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use kit::{
    api::query::Query,
    db::Holder,
    error::{Error, Result},
    form::Problems,
    page::{
        Html, PageError,
        zone::{When, Zone},
    },
    state::AppState,
};

const EVENTS: i64 = 20;

#[derive(Debug, askama::Template)]
#[template(path = "account.html")]
struct AccountPage {
    email: String,
    name: String,
    verified: bool,
    done: Option<&'static str>,
    /// The number of recovery codes left, if two-step sign-in is on.
    second_factor: Option<i64>,
    sessions: Vec<SessionView>,
    events: Vec<EventView>,
    zone: Zone,
    /// What the person typed as the new email.
    new_email: String,
    problems: Problems,
}

#[derive(Debug)]
struct SessionView {
    id: String,
    browser: String,
    current: bool,
    opened: When,
    seen: When,
}

#[derive(Debug)]
struct EventView {
    at: When,
    what: &'static str,
    browser: String,
}

impl AccountPage {
    /// Returns what the person is called on the page.
    fn shown(&self) -> &str {
        if self.name.is_empty() { &self.email } else { &self.name }
    }
}

/// `GET /account`.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    caller: Caller,
    mut query: Query,
) -> std::result::Result<Response, PageError> {
    let done = match query.text("done").unwrap_or_default().as_str() {
        "sent" => Some("We've emailed you a link. Open it to confirm."),
        "password" => Some("Password changed. Your other sessions were signed out."),
        "ended" => Some("Session signed out."),
        "second_factor_off" => Some("Two-step sign-in is off."),
        _ => None,
    };
    Ok(Html(load(&state, &session, &caller, done).await?).into_response())
}

/// Renders the page again, with a mistake in one of its forms.
pub async fn again(
    state: &AppState,
    session: &Session,
    caller: &Caller,
    status: StatusCode,
    new_email: &str,
    problems: Problems,
) -> Result<Response> {
    let page = load(state, session, caller, None).await?;
    Ok((status, Html(AccountPage { new_email: new_email.to_owned(), problems, ..page })).into_response())
}

async fn load(state: &AppState, session: &Session, caller: &Caller, done: Option<&'static str>) -> Result<AccountPage> {
    let now = state.clock.now();
    let current = session::presented(&caller.headers).unwrap_or_default();
    let mut tx = state.db.global(Holder::Nothing).await?;
    let person = store::person(tx.conn(), session.user).await?.ok_or_else(Error::not_found)?;
    let sessions = store::sessions(&mut tx, session.user, &current, now).await?;
    let events = account_event::latest(tx.conn(), session.user, EVENTS).await?;
    let second = second_factor_store::find(tx.conn(), session.user).await?.is_some_and(|stored| stored.enabled);
    let codes = second_factor_store::codes_left(tx.conn(), session.user).await?;
    tx.commit().await?;
    let zone = zone(state, session).await?;
    Ok(AccountPage {
        email: person.email,
        name: person.name,
        verified: person.verified,
        done,
        second_factor: second.then_some(codes),
        sessions: sessions
            .into_iter()
            .map(|open| SessionView {
                id: open.id.to_string(),
                browser: if open.browser.is_empty() { "A browser".to_owned() } else { open.browser },
                current: open.current,
                opened: zone.when(open.created_at),
                seen: zone.when(open.last_seen_at),
            })
            .collect(),
        events: events.into_iter().map(|(at, what, browser)| EventView { at: zone.when(at), what, browser }).collect(),
        new_email: String::new(),
        problems: Problems::default(),
        zone,
    })
}

/// Returns the time zone of the person's first organization, because people have none of their own.
async fn zone(state: &AppState, session: &Session) -> Result<Zone> {
    let Some((organization, _)) = session.memberships.first() else { return Ok(Zone::utc()) };
    let mut tx = state.db.tenant(*organization).await?;
    let zone = time_zone::of(&mut tx).await?;
    tx.commit().await?;
    Ok(zone)
}
