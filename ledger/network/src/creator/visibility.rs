//! `/a/network/visibility`: who can see a creator, and exactly what they see.

use axum::{
    Form,
    extract::State,
    response::{IntoResponse, Response},
};
use shared::id::OrganizationId;

use super::{
    brands,
    card::PublicCard,
    channel_store,
    frame::Frame,
    profile::Profile,
    session::CreatorSession,
    store,
    visibility_store::{self, Choices},
};
use crate::{flag::check, listing::needs_approval};
use kit::{
    db::Holder,
    error::{Error, Result},
    form::Fields,
    page::{Html, PageError, flash::Flash},
    state::AppState,
    text::Texts,
};

const PLACE: &str = "/a/network/visibility";
const INVITATIONS_MAX: i32 = 50;
const BLOCKS_MAX: i32 = 200;
/// The most brands that the form offers.
const BRANDS_MAX: i64 = 500;

#[derive(Debug, askama::Template)]
#[template(path = "creator_visibility.html")]
struct VisibilityPage {
    t: Texts,
    frame: Frame,
    profile: Option<Profile>,
    /// What brands see, or would see.
    card: Option<PublicCard>,
    /// What has to be there before the profile can be listed.
    needs: Vec<&'static str>,
    is_disposable: bool,
    /// The operator's reason.
    suspended: Option<String>,
    /// Whether the operator looks at something first.
    waits: bool,
    /// Brands that don't see the profile, with their names as far as anyone may know them.
    hidden: Vec<(OrganizationId, String)>,
    /// Brands that do.
    others: Vec<(OrganizationId, String)>,
    invitations_max: i32,
    /// Whether brands' messages are emailed to them.
    message_emails: bool,
}

/// `GET /a/network/visibility`.
pub async fn show(State(state): State<AppState>, session: CreatorSession) -> std::result::Result<Response, PageError> {
    let t = session.t;
    let mut tx = state.db.global(Holder::Creator(session.creator)).await?;
    let profile = store::read(&mut tx, session.creator).await?;
    let channels = channel_store::list(&mut tx, session.creator).await?;
    let is_disposable = visibility_store::is_disposable(&mut tx, session.creator).await?;
    let suspended = visibility_store::suspended(&mut tx, session.creator).await?;
    let waits = visibility_store::waits(&mut tx, session.creator).await?;
    let message_emails = visibility_store::message_emails(&mut tx, session.creator).await?;
    let mut known = visibility_store::listed_brands(&mut tx, BRANDS_MAX).await?;
    tx.commit().await?;
    for own in brands::of(&state, &session.email).await? {
        if !known.iter().any(|(organization, _)| *organization == own.organization) {
            known.push((own.organization, own.brand));
        }
    }
    known.sort_by_key(|(organization, name)| (name.to_lowercase(), *organization));
    let blocked = profile.as_ref().map(|profile| profile.hidden_from.clone()).unwrap_or_default();
    let name_of = |brand: &OrganizationId| {
        let name = known.iter().find(|(organization, _)| organization == brand).map(|(_, name)| name.clone());
        (*brand, name.unwrap_or_else(|| t.say("creator-visibility-unknown").to_string()))
    };
    let page = VisibilityPage {
        t,
        frame: session.frame(PLACE),
        card: profile.as_ref().map(|profile| PublicCard::of(profile, &channels)),
        needs: profile.as_ref().map(|profile| profile.needs(channels.len())).unwrap_or_default(),
        is_disposable,
        suspended,
        waits,
        hidden: blocked.iter().map(name_of).collect(),
        others: known.iter().filter(|(organization, _)| !blocked.contains(organization)).cloned().collect(),
        invitations_max: INVITATIONS_MAX,
        message_emails,
        profile,
    };
    Ok(Html(page).into_response())
}

fn done(session: &CreatorSession, change: &'static str) -> Response {
    Flash::done(session.t.say("creator-visibility-done").with("change", change)).redirect(PLACE)
}

/// `POST /a/network/visibility/list`: lets brands see the profile, or no longer. It needs a name, a topic and a channel, and
/// an address that lasts.
pub async fn list(
    State(state): State<AppState>,
    session: CreatorSession,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let creator = session.creator;
    let mut tx = state.db.global(Holder::Creator(creator)).await?;
    if !fields.is_ticked("listed") {
        visibility_store::set_listed(&mut tx, creator, None).await?;
        tx.commit().await?;
        return Ok(done(&session, "unlisted"));
    }
    let channels = channel_store::list(&mut tx, creator).await?.len();
    let profile = store::read(&mut tx, creator).await?;
    let is_ready = profile.as_ref().is_some_and(|profile| profile.needs(channels).is_empty());
    if !is_ready || visibility_store::is_disposable(&mut tx, creator).await? {
        return Ok(done(&session, "refused"));
    }
    if visibility_store::suspended(&mut tx, creator).await?.is_some() {
        return Ok(done(&session, "suspended"));
    }
    tx.commit().await?;
    // Where no one would look, nothing waits.
    let waits = needs_approval(&state) && check::is_flagged(&state, creator).await?;
    let mut tx = state.db.global(Holder::Creator(creator)).await?;
    let now = state.clock.now();
    if waits && profile.as_ref().is_none_or(|profile| profile.listed_at.is_none()) {
        visibility_store::set_waiting(&mut tx, creator, now).await?;
        tx.commit().await?;
        return Ok(done(&session, "waits"));
    }
    let since = profile.and_then(|profile| profile.listed_at).unwrap_or(now);
    visibility_store::set_listed(&mut tx, creator, Some(since)).await?;
    tx.commit().await?;
    Ok(done(&session, "listed"))
}

/// `POST /a/network/visibility/pause`: hides a listed profile for now, or shows it again.
pub async fn pause(
    State(state): State<AppState>,
    session: CreatorSession,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let since = fields.is_ticked("paused").then(|| state.clock.now());
    let mut tx = state.db.global(Holder::Creator(session.creator)).await?;
    visibility_store::set_paused(&mut tx, session.creator, since).await?;
    tx.commit().await?;
    Ok(done(&session, if since.is_some() { "paused" } else { "resumed" }))
}

/// `POST /a/network/visibility/choices`.
pub async fn choose(
    State(state): State<AppState>,
    session: CreatorSession,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let number: Option<i32> = fields.text("weeklyInvitationsMax").parse().ok();
    let Some(most) = number.filter(|number| (0..=INVITATIONS_MAX).contains(number)) else {
        return Ok(done(&session, "number"));
    };
    let choices = Choices {
        initials_only: fields.is_ticked("initialsOnly"),
        shares_reputation: fields.is_ticked("sharesReputation"),
        weekly_invitations_max: most,
    };
    let mut tx = state.db.global(Holder::Creator(session.creator)).await?;
    visibility_store::set_choices(&mut tx, session.creator, choices).await?;
    tx.commit().await?;
    Ok(done(&session, "saved"))
}

/// `POST /a/network/visibility/emails`.
pub async fn emails(
    State(state): State<AppState>,
    session: CreatorSession,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let mut tx = state.db.global(Holder::Creator(session.creator)).await?;
    visibility_store::set_message_emails(&mut tx, session.creator, fields.is_ticked("messages")).await?;
    tx.commit().await?;
    Ok(done(&session, "saved"))
}

fn brand_of(fields: &Fields) -> Result<OrganizationId> {
    fields.raw("brand").parse().map_err(|_| Error::not_found())
}

/// `POST /a/network/visibility/hide`: hides the profile from a brand. Any organization's ID does: whether there is such a
/// brand isn't said.
pub async fn hide(
    State(state): State<AppState>,
    session: CreatorSession,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let brand = brand_of(&fields)?;
    let mut tx = state.db.global(Holder::Creator(session.creator)).await?;
    let is_hidden = visibility_store::hide(&mut tx, session.creator, brand, BLOCKS_MAX).await?;
    tx.commit().await?;
    Ok(done(&session, if is_hidden { "hidden" } else { "full" }))
}

/// `POST /a/network/visibility/unhide`.
pub async fn unhide(
    State(state): State<AppState>,
    session: CreatorSession,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let brand = brand_of(&fields)?;
    let mut tx = state.db.global(Holder::Creator(session.creator)).await?;
    visibility_store::show_again(&mut tx, session.creator, brand).await?;
    tx.commit().await?;
    Ok(done(&session, "unhidden"))
}
