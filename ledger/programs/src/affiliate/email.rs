//! The emails to applicants and invited affiliates.

use axum::http::StatusCode;
use shared::{
    id::{AffiliateId, OrganizationId, ProgramId},
    money::Money,
    timestamp::Timestamp,
};

use super::{
    email_changed, store,
    unsolicited_email::{self, NotSent, Permit},
};
use crate::{
    link::read::link_scheme,
    program::{
        offer::{self, Whose},
        store as program_store,
    },
};
use identity::{
    account::{email::affiliate_link, magic},
    mail::unsubscribe,
    notification::store as look_store,
};
use kit::{
    api::view::Affiliate,
    compiled_once,
    db::{TenantTx, TenantsTx},
    error::{Code, Error, Result},
    limit::{self, Limit, PublicAction},
    mail::{Branding, Email, EmailContent, EmailKind, Sample},
    state::AppState,
};

/// The email `application_approved`.
fn of_approved(look: Branding, name: &str, links: Vec<String>, sign_in: String) -> EmailContent {
    let (t, brand) = (look.t, look.brand.clone());
    let label = t.say("email-approved-links").with("count", links.len());
    EmailContent::new(
        look,
        t.say("email-approved-subject").with("brand", &brand),
        t.say("email-approved-why").with("brand", &brand),
    )
    .greeting(name)
    .paragraph(t.say("email-approved-message"))
    .links(label, links)
    .sign_in(t.say("email-sign-in"), sign_in)
    .paragraph(t.say("email-link-works-two-weeks"))
}

/// The email `application_rejected`.
fn of_rejected(look: Branding, name: &str, reason: Option<&str>) -> EmailContent {
    let (t, brand) = (look.t, look.brand.clone());
    let subject = t.say("email-application-subject").with("brand", &brand);
    let content = EmailContent::new(look, subject, t.say("email-rejected-why").with("brand", &brand))
        .greeting(name)
        .paragraph(t.say("email-rejected-message").with("brand", &brand));
    match reason {
        Some(reason) => content.paragraph(t.say("email-they-wrote").with("text", reason)),
        None => content,
    }
}

/// What an invitation says.
struct Invitation<'a> {
    /// The program's name, and what it pays.
    program: &'a str,
    offer: Vec<String>,
    /// The brand's personal message.
    note: Option<&'a str>,
    links: Vec<String>,
    sign_in: String,
    unsubscribe: &'a str,
}

/// The email `affiliate_invited`.
fn of_invited(look: Branding, name: &str, invitation: Invitation<'_>) -> EmailContent {
    let (t, brand) = (look.t, look.brand.clone());
    let subject = t.say("email-invited-subject").with("brand", &brand);
    let mut content = EmailContent::new(look, subject, t.say("email-invited-why").with("brand", &brand))
        .greeting(name)
        .paragraph(t.say("email-invited-message").with("brand", &brand).with("program", invitation.program));
    if !invitation.offer.is_empty() {
        content = content.paragraph(t.say("email-invited-offer")).list(invitation.offer);
    }
    if let Some(note) = invitation.note {
        content = content.quote(note);
    }
    let label = t.say("email-invited-links").with("count", invitation.links.len());
    content
        .links(label, invitation.links)
        .paragraph(t.say("email-invited-accept"))
        .sign_in(t.say("email-invited-button"), invitation.sign_in)
        .paragraph(t.say("email-link-works-two-weeks"))
        .choice(t.say("email-invited-stop"), invitation.unsubscribe)
}

/// Sends an invitation to a program, with the brand's personal message and an unsubscribe link.
pub async fn invited(
    tx: &mut TenantTx,
    state: &AppState,
    affiliate: &Affiliate,
    program: ProgramId,
    (note, permit): (Option<&str>, Permit),
) -> Result<()> {
    let (organization, now) = (tx.organization(), state.clock.now());
    let whom = (affiliate.id, affiliate.email.as_str());
    let Some(way_in) = magic::issue_with_news(tx, organization, whom, now).await? else { return Ok(()) };
    let unsubscribe = unsubscribe::url(state, &affiliate.email)?;
    let look = look(tx, organization, affiliate.id).await?;
    let links = links(tx, state, affiliate.id).await?;
    let whose = Whose::Affiliate(affiliate.id, affiliate.segment.as_deref());
    let offer = offer::lines(tx, program, whose, now, look.t).await?;
    let program = program_store::name(tx, program).await?.ok_or_else(Error::not_found)?;
    let sign_in = way_in.url(state);
    let invitation = Invitation { program: &program, offer, note, links, sign_in, unsubscribe: &unsubscribe };
    let message = of_invited(look, &affiliate.name, invitation).to(&affiliate.email, EmailKind::AffiliateInvited)?;
    let message = Email { unsubscribe: Some(unsubscribe), ..message };
    unsolicited_email::post(tx, state, affiliate.id, permit, message).await
}

/// Someone who is about to be invited.
#[derive(Debug)]
pub struct Invitee<'a> {
    pub name: &'a str,
    pub bounty: Option<Money>,
}

/// Returns an invitation before it is sent: its buttons lead nowhere yet.
///
/// # Errors
/// 404 if the program doesn't exist.
pub async fn invitation_preview(
    tx: &mut TenantTx,
    program: ProgramId,
    invitee: Invitee<'_>,
    note: Option<&str>,
    now: Timestamp,
) -> Result<EmailContent> {
    let organization = tx.organization();
    let look = look_store::branding(tx, organization).await?.ok_or_else(Error::not_found)?;
    let offer = offer::lines(tx, program, Whose::Newcomer(invitee.bounty), now, look.t).await?;
    let program = program_store::name(tx, program).await?.ok_or_else(Error::not_found)?;
    // Links are made when they accept.
    let (links, sign_in) = (Vec::new(), String::new());
    let invitation = Invitation { program: &program, offer, note, links, sign_in, unsubscribe: "" };
    Ok(of_invited(look, invitee.name, invitation).worded(EmailKind::AffiliateInvited))
}

/// Sends the approval email, with the affiliate's links and a sign-in link. Without a permit, requests one if the email
/// needs it; returns the reason if it wasn't sent.
pub async fn approved(
    tx: &mut TenantTx,
    state: &AppState,
    affiliate: &Affiliate,
    permit: Option<Permit>,
) -> Result<Option<NotSent>> {
    let organization = tx.organization();
    let whom = (affiliate.id, affiliate.email.as_str());
    let now = state.clock.now();
    let Some(way_in) = magic::issue_with_news(tx, organization, whom, now).await? else { return Ok(None) };
    let look = look(tx, organization, affiliate.id).await?;
    let links = links(tx, state, affiliate.id).await?;
    let content = of_approved(look, &affiliate.name, links, way_in.url(state));
    let message = content.to(&affiliate.email, EmailKind::ApplicationApproved)?;
    match permit {
        Some(permit) => unsolicited_email::post(tx, state, affiliate.id, permit, message).await.map(|()| None),
        None => unsolicited_email::post_or_keep(tx, state, affiliate.id, message).await,
    }
}

/// Sends the rejection email; returns the reason if it wasn't sent.
pub async fn rejected(tx: &mut TenantTx, state: &AppState, affiliate: &Affiliate) -> Result<Option<NotSent>> {
    let organization = tx.organization();
    let look = look(tx, organization, affiliate.id).await?;
    let content = of_rejected(look, &affiliate.name, affiliate.status_reason.as_deref());
    let message = content.to(&affiliate.email, EmailKind::ApplicationRejected)?;
    unsolicited_email::post_or_keep(tx, state, affiliate.id, message).await
}

/// Sends an approved affiliate a sign-in link for the portal.
///
/// # Errors
/// 429 if several were sent just now, and the errors of [`NotSent`]; 409 if their email is being changed at the same
/// time.
pub async fn sign_in(tx: &mut TenantTx, state: &AppState, affiliate: &Affiliate) -> Result<()> {
    let organization = tx.organization();
    let whose = format!("{organization} {}", affiliate.email);
    let limit = Limit::Email { action: PublicAction::AffiliateLink, address: &whose, device: None };
    if !limit::admit_in(tx.conn(), state, &limit).await? {
        let message = "Several links were sent to this affiliate just now. Wait a minute before you send another one.";
        return Err(Error::new(StatusCode::TOO_MANY_REQUESTS, Code::TooManyRequests, message).retry_after(60));
    }
    let whom = (affiliate.id, affiliate.email.as_str());
    let way_in = magic::issue(tx, organization, whom, state.clock.now()).await?.ok_or_else(|| {
        let message = "The affiliate's email address was just changed. Check it, then try again.";
        Error::new(StatusCode::CONFLICT, Code::WrongStatus, message)
    })?;
    let look = look(tx, organization, affiliate.id).await?;
    let email =
        affiliate_link(look, &affiliate.name, way_in.url(state)).to(&affiliate.email, EmailKind::AffiliateLink)?;
    let kept = unsolicited_email::post_or_keep(tx, state, affiliate.id, email).await?;
    kept.map_or(Ok(()), |kept| Err(kept.error()))
}

/// The branding of an organization's emails to one of its affiliates, in their language.
#[compiled_once]
pub async fn look(tx: &mut TenantsTx, organization: OrganizationId, affiliate: AffiliateId) -> Result<Branding> {
    look_store::look_for(tx, organization, affiliate).await?.ok_or_else(Error::not_found)
}

/// Sample emails, for developers and for brands that change their words.
pub fn samples(look: &Branding) -> Vec<Sample> {
    let links = || vec!["https://go.acme.test/nina".to_owned()];
    let sign_in = || "https://rekomi.test/a/enter?token=sample".to_owned();
    let (name, unsubscribe) = ("Nina Berg", "https://rekomi.test/unsubscribe/invitations/sample");
    let approved = of_approved(look.clone(), name, links(), sign_in());
    let rejected = of_rejected(look.clone(), name, Some("We work with creators who write about cooking."));
    let note = Some("I love your videos about bookkeeping.");
    let offer = offer::sample(look.t);
    let invitation =
        Invitation { program: "Partner program", offer, note, links: links(), sign_in: sign_in(), unsubscribe };
    vec![
        (EmailKind::ApplicationApproved, approved),
        (EmailKind::ApplicationRejected, rejected),
        (EmailKind::AffiliateInvited, of_invited(look.clone(), name, invitation)),
        (EmailKind::AffiliateEmailChanged, email_changed::content(look.clone(), name)),
    ]
}

async fn links(tx: &mut TenantTx, state: &AppState, affiliate: AffiliateId) -> Result<Vec<String>> {
    let scheme = link_scheme(&state.config);
    let places = store::link_places(tx, affiliate).await?;
    Ok(places.into_iter().map(|place| format!("{scheme}://{place}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_email_holds_what_it_promises_and_escapes_names() {
        let sent = |links: &[&str]| {
            let look = Branding::new("Acme & Sons", Some("#aa2255"));
            let links = links.iter().map(|link| (*link).to_owned()).collect();
            let sign_in = "https://rekomi.test/a/enter?token=x".to_owned();
            of_approved(look, "<b>Nina</b>", links, sign_in).to("nina@x.test", EmailKind::ApplicationApproved).unwrap()
        };
        let email = sent(&["https://go.acme.test/nina"]);
        for part in ["Acme & Sons", "<b>Nina</b>", "https://go.acme.test/nina", "https://rekomi.test/a/enter?token=x"] {
            assert!(email.text.contains(part), "{part} in {}", email.text);
        }
        assert!(!email.html.contains("<b>Nina") && email.html.contains("Acme &#38; Sons"), "{}", email.html);
        assert!(email.html.contains("#aa2255"), "in the brand's colour");
        assert!(email.text.contains("Share your link:\n"), "{}", email.text);
        assert!(!sent(&[]).text.contains("Share your link"), "nothing is said of links that aren't there");
    }

    #[test]
    fn a_rejection_says_why_where_somebody_did() {
        let sent = |reason| {
            let content = of_rejected(Branding::new("Acme", None), "Nina", reason);
            content.to("nina@x.test", EmailKind::ApplicationRejected).unwrap()
        };
        assert!(!sent(None).text.contains("wrote"));
        let email = sent(Some("Not this year."));
        assert!(email.text.contains("Not this year.") && email.html.contains("Not this year."));
    }
}
