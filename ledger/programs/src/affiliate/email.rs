//! The emails to applicants and invited affiliates.

use askama::Template;
use axum::http::StatusCode;
use shared::id::{AffiliateId, OrganizationId};

use super::{
    email_changed, store,
    unsolicited_email::{self, NotSent, Permit},
};
use crate::link::read::link_scheme;
use identity::{
    account::{email::affiliate_link, magic},
    mail::unsubscribe,
    notification::store as look_store,
};
use kit::{
    access::limit::{self, Limit, PublicAction},
    api::view::Affiliate,
    db::{TenantTx, TenantsTx},
    error::{Code, Error, Result},
    mail::{Branding, Email, EmailKind, Words},
    state::AppState,
};

/// The email `application_approved`.
#[derive(Debug)]
struct Approved {
    look: Branding,
    brand: String,
    name: String,
    links: Vec<String>,
    sign_in: String,
}

#[derive(Template)]
#[template(path = "mail/application_approved.txt")]
struct ApprovedText<'a> {
    words: &'a Approved,
}

#[derive(Template)]
#[template(path = "mail/application_approved.html")]
struct ApprovedHtml<'a> {
    words: &'a Approved,
}

impl Words for Approved {
    fn subject(&self) -> String {
        format!("You’re in! {} approved your application", self.brand)
    }

    fn text(&self) -> std::result::Result<String, askama::Error> {
        ApprovedText { words: self }.render()
    }

    fn html(&self) -> std::result::Result<String, askama::Error> {
        ApprovedHtml { words: self }.render()
    }
}

/// The email `application_rejected`.
#[derive(Debug)]
struct Rejected {
    look: Branding,
    brand: String,
    name: String,
    reason: Option<String>,
}

#[derive(Template)]
#[template(path = "mail/application_rejected.txt")]
struct RejectedText<'a> {
    words: &'a Rejected,
}

#[derive(Template)]
#[template(path = "mail/application_rejected.html")]
struct RejectedHtml<'a> {
    words: &'a Rejected,
}

impl Words for Rejected {
    fn subject(&self) -> String {
        format!("Your application to {}", self.brand)
    }

    fn text(&self) -> std::result::Result<String, askama::Error> {
        RejectedText { words: self }.render()
    }

    fn html(&self) -> std::result::Result<String, askama::Error> {
        RejectedHtml { words: self }.render()
    }
}

/// The email `affiliate_invited`.
#[derive(Debug)]
struct Invited {
    look: Branding,
    name: String,
    note: Option<String>,
    links: Vec<String>,
    sign_in: String,
    unsubscribe: String,
}

#[derive(Template)]
#[template(path = "mail/affiliate_invited.txt")]
struct InvitedText<'a> {
    words: &'a Invited,
}

#[derive(Template)]
#[template(path = "mail/affiliate_invited.html")]
struct InvitedHtml<'a> {
    words: &'a Invited,
}

impl Words for Invited {
    fn subject(&self) -> String {
        format!("{} invited you to its affiliate program", self.look.brand)
    }

    fn text(&self) -> std::result::Result<String, askama::Error> {
        InvitedText { words: self }.render()
    }

    fn html(&self) -> std::result::Result<String, askama::Error> {
        InvitedHtml { words: self }.render()
    }
}

/// Sends an invitation, with the brand's personal message and an unsubscribe link.
pub async fn invited(
    tx: &mut TenantTx,
    state: &AppState,
    affiliate: &Affiliate,
    (note, permit): (Option<&str>, Permit),
) -> Result<()> {
    let organization = tx.organization();
    let whom = (affiliate.id, affiliate.email.as_str());
    let Some(way_in) = magic::issue(tx, organization, whom, state.clock.now()).await? else { return Ok(()) };
    let unsubscribe = unsubscribe::url(state, &affiliate.email)?;
    let words = Invited {
        look: look(tx, organization).await?,
        name: affiliate.name.clone(),
        note: note.map(str::to_owned),
        links: links(tx, state, affiliate.id).await?,
        sign_in: way_in.url(state),
        unsubscribe: unsubscribe.clone(),
    };
    let message = Email::new(&affiliate.email, EmailKind::AffiliateInvited, &words)?;
    let message = Email { unsubscribe: Some(unsubscribe), ..message };
    unsolicited_email::post(tx, state, affiliate.id, permit, message).await
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
    let Some(way_in) = magic::issue(tx, organization, whom, state.clock.now()).await? else { return Ok(None) };
    let look = look(tx, organization).await?;
    let words = Approved {
        brand: look.brand.clone(),
        look,
        name: affiliate.name.clone(),
        links: links(tx, state, affiliate.id).await?,
        sign_in: way_in.url(state),
    };
    let message = Email::new(&affiliate.email, EmailKind::ApplicationApproved, &words)?;
    match permit {
        Some(permit) => unsolicited_email::post(tx, state, affiliate.id, permit, message).await.map(|()| None),
        None => unsolicited_email::post_or_keep(tx, state, affiliate.id, message).await,
    }
}

/// Sends the rejection email; returns the reason if it wasn't sent.
pub async fn rejected(tx: &mut TenantTx, state: &AppState, affiliate: &Affiliate) -> Result<Option<NotSent>> {
    let organization = tx.organization();
    let look = look(tx, organization).await?;
    let words = Rejected {
        brand: look.brand.clone(),
        look,
        name: affiliate.name.clone(),
        reason: affiliate.status_reason.clone(),
    };
    let message = Email::new(&affiliate.email, EmailKind::ApplicationRejected, &words)?;
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
        return Err(Error::new(StatusCode::TOO_MANY_REQUESTS, Code::TooManyRequests, message));
    }
    let whom = (affiliate.id, affiliate.email.as_str());
    let way_in = magic::issue(tx, organization, whom, state.clock.now()).await?.ok_or_else(|| {
        let message = "The affiliate's email address was just changed. Check it, then try again.";
        Error::new(StatusCode::CONFLICT, Code::WrongStatus, message)
    })?;
    let look = look(tx, organization).await?;
    let email =
        affiliate_link(look, &affiliate.name, way_in.url(state)).to(&affiliate.email, EmailKind::AffiliateLink)?;
    let kept = unsolicited_email::post_or_keep(tx, state, affiliate.id, email).await?;
    kept.map_or(Ok(()), |kept| Err(kept.error()))
}

/// The branding of an organization's emails to its affiliates.
pub async fn look(tx: &mut TenantsTx, organization: OrganizationId) -> Result<Branding> {
    let (brand, color) = look_store::look(tx, organization).await?.ok_or_else(Error::not_found)?;
    Ok(Branding::new(brand, color.as_deref()))
}

/// Sample emails for developers.
pub fn samples(look: &Branding, to: &str) -> Result<Vec<Email>> {
    let approved = Approved {
        look: look.clone(),
        brand: look.brand.clone(),
        name: "Nina Berg".to_owned(),
        links: vec!["https://go.acme.test/nina".to_owned()],
        sign_in: "https://rekomi.test/a/enter?token=sample".to_owned(),
    };
    let rejected = Rejected {
        look: look.clone(),
        brand: look.brand.clone(),
        name: "Nina Berg".to_owned(),
        reason: Some("We work with creators who write about cooking.".to_owned()),
    };
    let invited = Invited {
        look: look.clone(),
        name: "Nina Berg".to_owned(),
        note: Some("I love your videos about bookkeeping.".to_owned()),
        links: vec!["https://go.acme.test/nina".to_owned()],
        sign_in: "https://rekomi.test/a/enter?token=sample".to_owned(),
        unsubscribe: "https://rekomi.test/unsubscribe/invitations/sample".to_owned(),
    };
    let unsubscribe = Some(invited.unsubscribe.clone());
    Ok(vec![
        Email::new(to, EmailKind::ApplicationApproved, &approved)?,
        Email::new(to, EmailKind::ApplicationRejected, &rejected)?,
        Email { unsubscribe, ..Email::new(to, EmailKind::AffiliateInvited, &invited)? },
        email_changed::content(look.clone(), "Nina Berg").to(to, EmailKind::AffiliateEmailChanged)?,
    ])
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
        let words = Approved {
            look: Branding::new("Acme & Sons", Some("#aa2255")),
            brand: "Acme & Sons".to_owned(),
            name: "<b>Nina</b>".to_owned(),
            links: vec!["https://go.acme.test/nina".to_owned()],
            sign_in: "https://rekomi.test/a/enter?token=x".to_owned(),
        };
        let (text, html) = (words.text().unwrap(), words.html().unwrap());
        for part in ["Acme & Sons", "<b>Nina</b>", "https://go.acme.test/nina", "https://rekomi.test/a/enter?token=x"] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(!html.contains("<b>Nina") && html.contains("Acme &#38; Sons"), "{html}");
        assert!(html.contains("#aa2255"), "in the brand's colour");
        let words = Approved { links: Vec::new(), ..words };
        assert!(!words.text().unwrap().contains("Share your link"), "nothing is said of links that aren't there");
    }

    #[test]
    fn a_rejection_says_why_where_somebody_did() {
        let look = Branding::new("Acme", None);
        let mut words = Rejected { look, brand: "Acme".to_owned(), name: "Nina".to_owned(), reason: None };
        assert!(!words.text().unwrap().contains("wrote"));
        words.reason = Some("Not this year.".to_owned());
        assert!(words.text().unwrap().contains("Not this year.") && words.html().unwrap().contains("Not this year."));
    }
}
