//! Tells an affiliate, in their language, about their account at Stripe and what Stripe needs from them. For brands and
//! the API, `payout_core` and [`super::status`] say it in English.

use payout_core::stripe::account::{AccountStatus, Need, When};
use shared::timestamp::Timestamp;

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

/// What Stripe needs, in a sentence, and why it didn't accept what was sent: that comes from Stripe, in English.
pub fn need(t: Texts, need: &Need) -> String {
    let by = need.by.and_then(|seconds| Timestamp::from_seconds(seconds).ok());
    let text = match (need.when, by) {
        (When::Overdue, _) => t.say("portal-need-overdue"),
        (When::Now, Some(by)) => t.say("portal-need-by").with("day", t.date(by)),
        (When::Now, None) => t.say("portal-need-now"),
        (When::Later, _) => t.say("portal-need-later"),
        (When::Checking, _) => t.say("portal-need-checking"),
    };
    let text = text.with("what", detail(t, &need.what));
    match &need.problem {
        Some(problem) => format!("{text} {problem}"),
        None => text.to_string(),
    }
}

/// Whose a detail is, as `payout_core` begins its name.
const WHOSE: [(&str, &str); 4] = [
    ("company\u{2019}s ", "portal-need-company"),
    ("representative\u{2019}s ", "portal-need-representative"),
    ("owner\u{2019}s ", "portal-need-owner"),
    ("director\u{2019}s ", "portal-need-director"),
];

/// The details that `payout_core` has names for. Stripe's list is open: other fields keep their readable English name.
const DETAILS: [(&str, &str); 40] = [
    ("company\u{2019}s registration document", "portal-need-company-document"),
    ("name", "portal-need-name"),
    ("date of birth", "portal-need-birth"),
    ("email address", "portal-need-email"),
    ("phone number", "portal-need-phone"),
    ("national ID or tax number", "portal-need-id-number"),
    ("SSN (last four digits)", "portal-need-ssn"),
    ("nationality", "portal-need-nationality"),
    ("answer about holding public office", "portal-need-office"),
    ("other names, if any", "portal-need-other-names"),
    ("gender", "portal-need-gender"),
    ("name in kana", "portal-need-kana"),
    ("name in kanji", "portal-need-kanji"),
    ("tax number", "portal-need-tax-number"),
    ("VAT number", "portal-need-vat"),
    ("registration number", "portal-need-registration"),
    ("legal structure", "portal-need-structure"),
    ("list of owners", "portal-need-owners"),
    ("list of directors", "portal-need-directors"),
    ("list of executives", "portal-need-executives"),
    ("ownership declaration", "portal-need-ownership"),
    ("identity document", "portal-need-identity"),
    ("proof of address", "portal-need-address-proof"),
    ("selfie", "portal-need-selfie"),
    ("job title", "portal-need-job"),
    ("ownership percentage", "portal-need-percentage"),
    ("role in the company", "portal-need-role"),
    ("address in Japanese", "portal-need-address-japanese"),
    ("address", "portal-need-address"),
    ("bank account", "portal-need-bank"),
    ("account type (individual or company)", "portal-need-type"),
    ("line of business", "portal-need-business"),
    ("website or profile page", "portal-need-website"),
    ("description of the business", "portal-need-description"),
    ("support phone number", "portal-need-support-phone"),
    ("business name", "portal-need-business-name"),
    ("annual revenue", "portal-need-revenue"),
    ("support contact", "portal-need-support"),
    ("acceptance of Stripe\u{2019}s terms", "portal-need-terms"),
    ("name on bank statements", "portal-need-statement"),
];

fn detail(t: Texts, what: &str) -> String {
    let named = |name: &str| DETAILS.iter().find(|(known, _)| *known == name).map(|(_, key)| t.say(key));
    let whose = || {
        let (rest, key) = WHOSE.iter().find_map(|(start, key)| Some((what.strip_prefix(start)?, key)))?;
        Some(t.say(key).with("what", named(rest)?))
    };
    named(what).or_else(whose).map_or_else(|| what.to_owned(), |text| text.to_string())
}

#[cfg(test)]
mod tests {
    use kit::text::Language;

    use super::*;

    fn sentence_of(language: Language, what: &str, when: When) -> String {
        let one = Need { what: what.to_owned(), when, by: None, problem: None, fields: Vec::new() };
        need(Texts::new(language), &one)
    }

    #[test]
    fn english_is_what_the_api_says() {
        for (what, key) in DETAILS {
            assert_eq!(Texts::default().say(key).to_string(), what);
        }
        for what in ["date of birth", "company\u{2019}s address", "company\u{2019}s registration document", "new thing"]
        {
            for when in [When::Overdue, When::Now, When::Later, When::Checking] {
                let one = Need { what: what.to_owned(), when, by: None, problem: None, fields: Vec::new() };
                assert_eq!(sentence_of(Language::En, what, when), one.to_affiliate());
            }
        }
    }

    #[test]
    fn each_language_names_the_detail_and_whose_it_is() {
        assert_eq!(sentence_of(Language::De, "date of birth", When::Now), "Stripe braucht von dir: Geburtsdatum.");
        assert_eq!(
            sentence_of(Language::Es, "owner\u{2019}s address", When::Now),
            "Stripe necesita: dirección (propietario)."
        );
        assert_eq!(sentence_of(Language::De, "new thing", When::Checking), "Stripe prüft: new thing.");
    }

    #[test]
    fn every_reason_has_a_sentence() {
        for reason in ["left", "platform_changed", "rejected.fraud", "rejected.new", "whatever", ""] {
            for language in Language::ALL {
                assert!(Texts::new(*language).say(closed(reason)).to_string().ends_with('.'), "{reason}");
            }
        }
    }
}
