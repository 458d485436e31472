//! The portal as an app on a phone: what browsers need to install it, and what it shows without a connection.
//!
//! The app is the portal itself. Its service worker keeps style sheets, scripts, the font and one page that says that there
//! is no connection, but never a page, file or answer about a person: after a sign-out the phone shows
//! nothing of them.

use axum::{
    http::{
        HeaderName, HeaderValue,
        header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::{icon, session::AffiliateSession};
use kit::{
    error::Error,
    page::{Html, PageError, assets, color, language::PageLanguage},
    text::Texts,
};

const START: &str = "/a";
const OFFLINE: &str = "/a/offline";
/// Those that every page of the portal needs.
const FILES: [&str; 5] = ["rekomi.css", "app.js", "portal.js", "inter.woff2", "icon.svg"];
/// The background of pages, as in `assets/css/tokens.css`.
const BACKGROUND: &str = "#f7fbf9";

/// `GET /a/manifest.webmanifest`: describes the app: the brand's name, color and icons.
pub async fn manifest(session: AffiliateSession) -> Response {
    let (frame, color) = (session.frame(START), session.color.as_deref());
    let picture = |side: u16, purpose: &str| {
        json!({
            "src": frame.icon(side),
            "sizes": format!("{side}x{side}"),
            "type": kit::page::png::KIND,
            "purpose": purpose,
        })
    };
    let manifest = json!({
        "id": START,
        "start_url": START,
        "scope": START,
        "name": session.organization_name,
        "short_name": session.organization_name,
        "lang": session.t.tag(),
        "display": "standalone",
        "theme_color": color.unwrap_or(color::USUAL),
        "background_color": BACKGROUND,
        "icons": [
            picture(192, "any"),
            picture(512, "any"),
            picture(512, "maskable"),
            { "src": icon::svg_url(color, frame.sign()), "sizes": "any", "type": "image/svg+xml", "purpose": "any" },
        ],
    });
    let headers = [(CONTENT_TYPE, "application/manifest+json"), (CACHE_CONTROL, "no-store")];
    (headers, manifest.to_string()).into_response()
}

/// `GET /a/sw.js`: the service worker, with the URLs of the files that it keeps. They change with the files, and so does
/// the worker.
///
/// # Errors
/// If the script isn't part of the build.
pub async fn service_worker() -> Result<Response, PageError> {
    let script = assets::content("sw.js").ok_or_else(|| Error::internal("the service worker is missing"))?;
    let files: Vec<String> = std::iter::once(OFFLINE.to_owned()).chain(FILES.map(assets::url)).collect();
    let constants = format!("\"use strict\";\nconst OFFLINE = {}, FILES = {};\n", json!(OFFLINE), json!(files));
    let body = [constants.as_bytes(), &*script].concat();
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/javascript; charset=utf-8")),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        // The worker's own policy: it fetches.
        (
            CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("default-src 'none'; connect-src 'self'; frame-ancestors 'none'"),
        ),
        // The portal begins above the worker's own folder.
        (HeaderName::from_static("service-worker-allowed"), HeaderValue::from_static(START)),
    ];
    Ok((headers, body).into_response())
}

#[derive(Debug, askama::Template)]
#[template(path = "portal_offline.html")]
struct OfflinePage {
    t: Texts,
}

/// `GET /a/offline`: the page that the app shows without a connection. It is everybody's.
pub async fn offline(language: PageLanguage) -> Response {
    Html(OfflinePage { t: language.t }).into_response()
}
