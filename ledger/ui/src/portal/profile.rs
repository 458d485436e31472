//! `/a/settings`: an affiliate's name, their language, the name in their links, the emails they want, and signing out
//! everywhere.

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
    db::Holder,
    error::{Code, Error, Result},
    form::{Fields, Problems},
    page::{Html, PageError},
    state::AppState,
    text::{Language, Texts},
};
use programs::affiliate::{change, create::NAME_MAX, public_name};

const HERE: &str = "/a/settings";

#[derive(Debug, askama::Template)]
#[template(path = "portal_profile.html")]
struct ProfilePage {
    t: Texts,
    frame: Frame,
    organization: String,
    name: String,
    email: String,
    slug: String,
    /// What was typed as the new slug, if it was refused.
    typed_slug: String,
    /// The day on which it was changed, which is possible once.
    slug_changed: Option<String>,
    terms: Terms,
    /// Tags and names of all languages.
    languages: Vec<(&'static str, &'static str)>,
    emails: Vec<(Kind, bool)>,
    /// The message that says what was saved.
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
        Some("name") => Some("portal-profile-name-saved"),
        Some("slug") => Some("portal-profile-slug-saved"),
        Some("language") => Some("portal-profile-language-saved"),
        Some("letters") => Some("portal-profile-saved"),
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
        t: session.t,
        frame: session.frame(HERE),
        organization: session.organization_name.clone(),
        name: session.name.clone(),
        email: session.email.clone(),
        slug: known.slug,
        typed_slug: String::new(),
        slug_changed: changed.map(|at| session.zone.date_in(session.t, at)),
        terms: terms::of(&mut tx, session, None).await?,
        languages: Language::ALL.iter().map(|language| (language.as_str(), language.name())).collect(),
        emails: notify::all(&mut tx, affiliate).await?,
        done: None,
        problems: Problems::default(),
    };
    tx.commit().await?;
    Ok(page)
}

/// `POST /a/settings/{what}`: saves `name`, `language`, `slug` or `letters`, or signs out `everywhere`.
///
/// # Errors
/// 404 for anything else; 503 if the database is unavailable. Other errors are shown next to their field.
pub async fn save(
    State(state): State<AppState>,
    session: AffiliateSession,
    Path(what): Path<String>,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let is_costly = matches!(what.as_str(), "name" | "language" | "slug");
    let may = !is_costly
        || state.throttle.admit_costly(CostlyAction::Profile, &session.affiliate.to_string(), state.clock.wall());
    let outcome = match what.as_str() {
        _ if !may => Err(Error::too_often()),
        "name" => set_name(&state, &session, fields.raw("name")).await,
        "language" => set_language(&state, &session, fields.raw("language")).await,
        "slug" => set_slug(&state, &session, fields.text("slug")).await,
        "letters" => set_emails(&state, &session, &fields).await,
        "everywhere" => return Ok(sign_out(&state, &session).await?),
        _ => return Err(Error::not_found().into()),
    };
    match outcome {
        Ok(()) => Ok(Redirect::to(&format!("{HERE}?done={what}")).into_response()),
        Err(error) if error.status().is_client_error() => {
            let mut page = load(&state, &session).await?;
            match what.as_str() {
                "name" => fields.raw("name").clone_into(&mut page.name),
                "slug" => fields.raw("slug").clone_into(&mut page.typed_slug),
                _ => {}
            }
            let field = if matches!(what.as_str(), "name" | "language") { what.as_str() } else { "slug" };
            page.problems = Problems::at(field, problem(session.t, &error));
            let status = match error.status() {
                own @ (StatusCode::CONFLICT | StatusCode::TOO_MANY_REQUESTS) => own,
                _ => StatusCode::BAD_REQUEST,
            };
            Ok((status, Html(page)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// What is wrong, in the affiliate's language.
fn problem(t: Texts, error: &Error) -> String {
    match error.body().code {
        Code::SlugTaken => t.say("portal-profile-slug-taken").to_string(),
        Code::TooManyRequests => t.say("portal-too-often").to_string(),
        _ => kit::form::message_for(error),
    }
}

async fn set_name(state: &AppState, session: &AffiliateSession, given: &str) -> Result<()> {
    let name = text::checked("name", given, NAME_MAX)
        .map_err(|_| Error::field("name", session.t.say("portal-profile-name-wrong").with("max", NAME_MAX)))?;
    if let Some(problem) = public_name::address_problem(&name, session.t) {
        return Err(Error::field("name", problem));
    }
    let mut tx = state.db.tenant(session.organization).await?;
    book::store::lock(&mut tx).await?;
    change::name(&mut tx, state, session.affiliate, name, &session.actor).await?;
    tx.commit().await?;
    drop(state.news.send(session.organization));
    Ok(())
}

async fn set_language(state: &AppState, session: &AffiliateSession, given: &str) -> Result<()> {
    let wrong = || Error::field("language", session.t.say("portal-profile-language-wrong"));
    let language = Language::parse(given).ok_or_else(wrong)?;
    let mut tx = state.db.tenant(session.organization).await?;
    let before = profile_store::language(&mut tx, session.affiliate).await?;
    if before != Some(language) {
        profile_store::set_language(&mut tx, session.affiliate, language).await?;
        let entry = Entry::new("affiliate.language_changed", session.affiliate)
            .before(json!({"language": before.map(Language::as_str)}))
            .after(json!({"language": language.as_str()}));
        audit::record(&mut tx, &session.actor, state.clock.now(), entry).await?;
    }
    Ok(tx.commit().await?)
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

/// Signs out on every device: in the creator network, here, and with the other brands that know the email.
async fn sign_out(state: &AppState, session: &AffiliateSession) -> Result<Response> {
    if let Some(address) = session.proved.as_deref() {
        let mut tx = state.db.global(Holder::Nothing).await?;
        profile_store::sign_out_creator(&mut tx, address).await?;
        tx.commit().await?;
    }
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
