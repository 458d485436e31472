//! Style sheet, script, font and icon, part of the binary. Their address changes with their content, so browsers keep them.

use std::sync::LazyLock;

use axum::{
    extract::Path,
    http::{
        HeaderValue,
        header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS},
    },
    response::{IntoResponse, Response},
};
use sha2::{Digest, Sha256};
use shared::keys::encode_hex;

use super::PageError;
use crate::error::Error;

struct Asset {
    name: &'static str,
    kind: &'static str,
    content: &'static [u8],
}

/// The pages' one style sheet; of two rules that weigh the same the later one counts.
const SHEET: &str = concat!(
    include_str!("../../../assets/css/tokens.css"),
    include_str!("../../../assets/css/base.css"),
    include_str!("../../../assets/css/shell.css"),
    include_str!("../../../assets/css/controls.css"),
    include_str!("../../../assets/css/ui.css"),
    include_str!("../../../assets/css/overview.css"),
    include_str!("../../../assets/css/home.css"),
    include_str!("../../../assets/css/sections.css"),
    include_str!("../../../assets/css/accounts.css"),
    include_str!("../../../assets/css/receipts.css"),
    include_str!("../../../assets/css/settings.css"),
    include_str!("../../../assets/css/status.css"),
    include_str!("../../../assets/css/crms.css"),
    include_str!("../../../assets/css/payouts.css"),
    include_str!("../../../assets/css/offer.css"),
    include_str!("../../../assets/css/portal.css"),
    include_str!("../../../assets/css/programs.css"),
    include_str!("../../../assets/css/people.css"),
    include_str!("../../../assets/css/recruit.css"),
    include_str!("../../../assets/css/print.css"),
);

const ASSETS: [Asset; 7] = [
    Asset {
        name: "reference.css",
        kind: "text/css; charset=utf-8",
        content: include_bytes!("../../../assets/reference.css"),
    },
    Asset { name: "rekomi.css", kind: "text/css; charset=utf-8", content: SHEET.as_bytes() },
    Asset {
        name: "live.js",
        kind: "text/javascript; charset=utf-8",
        content: include_bytes!("../../../assets/live.js"),
    },
    Asset { name: "app.js", kind: "text/javascript; charset=utf-8", content: include_bytes!("../../../assets/app.js") },
    Asset {
        name: "portal.js",
        kind: "text/javascript; charset=utf-8",
        content: include_bytes!("../../../assets/portal.js"),
    },
    // Inter, under the SIL Open Font License beside it.
    Asset { name: "inter.woff2", kind: "font/woff2", content: include_bytes!("../../../assets/inter.woff2") },
    Asset { name: "icon.svg", kind: "image/svg+xml", content: include_bytes!("../../../assets/icon.svg") },
];

static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut hash = Sha256::new();
    ASSETS.iter().for_each(|asset| hash.update(asset.content));
    encode_hex(&hash.finalize()[..6])
});

/// The address of an asset, for templates.
pub fn url(name: &str) -> String {
    format!("/assets/{}/{name}", *VERSION)
}

/// `GET /assets/{version}/{name}`.
pub async fn serve(Path((version, name)): Path<(String, String)>) -> Response {
    let Some(asset) = ASSETS.iter().find(|asset| asset.name == name) else {
        return PageError::from(Error::not_found()).into_response();
    };
    // During an upgrade a page of the old build may ask the new one: served, but not kept.
    let caching = if version == *VERSION { "public, max-age=31536000, immutable" } else { "no-store" };
    let mut response = asset.content.into_response();
    for (header, value) in [(CONTENT_TYPE, asset.kind), (CACHE_CONTROL, caching), (X_CONTENT_TYPE_OPTIONS, "nosniff")] {
        response.headers_mut().insert(header, HeaderValue::from_static(value));
    }
    response
}

/// `GET /favicon.ico`, for browsers that don't read the page.
pub async fn icon() -> Response {
    serve(Path((VERSION.clone(), "icon.svg".to_owned()))).await
}
