//! `/a/links/qr.svg`: draws a link as a QR code.

use axum::{
    extract::State,
    http::{
        HeaderValue,
        header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS},
    },
    response::{IntoResponse, Response},
};
use shared::id::LinkId;
use url::Url;

use super::{deep, links_store};
use identity::{account::qr, portal::session::AffiliateSession};
use kit::{api::query::Query, error::Error, page::PageError, state::AppState};
use programs::link::read::link_scheme;

/// `GET /a/links/qr.svg?link=lnk_…&page=https://…`: returns the image; with `save=yes` as a download.
///
/// # Errors
/// 404 for a link that isn't the affiliate's own, or that doesn't lead to the page; 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: AffiliateSession,
    mut query: Query,
) -> Result<Response, PageError> {
    let link: LinkId = query.id("link")?.ok_or_else(Error::not_found)?;
    let (page, save) = (query.text("page"), query.text("save").is_some());
    query.finish()?;
    let now = state.clock.now();
    let mut tx = state.db.tenant(session.organization).await?;
    let own = links_store::links(&mut tx, session.affiliate, (now, now)).await?;
    tx.commit().await?;
    let found = own.iter().find(|own| own.id == link).ok_or_else(Error::not_found)?;
    let base = format!("{}://{}", link_scheme(&state.config), found.place());
    let text = match page {
        None => base,
        Some(page) => Url::parse(&page)
            .ok()
            .and_then(|page| deep::below(&base, &found.destination, &page))
            .ok_or_else(Error::not_found)?,
    };
    let drawn = qr::draw(&text).ok_or_else(Error::not_found)?;
    let mut response = svg(&drawn).into_response();
    let name = if save { "attachment" } else { "inline" };
    let name = format!("{name}; filename=\"{}.svg\"", found.slug);
    for (header, value) in [
        (CONTENT_TYPE, "image/svg+xml"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'none'; sandbox"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (CACHE_CONTROL, "private, max-age=3600"),
    ] {
        response.headers_mut().insert(header, HeaderValue::from_static(value));
    }
    let name = HeaderValue::from_str(&name).map_err(|error| Error::internal(error))?;
    response.headers_mut().insert(CONTENT_DISPOSITION, name);
    Ok(response)
}

/// Draws black on white whatever the page's colors, as scanners need the contrast.
fn svg(drawn: &qr::Qr) -> String {
    let side = drawn.side;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1024\" height=\"1024\" viewBox=\"0 0 {side} {side}\" \
         shape-rendering=\"crispEdges\"><rect width=\"{side}\" height=\"{side}\" fill=\"#fff\"/>\
         <path fill=\"#000\" d=\"{}\"/></svg>\n",
        drawn.path
    )
}
