//! The description of all operations, built once for all tests: building it takes a good part of a second.

use std::sync::LazyLock;

use kit::api::document::Document;

pub(super) static DOCUMENT: LazyLock<Document> = LazyLock::new(|| Document::new(super::operations().get_openapi()));
