//! The only way to send an email: a row, written in the deciding transaction.

use shared::{
    id,
    id::{AffiliateId, EmailId, OrganizationId},
};
use sqlx::PgConnection;

use super::{
    email::{Email, one_line},
    encryption::{self, Body},
    store,
};
use crate::{
    compiled_once, email_address,
    error::{Error, Result},
    privacy,
    state::AppState,
};

/// The recipient of an email, as far as an erasure affects it.
enum Whom {
    /// Someone with an account, or who is invited to one: our erasures don't concern them.
    Account,
    Affiliate {
        organization: OrganizationId,
        affiliate: AffiliateId,
        is_first: bool,
    },
}

/// Queues an email to people with accounts, to be sent once `conn`'s transaction commits.
///
/// An address that no mail server accepts doesn't block the decision: such an email is stored unsent, with the reason.
///
/// # Errors
/// Database errors; and an internal error for a kind that goes to affiliates, which only [`post_to`] may queue.
pub async fn post(conn: &mut PgConnection, state: &AppState, email: Email) -> Result<()> {
    write(conn, state, Whom::Account, email).await
}

/// Queues an email to an affiliate, or about one to another address of theirs. Writes nothing if they are erased: their
/// row is locked first, so that an erasure either finds the email or is already complete.
pub async fn post_to(
    conn: &mut PgConnection,
    state: &AppState,
    (organization, affiliate): (OrganizationId, AffiliateId),
    email: Email,
) -> Result<()> {
    write(conn, state, Whom::Affiliate { organization, affiliate, is_first: false }, email).await
}

/// Queues an email to an affiliate who didn't ask for it, which [`programs::affiliate::unsolicited_email`] allows and
/// counts.
pub async fn post_first(
    conn: &mut PgConnection,
    state: &AppState,
    (organization, affiliate): (OrganizationId, AffiliateId),
    email: Email,
) -> Result<()> {
    write(conn, state, Whom::Affiliate { organization, affiliate, is_first: true }, email).await
}

/// The domain of sample affiliates' addresses. It can't exist (RFC 2606), and nothing is ever sent to it.
pub const SAMPLE_DOMAIN: &str = "sample.invalid";

fn is_sample(address: &str) -> bool {
    address.rsplit_once('@').is_some_and(|(_, domain)| domain.eq_ignore_ascii_case(SAMPLE_DOMAIN))
}

#[compiled_once]
async fn write(conn: &mut PgConnection, state: &AppState, whom: Whom, character: Email) -> Result<()> {
    let (organization, affiliate, is_first) = match whom {
        Whom::Account if character.kind.is_to_affiliates() => {
            return Err(Error::internal(format!("{} names no affiliate", character.kind.as_str())));
        }
        Whom::Account => (None, None, false),
        Whom::Affiliate { .. } if is_sample(&character.to) => return Ok(()),
        Whom::Affiliate { organization, affiliate, is_first } => {
            if !privacy::hold_store::hold(conn, organization, affiliate).await? {
                return Ok(());
            }
            (Some(organization), Some(affiliate), is_first)
        }
    };
    let id: EmailId = state.new_id::<id::Email>();
    let html = with_hosts(&character.html, &state.config.public_url);
    let body = Body { text: character.text, html, unsubscribe: character.unsubscribe };
    let sealed = encryption::seal(&state.config.keys.at_rest, id, &body).map_err(|error| Error::internal(error))?;
    let address = email_address::recipient(&character.to);
    let sender = character.sender.as_ref();
    let row = store::New {
        id,
        kind: character.kind.as_str(),
        recipient: &address.clone().map_or_else(|_| one_line(&character.to), |address| address.to_string()),
        subject: &one_line(&character.subject),
        sender_name: sender.and_then(|sender| sender.name.as_deref()),
        reply_to: sender.and_then(|sender| sender.reply_to.as_deref()),
        sealed_body: &sealed,
        organization,
        affiliate,
        is_first,
        unsendable: address.err().map(|()| "This isn't a valid email address."),
    };
    store::insert(conn, &row).await?;
    Ok(())
}

/// Pictures that we serve by their whole URLs: what puts an email together only knows their paths.
fn with_hosts(html: &str, public_url: &str) -> String {
    html.replace("<img src=\"/", &format!("<img src=\"{public_url}/"))
}
