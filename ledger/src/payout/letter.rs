//! Letters about payouts: to the affiliate whose bank didn't take one, and to the brand's owners and admins where they must
//! look after something. Those that come with a receipt are `receipt::letter`'s.

use askama::Template;
use shared::id::{AffiliateId, OrganizationId};

use super::{letter_store, row_store::Row};
use crate::{
    db::TenantTx,
    error::Result,
    mail::{self, Letter, Words},
    notification::store::{ADMINS, people},
    state::AppState,
};

#[derive(Debug, Clone)]
struct Notice {
    subject: String,
    paragraphs: Vec<String>,
    /// A button's words and where it leads.
    button: (&'static str, String),
    /// Why one gets it.
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

/// To the affiliate: their bank didn't take it.
///
/// # Errors
/// Of the database.
pub(super) async fn bank_failed(
    tx: &mut TenantTx,
    state: &AppState,
    (organization, affiliate): (OrganizationId, AffiliateId),
    why: &str,
) -> Result<()> {
    let Some(person) = letter_store::affiliate(tx, organization, affiliate).await? else { return Ok(()) };
    let brand = &person.brand;
    let notice = Notice {
        subject: "Your bank did not take a payment".to_owned(),
        paragraphs: vec![
            format!("Stripe could not pay what {brand} sent you on to your bank. {why}"),
            "The money is safe in your account with Stripe. Check the bank details there; Stripe pays it with the next \
             payment."
                .to_owned(),
        ],
        button: ("Check your bank details", format!("{}/a", state.config.public_url)),
        why: format!("You get this letter because you are an affiliate of {brand}."),
    };
    mail::post(tx.conn(), state, Letter::new(person.email, "payout_bank_failed", &notice)?).await
}

/// To owners and admins: a payout was given up. At most once an hour, so that a run that fails as a whole is one letter.
///
/// # Errors
/// Of the database.
pub(super) async fn failed(tx: &mut TenantTx, state: &AppState, row: &Row, why: &str) -> Result<()> {
    if letter_store::failed_lately(tx, row, state.clock.now()).await? {
        return Ok(());
    }
    let name = letter_store::name(tx, row).await?;
    let said = format!("The payment of {} to {name} did not go through. {why}", row.money(row.net()));
    let more = "Nothing was paid, and everything is owed to them again. Others that fail within the hour are in the list, \
                without a letter of their own.";
    let link = format!("/dashboard/payouts?status=Failed&organization={}", row.organization);
    let words = ("a payment did not go through", vec![said, more.to_owned()]);
    to_owners(tx, state, row.organization, "payout_failed", words, ("See failed payments", &link)).await
}

/// To owners and admins: a payment came back.
///
/// # Errors
/// Of the database.
pub(super) async fn returned(tx: &mut TenantTx, state: &AppState, row: &Row, what: &str) -> Result<()> {
    let name = letter_store::name(tx, row).await?;
    let said = format!("A payment to {name} came back. {what}");
    let more = "We put them on hold, so that they aren't paid again before you looked into it.";
    let link = format!("/dashboard/payouts/{}?organization={}", row.id, row.organization);
    let words = ("a payment came back", vec![said, more.to_owned()]);
    to_owners(tx, state, row.organization, "payout_returned", words, ("See the payment", &link)).await
}

/// To owners and admins: the balance is short.
///
/// # Errors
/// Of the database.
pub(super) async fn waits_for_money(
    tx: &mut TenantTx,
    state: &AppState,
    organization: OrganizationId,
    currency: &str,
) -> Result<()> {
    let said = format!(
        "Your Stripe balance in {currency} is too low for the payments that are due, so they wait. Nothing is lost."
    );
    let more = "Top up the balance in Stripe (Balances, Add to balance). They go on by themselves, at the latest an hour \
                after the money is there.";
    let link = format!("/dashboard/payouts?organization={organization}");
    let words = ("payments wait for money", vec![said, more.to_owned()]);
    to_owners(tx, state, organization, "payout_waits", words, ("See what waits", &link)).await
}

/// To owners and admins: a payment waits for a person.
///
/// # Errors
/// Of the database.
pub(super) async fn stuck(tx: &mut TenantTx, state: &AppState, row: &Row, why: &str) -> Result<()> {
    let name = letter_store::name(tx, row).await?;
    let said = format!("A payment of {} to {name} waits for you. {why}", row.money(row.net()));
    let link = format!("/dashboard/payouts/{}?organization={}", row.id, row.organization);
    let words = ("a payment waits for you", vec![said]);
    to_owners(tx, state, row.organization, "payout_stuck", words, ("See the payment", &link)).await
}

async fn to_owners(
    tx: &mut TenantTx,
    state: &AppState,
    organization: OrganizationId,
    kind: &'static str,
    (subject, paragraphs): (&str, Vec<String>),
    (button, link): (&'static str, &str),
) -> Result<()> {
    for person in people(tx, organization, ADMINS).await? {
        let notice = Notice {
            subject: format!("{}: {subject}", person.brand),
            paragraphs: paragraphs.clone(),
            button: (button, format!("{}{link}", state.config.public_url)),
            why: format!("You get this letter because you are an owner or admin of {}.", person.brand),
        };
        mail::post(tx.conn(), state, Letter::new(person.email, kind, &notice)?).await?;
    }
    Ok(())
}
