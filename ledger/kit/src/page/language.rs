//! The language of pages for visitors: the one that they chose on the page (`?lang=`), or else their browser's.

use std::convert::Infallible;

use axum::{
    extract::{FromRequestParts, Request},
    http::{HeaderValue, request::Parts},
    middleware::Next,
    response::Response,
};
use url::form_urlencoded;

use super::{address::Address, error_page::Message, problem};
use crate::text::{Language, Texts};

const PARAMETER: &str = "lang";
/// The value of `Vary` on these pages.
pub const BY_LANGUAGE: HeaderValue = HeaderValue::from_static("accept-language");

/// A visitor's language.
#[derive(Debug, Clone, Copy)]
pub struct PageLanguage {
    /// What they chose on the page; its links and forms keep it.
    chosen: Option<Language>,
    pub t: Texts,
}

/// A page in one of the languages.
#[derive(Debug)]
pub struct Translation {
    pub tag: &'static str,
    pub name: &'static str,
    pub href: String,
    /// Whether it is the page that is shown.
    pub is_shown: bool,
}

impl PageLanguage {
    /// A language that was chosen.
    pub const fn of(language: Language) -> Self {
        Self { chosen: Some(language), t: Texts::new(language) }
    }

    /// Adds the language to the URL of another page, if the visitor chose it on this one.
    pub fn keep(self, address: Address) -> Address {
        address.maybe(PARAMETER, self.chosen.map(Language::as_str))
    }

    /// Returns the links with which a visitor chooses a page's language.
    pub fn translations(self, address: &Address) -> Vec<Translation> {
        let of = |language: &Language| Translation {
            tag: language.as_str(),
            name: language.name(),
            href: address.clone().with(PARAMETER, language.as_str()).to_string(),
            is_shown: *language == self.t.language(),
        };
        Language::ALL.iter().map(of).collect()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for PageLanguage {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let query = parts.uri.query().unwrap_or_default();
        let given = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == PARAMETER);
        let chosen = given.and_then(|(_, tag)| Language::parse(&tag));
        let language = chosen.unwrap_or_else(|| Language::of_headers(&parts.headers));
        Ok(Self { chosen, t: Texts::new(language) })
    }
}

/// Shows error pages in the visitor's language.
///
/// An error itself knows no request, and its message is the API's, in English. In another language the page says what
/// can be said about the status.
pub async fn translate_errors(language: PageLanguage, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    if Message::of(response.extensions()).is_none() || language.t.language() == Language::default() {
        return response;
    }
    let (t, problem) = (language.t, problem(response.status()));
    let message = Message {
        title: t.say("program-error-title").with("problem", problem).to_string(),
        message: t.say("program-error-message").with("problem", problem).to_string(),
        t,
    };
    let (mut parts, _) = response.into_parts();
    parts.extensions.insert(message.clone());
    Response::from_parts(parts, message.page().into_body())
}

#[cfg(test)]
mod tests {
    use axum::{
        http::{Request, StatusCode, header::ACCEPT_LANGUAGE},
        response::IntoResponse,
    };

    use super::*;
    use crate::{error::Error, page::PageError};

    async fn language(target: &str, accepted: &'static str) -> PageLanguage {
        let request = Request::builder().uri(target).header(ACCEPT_LANGUAGE, accepted).body(()).unwrap();
        let Ok(language) = PageLanguage::from_request_parts(&mut request.into_parts().0, &()).await;
        language
    }

    #[tokio::test]
    async fn a_choice_counts_before_the_browser_and_is_kept() {
        for (target, accepted, shown, next) in [
            ("/p/acme", "de-AT,en;q=0.5", Language::De, "/p/acme/thanks"),
            ("/p/acme?lang=es", "de", Language::Es, "/p/acme/thanks?lang=es"),
            ("/p/acme?x=1&lang=en", "de", Language::En, "/p/acme/thanks?lang=en"),
            ("/p/acme?lang=tlh", "de", Language::De, "/p/acme/thanks"),
            ("/p/acme", "fr", Language::En, "/p/acme/thanks"),
        ] {
            let language = language(target, accepted).await;
            assert_eq!(language.t.language(), shown, "{target} {accepted}");
            assert_eq!(language.keep(Address::new("/p/acme/thanks")).to_string(), next);
        }
        let links = language("/p/acme", "de").await.translations(&Address::new("/p/acme"));
        let shown: Vec<&str> = links.iter().filter(|link| link.is_shown).map(|link| link.href.as_str()).collect();
        assert_eq!((links.len(), shown), (Language::ALL.len(), vec!["/p/acme?lang=de"]));
    }

    #[test]
    fn an_error_page_can_be_shown_again() {
        let response = PageError::from(Error::not_found()).into_response();
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
        assert!(Message::of(response.extensions()).is_some());
    }
}
