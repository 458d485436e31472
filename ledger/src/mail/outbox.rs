//! The one way for a letter to leave: a row, written in the transaction that decides.

use shared::{
    id,
    id::{LetterId, OrganizationId},
};
use sqlx::PgConnection;

use super::{
    letter::{Letter, one_line},
    sealing::{self, Body},
    smtp, store,
};
use crate::{
    error::{Error, Result},
    state::AppState,
};

/// Writes the letter down, to be sent once `conn`'s transaction commits.
///
/// An address that no mail server could take ends nobody's decision: such a letter is kept with its reason, unsent.
///
/// # Errors
/// Of the database.
pub async fn post(conn: &mut PgConnection, state: &AppState, letter: Letter) -> Result<()> {
    write(conn, state, (None, false), letter).await
}

/// The same of an organization, in a transaction of several: erasing somebody there deletes their letters, and no other's.
///
/// # Errors
/// As [`post`].
pub async fn post_of(
    conn: &mut PgConnection,
    state: &AppState,
    organization: OrganizationId,
    letter: Letter,
) -> Result<()> {
    write(conn, state, (Some(organization), false), letter).await
}

/// The same to somebody who didn't ask for it, which [`crate::affiliate::first_letter`] allows and counts.
///
/// # Errors
/// As [`post`].
pub async fn post_first(
    conn: &mut PgConnection,
    state: &AppState,
    organization: OrganizationId,
    letter: Letter,
) -> Result<()> {
    write(conn, state, (Some(organization), true), letter).await
}

async fn write(
    conn: &mut PgConnection,
    state: &AppState,
    (organization, is_first): (Option<OrganizationId>, bool),
    letter: Letter,
) -> Result<()> {
    let id: LetterId = state.new_id::<id::Letter>();
    let body = Body { text: letter.text, html: letter.html, unsubscribe: letter.unsubscribe };
    let sealed = sealing::seal(&state.config.keys.at_rest, id, &body).map_err(Error::internal)?;
    let address = smtp::recipient(&letter.to);
    let row = store::New {
        id,
        kind: letter.kind.as_str(),
        recipient: &address.clone().map_or_else(|_| one_line(&letter.to), |address| address.to_string()),
        subject: &one_line(&letter.subject),
        sealed_body: &sealed,
        organization,
        is_first,
        unsendable: address.err().map(|()| "This is not an e-mail address that a server could take."),
    };
    store::insert(conn, &row).await?;
    Ok(())
}
