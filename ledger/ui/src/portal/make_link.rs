//! `POST /a/links`: creates a link to one of the brand's pages, so that its clicks and sales are counted separately.

use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde_json::json;
use shared::{config::is_slug, id::ProgramId};
use url::Url;

use super::{
    deep,
    links::{self, Builder},
    links_store::{self, Own},
};
use engine::lookup_store;
use identity::{
    audit::{self, Entry},
    portal::session::AffiliateSession,
};
use kit::{
    api::{query::Query, view::Link},
    db::TenantTx,
    error::{Code, Error, Result},
    form::{Fields, Problems, field_of},
    page::{Html, PageError},
    state::AppState,
    text::Texts,
};
use programs::link::create::{self as link, NewLink};

/// Beyond this number the brand creates links by API.
const LINKS_MAX: i64 = 50;
/// The fields of the form.
const PAGE: &str = "page";
const LABEL: &str = "label";

/// # Errors
/// If the database is unavailable; other errors are shown on the page.
pub async fn submit(
    State(state): State<AppState>,
    session: AffiliateSession,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let (page, label) = (fields.text(PAGE), fields.text(LABEL));
    let problems = match make(&state, &session, page, label).await {
        Ok(()) => return Ok(Redirect::to("/a/links?done=made").into_response()),
        Err(error) if error.status().is_client_error() => {
            // What isn't about the page is shown at the link's name.
            let field = if field_of(&error) == PAGE { PAGE } else { LABEL };
            Problems::at(field, kit::form::message_for(&error))
        }
        Err(error) => return Err(error.into()),
    };
    let tried = Builder {
        page: page.to_owned(),
        label: label.to_owned(),
        fits: problems.of(PAGE).is_none(),
        problems,
        ..Builder::default()
    };
    let page = links::load(&state, &session, Query::default(), tried).await?;
    Ok((StatusCode::BAD_REQUEST, Html(page)).into_response())
}

async fn make(state: &AppState, session: &AffiliateSession, page: &str, label: &str) -> Result<()> {
    let affiliate = session.affiliate;
    let mut tx = state.db.tenant(session.organization).await?;
    let own = links_store::links(&mut tx, affiliate, None).await?;
    let (t, development) = (session.t, state.config.environment.is_development());
    let url = links::checked(t, &own, page, development).map_err(|why| Error::field(PAGE, why))?;
    let known = lookup_store::affiliate(&mut tx, affiliate).await?.ok_or_else(Error::not_found)?;
    let wrong = || Error::field(LABEL, t.say("portal-links-label-wrong").to_string());
    let slug = slug(&known.slug, label).ok_or_else(wrong)?;
    create(&mut tx, state, session, (&own, &url), slug).await.map_err(|error| taken(t, error))?;
    commit(tx, state, session).await
}

/// Creates a link with this slug to a page of the brand.
///
/// # Errors
/// 400 beyond the limit of links; 409 `slug_taken`.
pub(super) async fn create(
    tx: &mut TenantTx,
    state: &AppState,
    session: &AffiliateSession,
    (own, url): (&[Own], &Url),
    slug: String,
) -> Result<Link> {
    let (affiliate, now) = (session.affiliate, state.clock.now());
    if links_store::count(tx, affiliate).await? >= LINKS_MAX {
        return Err(Error::field(LABEL, session.t.say("portal-links-limit").with("count", LINKS_MAX).to_string()));
    }
    let (program, host) = of_page(own, url).ok_or_else(Error::not_found)?;
    let input = NewLink {
        program_id: program,
        affiliate_id: affiliate,
        host: Some(host),
        slug: Some(slug),
        destination: url.to_string(),
    };
    input.check(state)?;
    let made = link::make(tx, state, input, now).await?;
    let entry = Entry::new("link.created", made.id)
        .after(json!({"url": made.url, "destination": made.destination, "affiliateId": made.affiliate_id}));
    audit::record(tx, &session.actor, now, entry).await?;
    Ok(made)
}

/// Commits, and wakes what waits for new links.
pub(super) async fn commit(tx: TenantTx, state: &AppState, session: &AffiliateSession) -> Result<()> {
    tx.commit().await?;
    state.edge_config_changed.notify_one();
    drop(state.news.send(session.organization));
    Ok(())
}

/// The program and host of the link whose site contains the page.
pub(super) fn of_page(own: &[Own], url: &Url) -> Option<(ProgramId, String)> {
    let fits = |link: &&Own| {
        let known = link.origins.iter().map(String::as_str).chain([link.destination.as_str()]);
        deep::is_of_brand(url, known)
    };
    own.iter().find(fits).map(|link| (link.program, link.host.clone()))
}

/// Returns a slug such as `lauren-newsletter`; the prefix prevents affiliates from taking other names.
pub(super) fn slug(own: &str, label: &str) -> Option<String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let slug = format!("{own}-{}", label.to_ascii_lowercase());
    (!label.is_empty() && label.bytes().all(plain) && is_slug(&slug)).then_some(slug)
}

fn taken(t: Texts, error: Error) -> Error {
    if error.body().code == Code::SlugTaken {
        return Error::field(LABEL, t.say("portal-links-label-taken").to_string());
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_behind_the_affiliates_own() {
        assert_eq!(slug("lauren", "Newsletter").unwrap(), "lauren-newsletter");
        for bad in ["", "a b", "é", "../x", "a/b", &"x".repeat(64)] {
            assert!(slug("lauren", bad).is_none(), "{bad}");
        }
    }
}
