//! Emails to affiliates about their payouts: sent, failed for a reason that they must fix, and returned.

use payout_core::{document::receipt::Receipt, step::Status};
use shared::{
    id::{AffiliateId, PayoutId},
    money::Currency,
};

use super::{
    store::{self, Found},
    words::{self, PayoutFacts},
};
use identity::portal::{brands, notify};
use kit::{
    db::TenantTx,
    error::Result,
    mail::{self, Branding, EmailContent, EmailKind, Sample},
    state::AppState,
    text::{Text, Texts},
};
use programs::affiliate;

/// What happened to a payout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Event {
    Sent,
    Failed,
    Returned,
}

impl Event {
    const fn kind(self) -> EmailKind {
        match self {
            Self::Sent => EmailKind::PayoutSent,
            Self::Failed => EmailKind::PayoutFailedAffiliate,
            Self::Returned => EmailKind::PayoutReturnedAffiliate,
        }
    }
}

/// What an email says about a payout.
#[derive(Debug, Clone, Default)]
struct Details {
    /// The affiliate's name.
    name: String,
    /// What was sent, wasn't sent, or came back.
    amount: String,
    /// Why nothing was sent.
    reason: String,
    /// What happens next, or what the affiliate has to do.
    next: String,
    /// Why tax was withheld.
    withheld: Option<String>,
    test_mode: bool,
    rows: Vec<(String, String)>,
}

fn content(look: Branding, event: Event, details: Details, link: String) -> EmailContent {
    let (t, brand) = (look.t, look.brand.clone());
    let of_payout = |text: Text| text.with("brand", &brand).with("amount", &details.amount);
    let (subject, message, button) = match event {
        Event::Sent => {
            (t.say("email-payout-sent-subject"), t.say("email-payout-sent-message"), t.say("email-payout-sent-button"))
        }
        Event::Failed => {
            (t.say("email-not-sent-subject"), t.say("email-not-sent-message"), t.say("email-not-sent-button"))
        }
        Event::Returned => {
            (t.say("email-came-back-subject"), t.say("email-came-back-message"), t.say("email-payout-button"))
        }
    };
    let why = t.say("email-why-affiliate").with("brand", &brand);
    let mut content = EmailContent::new(look, of_payout(subject), why).greeting(&details.name);
    if details.test_mode {
        content = content.paragraph(t.say("email-test-mode"));
    }
    let message = of_payout(message);
    content = match event {
        Event::Sent => content.paragraph(sentences(message, &details.next)),
        Event::Failed => content.paragraph(sentences(message, &details.reason)).paragraph(&details.next),
        Event::Returned => content.paragraph(message).paragraph(&details.next),
    };
    if let Some(reason) = &details.withheld {
        content = content.paragraph(t.say("email-tax-withheld").with("reason", reason));
    }
    content.rows(details.rows).button(button, link)
}

/// One sentence after the other, which may be empty.
fn sentences(first: Text, second: &str) -> String {
    format!("{first} {second}").trim_end().to_owned()
}

/// `payout_sent`: the money was sent, with what it is for and the receipt. Call it in the transaction that settles the
/// payout.
pub async fn sent(tx: &mut TenantTx, state: &AppState, payout: PayoutId, to: AffiliateId) -> Result<()> {
    post(tx, state, (payout, to), Event::Sent).await
}

/// `payout_failed_affiliate`: nothing was sent, for a reason that the affiliate can fix. The caller sends it only for
/// such reasons; the brand handles the rest.
pub async fn failed(tx: &mut TenantTx, state: &AppState, payout: PayoutId, to: AffiliateId) -> Result<()> {
    post(tx, state, (payout, to), Event::Failed).await
}

/// `payout_returned_affiliate`: a payment was reversed, in full or in part.
pub async fn returned(tx: &mut TenantTx, state: &AppState, payout: PayoutId, to: AffiliateId) -> Result<()> {
    post(tx, state, (payout, to), Event::Returned).await
}

/// Returns whether a payout that failed for this reason waits for the affiliate.
pub fn is_theirs(code: &str) -> bool {
    words::is_of_account(code) || matches!(code, "no_method" | "no_tax_form")
}

async fn post(tx: &mut TenantTx, state: &AppState, (payout, to): (PayoutId, AffiliateId), event: Event) -> Result<()> {
    let organization = tx.organization();
    if event == Event::Sent && !notify::wants(tx, to, notify::Kind::PayoutSent).await? {
        return Ok(());
    }
    let look = affiliate::email::look(tx, organization, to).await?;
    let Some(found) = store::read(tx, look.t, Some(to), payout).await? else { return Ok(()) };
    let details = details(look.t, &found, event);
    let link = brands::url(state, organization, &format!("/a/payouts/{payout}"));
    let content = content(look, event, details, link);
    mail::post_to(tx.conn(), state, (organization, to), content.to(&found.email, event.kind())?).await
}

fn details(t: Texts, found: &Found, event: Event) -> Details {
    let receipt = &found.receipt;
    let facts = PayoutFacts {
        status: receipt.status,
        rail: &found.rail,
        reason_code: found.reason_code.as_deref(),
        bank_status: found.bank_status.as_deref(),
        returned: receipt.returned != 0,
    };
    let amount = if event == Event::Returned { receipt.net_returned() } else { receipt.net() };
    Details {
        name: receipt.affiliate.name.clone(),
        amount: t.named_money(amount, receipt.currency),
        reason: receipt.reason.clone().unwrap_or_default(),
        next: words::say(t, facts, &receipt.brand.name).next,
        withheld: receipt.withheld_reason.clone().filter(|_| event == Event::Sent && receipt.withheld > 0),
        test_mode: receipt.test_mode,
        rows: rows(t, receipt),
    }
}

/// Sample emails, for developers and for brands that change their words.
pub fn samples(look: &Branding) -> Vec<Sample> {
    let t = look.t;
    let amount = t.named_money(11_250, Currency::USD);
    let details = Details {
        name: "Nina Berg".to_owned(),
        rows: vec![
            (t.say("email-row-for").to_string(), t.say("email-commissions").with("count", 3_i64).to_string()),
            (t.say("email-row-commissions").to_string(), amount.clone()),
        ],
        amount,
        ..Details::default()
    };
    let each = [
        (Event::Sent, Status::Sent, None),
        (Event::Failed, Status::Failed, Some("account_closed")),
        (Event::Returned, Status::Reversed, None),
    ];
    let email = |(event, status, reason_code): (Event, Status, Option<&str>)| {
        let facts = PayoutFacts { status, rail: "Stripe", reason_code, bank_status: None, returned: false };
        let reason = reason_code.and_then(|code| words::why(t, code)).unwrap_or_default();
        let details = Details { reason, next: words::say(t, facts, &look.brand).next, ..details.clone() };
        let link = "https://rekomi.test/a/payouts/sample".to_owned();
        (event.kind(), content(look.clone(), event, details, link))
    };
    each.into_iter().map(email).collect()
}

fn rows(t: Texts, receipt: &Receipt) -> Vec<(String, String)> {
    let money = |minor| t.named_money(minor, receipt.currency);
    let count = receipt.lines.len();
    let commissions = (count > 0).then(|| t.say("email-commissions").with("count", count).to_string());
    let rows = [
        (t.say("email-row-for"), commissions),
        (t.say("email-row-earned"), period(t, receipt)),
        (t.say("email-row-commissions"), Some(money(receipt.gross))),
        (t.say("email-row-withheld"), (receipt.withheld != 0).then(|| money(receipt.withheld))),
        (t.say("email-row-sent"), receipt.sent.as_ref().map(|_| money(receipt.net()))),
        (t.say("email-row-returned"), (receipt.returned != 0).then(|| money(receipt.net_returned()))),
        (t.say("email-row-rail"), Some(receipt.rail.clone())),
        (t.say("email-row-destination"), receipt.destination.clone()),
        (t.say("email-row-payout"), Some(receipt.payout_id.clone())),
    ];
    rows.into_iter().filter_map(|(label, value)| Some((label.to_string(), value?))).collect()
}

/// From the first to the last commission, or a single day.
fn period(t: Texts, receipt: &Receipt) -> Option<String> {
    let (first, last) = receipt.period()?;
    if first == last {
        return Some(first.to_owned());
    }
    Some(t.say("email-period").with("first", first).with("last", last).to_string())
}

#[cfg(test)]
mod tests {
    use kit::mail::Email;

    use super::*;

    fn sent(language: Option<&str>, event: Event) -> Email {
        let look = Branding::new("Acme & Sons", Some("#aa2255")).in_language(language);
        let amount = look.t.named_money(123_450, Currency::USD);
        let details = Details {
            name: "<b>Nina</b>".to_owned(),
            reason: "Closed.".to_owned(),
            next: "Wait.".to_owned(),
            rows: vec![(look.t.say("email-row-commissions").to_string(), amount.clone())],
            amount,
            ..Details::default()
        };
        let content = content(look, event, details, "https://rekomi.test/a/payouts/po_1".to_owned());
        content.to("nina@creators.test", event.kind()).unwrap()
    }

    #[test]
    fn an_email_holds_its_table_and_escapes_names() {
        let Email { subject, text, html, .. } = sent(None, Event::Sent);
        assert_eq!(subject, "Acme & Sons sent you USD 1,234.50");
        let row = "Commissions: USD\u{a0}1,234.50";
        let message = "Acme & Sons sent you USD\u{a0}1,234.50. Wait.";
        for part in [row, message, "https://rekomi.test/a/payouts/po_1", "<b>Nina</b>"] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(!html.contains("<b>Nina") && html.contains("Acme &#38; Sons") && html.contains("1,234.50"), "{html}");
        let failed = sent(None, Event::Failed).text;
        assert!(failed.contains("couldn’t send you USD\u{a0}1,234.50. Closed.\n\nWait."), "{failed}");
    }

    #[test]
    fn amounts_are_in_the_recipients_language() {
        for language in ["de", "es"] {
            let Email { subject, text, .. } = sent(Some(language), Event::Returned);
            assert!(text.contains("1.234,50\u{a0}USD") || text.contains("1234,50\u{a0}USD"), "{text}");
            assert!(subject.contains("Acme") && !subject.contains("email-"), "{subject}");
        }
    }
}
