//! The language of a request: what the browser asks for.

use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header::ACCEPT_LANGUAGE, request::Parts},
};

use super::{Language, Texts};

/// Browsers send a handful; the rest of a longer list is ignored.
const LANGUAGES_MAX: usize = 20;

impl Language {
    /// The language that an `Accept-Language` header prefers among ours; English if it names none of them.
    pub fn of_header(accept_language: Option<&str>) -> Self {
        let ranges = accept_language.unwrap_or_default().split(',').take(LANGUAGES_MAX);
        let known = ranges.filter_map(|range| {
            let mut parts = range.split(';').map(str::trim);
            // A region, as in `de-AT`, makes no difference.
            let tag = parts.next()?.split('-').next()?.to_ascii_lowercase();
            let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(1.0, weight);
            Some((weight, Self::parse(&tag)?)).filter(|(weight, _)| *weight > 0.0)
        });
        // Of equal ones, the first.
        known.reduce(|best, next| if next.0 > best.0 { next } else { best }).map(|(_, own)| own).unwrap_or_default()
    }

    /// The language that a request asks for.
    pub fn of_headers(headers: &HeaderMap) -> Self {
        Self::of_header(headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()))
    }
}

/// `0.8`; 0 for anything that isn't a weight.
fn weight(text: &str) -> f32 {
    text.parse().unwrap_or_default()
}

/// Pages for visitors are in the language of their browser.
impl<S: Send + Sync> FromRequestParts<S> for Texts {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::new(Language::of_headers(&parts.headers)))
    }
}
