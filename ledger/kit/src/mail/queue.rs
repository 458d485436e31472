//! The one way for a letter to leave: a row, written in the transaction that decides.

use shared::{
    id,
    id::{AffiliateId, LetterId, OrganizationId},
};
use sqlx::PgConnection;

use super::{
    letter::{Letter, one_line},
    sealing::{self, Body},
    smtp, store,
};
use crate::{
    error::{Error, Result},
    privacy,
    state::AppState,
};

/// Who an email is written to, as far as an erasure can end it.
enum Whom {
    /// Somebody with an account, or who is invited to one: no erasure of ours is about them.
    Account,
    Affiliate {
        organization: OrganizationId,
        affiliate: AffiliateId,
        is_first: bool,
    },
}

/// Writes an email to people with accounts down, to be sent once `conn`'s transaction commits.
///
/// An address that no mail server could take ends nobody's decision: such an email is kept with its reason, unsent.
///
/// # Errors
/// Of the database; and of ours, where it is of a kind that goes to affiliates, which only [`post_to`] writes.
pub async fn post(conn: &mut PgConnection, state: &AppState, letter: Letter) -> Result<()> {
    write(conn, state, Whom::Account, letter).await
}

/// The same to an affiliate, or about one to another address of theirs. Nothing is written where they are erased: their row
/// is locked before, so that an erasure either finds the email or is done already.
pub async fn post_to(
    conn: &mut PgConnection,
    state: &AppState,
    (organization, affiliate): (OrganizationId, AffiliateId),
    letter: Letter,
) -> Result<()> {
    write(conn, state, Whom::Affiliate { organization, affiliate, is_first: false }, letter).await
}

/// The same to an affiliate who didn't ask for it, which [`programs::affiliate::first_letter`] allows and counts.
pub async fn post_first(
    conn: &mut PgConnection,
    state: &AppState,
    (organization, affiliate): (OrganizationId, AffiliateId),
    letter: Letter,
) -> Result<()> {
    write(conn, state, Whom::Affiliate { organization, affiliate, is_first: true }, letter).await
}

async fn write(conn: &mut PgConnection, state: &AppState, whom: Whom, letter: Letter) -> Result<()> {
    let (organization, affiliate, is_first) = match whom {
        Whom::Account if letter.kind.is_to_affiliates() => {
            return Err(Error::internal(format!("{} names no affiliate", letter.kind.as_str())));
        }
        Whom::Account => (None, None, false),
        Whom::Affiliate { organization, affiliate, is_first } => {
            if !privacy::hold_store::hold(conn, organization, affiliate).await? {
                return Ok(());
            }
            (Some(organization), Some(affiliate), is_first)
        }
    };
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
        affiliate,
        is_first,
        unsendable: address.err().map(|()| "This is not an e-mail address that a server could take."),
    };
    store::insert(conn, &row).await?;
    Ok(())
}
