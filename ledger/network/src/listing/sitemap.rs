//! `/network/sitemap.xml`: the addresses of the search and of all listed programs, for search engines.

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue},
    response::Response,
};
use kit::{db::Holder, page::PageError, state::AppState};
use shared::timestamp::Timestamp;

use super::{answer, filter::PATH, open, public_store};

/// A sitemap may have 50,000 addresses; one is that of the search.
const HANDLES_MAX: i64 = 49_999;
const XML: HeaderValue = HeaderValue::from_static("application/xml; charset=utf-8");

/// `GET /network/sitemap.xml`.
///
/// # Errors
/// 404 if this installation has no network; 503 if the database is unavailable.
pub async fn show(State(state): State<AppState>, headers: HeaderMap) -> std::result::Result<Response, PageError> {
    open(&state)?;
    let mut tx = state.db.global(Holder::Nothing).await?;
    let handles = public_store::handles(&mut tx, HANDLES_MAX).await?;
    tx.commit().await?;
    Ok(answer::of(sitemap(&state.config.public_url, &handles), XML, &headers))
}

fn sitemap(public_url: &str, handles: &[(String, Timestamp)]) -> String {
    // Handles have nothing that XML would take for its own; the host's address could have an ampersand.
    let base = public_url.replace('&', "&amp;").replace('<', "&lt;");
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    xml.push_str("<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n");
    xml.push_str(&format!("<url><loc>{base}{PATH}</loc></url>\n"));
    for (handle, updated_at) in handles {
        xml.push_str(&format!("<url><loc>{base}{PATH}/{handle}</loc><lastmod>{updated_at}</lastmod></url>\n"));
    }
    xml.push_str("</urlset>\n");
    xml
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_program_has_an_address() {
        let xml = sitemap("https://r.test", &[("acme".to_owned(), Timestamp::EPOCH)]);
        assert!(xml.contains("<loc>https://r.test/network</loc>"), "{xml}");
        assert!(xml.contains("<loc>https://r.test/network/acme</loc><lastmod>1970-01-01T"), "{xml}");
    }
}
