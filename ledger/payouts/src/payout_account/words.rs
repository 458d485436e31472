//! Tells an affiliate, in their language, about their account at Stripe; [`super::need_words`] says what Stripe needs. For
//! brands and the API, [`super::status`] says it in English.

use payout_core::stripe::account::AccountStatus;

use super::{method::Rail, store::Row};
use kit::text::Texts;

/// The name of a rail.
pub fn rail(t: Texts, rail: Rail) -> String {
    match rail {
        Rail::Manual => t.say("portal-setup-bank-transfer").to_string(),
        other => other.as_str().to_owned(),
    }
}

/// An account's status in a word or two, with its CSS class.
pub fn word(t: Texts, row: &Row) -> (String, &'static str) {
    let (key, tone) = match row.account_status {
        None => ("portal-account-creating", "wait"),
        Some(AccountStatus::Onboarding) => ("portal-account-onboarding", "wait"),
        Some(AccountStatus::Checking) => ("portal-account-checking", "wait"),
        Some(AccountStatus::Ready) => ("portal-account-ready", "good"),
        Some(AccountStatus::Restricted) => ("portal-account-restricted", "bad"),
        Some(AccountStatus::Closed) => ("portal-account-closed", "off"),
    };
    (t.say(key).to_string(), tone)
}

/// An account's status in a sentence.
pub fn sentence(t: Texts, row: &Row) -> String {
    let reason = row.disabled_reason.as_deref().unwrap_or_default();
    let key = match row.account_status {
        None => "portal-account-creating-hint",
        Some(AccountStatus::Onboarding) => "portal-account-onboarding-hint",
        Some(AccountStatus::Checking) => "portal-account-checking-hint",
        Some(AccountStatus::Ready) => "portal-account-ready-hint",
        Some(AccountStatus::Restricted) => {
            let text = t.say("portal-account-restricted-hint");
            return disabled(reason).map_or_else(|| text.to_string(), |why| format!("{text} {}", t.say(why)));
        }
        Some(AccountStatus::Closed) => match reason.strip_prefix("refused: ") {
            Some(message) => return t.say("portal-account-refused").with("reason", message).to_string(),
            None => closed(reason),
        },
    };
    t.say(key).to_string()
}

/// Why an account is closed: our own reasons, or Stripe's.
fn closed(reason: &str) -> &'static str {
    match reason {
        "left" => "portal-account-left",
        "platform_changed" => "portal-account-switched",
        "deauthorized" => "portal-account-disconnected",
        reason => disabled(reason).unwrap_or("portal-account-closed-hint"),
    }
}

/// Why Stripe disabled an account; `None` if it didn't.
fn disabled(reason: &str) -> Option<&'static str> {
    Some(match reason {
        "" => return None,
        "requirements.past_due" | "action_required.requested_capabilities" => "portal-account-disabled-details",
        "requirements.pending_verification" | "pending.onboarding" => "portal-account-disabled-checking",
        "under_review" | "pending.review" => "portal-account-disabled-review",
        "listed" => "portal-account-disabled-listed",
        "platform_paused" => "portal-account-disabled-paused",
        "rejected.fraud" | "rejected.platform_fraud" => "portal-account-disabled-fraud",
        "rejected.terms_of_service" | "rejected.platform_terms_of_service" => "portal-account-disabled-terms",
        "rejected.listed" => "portal-account-disabled-person",
        "rejected.incomplete_verification" => "portal-account-disabled-verification",
        other if other.starts_with("rejected.") => "portal-account-disabled-closed",
        _ => "portal-account-disabled-other",
    })
}

#[cfg(test)]
mod tests {
    use kit::text::Language;

    use super::*;

    #[test]
    fn every_reason_has_a_sentence() {
        for reason in ["left", "platform_changed", "rejected.fraud", "rejected.new", "whatever", ""] {
            for language in Language::ALL {
                assert!(Texts::new(*language).say(closed(reason)).to_string().ends_with('.'), "{reason}");
            }
        }
    }
}
