//! The leaderboards of an affiliate's programs, and `POST /a/rewards/name`: whether others see the affiliate's name there.
//!
//! Without consent, an affiliate is a number to all others. The figures are those of the metric and nothing else.

use axum::{
    Form,
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use serde_json::json;
use shared::{id::AffiliateId, timestamp::Timestamp};

use super::{
    Goal, calendar,
    leaderboard_store::{self, Leaderboard},
    portal,
    ranking::{self, Placed},
    score_store::Of,
    words,
};
use crate::affiliate::public_name;
use identity::{
    audit::{self, Entry},
    portal::session::AffiliateSession,
};
use kit::{
    api::text,
    db::TenantTx,
    error::Result,
    form::{Fields, Problems},
    page::{Html, PageError, zone::Zone},
    state::AppState,
    text::{Text, Texts},
};

/// The places that a leaderboard shows.
const PLACES: i64 = 10;
/// Of a name that others see.
pub const NAME_MAX: usize = 60;

/// A leaderboard as an affiliate sees it.
#[derive(Debug)]
pub struct Board {
    pub program: String,
    pub until: Option<String>,
    /// `None`: there are more sales than can be counted in time.
    pub rows: Option<Vec<Row>>,
}

#[derive(Debug)]
pub struct Row {
    pub place: i64,
    pub name: String,
    pub value: String,
    pub is_own: bool,
}

/// A leaderboard with its places. Counting that takes too long ends the transaction.
pub async fn board(
    tx: &mut Option<TenantTx>,
    (t, zone): (Texts, &Zone),
    affiliate: AffiliateId,
    leaderboard: Leaderboard,
    now: Timestamp,
) -> Result<Board> {
    let Leaderboard { program, program_name, metric, currency, repeats } = leaderboard;
    let goal = Goal { metric, currency, value: 1, settled_only: false };
    let window = calendar::of_leaderboard(repeats, zone, now);
    let until = window.ends.map(|ends| zone.date_in(t, ends.plus_millis(-1)));
    let of = Of {
        program,
        metric,
        currency: currency.as_ref().map(|currency| currency.code()),
        settled_only: false,
        segments: &[],
        affiliate: None,
        anyone: false,
        least: goal.value,
        best: None,
    };
    let (Some(all), Some(tx)) = (ranking::places(tx, &of, &window, now).await?, tx) else {
        return Ok(Board { program: program_name, until, rows: None });
    };
    let shown: Vec<&Placed> = all.iter().filter(|one| one.place <= PLACES || one.affiliate == affiliate).collect();
    let ids: Vec<AffiliateId> = shown.iter().map(|one| one.affiliate).collect();
    let names = leaderboard_store::names(tx, &ids).await?;
    let rows = shown.into_iter().zip(1i64..).map(|(one, number)| {
        let is_own = one.affiliate == affiliate;
        let name = match names.get(&one.affiliate) {
            _ if is_own => t.say("portal-rewards-you").to_string(),
            Some(name) => name.clone(),
            None => t.say("portal-rewards-nameless").with("number", number).to_string(),
        };
        Row { place: one.place, name, value: words::value(t, &goal, one.value), is_own }
    });
    Ok(Board { program: program_name, until, rows: Some(rows.collect()) })
}

/// `POST /a/rewards/name`: agrees to be named, or withdraws it.
///
/// # Errors
/// 503 if the database is unavailable. A mistake is shown next to its field.
pub async fn choose(
    State(state): State<AppState>,
    session: AffiliateSession,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let (now, shown) = (state.clock.now(), fields.is_ticked("shown"));
    let name = match shown.then(|| named(fields.raw("name"), session.t)).transpose() {
        Ok(name) => name,
        Err(wrong) => {
            let page = portal::load(&state, &session, None, Problems::at("name", wrong)).await?;
            return Ok((axum::http::StatusCode::BAD_REQUEST, Html(page)).into_response());
        }
    };
    let mut tx = state.db.tenant(session.organization).await?;
    if let Some(name) = name {
        leaderboard_store::agree(&mut tx, session.affiliate, &name, now).await?;
    } else {
        leaderboard_store::withdraw(&mut tx, session.affiliate).await?;
    }
    let entry = Entry::new("affiliate.leaderboard_name_changed", session.affiliate).after(json!({"shown": shown}));
    audit::record(&mut tx, &session.actor, now, entry).await?;
    tx.commit().await?;
    Ok(Redirect::to("/a/rewards?done=name").into_response())
}

/// The name that others see on a leaderboard.
fn named(given: &str, t: Texts) -> std::result::Result<String, Text> {
    let name =
        text::checked("name", given, NAME_MAX).map_err(|_| t.say("portal-rewards-name-wrong").with("max", NAME_MAX))?;
    match public_name::address_problem(&name, t) {
        Some(problem) => Err(problem),
        None => Ok(name),
    }
}
