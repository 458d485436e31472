//! Answers of the public pages: a visitor without a cookie may keep them for a minute, and then asks by their tag.

use askama::Template;
use axum::{
    http::{
        HeaderMap, HeaderValue,
        header::{CACHE_CONTROL, CONTENT_TYPE, COOKIE, ETAG, IF_NONE_MATCH, VARY},
    },
    response::{IntoResponse, Response},
};
use kit::{
    api::etag::{is_known, not_modified, tag},
    error::{Error, Result},
    page::fence,
};

const A_MINUTE: HeaderValue = HeaderValue::from_static("public, max-age=60");
const OWN: HeaderValue = HeaderValue::from_static("private, no-cache");
/// The language comes from the browser, and light or dark from a cookie.
const BY_VISITOR: HeaderValue = HeaderValue::from_static("accept-language, cookie");
const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");

/// # Errors
/// 500 if the template can't be rendered.
pub(super) fn page(template: &impl Template, headers: &HeaderMap) -> Result<Response> {
    let text = template.render().map_err(|error| Error::internal(error))?;
    Ok(of(text, HTML, headers))
}

/// The tag is weak, because the page may be compressed on its way.
pub(super) fn of(text: String, kind: HeaderValue, requested: &HeaderMap) -> Response {
    let tag = format!("W/{}", tag(text.as_bytes()));
    let is_anonymous = !requested.contains_key(COOKIE);
    let mut headers = HeaderMap::new();
    headers.insert(CACHE_CONTROL, if is_anonymous { A_MINUTE } else { OWN });
    headers.insert(VARY, BY_VISITOR);
    headers.insert(CONTENT_TYPE, kind);
    fence(&mut headers);
    if let Ok(value) = HeaderValue::from_str(&tag) {
        headers.insert(ETAG, value);
    }
    if is_known(requested.get(IF_NONE_MATCH), tag.trim_start_matches("W/")) {
        return not_modified(headers);
    }
    (headers, text).into_response()
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;

    use super::*;

    fn requested(pairs: &[(axum::http::HeaderName, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap())).collect()
    }

    #[test]
    fn what_is_known_is_not_sent_again() {
        let first = of("a page".to_owned(), HTML, &requested(&[]));
        assert_eq!(first.headers()[CACHE_CONTROL], "public, max-age=60");
        let tag = first.headers()[ETAG].to_str().unwrap().to_owned();
        assert!(tag.starts_with("W/\""), "{tag}");
        let again = of("a page".to_owned(), HTML, &requested(&[(IF_NONE_MATCH, &tag)]));
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(of("another".to_owned(), HTML, &requested(&[(IF_NONE_MATCH, &tag)])).status(), StatusCode::OK);
    }

    #[test]
    fn a_page_for_someone_with_a_cookie_is_theirs() {
        let answer = of("a page".to_owned(), HTML, &requested(&[(COOKIE, "theme=dark")]));
        assert_eq!(answer.headers()[CACHE_CONTROL], "private, no-cache");
    }
}
