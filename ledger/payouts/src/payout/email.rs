//! Emails about payouts: to the affiliate whose bank refused one, and to the brand's owners and admins when something
//! needs their attention. Emails that come with a receipt are in `receipt::email`.

use askama::Template;
use shared::{
    id::AffiliateId,
    money::{Currency, Money},
};

use super::{email_store, row_store::Row};
use identity::notification::store::{ADMINS, people};
use kit::{
    db::TenantTx,
    error::Result,
    mail::{self, Email, EmailKind, Words},
    state::AppState,
};

#[derive(Debug)]
struct Notice {
    subject: String,
    paragraphs: Vec<String>,
    /// The button's label and URL.
    button: (&'static str, String),
    /// Why the recipient gets it.
    why: String,
}

#[derive(Template)]
#[template(path = "mail/payout_notice.txt")]
struct NoticeText<'a> {
    words: &'a Notice,
}

#[derive(Template)]
#[template(path = "mail/payout_notice.html")]
struct NoticeHtml<'a> {
    words: &'a Notice,
}

impl Words for Notice {
    fn subject(&self) -> String {
        self.subject.clone()
    }

    fn text(&self) -> std::result::Result<String, askama::Error> {
        NoticeText { words: self }.render()
    }

    fn html(&self) -> std::result::Result<String, askama::Error> {
        NoticeHtml { words: self }.render()
    }
}

/// A notice to owners and admins.
struct EmailText {
    kind: EmailKind,
    /// The rest of the subject, after the brand's name.
    subject: &'static str,
    paragraphs: Vec<String>,
    /// The button's label and path.
    button: (&'static str, String),
}

fn of_bank_failed(brand: &str, why: &str, portal: String) -> Notice {
    Notice {
        subject: "Your bank rejected a payment".to_owned(),
        paragraphs: vec![
            format!("Stripe couldn’t pay out the money from {brand} to your bank. {why}"),
            "The money is safe in your Stripe account. Check your bank details there, and Stripe will include it in \
             its next payment."
                .to_owned(),
        ],
        button: ("Check bank details", portal),
        why: format!("You’re receiving this because you’re an affiliate of {brand}."),
    }
}

fn of_failed((name, amount): (&str, Money), why: &str, link: String) -> EmailText {
    let more = "Nothing was paid, and the amount is payable again. If more payouts fail within the hour, you’ll find \
                them in the list; we won’t email you about each one.";
    EmailText {
        kind: EmailKind::PayoutFailed,
        subject: "a payout failed",
        paragraphs: vec![format!("The payout of {amount} to {name} failed. {why}"), more.to_owned()],
        button: ("View failed payouts", link),
    }
}

fn of_returned(name: &str, what: &str, link: String) -> EmailText {
    let more = "We put their payouts on hold so they aren’t paid again before you’ve looked into it.";
    EmailText {
        kind: EmailKind::PayoutReturned,
        subject: "a payout was returned",
        paragraphs: vec![format!("A payout to {name} was returned. {what}"), more.to_owned()],
        button: ("View payout", link),
    }
}

fn of_short(currency: &str, link: String) -> EmailText {
    let message = format!(
        "Your {currency} balance in Stripe is too low for the payouts that are due. They’re waiting; nothing is lost."
    );
    let more = "Top up the balance in Stripe (Balances, Add to balance). Payouts resume automatically within an hour \
                after the money arrives.";
    EmailText {
        kind: EmailKind::PayoutWaits,
        subject: "payouts are waiting for funds",
        paragraphs: vec![message, more.to_owned()],
        button: ("View payouts", link),
    }
}

fn of_stuck((name, amount): (&str, Money), why: &str, link: String) -> EmailText {
    EmailText {
        kind: EmailKind::PayoutStuck,
        subject: "a payout needs your attention",
        paragraphs: vec![format!("A payout of {amount} to {name} needs your attention. {why}")],
        button: ("View payout", link),
    }
}

impl EmailText {
    fn notice(&self, brand: &str, public_url: &str) -> Notice {
        Notice {
            subject: format!("{brand}: {}", self.subject),
            paragraphs: self.paragraphs.clone(),
            button: (self.button.0, format!("{public_url}{}", self.button.1)),
            why: format!("You’re receiving this because you’re an owner or admin of {brand}."),
        }
    }
}

/// Sample emails for developers.
pub fn samples(brand: &str, to: &str) -> Result<Vec<Email>> {
    let (whose, place) =
        (("Nina Berg", Money { minor: 11_250, currency: Currency::USD }), || "/dashboard/payouts/sample".to_owned());
    let message = [
        of_failed(whose, "Stripe closed their account.", "/dashboard/payouts".to_owned()),
        of_returned("Nina Berg", "It was reversed at Stripe.", place()),
        of_short("USD", "/dashboard/payouts".to_owned()),
        of_stuck(whose, "Stripe hasn't answered for a day.", place()),
    ];
    let to_brand =
        message.iter().map(|message| Email::new(to, message.kind, &message.notice(brand, "https://rekomi.test")));
    let bank = of_bank_failed(brand, "The account is closed.", "https://rekomi.test/a".to_owned());
    to_brand.chain([Email::new(to, EmailKind::PayoutBankFailed, &bank)]).collect()
}

/// Emails the affiliate that their bank refused the payment.
pub(super) async fn bank_failed(tx: &mut TenantTx, state: &AppState, affiliate: AffiliateId, why: &str) -> Result<()> {
    let organization = tx.organization();
    let Some(person) = email_store::affiliate(tx, affiliate).await? else { return Ok(()) };
    let notice = of_bank_failed(&person.brand, why, format!("{}/a", state.config.public_url));
    let message = Email::new(person.email, EmailKind::PayoutBankFailed, &notice)?;
    mail::post_to(tx.conn(), state, (organization, affiliate), message).await
}

/// Emails owners and admins that a payout failed. At most one email an hour, so that a run that fails as a whole sends
/// one.
pub(super) async fn failed(tx: &mut TenantTx, state: &AppState, row: &Row, why: &str) -> Result<()> {
    if email_store::failed_lately(tx, row, state.clock.now()).await? {
        return Ok(());
    }
    let name = email_store::name(tx, row).await?;
    let link = format!("/dashboard/payouts?status=Failed&organization={}", row.organization);
    to_owners(tx, state, of_failed((&name, row.money(row.net())), why, link)).await
}

/// Emails owners and admins that a payment came back.
pub(super) async fn returned(tx: &mut TenantTx, state: &AppState, row: &Row, what: &str) -> Result<()> {
    let name = email_store::name(tx, row).await?;
    to_owners(tx, state, of_returned(&name, what, page(row))).await
}

/// Emails owners and admins that the balance is too low.
pub(super) async fn waits_for_money(tx: &mut TenantTx, state: &AppState, currency: &str) -> Result<()> {
    let organization = tx.organization();
    let link = format!("/dashboard/payouts?organization={organization}");
    to_owners(tx, state, of_short(currency, link)).await
}

/// Emails owners and admins that a payment waits for a person.
pub(super) async fn stuck(tx: &mut TenantTx, state: &AppState, row: &Row, why: &str) -> Result<()> {
    let name = email_store::name(tx, row).await?;
    to_owners(tx, state, of_stuck((&name, row.money(row.net())), why, page(row))).await
}

fn page(row: &Row) -> String {
    format!("/dashboard/payouts/{}?organization={}", row.id, row.organization)
}

async fn to_owners(tx: &mut TenantTx, state: &AppState, message: EmailText) -> Result<()> {
    for person in people(tx, ADMINS).await? {
        let notice = message.notice(&person.brand, &state.config.public_url);
        mail::post(tx.conn(), state, Email::new(person.email, message.kind, &notice)?).await?;
    }
    Ok(())
}
