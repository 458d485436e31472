//! The one way for a letter to leave: a row, written in the transaction that decides.

use shared::{id, id::LetterId};
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
    let id: LetterId = state.new_id::<id::Letter>();
    let body = Body { text: letter.text, html: letter.html };
    let sealed = sealing::seal(&state.config.keys.at_rest, id, &body).map_err(Error::internal)?;
    let address = smtp::recipient(&letter.to);
    let row = store::New {
        id,
        kind: letter.kind,
        recipient: &address.clone().map_or_else(|_| one_line(&letter.to), |address| address.to_string()),
        subject: &one_line(&letter.subject),
        sealed_body: &sealed,
        unsendable: address.err().map(|()| "This is not an e-mail address that a server could take."),
    };
    store::insert(conn, &row).await?;
    Ok(())
}
