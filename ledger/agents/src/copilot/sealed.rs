//! Encrypts what conversations consist of, each value for its own row.

use shared::{
    id::OrganizationId,
    seal::{self, Place, Secret},
};
use sqlx::types::Uuid;

use kit::{
    config::Keys,
    error::{Error, Result},
};

pub const CONVERSATIONS: &str = "copilot_conversations";
pub const TITLE: &str = "sealed_title";
pub const MESSAGES: &str = "copilot_messages";
pub const BLOCKS: &str = "sealed_blocks";
pub const ACTIONS: &str = "copilot_actions";
pub const ARGUMENTS: &str = "sealed_arguments";
pub const SOURCE: &str = "sealed_source";

/// Table, column and row of a value.
pub type At = (&'static str, &'static str, Uuid);

/// # Errors
/// If the random source fails.
pub fn seal(keys: &Keys, organization: OrganizationId, at: At, text: &str) -> Result<String> {
    let (tenant, row) = (organization.to_string(), at.2.to_string());
    let place = Place { tenant: &tenant, table: at.0, column: at.1, row: &row };
    let sealed = seal::seal(&keys.at_rest, place, rand::random(), &Secret::new(text.to_owned()));
    sealed.map_err(|error| Error::internal(error))
}

/// # Errors
/// If no key of the ring opens it.
pub fn open(keys: &Keys, organization: OrganizationId, at: At, sealed: &str) -> Result<String> {
    let (tenant, row) = (organization.to_string(), at.2.to_string());
    let place = Place { tenant: &tenant, table: at.0, column: at.1, row: &row };
    let opened = seal::open(&keys.at_rest, place, sealed).map_err(|error| Error::internal(error))?;
    Ok(opened.expose().to_owned())
}
