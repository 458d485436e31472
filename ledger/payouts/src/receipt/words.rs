//! Describes payouts to affiliates: what a status means, what happens next, and the part of a reason that concerns
//! them. The brand's own problems, such as a key that Stripe refuses, are not shown to its affiliates.

use payout_core::{document::receipt::Receipt, step::Status};

use kit::text::Texts;

/// The facts about a payout that decide the text.
#[derive(Debug, Clone, Copy)]
pub struct PayoutFacts<'a> {
    pub status: Status,
    /// The spelling in the database.
    pub rail: &'a str,
    pub reason_code: Option<&'a str>,
    pub bank_status: Option<&'a str>,
    /// Whether some of it came back.
    pub returned: bool,
}

/// A status as people read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusText {
    pub label: String,
    /// `good`, `wait`, `bad` or `off`.
    pub tone: &'static str,
    /// What happens next, or what the affiliate has to do.
    pub next: String,
}

fn message(t: Texts, label: &'static str, tone: &'static str, next: impl Into<String>) -> StatusText {
    StatusText { label: t.say(label).to_string(), tone, next: next.into() }
}

/// Describes the payout to an affiliate of `brand`.
pub fn say(t: Texts, facts: PayoutFacts<'_>, brand: &str) -> StatusText {
    let code = facts.reason_code.unwrap_or_default();
    let of_brand = |key| t.say(key).with("brand", brand);
    match facts.status {
        Status::Scheduled => message(t, "common-payout-scheduled", "wait", of_brand("common-payout-scheduled-next")),
        Status::Reserved if facts.rail != "Stripe" => {
            let next = match facts.rail {
                "Manual" => of_brand("common-payout-reserved-next"),
                rail => of_brand("common-payout-reserved-by-next").with("rail", rail),
            };
            message(t, "common-payout-on-its-way", "wait", next)
        }
        Status::Reserved | Status::Sending if code.is_empty() => {
            message(t, "common-payout-on-its-way", "wait", t.say("common-payout-sending-next"))
        }
        Status::Reserved | Status::Sending => {
            message(t, "common-payout-delayed", "wait", of_brand("common-payout-delayed-next"))
        }
        Status::Unknown => message(t, "common-payout-checked", "wait", t.say("common-payout-checked-next")),
        Status::Sent if facts.returned => {
            message(t, "common-payout-partly-returned", "bad", of_brand("common-payout-partly-returned-next"))
        }
        Status::Sent => sent(t, facts, brand),
        Status::Failed => {
            let next = t.say("common-payout-failed-next").with("then", t.say(after(code)));
            message(t, "common-payout-failed", "bad", next)
        }
        Status::Reversed => message(t, "common-payout-returned", "bad", of_brand("common-payout-returned-next")),
    }
}

fn sent(t: Texts, facts: PayoutFacts<'_>, brand: &str) -> StatusText {
    let sent = |next| message(t, "common-payout-sent", "good", next);
    match (facts.rail, facts.bank_status) {
        (_, Some("Failed")) => message(t, "common-payout-rejected", "bad", t.say("common-payout-rejected-next")),
        (_, Some("Paid")) => message(t, "common-payout-in-bank", "good", t.say("common-payout-in-bank-next")),
        ("Stripe", _) => sent(t.say("common-payout-sent-by-stripe")),
        ("Manual", _) => sent(t.say("common-payout-sent-by-brand").with("brand", brand)),
        (rail, _) => sent(t.say("common-payout-sent-by-rail").with("rail", rail)),
    }
}

/// What happens to a payout that failed for this reason.
fn after(code: &str) -> &'static str {
    if is_of_account(code) {
        return "common-payout-after-account";
    }
    match code {
        "no_method" => "common-payout-after-no-method",
        "no_tax_form" => "common-payout-after-no-tax-form",
        "on_hold" => "common-payout-after-on-hold",
        "not_approved" => "common-payout-after-not-approved",
        "payment_failed" => "common-payout-after-payment-failed",
        _ => "common-payout-after",
    }
}

const ACCOUNT: &str = "common-payout-why-account";
const NOT_READY: &str = "common-payout-why-not-ready";

/// Returns whether a payout failed because of the affiliate's account with Stripe.
pub fn is_of_account(code: &str) -> bool {
    matches!(reason(code), Some(ACCOUNT | NOT_READY))
}

/// Explains why a payout failed or came back, as far as it concerns the affiliate. `code` is `payouts.reason_code`.
pub fn why(t: Texts, code: &str) -> Option<String> {
    reason(code).map(|key| t.say(key).to_string())
}

fn reason(code: &str) -> Option<&'static str> {
    match code {
        "account_closed" | "account_invalid" | "resource_missing" => Some(ACCOUNT),
        "account_not_ready"
        | "insufficient_capabilities_for_transfer"
        | "transfers_not_allowed"
        | "account_country_invalid_address" => Some(NOT_READY),
        "no_method" => Some("common-payout-why-no-method"),
        "nothing_payable" => Some("common-payout-why-nothing-payable"),
        "below_minimum" | "amount_too_small" => Some("common-payout-why-below-minimum"),
        "no_tax_form" => Some("common-payout-why-no-tax-form"),
        "on_hold" => Some("common-payout-why-on-hold"),
        "not_approved" => Some("common-payout-why-not-approved"),
        "cancelled" => Some("common-payout-why-canceled"),
        "payment_failed" => Some("common-payout-why-payment-failed"),
        "marked_failed" => Some("common-payout-why-marked-failed"),
        "transfer_reversed" => Some("common-payout-why-transfer-reversed"),
        _ => None,
    }
}

/// From the first to the last commission: `4 Nov 2026 to 5 Nov 2026`, or a single day.
pub fn period(t: Texts, (from, to): (&str, &str)) -> String {
    if from == to { from.to_owned() } else { t.say("common-from-to").with("first", from).with("last", to).to_string() }
}

/// The notice above a receipt: that it isn't paid yet, was returned, or failed.
pub fn notice(t: Texts, receipt: &Receipt) -> Option<String> {
    let why = receipt.reason.as_deref().map(|reason| format!(" {reason}")).unwrap_or_default();
    let key = match receipt.status {
        Status::Scheduled | Status::Reserved | Status::Sending => "portal-receipt-not-paid",
        Status::Unknown => "portal-receipt-not-confirmed",
        Status::Failed => return Some(t.say("portal-receipt-failed").with("why", why).to_string()),
        Status::Reversed => "portal-receipt-reversed",
        Status::Sent if receipt.returned > 0 => "portal-receipt-partly-reversed",
        Status::Sent => {
            let rejected = |reason: &str| t.say("portal-receipt-rejected").with("reason", reason).to_string();
            return receipt.bank_refused.as_deref().map(rejected);
        }
    };
    let text = t.say(key).with("amount", t.named_money(receipt.net(), receipt.currency)).with("why", why);
    Some(text.with("returned", t.named_money(receipt.net_returned(), receipt.currency)).to_string())
}

/// The rail's name for people.
pub fn rail(t: Texts, rail: &str) -> String {
    match rail {
        "Manual" => t.say("common-payout-rail-manual").to_string(),
        other => other.to_owned(),
    }
}

/// Explains why tax was withheld. `reason` is `payouts.withheld_reason`: a code of the tax gate or a sentence.
pub fn withheld(t: Texts, reason: &str) -> String {
    let because = match reason {
        "tax_form_missing" => "common-payout-withheld-missing",
        "tax_form_expired" => "common-payout-withheld-expired",
        "tax_form_rejected" => "common-payout-withheld-rejected",
        "subject_to_withholding" => "common-payout-withheld-applies",
        other if other.contains(' ') => return other.to_owned(),
        _ => "common-payout-withheld-invalid",
    };
    t.say("common-payout-withheld").with("because", t.say(because)).to_string()
}

/// The message that names what earned a commission, without the sale's ID: order numbers stay between brands and their
/// customers.
pub fn earned_by_key(kind: &str, sale_kind: Option<&str>) -> &'static str {
    match (kind, sale_kind) {
        ("Click", _) => "common-earned-by-clicks",
        ("Bonus", _) => "common-earned-by-bonus",
        ("Adjustment", _) => "common-earned-by-adjustment",
        ("Override", _) => "common-earned-by-override",
        (_, Some("Lead")) => "common-earned-by-lead",
        (_, Some("Recurring")) => "common-earned-by-renewal",
        _ => "common-earned-by-sale",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kit::text::Language;

    const EN: Texts = Texts::new(Language::En);

    #[test]
    fn no_status_is_left_without_words_and_none_tells_the_brands_troubles() {
        for status in Status::ALL {
            for (rail, code, bank) in [
                ("Stripe", None, None),
                ("Stripe", Some("balance_insufficient"), None),
                ("Stripe", Some("key_refused"), Some("Failed")),
                ("PayPal", Some("export_it"), Some("Paid")),
                ("Manual", Some("account_closed"), None),
            ] {
                let facts = PayoutFacts { status, rail, reason_code: code, bank_status: bank, returned: false };
                for language in Language::ALL {
                    let message = say(Texts::new(*language), facts, "Acme");
                    assert!(!message.label.is_empty() && message.next.ends_with('.'), "{message:?}");
                    assert!(!message.next.contains("balance") && !message.next.contains("key"), "{message:?}");
                }
            }
        }
    }

    #[test]
    fn who_must_act_is_told_so() {
        let facts = |code, bank_status, status| PayoutFacts {
            status,
            rail: "Stripe",
            reason_code: code,
            bank_status,
            returned: false,
        };
        assert!(say(EN, facts(Some("account_closed"), None, Status::Failed), "Acme").next.contains("payout account"));
        assert!(say(EN, facts(None, Some("Failed"), Status::Sent), "Acme").next.contains("bank details"));
        assert_eq!(say(EN, facts(None, Some("Paid"), Status::Sent), "Acme").label, "In your bank");
        for code in ["on_hold", "not_approved", "no_tax_form"] {
            let message = say(EN, facts(Some(code), None, Status::Failed), "Acme").next;
            assert!(!message.contains("part of the next payout") && why(EN, code).is_some(), "{message}");
        }
        assert!(
            say(EN, facts(Some("cancelled"), None, Status::Failed), "Acme").next.contains("part of the next payout")
        );
    }
}
