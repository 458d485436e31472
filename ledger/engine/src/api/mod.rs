//! What endpoints have in common: the SQL of the API's lists (links, programs, conversions, commissions), and the error
//! for an unknown object.

pub mod store;

use axum::http::StatusCode;

use kit::error::{Code, Error};

/// A 404 error for a field of the body that names an unknown object.
pub fn unknown(field: &str) -> Error {
    let message = format!("{field} doesn't exist, or belongs to another organization.");
    Error::new(StatusCode::NOT_FOUND, Code::NotFound, message).with_field(field)
}
