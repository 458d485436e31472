//! Emails about payouts: to the affiliate whose bank refused one, and to the brand's owners and admins when something
//! needs their attention. Emails that come with a receipt are in `receipt::email`.

use shared::{
    id::AffiliateId,
    money::{Currency, Money},
};

use super::{email_store, row_store::Row};
use identity::{
    notification::store::{ADMINS, people},
    portal::brands,
};
use kit::{
    db::TenantTx,
    error::Result,
    mail::{self, Branding, Email, EmailContent, EmailKind},
    state::AppState,
    text::{Text, Texts},
};
use programs::affiliate;

/// Why a bank refused a payment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Refusal<'a> {
    /// Stripe's code.
    pub(super) code: Option<&'a str>,
    /// The same in English words.
    pub(super) why: &'a str,
}

fn of_bank_failed(look: Branding, name: &str, refusal: Refusal<'_>, portal: String) -> EmailContent {
    let (t, brand) = (look.t, look.brand.clone());
    EmailContent::new(look, t.say("email-bank-failed-subject"), t.say("email-why-affiliate").with("brand", &brand))
        .greeting(name)
        .paragraph(t.say("email-bank-failed-message").with("brand", &brand))
        .paragraph(reason(t, refusal))
        .paragraph(t.say("email-bank-failed-next"))
        .button(t.say("email-bank-failed-button"), portal)
}

/// Explains the refusal, and what the affiliate can do about it.
fn reason(t: Texts, Refusal { code, why }: Refusal<'_>) -> Text {
    match code.unwrap_or_default() {
        "account_closed" => t.say("email-bank-account-closed"),
        "account_frozen" => t.say("email-bank-account-frozen"),
        "bank_account_restricted" => t.say("email-bank-account-restricted"),
        "bank_ownership_changed" => t.say("email-bank-taken-over"),
        "could_not_process" => t.say("email-bank-not-processed"),
        "declined" => t.say("email-bank-declined"),
        "incorrect_account_holder_name" => t.say("email-bank-holder-name"),
        "incorrect_account_holder_address" => t.say("email-bank-holder-address"),
        "incorrect_account_holder_tax_id" => t.say("email-bank-holder-tax-number"),
        "incorrect_account_type" => t.say("email-bank-account-type"),
        "invalid_account_number" | "no_account" => t.say("email-bank-no-account"),
        "invalid_account_number_length" => t.say("email-bank-account-number-length"),
        "invalid_currency" => t.say("email-bank-currency"),
        "insufficient_funds" => t.say("email-bank-stripe-balance"),
        "invalid_card" | "expired_card" | "unsupported_card" => t.say("email-bank-card"),
        _ => t.say("email-bank-other").with("reason", why),
    }
}

/// A notice to owners and admins of `brand`.
fn notice(t: Texts, brand: &str, subject: Text) -> EmailContent {
    EmailContent::new(Branding::rekomi(), subject.with("brand", brand), t.say("email-why-admin").with("brand", brand))
}

fn of_failed(brand: &str, (name, amount): (&str, Money), why: &str, link: &str) -> EmailContent {
    let t = Texts::default();
    let amount = t.money(amount.minor, amount.currency.code());
    let message = t.say("email-payout-failed-message").with("amount", amount).with("name", name).with("reason", why);
    notice(t, brand, t.say("email-payout-failed-subject"))
        .paragraph(message)
        .paragraph(t.say("email-payout-failed-more"))
        .button(t.say("email-payout-failed-button"), link)
}

fn of_returned(brand: &str, name: &str, what: &str, link: &str) -> EmailContent {
    let t = Texts::default();
    notice(t, brand, t.say("email-payout-returned-subject"))
        .paragraph(t.say("email-payout-returned-message").with("name", name).with("reason", what))
        .paragraph(t.say("email-payout-returned-hold"))
        .button(t.say("email-payout-button"), link)
}

fn of_short(brand: &str, currency: &str, link: &str) -> EmailContent {
    let t = Texts::default();
    notice(t, brand, t.say("email-payouts-short-subject"))
        .paragraph(t.say("email-payouts-short-message").with("currency", currency))
        .paragraph(t.say("email-payouts-short-action"))
        .button(t.say("email-payouts-short-button"), link)
}

fn of_stuck(brand: &str, (name, amount): (&str, Money), why: &str, link: &str) -> EmailContent {
    let t = Texts::default();
    let amount = t.money(amount.minor, amount.currency.code());
    let message = t.say("email-payout-stuck-message").with("amount", amount).with("name", name).with("reason", why);
    notice(t, brand, t.say("email-payout-stuck-subject")).paragraph(message).button(t.say("email-payout-button"), link)
}

/// Sample emails for developers; the affiliate's is in the language of `look`.
pub fn samples(look: &Branding, to: &str) -> Result<Vec<Email>> {
    let whose = ("Nina Berg", Money { minor: 11_250, currency: Currency::USD });
    let (brand, list) = (look.brand.as_str(), "https://rekomi.test/dashboard/payouts");
    let place = format!("{list}/sample");
    let refusal = Refusal { code: Some("account_closed"), why: "The bank account is closed." };
    let bank = of_bank_failed(look.clone(), whose.0, refusal, "https://rekomi.test/a".to_owned());
    Ok(vec![
        of_failed(brand, whose, "Stripe closed their account.", list).to(to, EmailKind::PayoutFailed)?,
        of_returned(brand, whose.0, "It was reversed at Stripe.", &place).to(to, EmailKind::PayoutReturned)?,
        of_short(brand, "USD", list).to(to, EmailKind::PayoutWaits)?,
        of_stuck(brand, whose, "Stripe hasn't answered for a day.", &place).to(to, EmailKind::PayoutStuck)?,
        bank.to(to, EmailKind::PayoutBankFailed)?,
    ])
}

/// Emails the affiliate that their bank refused the payment.
pub(super) async fn bank_failed(
    tx: &mut TenantTx,
    state: &AppState,
    affiliate: AffiliateId,
    refusal: Refusal<'_>,
) -> Result<()> {
    let organization = tx.organization();
    let Some((name, email)) = email_store::affiliate(tx, affiliate).await? else { return Ok(()) };
    let look = affiliate::email::look(tx, organization, affiliate).await?;
    let content = of_bank_failed(look, &name, refusal, brands::url(state, organization, "/a"));
    let message = content.to(&email, EmailKind::PayoutBankFailed)?;
    mail::post_to(tx.conn(), state, (organization, affiliate), message).await
}

/// Emails owners and admins that a payout failed. At most one email an hour, so that a run that fails as a whole sends
/// one.
pub(super) async fn failed(tx: &mut TenantTx, state: &AppState, row: &Row, why: &str) -> Result<()> {
    if email_store::failed_lately(tx, row, state.clock.now()).await? {
        return Ok(());
    }
    let name = email_store::name(tx, row).await?;
    let (public, amount) = (&state.config.public_url, row.money(row.net()));
    let link = format!("{public}/dashboard/payouts?tab=failed&organization={}", row.organization);
    to_owners(tx, state, EmailKind::PayoutFailed, |brand| of_failed(brand, (&name, amount), why, &link)).await
}

/// Emails owners and admins that a payment came back.
pub(super) async fn returned(tx: &mut TenantTx, state: &AppState, row: &Row, what: &str) -> Result<()> {
    let (name, link) = (email_store::name(tx, row).await?, page(state, row));
    to_owners(tx, state, EmailKind::PayoutReturned, |brand| of_returned(brand, &name, what, &link)).await
}

/// Emails owners and admins that the balance is too low.
pub(super) async fn waits_for_money(tx: &mut TenantTx, state: &AppState, currency: &str) -> Result<()> {
    let link = format!("{}/dashboard/payouts?organization={}", state.config.public_url, tx.organization());
    to_owners(tx, state, EmailKind::PayoutWaits, |brand| of_short(brand, currency, &link)).await
}

/// Emails owners and admins that a payment waits for a person.
pub(super) async fn stuck(tx: &mut TenantTx, state: &AppState, row: &Row, why: &str) -> Result<()> {
    let (name, link) = (email_store::name(tx, row).await?, page(state, row));
    let amount = row.money(row.net());
    to_owners(tx, state, EmailKind::PayoutStuck, |brand| of_stuck(brand, (&name, amount), why, &link)).await
}

fn page(state: &AppState, row: &Row) -> String {
    format!("{}/dashboard/payouts/{}?organization={}", state.config.public_url, row.id, row.organization)
}

async fn to_owners(
    tx: &mut TenantTx,
    state: &AppState,
    kind: EmailKind,
    content: impl Fn(&str) -> EmailContent + Send,
) -> Result<()> {
    for person in people(tx, ADMINS).await? {
        mail::post(tx.conn(), state, content(&person.brand).to(&person.email, kind)?).await?;
    }
    Ok(())
}
