//! `/a/network/data`: everything that the network knows about a person, as a file, and its erasure.

use axum::{
    Form,
    extract::State,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{
    brands::{self, Own},
    channel::{Channel, Method},
    channel_store, data_store,
    frame::Frame,
    join,
    profile::Profile,
    session::CreatorSession,
    store,
};
use crate::flag::store as flag_store;
use kit::{
    db::Holder,
    error::Error,
    form::{Fields, Problems},
    page::{Html, PageError},
    state::AppState,
    text::Texts,
};

const PLACE: &str = "/a/network/data";

#[derive(Debug, askama::Template)]
#[template(path = "creator_data.html")]
struct DataPage {
    t: Texts,
    frame: Frame,
    /// How many brands know the person, if any do: their records stay.
    brands: Option<usize>,
    problems: Problems,
}

/// `GET /a/network/data`.
pub async fn show(State(state): State<AppState>, session: CreatorSession) -> std::result::Result<Response, PageError> {
    page(&state, &session, Problems::default()).await
}

async fn page(
    state: &AppState,
    session: &CreatorSession,
    problems: Problems,
) -> std::result::Result<Response, PageError> {
    let brands = Some(brands::of(state, &session.email).await?.len()).filter(|count| *count > 0);
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::BAD_REQUEST };
    Ok((status, Html(DataPage { t: session.t, frame: session.frame(PLACE), brands, problems })).into_response())
}

/// `GET /a/network/data/export`: everything, as JSON.
pub async fn export(
    State(state): State<AppState>,
    session: CreatorSession,
) -> std::result::Result<Response, PageError> {
    let mut tx = state.db.global(Holder::Creator(session.creator)).await?;
    let known = data_store::known(&mut tx, session.creator).await?.ok_or_else(Error::not_found)?;
    let profile = store::read(&mut tx, session.creator).await?;
    let channels = channel_store::list(&mut tx, session.creator).await?;
    let dealings = data_store::dealings(&mut tx, session.creator).await?;
    let flags = flag_store::of_creator(&mut tx, session.creator).await?;
    tx.commit().await?;
    let memberships = brands::of(&state, &session.email).await?;
    let document = json!({
        "creator": session.creator,
        "account": known.account,
        "sessions": known.sessions,
        "profile": profile.as_ref().map(of_profile),
        "channels": channels.iter().map(of_channel).collect::<Vec<_>>(),
        "contacts": dealings.contacts,
        "messages": dealings.messages,
        "reports": dealings.reports,
        "trackRecord": dealings.tracks,
        "applicationsElsewhere": dealings.elsewhere,
        "announcedBy": dealings.announced,
        "flags": flags,
        "brands": memberships.iter().map(of_membership).collect::<Vec<_>>(),
    });
    let text = serde_json::to_string_pretty(&document).map_err(|error| Error::internal(error))?;
    let headers = [
        (CONTENT_TYPE, "application/json"),
        (CONTENT_DISPOSITION, "attachment; filename=\"creator.json\""),
        (CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, text).into_response())
}

fn of_profile(profile: &Profile) -> Value {
    json!({
        "handle": profile.handle,
        "name": profile.name,
        "initialsOnly": profile.initials_only,
        "headline": profile.headline,
        "bio": profile.bio,
        "country": profile.country,
        "languages": profile.languages,
        "topics": profile.topics.iter().map(|word| word.as_str()).collect::<Vec<_>>(),
        "formats": profile.formats.iter().map(|word| word.as_str()).collect::<Vec<_>>(),
        "earnings": profile.earnings.iter().map(|word| word.as_str()).collect::<Vec<_>>(),
        "portfolioUrl": profile.portfolio_url,
        "recentResults": profile.recent_results,
        "wontPromote": profile.wont_promote,
        "listedAt": profile.listed_at,
        "pausedAt": profile.paused_at,
        "hiddenFrom": profile.hidden_from,
        "sharesReputation": profile.shares_reputation,
        "weeklyInvitationsMax": profile.weekly_invitations_max,
    })
}

fn of_channel(channel: &Channel) -> Value {
    json!({
        "kind": channel.kind.as_str(),
        "handle": channel.handle,
        "url": channel.url,
        "audience": channel.audience.as_str(),
        "code": channel.code,
        "verifiedAt": channel.verified_at,
        "method": channel.method.map(Method::as_str),
        "checkedAt": channel.checked_at,
    })
}

fn of_membership(own: &Own) -> Value {
    let balance = |one: &super::brands_store::Balance| json!({"currency": one.currency, "pending": one.pending, "payable": one.payable, "paid": one.paid});
    json!({
        "organization": own.organization,
        "brand": own.brand,
        "since": own.since,
        "balances": own.balances.iter().map(balance).collect::<Vec<_>>(),
    })
}

/// `POST /a/network/data/erase`: deletes the creator. What brands know about their affiliate stays with them.
pub async fn erase(
    State(state): State<AppState>,
    session: CreatorSession,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    if !fields.is_ticked("sure") {
        return page(&state, &session, Problems::at("sure", session.t.say("creator-data-sure"))).await;
    }
    let mut tx = state.db.global(Holder::Creator(session.creator)).await?;
    data_store::erase(&mut tx, (session.creator, &session.email), state.clock.now()).await?;
    tx.commit().await?;
    Ok(join::out("/network/join"))
}
