//! `/a/links/qr.svg` and `/a/links/qr.png`: draw a link as a QR code.

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
use kit::{
    api::query::Query,
    error::{Error, Result},
    page::{PageError, png},
    state::AppState,
};
use programs::link::read::link_scheme;

/// A link to draw.
struct Requested {
    url: String,
    /// Names the file.
    slug: String,
    /// Whether the browser stores the file instead of showing it.
    save: bool,
}

/// `GET /a/links/qr.svg?link=lnk_…&page=https://…`: returns the image; with `save=yes` as a download.
///
/// # Errors
/// 404 for a link that isn't the affiliate's own, or that doesn't lead to the page; 503 if the database is unavailable.
pub async fn as_svg(
    State(state): State<AppState>,
    session: AffiliateSession,
    query: Query,
) -> std::result::Result<Response, PageError> {
    let requested = read(&state, &session, query).await?;
    let drawn = qr::draw(&requested.url).ok_or_else(Error::not_found)?;
    Ok(requested.answer(svg(&drawn).into_bytes(), "svg", "image/svg+xml")?)
}

/// `GET /a/links/qr.png`: the same as a picture of 1024 pixels, which every app takes.
///
/// # Errors
/// As for the SVG.
pub async fn as_png(
    State(state): State<AppState>,
    session: AffiliateSession,
    query: Query,
) -> std::result::Result<Response, PageError> {
    let requested = read(&state, &session, query).await?;
    let drawn = qr::picture(&requested.url).ok_or_else(Error::not_found)?;
    Ok(requested.answer(drawn, "png", png::KIND)?)
}

async fn read(state: &AppState, session: &AffiliateSession, mut query: Query) -> Result<Requested> {
    let link: LinkId = query.id("link")?.ok_or_else(Error::not_found)?;
    let (page, save) = (query.text("page"), query.text("save").is_some());
    query.finish()?;
    let mut tx = state.db.tenant(session.organization).await?;
    let own = links_store::links(&mut tx, session.affiliate, None).await?;
    tx.commit().await?;
    let found = own.into_iter().find(|own| own.id == link).ok_or_else(Error::not_found)?;
    let base = format!("{}://{}", link_scheme(&state.config), found.place());
    let url = match page {
        None => base,
        Some(page) => Url::parse(&page)
            .ok()
            .and_then(|page| deep::below(&base, &found.destination, &page))
            .ok_or_else(Error::not_found)?,
    };
    Ok(Requested { url, slug: found.slug, save })
}

impl Requested {
    fn answer(&self, body: Vec<u8>, ending: &str, kind: &'static str) -> Result<Response> {
        let mut response = body.into_response();
        for (header, value) in [
            (CONTENT_TYPE, kind),
            (CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'none'; sandbox"),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (CACHE_CONTROL, "private, max-age=3600"),
        ] {
            response.headers_mut().insert(header, HeaderValue::from_static(value));
        }
        let way = if self.save { "attachment" } else { "inline" };
        let name = HeaderValue::from_str(&format!("{way}; filename=\"{}.{ending}\"", self.slug))
            .map_err(|error| Error::internal(error))?;
        response.headers_mut().insert(CONTENT_DISPOSITION, name);
        Ok(response)
    }
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
