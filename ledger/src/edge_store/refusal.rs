//! Why a request wasn't carried out. Only workerd reads these responses: to it, 404 is an absent value, and every other
//! error fails the operation of the Worker.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};

#[derive(Debug)]
pub(super) enum Refusal {
    NotFound,
    Invalid(&'static str),
    TooLarge(&'static str),
    Unsupported(&'static str),
    Database(sqlx::Error),
}

impl From<sqlx::Error> for Refusal {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::NotFound => (StatusCode::NOT_FOUND, "").into_response(),
            Self::Invalid(reason) => (StatusCode::BAD_REQUEST, reason).into_response(),
            Self::TooLarge(reason) => (StatusCode::PAYLOAD_TOO_LARGE, reason).into_response(),
            Self::Unsupported(reason) => (StatusCode::UNSUPPORTED_MEDIA_TYPE, reason).into_response(),
            Self::Database(error) => {
                tracing::warn!(
                    event = "edge_store.database_unavailable",
                    "the edge's store can't use the database: {error}"
                );
                (StatusCode::SERVICE_UNAVAILABLE, "the database isn't responding").into_response()
            }
        }
    }
}
