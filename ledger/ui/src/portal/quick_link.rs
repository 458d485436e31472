//! `POST /a/links/quick`: the link to a page at once, as the part of the links page that its script shows. A page without
//! a link gets one, named after the page; requesting it again returns the same link.

use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use url::Url;

use super::{
    links::{self, Context},
    links_store::{self, Own},
    make_link,
};
use engine::{book, lookup_store};
use identity::portal::session::AffiliateSession;
use kit::{
    db::TenantTx,
    error::{Code, Error, Result},
    form::{Fields, message_for},
    page::{Html, PageError},
    state::AppState,
    text::Texts,
};
use programs::link::{share::Share, store::taken_on};

/// The most characters of a name made from a page.
const LABEL_MAX: usize = 24;
/// Pages whose names are the same; the rest is named in the form.
const NUMBERS: u32 = 20;

#[derive(Debug, askama::Template)]
#[template(path = "portal_link_ready.html")]
struct ReadyPart {
    t: Texts,
    ready: Share,
}

#[derive(Debug, askama::Template)]
#[template(path = "portal_link_refused.html")]
struct RefusedPart {
    message: String,
}

/// # Errors
/// If the database is unavailable; other errors are part of the response.
pub async fn submit(
    State(state): State<AppState>,
    session: AffiliateSession,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    match link_to(&state, &session, fields.text("page")).await {
        Ok(ready) => Ok(Html(ReadyPart { t: session.t, ready }).into_response()),
        Err(error) if error.status().is_client_error() => {
            Ok((StatusCode::BAD_REQUEST, Html(RefusedPart { message: message_for(&error) })).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

async fn link_to(state: &AppState, session: &AffiliateSession, page: &str) -> Result<Share> {
    let affiliate = session.affiliate;
    let context = Context::of(state, session);
    let mut tx = state.db.tenant(session.organization).await?;
    let own = links_store::links(&mut tx, affiliate, None).await?;
    let url = links::checked(context.t, &own, page.trim(), context.development)
        .map_err(|message| Error::field("page", message))?;
    if let Some(ready) = context.ready(&own, &url) {
        return Ok(ready);
    }
    // Of two requests for the same page the second finds the link of the first.
    book::store::lock(&mut tx).await?;
    let own = links_store::links(&mut tx, affiliate, None).await?;
    if let Some(ready) = context.ready(&own, &url) {
        return Ok(ready);
    }
    let made = create(&mut tx, state, session, &own, &url).await?;
    make_link::commit(tx, state, session).await?;
    Ok(Share::of(context.t, context.brand, made.url, made.id, None))
}

/// Creates the link under the first free name.
async fn create(
    tx: &mut TenantTx,
    state: &AppState,
    session: &AffiliateSession,
    own: &[Own],
    url: &Url,
) -> Result<kit::api::view::Link> {
    let known = lookup_store::affiliate(tx, session.affiliate).await?.ok_or_else(Error::not_found)?;
    let (_, host) = make_link::of_page(own, url).ok_or_else(Error::not_found)?;
    let names = names(&known.slug, url);
    let keys: Vec<String> = names.iter().map(|name| name.to_ascii_lowercase()).collect();
    let taken = taken_on(tx, &host, &keys).await?;
    for name in names.into_iter().filter(|name| !taken.contains(&name.to_ascii_lowercase())) {
        match make_link::create(tx, state, session, (own, url), name).await {
            // It is another affiliate's on another host.
            Err(error) if error.body().code == Code::SlugTaken => {}
            made => return made,
        }
    }
    Err(Error::field("page", session.t.say("portal-links-label-taken").to_string()))
}

/// The names for a link to a page, the best one first: `lauren-pricing`, `lauren-pricing-2`.
fn names(slug: &str, url: &Url) -> Vec<String> {
    let label = label_of(url);
    let numbered = (2..=NUMBERS).map(|number| format!("{label}-{number}"));
    std::iter::once(label.clone()).chain(numbered).filter_map(|label| make_link::slug(slug, &label)).collect()
}

/// The end of a page's path, or else its host.
fn label_of(url: &Url) -> String {
    let end = url.path_segments().and_then(|mut parts| parts.rfind(|part| !part.is_empty()));
    let host = || url.host_str().unwrap_or_default().trim_start_matches("www.").split('.').next();
    let text = end.or_else(host).unwrap_or_default().to_ascii_lowercase();
    let words: Vec<&str> =
        text.split(|sign: char| !sign.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let label: String = words.join("-").chars().take(LABEL_MAX).collect();
    let label = label.trim_end_matches('-');
    if label.is_empty() { "page".to_owned() } else { label.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_named_after_its_page() {
        for (page, name) in [
            ("https://acme.test/pricing/Pro_Plan/", "lu-pro-plan"),
            ("https://www.shop.test/?plan=pro", "lu-shop"),
            ("https://acme.test/%C3%BC.html", "lu-c3-bc-html"),
            ("https://acme.test/---", "lu-page"),
            ("https://acme.test/a-very-long-name-of-a-product-that-nobody-reads", "lu-a-very-long-name-of-a-pr"),
        ] {
            let names = names("lu", &Url::parse(page).unwrap());
            assert_eq!((names[0].as_str(), names[1].as_str()), (name, format!("{name}-2").as_str()), "{page}");
        }
        assert!(names(&"x".repeat(64), &Url::parse("https://acme.test/").unwrap()).is_empty());
    }
}
