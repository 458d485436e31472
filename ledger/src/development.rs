//! Pages and endpoints that exist in development alone.

use kit::{
    error::{Error, Result},
    state::AppState,
};

/// Allows the request in development.
///
/// # Errors
/// 404 outside development.
pub(crate) fn open_in_development(state: &AppState) -> Result<()> {
    if state.config.environment.is_development() { Ok(()) } else { Err(Error::not_found()) }
}
