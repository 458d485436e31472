//! `/a/settings`: an affiliate's name, the name in their links, the emails they want, and signing out everywhere.

use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde_json::json;

use super::{
    slug,
    terms::{self, Terms},
};
use engine::{book, lookup_store};
use identity::{
    audit::{self, Entry},
    portal::{
        frame::Frame,
        notify::{self, Kind},
        profile_store,
        session::{self, AffiliateSession},
    },
};
use kit::{
    access::throttle::CostlyAction,
    api::{query::Query, text},
    error::{Error, Result},
    form::{Fields, Problems},
    page::{Html, PageError},
    state::AppState,
};
use programs::affiliate::{change, create::NAME_MAX};

const HERE: &str = "/a/settings";

#[derive(Debug, askama::Template)]
#[template(path = "portal_profile.html")]
struct ProfilePage {
    frame: Frame,
    organization: String,
    name: String,
    email: String,
    slug: String,
    /// The day on which it was changed, which is possible once.
    slug_changed: Option<String>,
    terms: Terms,
    emails: Vec<(Kind, bool)>,
    done: Option<&'static str>,
    problems: Problems,
}

/// `GET /a/settings`: shows the page.
pub async fn show(
    State(state): State<AppState>,
    session: AffiliateSession,
    mut query: Query,
) -> std::result::Result<Response, PageError> {
    let done = match query.text("done").as_deref() {
        Some("name") => Some("Name updated."),
        Some("slug") => Some("Link name updated. Your old links stop working within seconds."),
        Some("letters") => Some("Changes saved."),
        _ => None,
    };
    Ok(Html(ProfilePage { done, ..load(&state, &session).await? }).into_response())
}

async fn load(state: &AppState, session: &AffiliateSession) -> Result<ProfilePage> {
    let (organization, affiliate) = (session.organization, session.affiliate);
    let mut tx = state.db.tenant(organization).await?;
    let known = lookup_store::affiliate(&mut tx, affiliate).await?.ok_or_else(Error::not_found)?;
    let changed = profile_store::slug_changed_at(&mut tx, affiliate).await?;
    let page = ProfilePage {
        frame: session.frame(HERE),
        organization: session.organization_name.clone(),
        name: session.name.clone(),
        email: session.email.clone(),
        slug: known.slug,
        slug_changed: changed.map(|at| session.zone.date(at)),
        terms: terms::of(&mut tx, session, None).await?,
        emails: notify::all(&mut tx, affiliate).await?,
        done: None,
        problems: Problems::default(),
    };
    tx.commit().await?;
    Ok(page)
}

/// `POST /a/settings/{what}`: saves `name`, `slug` or `letters`, or signs out `everywhere`.
///
/// # Errors
/// 404 for anything else; 503 if the database is unavailable. Other errors are shown next to their field.
pub async fn save(
    State(state): State<AppState>,
    session: AffiliateSession,
    Path(what): Path<String>,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let is_costly = matches!(what.as_str(), "name" | "slug");
    let may = !is_costly
        || state.throttle.admit_costly(CostlyAction::Profile, &session.affiliate.to_string(), state.clock.wall());
    let outcome = match what.as_str() {
        _ if !may => Err(Error::too_often()),
        "name" => set_name(&state, &session, fields.raw("name")).await,
        "slug" => set_slug(&state, &session, fields.text("slug")).await,
        "letters" => set_emails(&state, &session, &fields).await,
        "everywhere" => return Ok(sign_out(&state, &session).await?),
        _ => return Err(Error::not_found().into()),
    };
    match outcome {
        Ok(()) => Ok(Redirect::to(&format!("{HERE}?done={what}")).into_response()),
        Err(error) if error.status().is_client_error() => {
            let mut page = load(&state, &session).await?;
            if what == "name" {
                fields.raw("name").clone_into(&mut page.name);
            }
            let field = if what == "name" { "name" } else { "slug" };
            page.problems = Problems::at(field, kit::form::message_for(&error));
            let status = match error.status() {
                own @ (StatusCode::CONFLICT | StatusCode::TOO_MANY_REQUESTS) => own,
                _ => StatusCode::BAD_REQUEST,
            };
            Ok((status, Html(page)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

async fn set_name(state: &AppState, session: &AffiliateSession, given: &str) -> Result<()> {
    let name = text::checked("name", given, NAME_MAX)
        .map_err(|_| Error::field("name", format!("Enter your name: 1 to {NAME_MAX} characters.")))?;
    let mut tx = state.db.tenant(session.organization).await?;
    book::store::lock(&mut tx).await?;
    change::name(&mut tx, state, session.affiliate, name, &session.actor).await?;
    tx.commit().await?;
    drop(state.news.send(session.organization));
    Ok(())
}

async fn set_slug(state: &AppState, session: &AffiliateSession, given: &str) -> Result<()> {
    let mut tx = state.db.tenant(session.organization).await?;
    slug::change(&mut tx, state, session, given).await?;
    tx.commit().await?;
    state.edge_config_changed.notify_one();
    drop(state.news.send(session.organization));
    Ok(())
}

async fn set_emails(state: &AppState, session: &AffiliateSession, fields: &Fields) -> Result<()> {
    let (organization, affiliate, now) = (session.organization, session.affiliate, state.clock.now());
    let mut tx = state.db.tenant(organization).await?;
    let (mut before, mut after) = (serde_json::Map::new(), serde_json::Map::new());
    for (kind, requested) in notify::all(&mut tx, affiliate).await? {
        let ticked = fields.is_ticked(kind.as_str());
        if ticked != requested {
            notify::set(&mut tx, affiliate, (kind, ticked), now).await?;
            before.insert(kind.as_str().to_owned(), json!(requested));
            after.insert(kind.as_str().to_owned(), json!(ticked));
        }
    }
    if !after.is_empty() {
        let entry = Entry::new("affiliate.letters_changed", affiliate).before(before.into()).after(after.into());
        audit::record(&mut tx, &session.actor, now, entry).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Signs out on every device, here and with the other brands that know the email.
async fn sign_out(state: &AppState, session: &AffiliateSession) -> Result<Response> {
    let address = session.proved.as_deref().unwrap_or(&session.email);
    let brands = session.elsewhere.iter().filter(|_| session.proved.is_some()).map(|brand| brand.organization);
    let mut tx = state.db.tenants(brands.chain([session.organization]).collect()).await?;
    profile_store::sign_out(&mut tx, address).await?;
    tx.commit().await?;
    let mut tx = state.db.tenant(session.organization).await?;
    profile_store::sign_out(&mut tx, &session.email).await?;
    tx.commit().await?;
    Ok(session::out())
}
