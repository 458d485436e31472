//! `POST /internal/v1/events`.

use crate::error::Error;

pub async fn receive() -> Error {
    Error::not_found()
}
