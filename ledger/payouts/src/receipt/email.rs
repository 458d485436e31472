//! Emails to affiliates about their payouts: sent, failed for a reason that they must fix, and returned.

use payout_core::document::{amount::named, receipt::Receipt};
use shared::id::PayoutId;

use super::{
    store::{self, Found},
    words::{self, PayoutFacts},
};
use identity::portal::notify;
use kit::{
    db::TenantTx,
    error::Result,
    mail::{self, Branding, Email, EmailContent, EmailKind},
    state::AppState,
    text::Texts,
};
use programs::affiliate;

/// An email about a payout.
#[derive(Debug)]
struct EmailText {
    subject: String,
    paragraphs: Vec<String>,
    /// The button's label.
    button: &'static str,
}

fn content(
    look: Branding,
    name: &str,
    message: EmailText,
    rows: Vec<(&'static str, String)>,
    link: String,
) -> EmailContent {
    let why = format!("You’re receiving this because you’re an affiliate of {}.", look.brand);
    EmailContent {
        look,
        name: name.to_owned(),
        subject: message.subject,
        paragraphs: message.paragraphs,
        rows: rows.into_iter().map(|(label, value)| (label.to_owned(), value)).collect(),
        button: Some((message.button, link)),
        why,
        choice: None,
    }
}

/// `payout_sent`: the money was sent, with what it is for and the receipt. Call it in the transaction that settles the
/// payout.
pub async fn sent(tx: &mut TenantTx, state: &AppState, payout: PayoutId) -> Result<()> {
    post(tx, state, payout, EmailKind::PayoutSent, |found, next| {
        let receipt = &found.receipt;
        let (net, brand) = (named(receipt.net(), receipt.currency), &receipt.brand.name);
        let mut paragraphs = vec![format!("{brand} sent you {net}. {next}")];
        if let (Some(reason), true) = (&receipt.withheld_reason, receipt.withheld > 0) {
            paragraphs.push(format!("Tax was withheld: {reason}"));
        }
        EmailText { subject: format!("{brand} sent you {net}"), paragraphs, button: "View receipt" }
    })
    .await
}

/// `payout_failed_affiliate`: nothing was sent, for a reason that the affiliate can fix. The caller sends it only for
/// such reasons; the brand handles the rest.
pub async fn failed(tx: &mut TenantTx, state: &AppState, payout: PayoutId) -> Result<()> {
    post(tx, state, payout, EmailKind::PayoutFailedAffiliate, |found, next| {
        let receipt = &found.receipt;
        let (net, brand) = (named(receipt.net(), receipt.currency), &receipt.brand.name);
        let why = receipt.reason.as_deref().unwrap_or_default();
        let message = format!("{brand} couldn’t send you {net}. {why}");
        EmailText {
            subject: format!("{brand} couldn’t send you {net}"),
            paragraphs: vec![message.trim_end().to_owned(), next.to_owned()],
            button: "Open the portal",
        }
    })
    .await
}

/// `payout_returned_affiliate`: a payment was reversed, in full or in part.
pub async fn returned(tx: &mut TenantTx, state: &AppState, payout: PayoutId) -> Result<()> {
    post(tx, state, payout, EmailKind::PayoutReturnedAffiliate, |found, next| {
        let receipt = &found.receipt;
        let (back, brand) = (named(receipt.net_returned(), receipt.currency), &receipt.brand.name);
        let message = format!("{back} that {brand} sent you was returned.");
        EmailText {
            subject: format!("A payout from {brand} was returned"),
            paragraphs: vec![message, next.to_owned()],
            button: "View payout",
        }
    })
    .await
}

/// Returns whether a payout that failed for this reason waits for the affiliate.
pub fn is_theirs(code: &str) -> bool {
    words::is_of_account(code) || matches!(code, "no_method" | "no_tax_form")
}

async fn post(
    tx: &mut TenantTx,
    state: &AppState,
    payout: PayoutId,
    kind: EmailKind,
    say: impl FnOnce(&Found, &str) -> EmailText + Send,
) -> Result<()> {
    let organization = tx.organization();
    let Some(found) = store::read(tx, Texts::default(), None, payout).await? else { return Ok(()) };
    if kind == EmailKind::PayoutSent && !notify::wants(tx, found.affiliate, notify::Kind::PayoutSent).await? {
        return Ok(());
    }
    let receipt = &found.receipt;
    let facts = PayoutFacts {
        status: receipt.status,
        rail: &found.rail,
        reason_code: found.reason_code.as_deref(),
        bank_status: found.bank_status.as_deref(),
        returned: receipt.returned != 0,
    };
    let next = words::say(Texts::default(), facts, &receipt.brand.name).next;
    let mut message = say(&found, &next);
    if receipt.test_mode {
        message.paragraphs.insert(0, "Test mode: nothing in this email is real, and no money moved.".to_owned());
    }
    let look = affiliate::email::look(tx, organization).await?;
    let link = format!("{}/a/payouts/{payout}", state.config.public_url);
    let content = content(look, &receipt.affiliate.name, message, rows(receipt), link);
    mail::post_to(tx.conn(), state, (organization, found.affiliate), content.to(&found.email, kind)?).await
}

/// Sample emails for developers.
pub fn samples(look: &Branding, to: &str) -> Result<Vec<Email>> {
    let brand = &look.brand;
    let message = [
        (
            EmailKind::PayoutSent,
            EmailText {
                subject: format!("{brand} sent you USD 112.50"),
                paragraphs: vec![format!(
                    "{brand} sent you USD 112.50. It should reach your bank in two or three business days."
                )],
                button: "View receipt",
            },
        ),
        (
            EmailKind::PayoutFailedAffiliate,
            EmailText {
                subject: format!("{brand} couldn’t send you USD 112.50"),
                paragraphs: vec![
                    format!("{brand} couldn’t send you USD 112.50. The bank account is closed."),
                    "Add another account in the portal. Your money is safe until then.".to_owned(),
                ],
                button: "Open the portal",
            },
        ),
        (
            EmailKind::PayoutReturnedAffiliate,
            EmailText {
                subject: format!("A payout from {brand} was returned"),
                paragraphs: vec![
                    format!("USD 112.50 that {brand} sent you was returned."),
                    format!("{brand} will look into it before paying you again."),
                ],
                button: "View payout",
            },
        ),
    ];
    let rows = || vec![("Commissions", "3".to_owned()), ("Amount", "USD 112.50".to_owned())];
    let link = || "https://rekomi.test/a/payouts/sample".to_owned();
    message
        .into_iter()
        .map(|(kind, message)| content(look.clone(), "Nina Berg", message, rows(), link()).to(to, kind))
        .collect()
}

fn rows(receipt: &Receipt) -> Vec<(&'static str, String)> {
    let money = |minor| named(minor, receipt.currency);
    let count = receipt.lines.len();
    let noun = if count == 1 { "commission" } else { "commissions" };
    let rows = [
        ("For", (count > 0).then(|| format!("{count} {noun}"))),
        ("Earned", receipt.period_in_words()),
        ("Commissions", Some(money(receipt.gross))),
        ("Tax withheld", (receipt.withheld != 0).then(|| money(receipt.withheld))),
        ("Amount sent", receipt.sent_at.map(|_| money(receipt.net()))),
        ("Returned", (receipt.returned != 0).then(|| money(receipt.net_returned()))),
        ("Paid via", Some(receipt.rail.clone())),
        ("Paid to", receipt.destination.clone()),
        ("Payout", Some(receipt.payout_id.clone())),
    ];
    rows.into_iter().filter_map(|(label, value)| Some((label, value?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_email_holds_its_table_and_escapes_names() {
        let message = EmailText {
            subject: "Acme & Sons sent you USD 5.00".to_owned(),
            paragraphs: vec!["Acme & Sons sent you USD 5.00.".to_owned()],
            button: "View receipt",
        };
        let (look, rows) =
            (Branding::new("Acme & Sons", Some("#aa2255")), vec![("Commissions", "USD 5.00".to_owned())]);
        let content = content(look, "<b>Nina</b>", message, rows, "https://rekomi.test/a/payouts/po_1".to_owned());
        let Email { text, html, .. } = content.to("nina@creators.test", EmailKind::PayoutSent).unwrap();
        for part in ["Commissions: USD 5.00", "https://rekomi.test/a/payouts/po_1", "<b>Nina</b>"] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(!html.contains("<b>Nina") && html.contains("Acme &#38; Sons") && html.contains("USD 5.00"), "{html}");
    }
}
