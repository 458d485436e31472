//! Describes payouts to affiliates: what a status means, what happens next, and the part of a reason that concerns
//! them. The brand's own problems, such as a key that Stripe refuses, are not shown to its affiliates.

use payout_core::step::Status;

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
    pub label: &'static str,
    /// `good`, `wait`, `bad` or `off`.
    pub tone: &'static str,
    /// What happens next, or what the affiliate has to do.
    pub next: String,
}

fn message(label: &'static str, tone: &'static str, next: impl Into<String>) -> StatusText {
    StatusText { label, tone, next: next.into() }
}

/// Describes the payout to an affiliate of `brand`.
pub fn say(facts: PayoutFacts<'_>, brand: &str) -> StatusText {
    let code = facts.reason_code.unwrap_or_default();
    match facts.status {
        Status::Scheduled => message("Scheduled", "wait", format!("It’s included in {brand}’s next payouts.")),
        Status::Reserved if facts.rail != "Stripe" => {
            let by = if facts.rail == "Manual" { String::new() } else { format!(" by {}", facts.rail) };
            message("On its way", "wait", format!("The amount is reserved. {brand} will pay it{by} and mark it sent."))
        }
        Status::Reserved | Status::Sending if code.is_empty() => {
            message("On its way", "wait", "It’s being sent. There’s nothing you need to do.")
        }
        Status::Reserved | Status::Sending => message(
            "Delayed",
            "wait",
            format!("The amount is reserved for you and will be sent as soon as {brand}’s account allows."),
        ),
        Status::Unknown => message(
            "Being checked",
            "wait",
            "The payment service hasn’t confirmed it yet. We’re checking, so you’re paid exactly once.",
        ),
        Status::Sent if facts.returned => message(
            "Partly returned",
            "bad",
            format!("Part of it was returned and is owed to you again. {brand} will look into it."),
        ),
        Status::Sent => sent(facts, brand),
        Status::Failed => {
            message("Failed", "bad", format!("Nothing was sent, and the amount is owed to you again. {}", after(code)))
        }
        Status::Reversed => message(
            "Returned",
            "bad",
            format!("It was sent but returned, and the amount is owed to you again. {brand} will look into it."),
        ),
    }
}

fn sent(facts: PayoutFacts<'_>, brand: &str) -> StatusText {
    match (facts.rail, facts.bank_status) {
        (_, Some("Failed")) => message(
            "Rejected by your bank",
            "bad",
            "The money is in your Stripe account. Check your bank details there, and Stripe will pay it out again.",
        ),
        (_, Some("Paid")) => message("In your bank", "good", "Your bank received it."),
        ("Stripe", _) => {
            message("Sent", "good", "It’s in your Stripe account. Stripe will pay it out to your bank within days.")
        }
        ("Manual", _) => message("Sent", "good", format!("{brand} sent it the way you agreed on.")),
        (rail, _) => message("Sent", "good", format!("It was sent to you by {rail}.")),
    }
}

/// What happens to a payout that failed for this reason.
fn after(code: &str) -> &'static str {
    if is_of_account(code) {
        return "Complete or renew your payout account in the portal to get the next payout.";
    }
    match code {
        "no_method" => "Add a payout method in the portal to get the next payout.",
        "no_tax_form" => "Submit a tax form in the portal. You’ll be paid after that.",
        "on_hold" => "You’ll be paid once your payouts are no longer on hold.",
        "not_approved" => "It won’t be paid while you aren’t an approved affiliate.",
        "payment_failed" => "The brand will look into it before paying you.",
        _ => "It will be part of the next payout.",
    }
}

const ACCOUNT: &str = "Your payout account can no longer receive money.";
const NOT_READY: &str = "Your payout account isn’t ready to receive money.";

/// Returns whether a payout failed because of the affiliate's account with Stripe.
pub fn is_of_account(code: &str) -> bool {
    matches!(why(code), Some(ACCOUNT | NOT_READY))
}

/// Explains why a payout failed or came back, as far as it concerns the affiliate. `code` is `payouts.reason_code`.
pub fn why(code: &str) -> Option<&'static str> {
    match code {
        "account_closed" | "account_invalid" | "resource_missing" => Some(ACCOUNT),
        "account_not_ready"
        | "insufficient_capabilities_for_transfer"
        | "transfers_not_allowed"
        | "account_country_invalid_address" => Some(NOT_READY),
        "no_method" => Some("Your payout method is no longer set up."),
        "nothing_payable" => Some("Its commissions were refunded, denied or paid another way before it could be sent."),
        "below_minimum" | "amount_too_small" => Some("The remaining amount was below the minimum payout."),
        "no_tax_form" => Some("You had no valid tax form on file."),
        "on_hold" => Some("Your payouts are on hold. Ask the brand why."),
        "not_approved" => Some("You’re no longer an approved affiliate. Ask the brand about your balance."),
        "cancelled" => Some("The brand canceled it."),
        "payment_failed" => Some("The payment service couldn’t deliver it."),
        "marked_failed" => Some("The brand reported that it didn’t arrive."),
        "transfer_reversed" => Some("The transfer was reversed."),
        _ => None,
    }
}

/// The rail's name for people.
pub fn rail(rail: &str) -> &str {
    match rail {
        "Manual" => "Directly by the brand",
        other => other,
    }
}

/// Explains why tax was withheld. `reason` is `payouts.withheld_reason`: a code of the tax gate or a sentence.
pub fn withheld(reason: &str) -> String {
    let because = match reason {
        "tax_form_missing" => "no tax form on file",
        "tax_form_expired" => "the tax form had expired",
        "tax_form_rejected" => "the tax form was rejected",
        "subject_to_withholding" => "the tax form says it applies",
        other if other.contains(' ') => return other.to_owned(),
        _ => "no valid tax form on file",
    };
    format!("24% backup withholding: {because}.")
}

/// Describes what earned a commission. Some brands name sales by an email address; such a name is left out.
pub fn earned_by(kind: &str, sale_kind: Option<&str>, sale: Option<&str>) -> String {
    let word = match (kind, sale_kind) {
        ("Click", _) => return "Daily clicks".to_owned(),
        ("Bonus", _) => return "Bonus".to_owned(),
        ("Adjustment", _) => return "Adjustment".to_owned(),
        (_, Some("Lead")) => "Lead",
        (_, Some("Recurring")) => "Renewal",
        _ => "Sale",
    };
    match sale.filter(|name| !name.contains('@')) {
        Some(name) => format!("{word} {name}"),
        None => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
                let message = say(facts, "Acme");
                assert!(!message.label.is_empty() && message.next.ends_with('.'), "{message:?}");
                assert!(!message.next.contains("balance") && !message.next.contains("key"), "{message:?}");
            }
        }
    }

    #[test]
    fn a_buyers_address_is_no_name_of_a_sale() {
        assert_eq!(earned_by("Conversion", Some("Sale"), Some("A-1001")), "Sale A-1001");
        assert_eq!(earned_by("Conversion", Some("Lead"), Some("ann@example.com")), "Lead");
        assert_eq!(earned_by("Bonus", None, None), "Bonus");
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
        assert!(say(facts(Some("account_closed"), None, Status::Failed), "Acme").next.contains("payout account"));
        assert!(say(facts(None, Some("Failed"), Status::Sent), "Acme").next.contains("bank details"));
        assert_eq!(say(facts(None, Some("Paid"), Status::Sent), "Acme").label, "In your bank");
        for code in ["on_hold", "not_approved", "no_tax_form"] {
            let message = say(facts(Some(code), None, Status::Failed), "Acme").next;
            assert!(!message.contains("part of the next payout") && why(code).is_some(), "{message}");
        }
        assert!(say(facts(Some("cancelled"), None, Status::Failed), "Acme").next.contains("part of the next payout"));
    }
}
