//! The one way for an email to leave: a row, written in the transaction that decides.

use shared::{
    id,
    id::{AffiliateId, EmailId, OrganizationId},
};
use sqlx::PgConnection;

use super::{
    email::{Email, one_line},
    encryption::{self, Body},
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
pub async fn post(conn: &mut PgConnection, state: &AppState, email: Email) -> Result<()> {
    write(conn, state, Whom::Account, email).await
}

/// The same to an affiliate, or about one to another address of theirs. Nothing is written where they are erased: their row
/// is locked before, so that an erasure either finds the email or is done already.
pub async fn post_to(
    conn: &mut PgConnection,
    state: &AppState,
    (organization, affiliate): (OrganizationId, AffiliateId),
    email: Email,
) -> Result<()> {
    write(conn, state, Whom::Affiliate { organization, affiliate, is_first: false }, email).await
}

/// The same to an affiliate who didn't ask for it, which [`programs::affiliate::unsolicited_email`] allows and counts.
pub async fn post_first(
    conn: &mut PgConnection,
    state: &AppState,
    (organization, affiliate): (OrganizationId, AffiliateId),
    email: Email,
) -> Result<()> {
    write(conn, state, Whom::Affiliate { organization, affiliate, is_first: true }, email).await
}

async fn write(conn: &mut PgConnection, state: &AppState, whom: Whom, character: Email) -> Result<()> {
    let (organization, affiliate, is_first) = match whom {
        Whom::Account if character.kind.is_to_affiliates() => {
            return Err(Error::internal(format!("{} names no affiliate", character.kind.as_str())));
        }
        Whom::Account => (None, None, false),
        Whom::Affiliate { organization, affiliate, is_first } => {
            if !privacy::hold_store::hold(conn, organization, affiliate).await? {
                return Ok(());
            }
            (Some(organization), Some(affiliate), is_first)
        }
    };
    let id: EmailId = state.new_id::<id::Email>();
    let body = Body { text: character.text, html: character.html, unsubscribe: character.unsubscribe };
    let sealed = encryption::seal(&state.config.keys.at_rest, id, &body).map_err(Error::internal)?;
    let address = smtp::recipient(&character.to);
    let row = store::New {
        id,
        kind: character.kind.as_str(),
        recipient: &address.clone().map_or_else(|_| one_line(&character.to), |address| address.to_string()),
        subject: &one_line(&character.subject),
        sealed_body: &sealed,
        organization,
        affiliate,
        is_first,
        unsendable: address.err().map(|()| "This is not an e-mail address that a server could take."),
    };
    store::insert(conn, &row).await?;
    Ok(())
}
