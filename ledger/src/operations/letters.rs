//! `/dev/mail/samples`: every kind of letter with made-up words, for whoever develops.

use axum::{
    extract::{Path, State},
    http::{HeaderValue, header::CONTENT_SECURITY_POLICY},
    response::{Html, IntoResponse, Response},
};
use shared::{id::AffiliateId, timestamp::Timestamp};

use super::dev::open_in_development;
use crate::mail::mailbox::LETTER_POLICY;
use engine::accrual;
use identity::{
    account::letter::{self as account, EmailChange, PasswordReset, SecondFactor, VerifyEmail},
    api_key,
    notification::success_letter::{self, Earned},
    team,
};
use integrations::{crm, webhook};
use kit::{
    api::view::Affiliate,
    error::{Error, Result},
    mail::{Letter, LetterKind, Look},
    page::{self, PageError},
    state::AppState,
};
use payouts::{notification::due, payout, payout_account, payout_connection, payout_run, receipt, reconciliation, tax};
use programs::affiliate;
use recruiting::{import, program_page};
use ui::inquiry;

const TO: &str = "nina@creators.test";
const BRAND: &str = "Acme";
const COLOR: &str = "#b4451f";

#[derive(Debug, askama::Template)]
#[template(path = "dev_letters.html")]
struct SamplesPage {
    letters: Vec<Letter>,
}

/// `GET /dev/mail/samples`.
///
/// # Errors
/// 404 elsewhere than in development.
pub async fn list(State(state): State<AppState>) -> std::result::Result<Response, PageError> {
    open_in_development(&state)?;
    Ok(page::Html(SamplesPage { letters: samples()? }).into_response())
}

/// `GET /dev/mail/samples/{kind}`: as a mail program shows it.
///
/// # Errors
/// 404 elsewhere than in development, and where there is no such kind.
pub async fn show(State(state): State<AppState>, Path(kind): Path<String>) -> Result<Response> {
    open_in_development(&state)?;
    let letter = samples()?.into_iter().find(|letter| letter.kind.as_str() == kind).ok_or_else(Error::not_found)?;
    let mut response = Html(letter.html).into_response();
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(LETTER_POLICY));
    Ok(response)
}

fn samples() -> Result<Vec<Letter>> {
    let look = Look::new(BRAND, Some(COLOR));
    let mut letters = of_applications(&look)?;
    letters.extend(of_success(&look)?);
    letters.extend(receipt::letter::samples(&look, TO)?);
    letters.extend(payout_account::letter::samples(&look, TO)?);
    letters.extend(tax::letter::samples(&look, TO)?);
    letters.push(inquiry::letter::sample(look.clone(), TO)?);
    letters.push(import::letter::sample(look.clone(), TO)?);
    letters.extend(of_accounts(&look)?);
    letters.extend(of_teams()?);
    letters.extend(payout::letter::samples(BRAND, TO)?);
    letters.extend(payout_run::letter::samples(BRAND, TO)?);
    letters.extend([
        api_key::notice::sample(BRAND, TO)?,
        accrual::unverified::sample(BRAND, TO)?,
        crm::pause::sample(BRAND, TO)?,
        payout_connection::pause::sample(BRAND, TO)?,
        reconciliation::letter::sample(BRAND, TO)?,
        tax::letter_brand::sample(BRAND, TO)?,
        webhook::letter::sample(BRAND, TO)?,
    ]);
    Ok(letters)
}

fn link(path: &str) -> String {
    format!("https://rekomi.test{path}")
}

fn of_applications(look: &Look) -> Result<Vec<Letter>> {
    use program_page::letter;
    let known = letter::of_known(look.clone(), "Nina Berg", "Approved", Some(link("/a/enter?token=sample")));
    let news = (
        "Nina Berg wants to promote you".to_owned(),
        "Nina Berg applied to Partners and waits for your answer.".to_owned(),
    );
    let news = letter::of_tell(news, &nina(), BRAND, link("/dashboard/affiliates"));
    let mut letters = vec![
        letter::of_received(look.clone(), "Nina Berg", "Partners").to(TO, LetterKind::ApplicationReceived)?,
        known.to(TO, LetterKind::ApplicationKnown)?,
        news.with_end(TO, LetterKind::ApplicationNew, link("/unsubscribe/sample"))?,
    ];
    letters.extend(affiliate::letter::samples(look, TO)?);
    Ok(letters)
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

fn of_success(look: &Look) -> Result<Vec<Letter>> {
    let of = |currency: &str, minor, count| Earned { currency: currency.to_owned(), minor, count };
    let earned = [of("EUR", 1_250, 1), of("USD", 11_250, 3)];
    let end = || link("/unsubscribe/sample");
    let due = due::of_due(BRAND, &[("USD".to_owned(), 250_000, 12)], link("/dashboard/payouts/runs"));
    Ok(vec![
        success_letter::first_click(look.clone(), "Nina Berg", link("/a")).with_end(
            TO,
            LetterKind::FirstClick,
            end(),
        )?,
        success_letter::earned(look.clone(), "Nina Berg", &earned, link("/a")).with_end(
            TO,
            LetterKind::CommissionEarned,
            end(),
        )?,
        due.with_end(TO, LetterKind::CommissionsDue, end())?,
    ])
}

fn of_accounts(look: &Look) -> Result<Vec<Letter>> {
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
        account::affiliate_link(look.clone(), &name, link("/a/enter?token=sample"))
            .to(TO, LetterKind::AffiliateLink)?,
    ])
}

fn of_teams() -> Result<Vec<Letter>> {
    use team::letter::{Invitation, Joined};
    let organization = || BRAND.to_owned();
    let invitation =
        Invitation { organization: organization(), role: "manager", link: link("/invites/sample"), days: 7 };
    let (email, team) = (TO.to_owned(), link("/dashboard/settings/team"));
    let joined = Joined { organization: organization(), email, role: "manager", team };
    Ok(vec![
        Letter::new(TO, LetterKind::TeamInvitation, &invitation)?,
        Letter::new(TO, LetterKind::TeamJoined, &joined)?,
    ])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_kind_has_a_sample_with_a_text_and_a_page() {
        let letters = samples().unwrap();
        let shown: Vec<LetterKind> = letters.iter().map(|letter| letter.kind).collect();
        let kinds: BTreeSet<LetterKind> = shown.iter().copied().collect();
        assert_eq!(kinds, LetterKind::ALL.iter().copied().collect(), "a kind without a sample");
        assert_eq!(kinds.len(), shown.len(), "one of each: {shown:?}");
        for letter in &letters {
            let kind = letter.kind;
            assert!(!letter.subject.is_empty() && letter.text.len() > 40, "{kind:?}");
            assert!(letter.html.starts_with("<!doctype html>") && !letter.html.contains("<script"), "{kind:?}");
            assert_eq!(letter.unsubscribe.is_some(), letter.text.contains("/unsubscribe/"), "{kind:?}");
        }
    }
}
