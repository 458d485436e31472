//! The API's description for programs and for people, built when the first part of it is requested: startup doesn't wait
//! for it.

use std::{collections::BTreeMap, fmt, sync::Arc};

use axum::{
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use tokio::sync::OnceCell;
use utoipa::openapi::OpenApi;

use super::page::render;
use crate::{
    api::{document::Document, static_body::Fixed},
    error::{Error, Result},
    page::{PageError, fence},
};

/// The responses of `/api/v1/openapi.json`, and of `/docs/api` with the pages below it.
#[derive(Debug, Clone)]
pub struct Served(Arc<Inner>);

struct Inner {
    of_handlers: Arc<OpenApi>,
    base: String,
    made: OnceCell<Made>,
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inner").field("base", &self.base).field("made", &self.made).finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct Made {
    description: Fixed,
    start: Fixed,
    changelog: Fixed,
    nouns: BTreeMap<String, Fixed>,
}

impl Served {
    /// `base` is this installation's own address, for the examples.
    pub fn new(of_handlers: Arc<OpenApi>, base: &str) -> Self {
        Self(Arc::new(Inner { of_handlers, base: base.to_owned(), made: OnceCell::new() }))
    }

    /// For programs.
    pub async fn description(self, headers: HeaderMap) -> Response {
        match self.made().await {
            Ok(made) => made.description.serve(&headers),
            Err(error) => error.into_response(),
        }
    }

    /// How the API works, and a list of all operations.
    pub async fn start(self, headers: HeaderMap) -> Response {
        self.page(&headers, |made| Some(&made.start)).await
    }

    /// What changed in the API.
    pub async fn changelog(self, headers: HeaderMap) -> Response {
        self.page(&headers, |made| Some(&made.changelog)).await
    }

    /// The operations of a noun.
    pub async fn noun(self, noun: String, headers: HeaderMap) -> Response {
        self.page(&headers, |made| made.nouns.get(&noun)).await
    }

    async fn page(&self, headers: &HeaderMap, choose: impl FnOnce(&Made) -> Option<&Fixed>) -> Response {
        let page = match self.made().await {
            Ok(made) => choose(made).ok_or_else(Error::not_found),
            Err(error) => Err(error),
        };
        match page {
            Ok(page) => {
                let mut response = page.serve(headers);
                fence(response.headers_mut());
                response
            }
            Err(error) => PageError::from(error).into_response(),
        }
    }

    /// Compressing takes a while, so it runs outside the async worker threads.
    async fn made(&self) -> Result<&Made> {
        let make = || async {
            let inner = Arc::clone(&self.0);
            tokio::task::spawn_blocking(move || Made::of(&inner)).await.map_err(|error| Error::internal(error))?
        };
        self.0.made.get_or_try_init(make).await
    }
}

impl Made {
    fn of(inner: &Inner) -> Result<Self> {
        let document = Document::new(&inner.of_handlers);
        let pages = render(&document, &inner.base).map_err(|error| Error::internal(error))?;
        let html = |text: String| Fixed::new("text/html; charset=utf-8", text.into());
        Ok(Self {
            description: Fixed::new("application/json", document.with_edge().to_string().into()),
            start: html(pages.start),
            changelog: html(pages.changelog),
            nouns: pages.nouns.into_iter().map(|(noun, text)| (noun, html(text))).collect(),
        })
    }
}
