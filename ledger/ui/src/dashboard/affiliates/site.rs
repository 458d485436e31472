//! `POST /dashboard/affiliates/{id}/site`: fetches the website that an applicant named, and shows what it says beside their
//! answers. Nothing of it is kept.

use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use shared::id::AffiliateId;
use url::Url;

use super::{
    answers::answers,
    applications,
    store::{self, Row},
    website::Website,
};
use identity::access::session::Session;
use kit::{
    access::{role::Right, throttle::CostlyAction},
    api::query::Query,
    error::Error,
    form::Fields,
    outbound::{
        Reach,
        target::{self, Refusal},
    },
    page::{Html, PageError},
    state::AppState,
};
use programs::install::fetch::{Unfetched, fetch};

/// # Errors
/// 404 if the user can't access it, 403 for a viewer, 503 if the database is unavailable. The page shows why a website
/// couldn't be fetched.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let organization = session.member(Some(fields.text("organization")), Right::Operate)?.organization;
    let affiliate: AffiliateId = id.parse().map_err(|_| Error::not_found())?;
    let mut tx = state.db.tenant(organization).await?;
    let row = store::rows(&mut tx, &[affiliate], state.clock.now()).await?.pop().ok_or_else(Error::not_found)?;
    tx.commit().await?;
    let place = applications::opened(organization, &fields, affiliate).to_string();
    let named = answers(row.application.as_ref()).into_iter().find_map(|answer| answer.href);
    let Some(href) = named.filter(|_| row.status == "Pending") else {
        return Ok(Redirect::to(&place).into_response());
    };
    let (status, website) =
        if state.throttle.admit_costly(CostlyAction::Website, &organization.to_string(), state.clock.wall()) {
            // No database connection is held while the page is fetched.
            (StatusCode::OK, look(&state, &row, &href).await)
        } else {
            let message = "Too many previews in a row. Wait a few seconds, then try again.";
            (StatusCode::TOO_MANY_REQUESTS, Website::refused(message))
        };
    let query = Query::parse(place.split_once('?').map_or("", |(_, query)| query))?;
    let page = applications::load(&state, &session, organization, query, None).await?;
    Ok((status, Html(page.with_website(affiliate, website))).into_response())
}

async fn look(state: &AppState, row: &Row, href: &str) -> Website {
    let given = match fetchable(href, state.outbound.reach) {
        Ok(given) => given,
        Err(why) => return Website::refused(format!("We can\u{2019}t fetch this website: its URL {why}.")),
    };
    match fetch(state, &given).await {
        Ok(page) => Website::read(&given, &page.url, &page.html, (row.name.as_str(), row.email.as_str())),
        Err(why) => Website::refused(match why {
            Unfetched::NoAnswer => "The website didn\u{2019}t answer. Open it yourself to be sure.".to_owned(),
            Unfetched::Status(status) => {
                format!("The website returned {status}. Open it yourself: some sites block anything but browsers.")
            }
            Unfetched::TooManyRedirects => "The website redirects too many times.".to_owned(),
        }),
    }
}

/// The URL as it can be fetched: without its fragment, and by https where nothing else is allowed.
fn fetchable(href: &str, reach: Reach) -> Result<Url, Refusal> {
    let mut url = Url::parse(href).map_err(|_| Refusal::Malformed)?;
    url.set_fragment(None);
    if reach == Reach::Public && url.scheme() == "http" && url.set_scheme("https").is_err() {
        return Err(Refusal::Scheme);
    }
    target::check(url.as_str(), reach)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_website_is_fetched_by_https_and_without_its_fragment() {
        let fetched = |href: &str| fetchable(href, Reach::Public).map(|url| url.to_string());
        assert_eq!(fetched("http://nina.test/about#me").as_deref(), Ok("https://nina.test/about"));
        assert_eq!(fetched("https://10.0.0.1/"), Err(Refusal::Address));
        assert_eq!(fetched("http://nina.test:22/"), Err(Refusal::Port));
        let local = fetchable("http://127.0.0.1:8000/", Reach::PublicAndLoopback).map(|url| url.to_string());
        assert_eq!(local.as_deref(), Ok("http://127.0.0.1:8000/"));
    }
}
