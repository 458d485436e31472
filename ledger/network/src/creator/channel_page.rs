//! `/a/network/profile/channels`: adds, verifies and removes channels.

use axum::{
    Form,
    extract::{Path, State},
    response::Response,
};
use rules::network::{AudienceBand, ChannelKind};
use shared::{id::CreatorChannelId, keys::encode_hex};

use super::{
    channel::{self, Channel, Mistake},
    channel_store,
    profile_page::{self, PLACE, Refusal},
    session::CreatorSession,
    store, verify,
};
use kit::{
    db::Holder,
    error::Error,
    form::{Fields, Problems},
    limit::{self, Limit},
    outbound::Reach,
    page::{PageError, flash::Flash},
    state::AppState,
    text::Texts,
};

/// Reads the form; all mistakes at once.
fn read(t: Texts, fields: &Fields, reach: Reach) -> Result<(ChannelKind, String, String, AudienceBand), Problems> {
    let mut wrong = Problems::default();
    let kind = ChannelKind::parse(fields.text("kind"));
    if kind.is_none() {
        wrong.add("kind", t.say("creator-profile-choose"));
    }
    let audience = AudienceBand::parse(fields.text("audience"));
    if audience.is_none() {
        wrong.add("audience", t.say("creator-profile-choose"));
    }
    let address = channel::address(kind.unwrap_or(ChannelKind::Other), fields.text("url"), reach);
    if let Err(mistake) = address {
        let variant = match mistake {
            Mistake::Address => "address",
            Mistake::Platform => "platform",
            Mistake::Profile => "profile",
        };
        wrong.add("url", t.say("creator-channels-mistake").with("mistake", variant));
    }
    match (kind, address, audience) {
        (Some(kind), Ok((url, handle)), Some(audience)) => Ok((kind, handle, url.into(), audience)),
        _ => Err(wrong),
    }
}

/// `POST /a/network/profile/channels`: adds a channel.
pub async fn add(
    State(state): State<AppState>,
    session: CreatorSession,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let t = session.t;
    let problems = match read(t, &fields, state.outbound.reach) {
        Ok((kind, handle, url, audience)) => {
            let random: [u8; 8] = rand::random();
            let code = format!("rekomi-{}", encode_hex(&random));
            let new = Channel {
                id: state.new_id(),
                kind,
                handle,
                url,
                audience,
                code,
                verified_at: None,
                method: None,
                checked_at: None,
            };
            let mut tx = state.db.global(Holder::Creator(session.creator)).await?;
            let is_added = channel_store::insert(&mut tx, session.creator, &new, state.clock.now()).await?;
            tx.commit().await?;
            if is_added {
                return Ok(Flash::done(t.say("creator-channels-added")).redirect(PLACE));
            }
            Problems::at("url", t.say("creator-channels-refused").with("count", channel::CHANNELS_MAX))
        }
        Err(problems) => problems,
    };
    let refusal = Refusal { channel: Some((fields, problems)), ..Refusal::default() };
    Ok(profile_page::page(&state, &session, refusal).await?)
}

fn id(text: &str) -> Result<CreatorChannelId, Error> {
    text.parse().map_err(|_| Error::not_found())
}

/// `POST /a/network/profile/channels/{channel}/verify`: looks for the code now.
///
/// # Errors
/// 404 for a channel that isn't theirs; 429 if they check too often.
pub async fn verify(
    State(state): State<AppState>,
    session: CreatorSession,
    Path(channel): Path<String>,
) -> Result<Response, PageError> {
    let (id, t) = (id(&channel)?, session.t);
    let mut tx = state.db.global(Holder::Creator(session.creator)).await?;
    let all = channel_store::list(&mut tx, session.creator).await?;
    tx.commit().await?;
    let channel = all.into_iter().find(|channel| channel.id == id).ok_or_else(Error::not_found)?;
    if !limit::admit(&state, &Limit::ChannelCheck(session.creator)).await? {
        return Err(Error::too_often().into());
    }
    let found = verify::look(&state, &channel).await;
    let mut tx = state.db.global(Holder::Creator(session.creator)).await?;
    channel_store::checked(&mut tx, session.creator, (id, found.method()), state.clock.now()).await?;
    tx.commit().await?;
    Ok(Flash::done(t.say("creator-channels-found").with("found", found.variant())).redirect(PLACE))
}

/// `POST /a/network/profile/channels/{channel}/remove`. A listed profile without channels is no longer listed.
///
/// # Errors
/// 404 for a channel that isn't theirs.
pub async fn remove(
    State(state): State<AppState>,
    session: CreatorSession,
    Path(channel): Path<String>,
) -> Result<Response, PageError> {
    let id = id(&channel)?;
    let mut tx = state.db.global(Holder::Creator(session.creator)).await?;
    let was_listed = store::read(&mut tx, session.creator).await?.is_some_and(|profile| profile.listed_at.is_some());
    if !channel_store::delete(&mut tx, session.creator, id).await? {
        return Err(Error::not_found().into());
    }
    let is_listed = store::read(&mut tx, session.creator).await?.is_some_and(|profile| profile.listed_at.is_some());
    tx.commit().await?;
    let change = if was_listed && !is_listed { "unlisted" } else { "removed" };
    Ok(Flash::done(session.t.say("creator-channels-removed").with("change", change)).redirect(PLACE))
}
