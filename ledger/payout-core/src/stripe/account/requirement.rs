//! Describes what Stripe still needs for an account.
//!
//! Stripe names fields (`individual.dob.day`) from an open list:
//! <https://docs.stripe.com/connect/required-verification-information>. Several fields that belong together become one
//! line.

use serde::{Deserialize, Serialize};
use time::{OffsetDateTime, macros::format_description};

use super::item::{What, readable};

/// Stripe's `requirements`, as stored.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requirements {
    #[serde(default, deserialize_with = "super::or_default")]
    pub currently_due: Vec<String>,
    #[serde(default, deserialize_with = "super::or_default")]
    pub eventually_due: Vec<String>,
    #[serde(default, deserialize_with = "super::or_default")]
    pub past_due: Vec<String>,
    #[serde(default, deserialize_with = "super::or_default")]
    pub pending_verification: Vec<String>,
    #[serde(default)]
    pub disabled_reason: Option<String>,
    /// Unix seconds: the deadline for what is currently due, after which Stripe stops paying.
    #[serde(default)]
    pub current_deadline: Option<i64>,
    #[serde(default, deserialize_with = "super::or_default")]
    pub errors: Vec<Problem>,
}

/// Why submitted information wasn't accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    #[serde(default)]
    pub code: String,
    /// Stripe's own explanation, for people.
    #[serde(default)]
    pub reason: String,
    pub requirement: String,
}

/// Urgency, most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum When {
    /// Its deadline has passed, and Stripe pays nothing because of it.
    Overdue,
    Now,
    /// Needed before some amount or date, which Stripe will announce.
    Later,
    /// Submitted, and Stripe is checking it.
    Checking,
}

impl When {
    /// The stable name in the public API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Overdue => "overdue",
            Self::Now => "now",
            Self::Later => "later",
            Self::Checking => "checking",
        }
    }
}

/// A requirement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    pub what: What,
    pub when: When,
    /// Unix seconds.
    pub by: Option<i64>,
    /// Why the previous submission wasn't accepted, as a sentence.
    pub problem: Option<String>,
    /// Stripe's field names.
    pub fields: Vec<String>,
}

impl Need {
    /// The sentence for the affiliate.
    pub fn to_affiliate(&self) -> String {
        self.sentence("your")
    }

    /// The sentence for the brand.
    pub fn to_brand(&self) -> String {
        self.sentence("the affiliate\u{2019}s")
    }

    fn sentence(&self, whose: &str) -> String {
        let (what, by) = (&self.what, self.by.and_then(day));
        let message = match (self.when, by) {
            (When::Overdue, _) => format!("Stripe needs {whose} {what}. This is overdue."),
            (When::Now, Some(by)) => format!("Stripe needs {whose} {what} by {by}."),
            (When::Now, None) => format!("Stripe needs {whose} {what}."),
            (When::Later, _) => format!("Stripe will need {whose} {what} later."),
            (When::Checking, _) => format!("Stripe is checking {whose} {what}."),
        };
        match &self.problem {
            Some(problem) => format!("{message} {problem}"),
            None => message,
        }
    }
}

/// `4 December 2026`.
fn day(seconds: i64) -> Option<String> {
    let moment = OffsetDateTime::from_unix_timestamp(seconds).ok()?;
    moment.format(format_description!("[day padding:none] [month repr:long] [year]")).ok()
}

/// Lists the requirements, most urgent first, otherwise in Stripe's order. If details were never submitted, Stripe
/// reports everything as past due from the start, although nothing was due before; it is listed as due now.
pub fn needs(requirements: &Requirements, was_submitted: bool) -> Vec<Need> {
    let mut needs: Vec<Need> = Vec::new();
    let lists = [
        (&requirements.past_due, if was_submitted { When::Overdue } else { When::Now }),
        (&requirements.currently_due, When::Now),
        (&requirements.pending_verification, When::Checking),
        (&requirements.eventually_due, When::Later),
    ];
    for (fields, when) in lists {
        for field in fields {
            let what = What::of_field(field);
            match needs.iter_mut().find(|need| need.what == what) {
                // Stripe repeats past due fields in `currently_due`, and those in `eventually_due`.
                Some(need) if need.fields.contains(field) => {}
                Some(need) => need.fields.push(field.clone()),
                None => needs.push(Need { what, when, by: None, problem: None, fields: vec![field.clone()] }),
            }
        }
    }
    for need in &mut needs {
        need.by = requirements.current_deadline.filter(|_| need.when == When::Now);
        let problem = requirements.errors.iter().find(|problem| need.fields.contains(&problem.requirement));
        need.problem = problem.map(Problem::in_words).filter(|words| !words.is_empty());
    }
    needs.sort_by_key(|need| need.when);
    needs
}

impl Problem {
    fn in_words(&self) -> String {
        let message = if self.reason.trim().is_empty() { readable(&self.code) } else { self.reason.trim().to_owned() };
        if message.is_empty() || message.ends_with(['.', '!', '?']) { message } else { format!("{message}.") }
    }
}

/// Explains why Stripe disabled an account; `None` if it didn't.
pub fn disabled(reason: Option<&str>) -> Option<String> {
    let message = match reason? {
        "" => return None,
        "requirements.past_due" | "action_required.requested_capabilities" => {
            "Stripe needs more details before it can pay.".to_owned()
        }
        "requirements.pending_verification" | "pending.onboarding" => "Stripe is checking the details.".to_owned(),
        "under_review" | "pending.review" => "Stripe is reviewing the account.".to_owned(),
        "listed" => "Stripe is checking the account against restricted-party lists.".to_owned(),
        "platform_paused" => "The brand paused this Stripe account.".to_owned(),
        "rejected.fraud" | "rejected.platform_fraud" => "Stripe closed the account: suspected fraud.".to_owned(),
        "rejected.terms_of_service" | "rejected.platform_terms_of_service" => {
            "Stripe closed the account: terms violation.".to_owned()
        }
        "rejected.listed" => "Stripe closed the account: it can\u{2019}t pay this person.".to_owned(),
        "rejected.incomplete_verification" => "Stripe closed the account: verification failed.".to_owned(),
        other if other.starts_with("rejected.") => "Stripe closed the account.".to_owned(),
        "other" => "Stripe disabled the account. Contact Stripe support for the reason.".to_owned(),
        other => format!("Stripe disabled the account: {}.", readable(other)),
    };
    Some(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn one_line_for_one_thing_the_most_urgent_first() {
        let requirements = Requirements {
            past_due: of(&["external_account"]),
            currently_due: of(&[
                "external_account",
                "individual.dob.day",
                "individual.dob.month",
                "individual.dob.year",
            ]),
            eventually_due: of(&["external_account", "individual.dob.day", "individual.id_number"]),
            pending_verification: of(&["individual.verification.document"]),
            current_deadline: Some(1_796_342_400),
            errors: vec![Problem {
                code: "verification_document_expired".to_owned(),
                reason: "The document has expired".to_owned(),
                requirement: "individual.verification.document".to_owned(),
            }],
            ..Requirements::default()
        };
        let message: Vec<String> = needs(&requirements, true).iter().map(Need::to_affiliate).collect();
        assert_eq!(
            message,
            [
                "Stripe needs your bank account. This is overdue.",
                "Stripe needs your date of birth by 4 December 2026.",
                "Stripe will need your national ID or tax number later.",
                "Stripe is checking your identity document. The document has expired.",
            ]
        );
        assert_eq!(
            needs(&requirements, true)[0].to_brand(),
            "Stripe needs the affiliate\u{2019}s bank account. This is overdue."
        );
        assert_eq!(needs(&requirements, true)[1].fields.len(), 3);
    }

    #[test]
    fn nothing_was_due_of_who_only_begins() {
        let fields = || of(&["external_account", "individual.dob.day"]);
        let fresh = Requirements {
            past_due: fields(),
            currently_due: fields(),
            eventually_due: of(&["external_account", "individual.dob.day", "individual.id_number"]),
            disabled_reason: Some("requirements.past_due".to_owned()),
            ..Requirements::default()
        };
        let message = |was_submitted| needs(&fresh, was_submitted).iter().map(Need::to_affiliate).collect::<Vec<_>>();
        assert_eq!(
            message(false),
            [
                "Stripe needs your bank account.",
                "Stripe needs your date of birth.",
                "Stripe will need your national ID or tax number later.",
            ]
        );
        assert_eq!(message(true)[0], "Stripe needs your bank account. This is overdue.");
        // What is only due now isn't overdue, whatever else is.
        let one_late = Requirements { past_due: of(&["external_account"]), ..fresh.clone() };
        let message: Vec<When> = needs(&one_late, true).iter().map(|need| need.when).collect();
        assert_eq!(message, [When::Overdue, When::Now, When::Later]);
    }

    #[test]
    fn reasons_become_words() {
        assert_eq!(disabled(None), None);
        assert!(disabled(Some("listed")).is_some_and(|message| message.ends_with('.')));
        assert_eq!(disabled(Some("rejected.brand_new")).as_deref(), Some("Stripe closed the account."));
        assert_eq!(disabled(Some("brand.new_one")).as_deref(), Some("Stripe disabled the account: brand new one."));
    }

    #[test]
    fn what_stripe_leaves_out_is_nothing() {
        let read: Requirements = serde_json::from_str(r#"{"currently_due": null, "errors": null}"#).unwrap_or_default();
        assert_eq!(read, Requirements::default());
        assert!(serde_json::from_str::<Requirements>(r#"{"currently_due": null, "errors": null}"#).is_ok());
        assert_eq!(needs(&read, true), []);
    }
}
