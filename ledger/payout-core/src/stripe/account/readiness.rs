//! Whether an account can be paid, and the texts about it.

use super::{Account, Need, Requirements, requirement};

/// Status of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AccountStatus {
    /// The affiliate hasn't completed onboarding yet.
    Onboarding,
    /// Stripe is checking it; no one else has to do anything.
    Checking,
    Ready,
    /// Stripe pays nothing until something is done.
    Restricted,
    /// Permanently closed.
    Closed,
}

impl AccountStatus {
    pub const ALL: [Self; 5] = [Self::Onboarding, Self::Checking, Self::Ready, Self::Restricted, Self::Closed];

    /// The name in the database and the public API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Onboarding => "Onboarding",
            Self::Checking => "Checking",
            Self::Ready => "Ready",
            Self::Restricted => "Restricted",
            Self::Closed => "Closed",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }

    /// A sentence for the brand.
    pub const fn to_brand(self) -> &'static str {
        match self {
            Self::Onboarding => "The affiliate hasn\u{2019}t finished setting up Stripe.",
            Self::Checking => "Stripe is checking the affiliate\u{2019}s details.",
            Self::Ready => "Ready to be paid.",
            Self::Restricted => "Stripe needs more details from the affiliate before they can be paid.",
            Self::Closed => "Stripe closed this account. The affiliate has to set up a new one.",
        }
    }
}

impl Account {
    /// Derives the status. `charges_enabled` is irrelevant: it stays false for recipients.
    pub fn status(&self) -> AccountStatus {
        let Requirements { disabled_reason, currently_due, past_due, pending_verification, .. } = &self.requirements;
        let reason = disabled_reason.as_deref().unwrap_or_default();
        if reason.starts_with("rejected.") {
            return AccountStatus::Closed;
        }
        if self.payouts_enabled && self.transfers() == "active" {
            return AccountStatus::Ready;
        }
        if !self.details_submitted {
            return AccountStatus::Onboarding;
        }
        if !past_due.is_empty() || !currently_due.is_empty() {
            return AccountStatus::Restricted;
        }
        let looked_at = matches!(
            reason,
            "requirements.pending_verification" | "under_review" | "listed" | "pending.onboarding" | "pending.review"
        );
        if looked_at || !pending_verification.is_empty() || (self.transfers() == "pending" && reason.is_empty()) {
            return AccountStatus::Checking;
        }
        AccountStatus::Restricted
    }

    /// The open requirements, most urgent first.
    pub fn needs(&self) -> Vec<Need> {
        requirement::needs(&self.requirements, self.details_submitted)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that can't go on stops where it is")]

    use serde_json::{Value, json};

    use super::{super::read, *};
    use crate::stripe::Answer;

    fn account(more: Value) -> Account {
        let mut body = json!({"id": "acct_1", "object": "account", "charges_enabled": false, "payouts_enabled": false,
            "details_submitted": true, "capabilities": {"transfers": "inactive"}, "requirements": null,
            "business_profile": null, "settings": {"dashboard": {"display_name": null}}, "metadata": {}});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        read(&Answer { status: 200, body: body.to_string().into_bytes(), ..Answer::default() }).unwrap()
    }

    #[test]
    fn as_stripe_says() {
        let active = json!({"transfers": "active"});
        for (more, status) in [
            (json!({"details_submitted": false}), AccountStatus::Onboarding),
            (
                json!({"details_submitted": false, "requirements": {"currently_due": ["external_account"]}}),
                AccountStatus::Onboarding,
            ),
            (json!({"payouts_enabled": true, "capabilities": active}), AccountStatus::Ready),
            (json!({"payouts_enabled": true, "capabilities": {"transfers": "pending"}}), AccountStatus::Checking),
            (json!({"payouts_enabled": false, "capabilities": active}), AccountStatus::Restricted),
            (
                json!({"payouts_enabled": true, "capabilities": active, "requirements": {"eventually_due": ["individual.id_number"]}}),
                AccountStatus::Ready,
            ),
            (
                json!({"requirements": {"past_due": ["individual.dob.day"], "disabled_reason": "requirements.past_due"}}),
                AccountStatus::Restricted,
            ),
            (
                json!({"requirements": {"pending_verification": ["individual.verification.document"], "disabled_reason": "requirements.pending_verification"}}),
                AccountStatus::Checking,
            ),
            (json!({"requirements": {"disabled_reason": "under_review"}}), AccountStatus::Checking),
            (json!({"requirements": {"disabled_reason": "platform_paused"}}), AccountStatus::Restricted),
            (
                json!({"payouts_enabled": true, "capabilities": active, "requirements": {"disabled_reason": "rejected.fraud"}}),
                AccountStatus::Closed,
            ),
        ] {
            assert_eq!(account(more.clone()).status(), status, "{more}");
        }
    }

    #[test]
    fn standings_are_spelled_one_way() {
        for status in AccountStatus::ALL {
            assert_eq!(AccountStatus::parse(status.as_str()), Some(status));
            assert!(status.to_brand().ends_with('.'));
        }
    }

    #[test]
    fn names_and_agreements() {
        let of =
            account(json!({"settings": {"dashboard": {"display_name": " "}}, "business_profile": {"name": "Acme"}}));
        assert_eq!((of.name(), of.agreement(), of.pays_out_by_hand()), (Some("Acme"), "full", false));
        let of = account(json!({"tos_acceptance": {"service_agreement": "recipient"},
            "settings": {"payouts": {"schedule": {"interval": "manual", "delay_days": 2}}}}));
        assert_eq!((of.name(), of.agreement(), of.pays_out_by_hand()), (None, "recipient", true));
        let else_ = Answer { status: 200, body: br#"{"id": "cus_1"}"#.to_vec(), ..Answer::default() };
        assert!(read(&else_).is_err());
    }
}
