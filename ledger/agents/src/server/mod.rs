//! What all requests share: the API's router, and its operations as tools and records.

use std::{fmt, sync::Arc};

use axum::Router;
use tokio::sync::OnceCell;
use utoipa::openapi::OpenApi;

use crate::{resource::record::Records, tool::catalog::Catalog};
use kit::{
    api::document::Document,
    error::{Error, Result},
};

/// The tools and records are made when the first request needs them, so that startup doesn't wait.
pub struct Server {
    pub api: Router,
    described: Arc<OpenApi>,
    catalog: OnceCell<Catalog>,
    records: OnceCell<Records>,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("catalog", &self.catalog).finish_non_exhaustive()
    }
}

impl Server {
    pub fn new(api: Router, described: Arc<OpenApi>) -> Self {
        Self { api, described, catalog: OnceCell::new(), records: OnceCell::new() }
    }

    /// # Errors
    /// If the list names an operation that there isn't, which a test excludes.
    pub async fn catalog(&self) -> Result<&Catalog> {
        let make =
            || async { Catalog::of(&Document::new(&self.described).value).map_err(|error| Error::internal(error)) };
        self.catalog.get_or_try_init(make).await
    }

    /// # Errors
    /// As [`Self::catalog`].
    pub async fn records(&self) -> Result<&Records> {
        let make =
            || async { Records::of(&Document::new(&self.described).value).map_err(|error| Error::internal(error)) };
        self.records.get_or_try_init(make).await
    }
}
