//! `/dev/mail/samples`: a sample of every kind of email, for developers and translators. `?lang=de` shows those to
//! affiliates in German.

use axum::{
    extract::{Path, State},
    http::{HeaderValue, header::CONTENT_SECURITY_POLICY},
    response::{Html, IntoResponse, Response},
};
use shared::{id::AffiliateId, timestamp::Timestamp};

use crate::development::open_in_development;
use engine::accrual;
use identity::{
    account::email as account,
    api_key, billing,
    notification::success_email::{self, Earned},
    oauth, team,
};
use integrations::{crm, gateway_connection, webhook};
use kit::{
    access::role::Role,
    api::{query::Query, view::Affiliate},
    error::{Error, Result},
    mail::{Branding, Email, EmailKind, POLICY, Sample},
    page::{self, PageError},
    state::AppState,
    text::Language,
};
use network::listing;
use network::{contact, creator};
use payouts::{
    notification::due, payout, payout_account, payout_connection, payout_run, payout_settings, receipt, reconciliation,
    tax,
};
use programs::{affiliate, reward};
use recruiting::{import, program_page};
use ui::{missing_sale_claim, notification::weekly};

const TO: &str = "nina@creators.test";
const BRAND: &str = "Acme";
const COLOR: &str = "#b4451f";
/// Where no logo is, since samples load nothing.
const LOGO: &str = "https://acme.test/logo.png";

#[derive(Debug, askama::Template)]
#[template(path = "dev_emails.html")]
struct SamplesPage {
    language: Language,
    emails: Vec<Email>,
}

/// `GET /dev/mail/samples`.
///
/// # Errors
/// 404 outside development; 400 for an unknown parameter.
pub async fn list(State(state): State<AppState>, query: Query) -> std::result::Result<Response, PageError> {
    open_in_development(&state)?;
    let language = language(query)?;
    Ok(page::Html(SamplesPage { language, emails: samples(language)? }).into_response())
}

/// `GET /dev/mail/samples/{kind}`: a sample as a mail client shows it.
///
/// # Errors
/// 404 outside development, and for an unknown kind; 400 for an unknown parameter.
pub async fn show(State(state): State<AppState>, Path(kind): Path<String>, query: Query) -> Result<Response> {
    open_in_development(&state)?;
    let mut emails = samples(language(query)?)?.into_iter();
    let email = emails.find(|email| email.kind.as_str() == kind).ok_or_else(Error::not_found)?;
    let mut response = Html(email.html).into_response();
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    Ok(response)
}

fn language(mut query: Query) -> Result<Language> {
    let language = query.text("lang").as_deref().and_then(Language::parse).unwrap_or_default();
    query.finish()?;
    Ok(language)
}

/// Emails to affiliates are in that language; the others are in English.
fn samples(language: Language) -> Result<Vec<Email>> {
    let look = Branding {
        logo: Some(LOGO.to_owned()),
        address: Some("1 Main Street, Springfield, IL 62701".to_owned()),
        ..Branding::new(BRAND, Some(COLOR)).in_language(Some(language.as_str()))
    };
    let mut emails = of_applications(&look)?;
    emails.extend(of_success(&look)?);
    emails.extend(weekly::sample(BRAND, TO)?);
    emails.extend(addressed(receipt::email::samples(&look))?);
    emails.extend(addressed(payout_account::email::samples(&look))?);
    emails.extend(tax::email::samples(&look, TO)?);
    emails.push(missing_sale_claim::email::sample(look.clone(), TO)?);
    emails.extend(reward::email::samples(&look, TO)?);
    emails.extend(addressed(vec![import::email::sample(look.clone())])?);
    emails.extend(of_accounts(&look)?);
    emails.extend(contact::email::samples(look.t, TO)?);
    emails.extend(of_teams()?);
    emails.extend(payout::email::samples(&look, TO)?);
    emails.extend(billing::email::samples(BRAND, TO)?);
    emails.push(payout_run::email::sample(BRAND, TO)?);
    emails.push(payout_settings::email::sample(BRAND, TO)?);
    emails.extend([
        api_key::notice::sample(BRAND, TO)?,
        oauth::notice::sample(BRAND, TO)?,
        accrual::unverified::sample(BRAND, TO)?,
        crm::pause::sample(BRAND, TO)?,
        gateway_connection::email::sample(BRAND, TO)?,
        import::email::finished_sample(BRAND, TO)?,
        listing::email::sample(BRAND, TO)?,
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
        "Nina Berg applied to Partners. It’s the only one waiting.".to_owned(),
    );
    let news = email::to_brand(news, &nina(), BRAND, link("/dashboard/affiliates"));
    let mut emails = vec![
        email::of_confirm(look.clone(), "Nina Berg", "Partners", link("/a/enter?token=sample"))
            .to(TO, EmailKind::ApplicationConfirm)?,
        email::of_received(look.clone(), "Nina Berg", "Partners").to(TO, EmailKind::ApplicationReceived)?,
        known.to(TO, EmailKind::ApplicationKnown)?,
        news.with_end(TO, EmailKind::ApplicationNew, link("/unsubscribe/sample"))?,
    ];
    emails.extend(addressed(affiliate::email::samples(look))?);
    Ok(emails)
}

/// An email in which one can choose to get no more says so in its header, too.
fn addressed(samples: Vec<Sample>) -> Result<Vec<Email>> {
    let email = |(kind, content): Sample| {
        let end = content.choice.as_ref().map(|(_, url)| url.clone());
        Ok(Email { unsubscribe: end, ..content.to(TO, kind)? })
    };
    samples.into_iter().map(email).collect()
}

fn nina() -> Affiliate {
    Affiliate {
        id: AffiliateId::from_bytes([7; 16]),
        slug: "nina".to_owned(),
        email: TO.to_owned(),
        email_confirmed: true,
        name: "Nina Berg".to_owned(),
        status: "Pending".to_owned(),
        status_reason: None,
        segment: None,
        application: Some(
            serde_json::json!({"Website or channel": "https://nina.blog/", "How will you promote us?": "In my newsletter"}),
        ),
        notes: None,
        created_at: Timestamp::EPOCH,
        joined_at: Timestamp::EPOCH,
    }
}

fn of_success(look: &Branding) -> Result<Vec<Email>> {
    let of = |currency: &str, minor, count| Earned { currency: currency.to_owned(), minor, count };
    let earned = [of("EUR", 1_250, 1), of("USD", 11_250, 3)];
    let end = || link("/unsubscribe/sample");
    let due = due::of_due(BRAND, &[("USD".to_owned(), 250_000, 12)], link("/dashboard/payouts/pay"));
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
    let (name, browser) = ("Nina Berg", "Firefox on Linux");
    let forgot = || link("/forgot");
    Ok(vec![
        account::verify_email(TO, name, link("/verify?token=sample"))?,
        account::account_exists(TO, link("/login"), forgot())?,
        account::password_reset(TO, link("/reset?token=sample"))?,
        account::password_changed(TO, browser, forgot())?,
        account::email_change(TO, link("/account/email/confirm?token=sample"))?,
        account::email_changed(TO, "nina@new.test", browser)?,
        account::second_factor(TO, true, browser, forgot())?,
        account::affiliate_link(look.clone(), name, link("/a/enter?token=sample")).to(TO, EmailKind::AffiliateLink)?,
        creator::email::sign_in(look.t, TO, link("/network/enter?token=sample"), None)?,
    ])
}

fn of_teams() -> Result<Vec<Email>> {
    let (_, preview) = import::email::sample(Branding::new(BRAND, Some(COLOR)));
    let team = link("/dashboard/settings/team");
    Ok(vec![
        team::email::invitation(TO, BRAND, Role::Manager, (link("/invites/sample"), 7))?,
        team::email::joined(TO, BRAND, (TO, Role::Manager), team)?,
        preview.to(TO, EmailKind::EmailPreview)?,
    ])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// English whole; of the other languages, what is translated.
    #[test]
    fn each_email_says_what_people_know() {
        for language in Language::ALL {
            let translated = |kind: EmailKind| *language == Language::default() || is_translated(kind);
            let shown: Vec<String> = samples(*language)
                .unwrap()
                .into_iter()
                .filter(|email| translated(email.kind))
                .map(|email| format!("== {}\n{}\n\n{}", email.kind.as_str(), email.subject, email.text))
                .collect();
            insta::assert_snapshot!(format!("emails_{}", language.as_str()), shown.join("\n\n"));
        }
    }

    fn is_translated(kind: EmailKind) -> bool {
        kind.is_to_affiliates()
            || matches!(kind, EmailKind::CreatorLink | EmailKind::NetworkInvitation | EmailKind::NetworkMessage)
    }

    /// What phones show of a subject.
    const SUBJECT_MAX: usize = 50;
    /// Gmail cuts off what is larger.
    const HTML_MAX: usize = 100 * 1024;

    #[test]
    fn each_kind_has_a_sample_with_a_text_and_a_page() {
        for language in Language::ALL {
            let emails = samples(*language).unwrap();
            let shown: Vec<EmailKind> = emails.iter().map(|email| email.kind).collect();
            let kinds: BTreeSet<EmailKind> = shown.iter().copied().collect();
            assert_eq!(kinds, EmailKind::ALL.iter().copied().collect(), "a kind without a sample");
            assert_eq!(kinds.len(), shown.len(), "one of each: {shown:?}");
            for email in &emails {
                let kind = email.kind;
                assert!(!email.subject.is_empty() && email.text.len() > 40, "{kind:?}");
                assert!(email.subject.chars().count() <= SUBJECT_MAX, "{}", email.subject);
                assert!(email.html.len() < HTML_MAX, "{kind:?} has {} bytes", email.html.len());
                assert!(email.html.starts_with("<!doctype html>") && !email.html.contains("<script"), "{kind:?}");
                assert_eq!(email.unsubscribe.is_some(), email.text.contains("/unsubscribe/"), "{kind:?}");
                let of_affiliate = if is_translated(kind) { *language } else { Language::default() };
                assert!(email.html.contains(&format!("<html lang=\"{}\">", of_affiliate.as_str())), "{kind:?}");
                let shown = format!("{} {}", email.subject, email.text);
                assert!(!shown.contains("email-") && !shown.contains("{$"), "a text is missing: {shown}");
            }
        }
    }
}
