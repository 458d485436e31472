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
        Status::Scheduled => message("Planned", "wait", format!("{brand} has put it into its next payments.")),
        Status::Reserved if facts.rail != "Stripe" => {
            let by = if facts.rail == "Manual" { String::new() } else { format!(" by {}", facts.rail) };
            message("On its way", "wait", format!("The amount is set aside. {brand} pays it{by}, then it says Sent."))
        }
        Status::Reserved | Status::Sending if code.is_empty() => {
            message("On its way", "wait", "It is being sent. There is nothing to do.")
        }
        Status::Reserved | Status::Sending => message(
            "Delayed",
            "wait",
            format!("The amount is set aside for you, and is sent as soon as {brand}’s account can."),
        ),
        Status::Unknown => message(
            "Being checked",
            "wait",
            "The payment service hasn’t confirmed it yet. It is looked into, so that you are neither paid twice nor forgotten.",
        ),
        Status::Sent if facts.returned => message(
            "Taken back in part",
            "bad",
            format!("A part of it came back and is owed to you again. {brand} looks into it."),
        ),
        Status::Sent => sent(facts, brand),
        Status::Failed => {
            message("Not paid", "bad", format!("Nothing was sent; the amount is owed to you again. {}", after(code)))
        }
        Status::Reversed => message(
            "Taken back",
            "bad",
            format!(
                "It was sent and came back; the amount is owed to you again. {brand} looks into it before you are paid."
            ),
        ),
    }
}

fn sent(facts: PayoutFacts<'_>, brand: &str) -> StatusText {
    match (facts.rail, facts.bank_status) {
        (_, Some("Failed")) => message(
            "Refused by your bank",
            "bad",
            "It is in your account with Stripe. Check the bank details there; Stripe then pays it with the next payment.",
        ),
        (_, Some("Paid")) => message("In your bank", "good", "Done: your bank took it on."),
        ("Stripe", _) => {
            message("Sent", "good", "It is in your account with Stripe, which pays it on to your bank within days.")
        }
        ("Manual", _) => message("Sent", "good", format!("It reaches you in the way that you agreed on with {brand}.")),
        (rail, _) => message("Sent", "good", format!("It reaches you by {rail}.")),
    }
}

/// What happens to a payout that failed for this reason.
fn after(code: &str) -> &'static str {
    if is_of_account(code) {
        return "Complete or renew your payout account in the portal; the next payment goes there.";
    }
    match code {
        "no_method" => "Say in the portal how you want to be paid; the next payment goes there.",
        "no_tax_form" => "Give a tax form in the portal; it is paid after that.",
        "on_hold" => "It is paid once payments to you aren’t on hold any more.",
        "not_approved" => "It isn’t paid as long as you are not approved.",
        "payment_failed" => "The brand looks into it before you are paid.",
        _ => "It is part of the next payment.",
    }
}

const ACCOUNT: &str = "Your payout account can’t receive money any more.";
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
        "no_method" => Some("The way in which you wanted to be paid isn’t set up any more."),
        "nothing_payable" => Some("What it was for was refunded, denied or paid otherwise before it could be sent."),
        "below_minimum" | "amount_too_small" => {
            Some("What was left of it was less than the least amount that is paid.")
        }
        "no_tax_form" => Some("There was no valid tax form of yours."),
        "on_hold" => Some("Payments to you are on hold; ask the brand about it."),
        "not_approved" => Some("You are not approved by the brand any more; ask it what becomes of your balance."),
        "cancelled" => Some("The brand gave it up."),
        "payment_failed" => Some("The payment service didn’t deliver it."),
        "marked_failed" => Some("The brand found that it didn’t arrive."),
        "transfer_reversed" => Some("The transfer was taken back."),
        _ => None,
    }
}

/// The rail's name for people.
pub fn rail(rail: &str) -> &str {
    match rail {
        "Manual" => "The brand itself",
        other => other,
    }
}

/// Explains why tax was withheld. `reason` is `payouts.withheld_reason`: a code of the tax gate or a sentence.
pub fn withheld(reason: &str) -> String {
    let because = match reason {
        "tax_form_missing" => "there was no tax form of yours",
        "tax_form_expired" => "your tax form had expired",
        "tax_form_rejected" => "your tax form was rejected",
        "subject_to_withholding" => "your tax form says that you are subject to back-up withholding",
        other if other.contains(' ') => return other.to_owned(),
        _ => "there was no valid tax form of yours",
    };
    format!("24 % back-up withholding, because {because}.")
}

/// Describes what earned a commission. Some brands name sales by an email address; such a name is left out.
pub fn earned_by(kind: &str, sale_kind: Option<&str>, sale: Option<&str>) -> String {
    let word = match (kind, sale_kind) {
        ("Click", _) => return "Clicks of a day".to_owned(),
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
            assert!(!message.contains("part of the next payment") && why(code).is_some(), "{message}");
        }
        assert!(say(facts(Some("cancelled"), None, Status::Failed), "Acme").next.contains("part of the next payment"));
    }
}
