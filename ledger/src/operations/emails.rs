//! `/dev/mail/samples`: a sample of every kind of email, for developers.

use axum::{
    extract::{Path, State},
    http::{HeaderValue, header::CONTENT_SECURITY_POLICY},
    response::{Html, IntoResponse, Response},
};
use shared::{id::AffiliateId, timestamp::Timestamp};

use crate::development::open_in_development;
use crate::mail::mailbox::EMAIL_POLICY;
use engine::accrual;
use identity::{
    account::email::{self as account, EmailChange, PasswordReset, SecondFactor, VerifyEmail},
    api_key,
    notification::success_email::{self, Earned},
    team,
};
use integrations::{crm, webhook};
use kit::{
    api::view::Affiliate,
    error::{Error, Result},
    mail::{Branding, Email, EmailKind},
    page::{self, PageError},
    state::AppState,
};
use payouts::{
    notification::due, payout, payout_account, payout_connection, payout_run, payout_settings, receipt, reconciliation,
    tax,
};
use programs::affiliate;
use recruiting::{import, program_page};
use ui::missing_sale_claim;

const TO: &str = "nina@creators.test";
const BRAND: &str = "Acme";
const COLOR: &str = "#b4451f";

#[derive(Debug, askama::Template)]
#[template(path = "dev_emails.html")]
struct SamplesPage {
    emails: Vec<Email>,
}

/// `GET /dev/mail/samples`.
///
/// # Errors
/// 404 outside development.
pub async fn list(State(state): State<AppState>) -> std::result::Result<Response, PageError> {
    open_in_development(&state)?;
    Ok(page::Html(SamplesPage { emails: samples()? }).into_response())
}

/// `GET /dev/mail/samples/{kind}`: a sample as a mail client shows it.
///
/// # Errors
/// 404 outside development, and for an unknown kind.
pub async fn show(State(state): State<AppState>, Path(kind): Path<String>) -> Result<Response> {
    open_in_development(&state)?;
    let email = samples()?.into_iter().find(|email| email.kind.as_str() == kind).ok_or_else(Error::not_found)?;
    let mut response = Html(email.html).into_response();
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(EMAIL_POLICY));
    Ok(response)
}

fn samples() -> Result<Vec<Email>> {
    let look = Branding::new(BRAND, Some(COLOR));
    let mut emails = of_applications(&look)?;
    emails.extend(of_success(&look)?);
    emails.extend(receipt::email::samples(&look, TO)?);
    emails.extend(payout_account::email::samples(&look, TO)?);
    emails.extend(tax::email::samples(&look, TO)?);
    emails.push(missing_sale_claim::email::sample(look.clone(), TO)?);
    emails.push(import::email::sample(look.clone(), TO)?);
    emails.extend(of_accounts(&look)?);
    emails.extend(of_teams()?);
    emails.extend(payout::email::samples(BRAND, TO)?);
    emails.push(payout_run::email::sample(BRAND, TO)?);
    emails.push(payout_settings::email::sample(BRAND, TO)?);
    emails.extend([
        api_key::notice::sample(BRAND, TO)?,
        accrual::unverified::sample(BRAND, TO)?,
        crm::pause::sample(BRAND, TO)?,
        payout_connection::pause::sample(BRAND, TO)?,
        reconciliation::email::sample(BRAND, TO)?,
        tax::email_branding::sample(BRAND, TO)?,
        webhook::email::sample(BRAND, TO)?,
    ]);
    Ok(emails)
}

fn link(path: &str) -> String {
    format!("https://rekomi.test{path}")
}

fn of_applications(look: &Branding) -> Result<Vec<Email>> {
    use program_page::email;
    let known = email::of_known(look.clone(), "Nina Berg", "Approved", Some(link("/a/enter?token=sample")));
    let news = (
        "New application from Nina Berg".to_owned(),
        "Nina Berg applied to Partners and is waiting for your review.".to_owned(),
    );
    let news = email::to_brand(news, &nina(), BRAND, link("/dashboard/affiliates"));
    let mut emails = vec![
        email::of_received(look.clone(), "Nina Berg", "Partners").to(TO, EmailKind::ApplicationReceived)?,
        known.to(TO, EmailKind::ApplicationKnown)?,
        news.with_end(TO, EmailKind::ApplicationNew, link("/unsubscribe/sample"))?,
    ];
    emails.extend(affiliate::email::samples(look, TO)?);
    Ok(emails)
}

fn nina() -> Affiliate {
    Affiliate {
        id: AffiliateId::from_bytes([7; 16]),
        slug: "nina".to_owned(),
        email: TO.to_owned(),
        name: "Nina Berg".to_owned(),
        status: "Pending".to_owned(),
        status_reason: None,
        segment: None,
        application: Some(
            serde_json::json!({"Website or channel": "https://nina.blog/", "How will you promote us?": "In my newsletter"}),
        ),
        notes: None,
        created_at: Timestamp::EPOCH,
    }
}

fn of_success(look: &Branding) -> Result<Vec<Email>> {
    let of = |currency: &str, minor, count| Earned { currency: currency.to_owned(), minor, count };
    let earned = [of("EUR", 1_250, 1), of("USD", 11_250, 3)];
    let end = || link("/unsubscribe/sample");
    let due = due::of_due(BRAND, &[("USD".to_owned(), 250_000, 12)], link("/dashboard/payouts/runs"));
    Ok(vec![
        success_email::first_click(look.clone(), "Nina Berg", link("/a")).with_end(TO, EmailKind::FirstClick, end())?,
        success_email::earned(look.clone(), "Nina Berg", &earned, link("/a")).with_end(
            TO,
            EmailKind::CommissionEarned,
            end(),
        )?,
        due.with_end(TO, EmailKind::CommissionsDue, end())?,
    ])
}

fn of_accounts(look: &Branding) -> Result<Vec<Email>> {
    let (name, browser) = ("Nina Berg".to_owned(), "Firefox on Linux".to_owned());
    let forgot = || link("/forgot");
    Ok(vec![
        VerifyEmail { name: name.clone(), link: link("/verify?token=sample") }.to(TO)?,
        account::AccountExists { login: link("/login"), forgot: forgot() }.to(TO)?,
        PasswordReset { link: link("/reset?token=sample") }.to(TO)?,
        account::PasswordChanged { browser: browser.clone(), forgot: forgot() }.to(TO)?,
        EmailChange { link: link("/account/email/confirm?token=sample") }.to(TO)?,
        account::EmailChanged { email: "nina@new.test".to_owned(), browser: browser.clone() }.to(TO)?,
        SecondFactor { state: "on".to_owned(), browser, forgot: forgot() }.to(TO)?,
        account::affiliate_link(look.clone(), &name, link("/a/enter?token=sample")).to(TO, EmailKind::AffiliateLink)?,
    ])
}

fn of_teams() -> Result<Vec<Email>> {
    use team::email::{Invitation, Joined};
    let organization = || BRAND.to_owned();
    let invitation =
        Invitation { organization: organization(), role: "manager", link: link("/invites/sample"), days: 7 };
    let (email, team) = (TO.to_owned(), link("/dashboard/settings/team"));
    let joined = Joined { organization: organization(), email, role: "manager", team };
    Ok(vec![Email::new(TO, EmailKind::TeamInvitation, &invitation)?, Email::new(TO, EmailKind::TeamJoined, &joined)?])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_kind_has_a_sample_with_a_text_and_a_page() {
        let emails = samples().unwrap();
        let shown: Vec<EmailKind> = emails.iter().map(|email| email.kind).collect();
        let kinds: BTreeSet<EmailKind> = shown.iter().copied().collect();
        assert_eq!(kinds, EmailKind::ALL.iter().copied().collect(), "a kind without a sample");
        assert_eq!(kinds.len(), shown.len(), "one of each: {shown:?}");
        for email in &emails {
            let kind = email.kind;
            assert!(!email.subject.is_empty() && email.text.len() > 40, "{kind:?}");
            assert!(email.html.starts_with("<!doctype html>") && !email.html.contains("<script"), "{kind:?}");
            assert_eq!(email.unsubscribe.is_some(), email.text.contains("/unsubscribe/"), "{kind:?}");
        }
    }
}
