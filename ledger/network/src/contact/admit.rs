//! What becomes of someone who applies in the network, or accepts an invitation: they are approved at once, wait for a
//! person, or are refused. The organization's tenant must be locked; after the commit, wake the pusher.

use axum::http::StatusCode;
use serde_json::Value;
use shared::id::{AffiliateId, ProgramId};

use crate::creator::session::CreatorSession;
use engine::consent::terms::Accepted;
use identity::access::caller::Caller;
use kit::{
    api::view::Affiliate,
    db::TenantTx,
    error::{Code, Error, Result},
    state::AppState,
    text::Texts,
};
use programs::affiliate::{
    application, approve,
    first_login::{self, Joined},
    status_change, store as affiliate_store,
};
use recruiting::program_page::{
    answer,
    applicant::{self, Applicant},
    email, store as page_store,
    view::Offer,
};
use rules::customer::mailbox::email_key;

/// Who applies, and to what.
#[derive(Debug)]
pub(super) struct Applying<'a> {
    /// With the address, which is proved.
    pub session: &'a CreatorSession,
    pub caller: &'a Caller,
    pub program: ProgramId,
    pub offer: &'a Offer,
    pub was_invited: bool,
}

impl Applying<'_> {
    /// Whether they are approved at once: the brand invited them, or the program admits them. Neither counts for someone
    /// whom the brand banned under another spelling of the address, and the latter doesn't for someone whom it rejected.
    async fn is_admitted(&self, tx: &mut TenantTx) -> Result<bool> {
        let mailbox = email_key(&self.session.email);
        if self.was_invited {
            return Ok(affiliate_store::banned_email(tx, &mailbox).await?.is_none());
        }
        Ok(self.offer.row.auto_approve && affiliate_store::refused_email(tx, &mailbox).await?.is_none())
    }
}

/// Creates the affiliate, or changes the status of the one with this address. Returns their id and the contact's status.
///
/// # Errors
/// 400 at `alias`; 409 `wrong_status` if the brand refused them. The caller must roll back then.
pub(super) async fn decide(
    tx: &mut TenantTx,
    state: &AppState,
    applying: &Applying<'_>,
    application: answer::Application,
) -> Result<(AffiliateId, &'static str)> {
    let session = applying.session;
    if let Some(known) = affiliate_store::with_email(tx, &session.email, state.clock.now()).await? {
        return Ok((known.id, again(tx, state, applying, &known).await?));
    }
    // Someone who is an affiliate already keeps their link name, which the form may well repeat.
    if let Some(alias) = &application.alias
        && applicant::is_taken(tx, alias).await?
    {
        return Err(Error::field("alias", session.t.say("program-form-alias-taken")));
    }
    enter(tx, state, applying, application).await
}

pub(super) fn refused(t: Texts) -> Error {
    Error::new(StatusCode::CONFLICT, Code::WrongStatus, t.say("contact-apply-refused").to_string())
}

/// Someone with this address is an affiliate of the brand already: nothing is created twice.
async fn again(
    tx: &mut TenantTx,
    state: &AppState,
    applying: &Applying<'_>,
    known: &Affiliate,
) -> Result<&'static str> {
    let &Applying { session, caller, offer, was_invited, .. } = applying;
    let is_admitted = applying.is_admitted(tx).await?;
    // An applicant of the program's page, of whom only the proof of their address was missing.
    let enters = is_admitted && first_login::is_awaited(tx, known.id).await?;
    let joined = match known.status.as_str() {
        "Approved" => return Ok("Joined"),
        "Invited" => {
            first_login::entered(tx, state, known.id, Some(&session.email), caller).await?;
            return Ok("Joined");
        }
        "Pending" if enters => {
            let entered = first_login::entered(tx, state, known.id, Some(&session.email), caller).await?;
            entered.and_then(|entered| entered.joined)
        }
        "Pending" | "Rejected" | "Archived" if was_invited && is_admitted => {
            Some(accept(tx, state, applying, known).await?)
        }
        "Pending" => None,
        // They withdrew an earlier application.
        "Archived" => {
            status_change::change(tx, state, known.id, "Pending", None).await?;
            None
        }
        _ => return Err(refused(session.t)),
    };
    notify(tx, state, offer, (known, joined)).await
}

/// Approves someone whom the brand invited without knowing that it knew them.
async fn accept(tx: &mut TenantTx, state: &AppState, applying: &Applying<'_>, known: &Affiliate) -> Result<Joined> {
    let &Applying { session, caller, program, offer, .. } = applying;
    let actor = caller.actor(format!("affiliate:{}", known.id));
    let affiliate = approve::by_invitation(tx, state, known, program, &actor).await?;
    first_login::entered(tx, state, known.id, Some(&session.email), caller).await?;
    Ok(Joined { affiliate, program: offer.program.name.clone() })
}

/// Writes the emails about an applicant, who may have joined. Returns the contact's status.
async fn notify(
    tx: &mut TenantTx,
    state: &AppState,
    offer: &Offer,
    (affiliate, joined): (&Affiliate, Option<Joined>),
) -> Result<&'static str> {
    if let Some(joined) = joined {
        email::joined(tx, state, &joined).await?;
        return Ok("Joined");
    }
    email::received(tx, state, offer, affiliate).await?;
    let waiting = page_store::waiting(tx).await?;
    email::waiting(tx, state, offer, affiliate, waiting).await?;
    Ok("Applied")
}

/// Creates the affiliate as the program's page does. The address is proved, so whom the program admits is approved at
/// once; so is whom the brand invited.
async fn enter(
    tx: &mut TenantTx,
    state: &AppState,
    applying: &Applying<'_>,
    application: answer::Application,
) -> Result<(AffiliateId, &'static str)> {
    let &Applying { session, caller, program, offer, .. } = applying;
    let is_admitted = applying.is_admitted(tx).await?;
    let accepted = offer.terms.as_ref().map(|terms| Accepted {
        at: state.clock.now(),
        version: Some(format!("{} v{}", offer.program.slug, terms.version)),
        evidence: format!("Checked “I accept the terms” when applying to {} in the network", offer.program.name),
    });
    let answers = application.answers.into_iter().filter(|(_, answer)| *answer != Value::Null).collect();
    let row = Applicant {
        email: application.email,
        name: application.name,
        alias: application.alias,
        answers: application::checked(Some(answers))?,
        awaits_entry: is_admitted,
        program,
        language: session.t.language(),
        terms: accepted,
        terms_version: offer.terms.as_ref().map(|terms| terms.version),
    };
    let made = applicant::apply(tx, state, row, caller).await?;
    let entered = first_login::entered(tx, state, made.id, Some(&session.email), caller).await?;
    let joined = entered.and_then(|entered| entered.joined);
    Ok((made.id, notify(tx, state, offer, (&made, joined)).await?))
}
