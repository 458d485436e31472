//! The fields that every answer begins with: the outcome of the request, for people and for branches in a CRM.

use serde::Serialize;
use shared::id::AffiliateId;
use utoipa::ToSchema;

/// Why nothing was done, for reasons that concern this person only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    EmailMissing,
    EmailInvalid,
    Nobody,
    SegmentMissing,
    NotApproved,
    OptedOut,
    Ended,
    NoPlan,
    NoRate,
    SeveralRates,
    NotReferred,
}

impl Why {
    pub const fn code(self) -> &'static str {
        match self {
            Self::EmailMissing => "email_missing",
            Self::EmailInvalid => "email_invalid",
            Self::Nobody => "nobody",
            Self::SegmentMissing => "segment_missing",
            Self::NotApproved => "not_approved",
            Self::OptedOut => "opted_out",
            Self::Ended => "ended",
            Self::NoPlan => "no_plan",
            Self::NoRate => "no_rate",
            Self::SeveralRates => "several_rates",
            Self::NotReferred => "not_referred",
        }
    }

    const fn message(self) -> &'static str {
        match self {
            Self::EmailMissing => "The email is empty. Does this person have one in your CRM?",
            Self::EmailInvalid => "The email isn't valid. Does the merge field's name match your CRM's?",
            Self::Nobody => "None of your affiliates or customers has this email.",
            Self::SegmentMissing => "The segment is empty. To remove someone from every segment, send clear: true.",
            Self::NotApproved => "This affiliate isn't approved.",
            Self::OptedOut => "This person withdrew their consent to be emailed, or declined invitations.",
            Self::Ended => "The end date is in the past.",
            Self::NoPlan => "The program has no active plan at that time.",
            Self::NoRate => "Their plan only pays fixed amounts, so there's no rate to raise.",
            Self::SeveralRates => "Their plan pays several rates. Use addPercent, or give them a custom plan.",
            Self::NotReferred => "No affiliate is credited with this person.",
        }
    }
}

/// A number, or a number in quotes, because merge fields are text.
#[derive(Debug, ToSchema)]
#[schema(as = NumberOrText)]
#[serde(untagged)]
pub enum NumberOrText {
    Number(f64),
    Text(String),
}

/// The outcome of the request.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// What was done: `invited`, `set`, `raised` or `released`; `already` if nothing had to change; `nothing` if there
    /// was nothing to release; `unknown` if no one has this email; `skipped` for the reason in `reason`.
    #[schema(example = "already")]
    pub result: &'static str,
    /// Why nothing was done, as a stable code: `email_missing`, `email_invalid`, `nobody`, `segment_missing`,
    /// `not_approved`, `opted_out`, `ended`, `no_plan`, `no_rate`, `several_rates` or `not_referred`.
    #[schema(required, example = json!(null))]
    pub reason: Option<&'static str>,
    /// The reason in plain words.
    #[schema(required, example = json!(null))]
    pub message: Option<&'static str>,
    /// The affiliate that the request was about.
    #[schema(value_type = Option<String>, required, example = "aff_01kdvdna00fec9rpb7dk6gd3hy")]
    pub affiliate_id: Option<AffiliateId>,
}

impl Outcome {
    pub const fn of(result: &'static str, affiliate_id: AffiliateId) -> Self {
        Self { result, reason: None, message: None, affiliate_id: Some(affiliate_id) }
    }

    /// An outcome where nothing was done, for a reason that concerns the person.
    pub const fn because(why: Why, affiliate_id: Option<AffiliateId>) -> Self {
        let result = match why {
            Why::Nobody => "unknown",
            Why::NotReferred => "nothing",
            _ => "skipped",
        };
        Self { result, reason: Some(why.code()), message: Some(why.message()), affiliate_id }
    }
}
