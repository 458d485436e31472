//! Letters that tell affiliates of their payouts: sent, given up where they must do something, come back.

use payment::document::{amount::named, receipt::Receipt};
use shared::id::{OrganizationId, PayoutId};

use super::{
    store::{self, Found},
    words::{self, Standing},
};
use identity::portal::notify;
use kit::{
    db::TenantTx,
    error::Result,
    mail::{self, Letter, LetterKind, Look, Told},
    state::AppState,
};
use programs::affiliate;

/// What a letter says of a payout.
#[derive(Debug)]
struct Said {
    subject: String,
    paragraphs: Vec<String>,
    /// A button's words.
    button: &'static str,
}

fn told(look: Look, name: &str, said: Said, rows: Vec<(&'static str, String)>, link: String) -> Told {
    let why = format!("You get this letter because you are an affiliate of {}.", look.brand);
    Told {
        look,
        name: name.to_owned(),
        subject: said.subject,
        paragraphs: said.paragraphs,
        rows: rows.into_iter().map(|(label, value)| (label.to_owned(), value)).collect(),
        button: Some((said.button, link)),
        why,
        choice: None,
    }
}

/// `payout_sent`: the money left, with what it is for and the receipt. To be posted in the transaction that settles it.
pub async fn sent(tx: &mut TenantTx, state: &AppState, organization: OrganizationId, payout: PayoutId) -> Result<()> {
    post(tx, state, organization, payout, LetterKind::PayoutSent, |found, next| {
        let receipt = &found.receipt;
        let (net, brand) = (named(receipt.net(), receipt.currency), &receipt.brand.name);
        let mut paragraphs = vec![format!("{brand} has sent you {net}. {next}")];
        if let (Some(reason), true) = (&receipt.withheld_reason, receipt.withheld > 0) {
            paragraphs.push(format!("Tax was withheld: {reason}"));
        }
        Said { subject: format!("{brand} has sent you {net}"), paragraphs, button: "See your receipt" }
    })
    .await
}

/// `payout_failed_affiliate`: nothing was sent, for a reason that the affiliate can mend. Says nothing otherwise, and
/// leaves the rest to the brand.
pub async fn failed(tx: &mut TenantTx, state: &AppState, organization: OrganizationId, payout: PayoutId) -> Result<()> {
    post(tx, state, organization, payout, LetterKind::PayoutFailedAffiliate, |found, next| {
        let receipt = &found.receipt;
        let (net, brand) = (named(receipt.net(), receipt.currency), &receipt.brand.name);
        let why = receipt.reason.as_deref().unwrap_or_default();
        let said = format!("{brand} could not send you {net}. {why}");
        Said {
            subject: format!("{brand} could not send you {net}"),
            paragraphs: vec![said.trim_end().to_owned(), next.to_owned()],
            button: "Open the portal",
        }
    })
    .await
}

/// `payout_returned_affiliate`: a payment was taken back, all of it or a part.
pub async fn returned(
    tx: &mut TenantTx,
    state: &AppState,
    organization: OrganizationId,
    payout: PayoutId,
) -> Result<()> {
    post(tx, state, organization, payout, LetterKind::PayoutReturnedAffiliate, |found, next| {
        let receipt = &found.receipt;
        let (back, brand) = (named(receipt.net_returned(), receipt.currency), &receipt.brand.name);
        let said = format!("{back} that {brand} had sent you was taken back.");
        Said {
            subject: format!("A payment of {brand} was taken back"),
            paragraphs: vec![said, next.to_owned()],
            button: "See the payment",
        }
    })
    .await
}

/// Whether a payout that failed for that reason waits for the affiliate.
pub fn is_theirs(code: &str) -> bool {
    words::is_of_account(code) || matches!(code, "no_method" | "no_tax_form")
}

async fn post(
    tx: &mut TenantTx,
    state: &AppState,
    organization: OrganizationId,
    payout: PayoutId,
    kind: LetterKind,
    say: impl FnOnce(&Found, &str) -> Said + Send,
) -> Result<()> {
    let Some(found) = store::read(tx, organization, None, payout).await? else { return Ok(()) };
    if kind == LetterKind::PayoutSent
        && !notify::wants(tx, organization, found.affiliate, notify::Kind::PayoutSent).await?
    {
        return Ok(());
    }
    let receipt = &found.receipt;
    let standing = Standing {
        status: receipt.status,
        rail: &found.rail,
        reason_code: found.reason_code.as_deref(),
        bank_status: found.bank_status.as_deref(),
        returned: receipt.returned != 0,
    };
    let next = words::say(standing, &receipt.brand.name).next;
    let mut said = say(&found, &next);
    if receipt.test_mode {
        said.paragraphs.insert(0, "This is test mode: nothing in it is real.".to_owned());
    }
    let look = affiliate::letter::look(tx, organization).await?;
    let link = format!("{}/a/payouts/{payout}", state.config.public_url);
    let told = told(look, &receipt.affiliate.name, said, rows(receipt), link);
    mail::post_to(tx.conn(), state, (organization, found.affiliate), told.to(&found.email, kind)?).await
}

/// What a letter looks like, for whoever develops.
pub fn samples(look: &Look, to: &str) -> Result<Vec<Letter>> {
    let brand = &look.brand;
    let said = [
        (
            LetterKind::PayoutSent,
            Said {
                subject: format!("{brand} has sent you USD 112.50"),
                paragraphs: vec![format!(
                    "{brand} has sent you USD 112.50. It reaches your bank in two or three working days."
                )],
                button: "See your receipt",
            },
        ),
        (
            LetterKind::PayoutFailedAffiliate,
            Said {
                subject: format!("{brand} could not send you USD 112.50"),
                paragraphs: vec![
                    format!("{brand} could not send you USD 112.50. The bank account is closed."),
                    "Give another account in the portal. Your money waits for you.".to_owned(),
                ],
                button: "Open the portal",
            },
        ),
        (
            LetterKind::PayoutReturnedAffiliate,
            Said {
                subject: format!("A payment of {brand} was taken back"),
                paragraphs: vec![
                    format!("USD 112.50 that {brand} had sent you was taken back."),
                    format!("{brand} looks into it before it pays you again."),
                ],
                button: "See the payment",
            },
        ),
    ];
    let rows = || vec![("Commissions", "3".to_owned()), ("Amount", "USD 112.50".to_owned())];
    let link = || "https://rekomi.test/a/payouts/sample".to_owned();
    said.into_iter().map(|(kind, said)| told(look.clone(), "Nina Berg", said, rows(), link()).to(to, kind)).collect()
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
        ("Came back", (receipt.returned != 0).then(|| money(receipt.net_returned()))),
        ("Paid by", Some(receipt.rail.clone())),
        ("Paid into", receipt.destination.clone()),
        ("Payout", Some(receipt.payout_id.clone())),
    ];
    rows.into_iter().filter_map(|(label, value)| Some((label, value?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_holds_its_table_and_escapes_names() {
        let said = Said {
            subject: "Acme & Sons has sent you USD 5.00".to_owned(),
            paragraphs: vec!["Acme & Sons has sent you USD 5.00.".to_owned()],
            button: "See your receipt",
        };
        let (look, rows) = (Look::new("Acme & Sons", Some("#aa2255")), vec![("Commissions", "USD 5.00".to_owned())]);
        let told = told(look, "<b>Nina</b>", said, rows, "https://rekomi.test/a/payouts/po_1".to_owned());
        let Letter { text, html, .. } = told.to("nina@creators.test", LetterKind::PayoutSent).unwrap();
        for part in ["Commissions: USD 5.00", "https://rekomi.test/a/payouts/po_1", "<b>Nina</b>"] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(!html.contains("<b>Nina") && html.contains("Acme &#38; Sons") && html.contains("USD 5.00"), "{html}");
    }
}
