//! The two forms of the API's description, built when the first of them is requested: startup doesn't wait for them.

use std::{fmt, sync::Arc};

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

/// The responses of `/docs/api` and `/api/v1/openapi.json`.
#[derive(Debug, Clone)]
pub struct Served(Arc<Inner>);

struct Inner {
    of_handlers: OpenApi,
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
    page: Fixed,
}

impl Served {
    /// `base` is this installation's own address, for the examples.
    pub fn new(of_handlers: OpenApi, base: &str) -> Self {
        Self(Arc::new(Inner { of_handlers, base: base.to_owned(), made: OnceCell::new() }))
    }

    /// For programs.
    pub async fn description(self, headers: HeaderMap) -> Response {
        match self.made().await {
            Ok(made) => made.description.serve(&headers),
            Err(error) => error.into_response(),
        }
    }

    /// For people.
    pub async fn page(self, headers: HeaderMap) -> Response {
        match self.made().await {
            Ok(made) => {
                let mut response = made.page.serve(&headers);
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
        let page = render(&document, &inner.base).map_err(|error| Error::internal(error))?;
        Ok(Self {
            description: Fixed::new("application/json", document.value.to_string().into()),
            page: Fixed::new("text/html; charset=utf-8", page.into()),
        })
    }
}
