//! Plans as data: what each tier allows, and what a trial does. Pure; [`super::gate`] asks.
//!
//! An installation that a brand runs for itself sells nothing, so nothing of this counts unless `REKOMI_PLAN_GATES=on`.

use shared::{text_enum, timestamp::Timestamp};

pub const TRIAL_DAYS: i64 = 14;

text_enum! {
    /// From the smallest to the largest.
    #[derive(PartialOrd, Ord)]
    Tier { Starter, Growth, Pro, Enterprise }
}

text_enum! {
    /// What a plan may withhold.
    Feature {
        /// Endpoints for outbound webhooks: making and changing them. Those that exist go on.
        Webhooks,
        /// An affiliate's figures inside the brand's own product.
        Embed,
        /// Suggestions made by a model.
        CoPilot,
        /// Broadcasts to affiliates.
        BulkMail,
        /// Inviting many affiliates at once.
        BulkInvite,
        /// Amounts shown in the brand's own currency.
        HomeCurrency,
        /// The audit log as a file.
        AuditExport,
        /// Affiliates that earn from those they recruited.
        SubAffiliates,
        /// Mail from the brand's own domain.
        SendingDomain,
    }
}

/// What one tier has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// People in the team, owner and open invitations included.
    pub members: Option<u32>,
    /// Endpoints for outbound webhooks.
    pub webhook_endpoints: Option<u32>,
}

impl Tier {
    pub const fn limits(self) -> Limits {
        match self {
            Self::Starter => Limits { members: Some(2), webhook_endpoints: Some(3) },
            Self::Growth => Limits { members: Some(5), webhook_endpoints: Some(10) },
            Self::Pro => Limits { members: Some(15), webhook_endpoints: Some(25) },
            Self::Enterprise => Limits { members: None, webhook_endpoints: None },
        }
    }

    /// The next larger one, for the message to who has reached a limit.
    pub const fn next(self) -> Self {
        match self {
            Self::Starter => Self::Growth,
            Self::Growth => Self::Pro,
            Self::Pro | Self::Enterprise => Self::Enterprise,
        }
    }
}

impl Feature {
    /// The smallest tier that has it.
    pub const fn tier(self) -> Tier {
        match self {
            Self::Webhooks | Self::BulkMail | Self::BulkInvite => Tier::Starter,
            Self::Embed | Self::CoPilot => Tier::Growth,
            Self::HomeCurrency | Self::AuditExport | Self::SubAffiliates | Self::SendingDomain => Tier::Pro,
        }
    }

    /// What a trial doesn't include: mail to many people whom nobody knows yet.
    const fn needs_payment(self) -> bool {
        matches!(self, Self::BulkMail | Self::BulkInvite)
    }
}

/// Where a subscription stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubscriptionStatus {
    Trialing(Timestamp),
    Active,
    /// A payment is late: everything goes on for now.
    PastDue,
    /// Ended, or a trial that was not followed by a subscription.
    Cancelled,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subscription {
    pub tier: Tier,
    pub subscription_status: SubscriptionStatus,
}

/// Why something is refused: what it takes, and what there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    pub required: Tier,
    pub current: &'static str,
}

impl Subscription {
    pub fn read(tier: Tier, status: &str, trial_ends_at: Timestamp) -> Option<Self> {
        let subscription_status = match status {
            "Trialing" => SubscriptionStatus::Trialing(trial_ends_at),
            "Active" => SubscriptionStatus::Active,
            "PastDue" => SubscriptionStatus::PastDue,
            "Cancelled" => SubscriptionStatus::Cancelled,
            _ => return None,
        };
        Some(Self { tier, subscription_status })
    }

    pub const fn status(self) -> &'static str {
        match self.subscription_status {
            SubscriptionStatus::Trialing(_) => "Trialing",
            SubscriptionStatus::Active => "Active",
            SubscriptionStatus::PastDue => "PastDue",
            SubscriptionStatus::Cancelled => "Cancelled",
        }
    }

    /// As refusals name what there is.
    pub const fn current(self) -> &'static str {
        match self.subscription_status {
            SubscriptionStatus::Trialing(_) => "Trial",
            SubscriptionStatus::Active | SubscriptionStatus::PastDue => self.tier.as_str(),
            SubscriptionStatus::Cancelled => "None",
        }
    }

    /// # Errors
    /// What it takes, where the plan lacks it.
    pub fn allows(self, feature: Feature) -> Result<(), Refusal> {
        let allowed = match self.subscription_status {
            SubscriptionStatus::Trialing(_) => !feature.needs_payment(),
            SubscriptionStatus::Active | SubscriptionStatus::PastDue => self.tier >= feature.tier(),
            SubscriptionStatus::Cancelled => false,
        };
        if allowed { Ok(()) } else { Err(Refusal { required: feature.tier(), current: self.current() }) }
    }

    /// Whether one more is within a limit of the tier. A trial has the limits of the tier that it tries.
    ///
    /// # Errors
    /// The next larger tier, where the limit is reached.
    pub fn has_room(self, limit: Option<u32>, used: i64) -> Result<(), Refusal> {
        match limit {
            Some(most) if used >= i64::from(most) => {
                Err(Refusal { required: self.tier.next(), current: self.tier.as_str() })
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subscription(tier: Tier, status: &str) -> Subscription {
        Subscription::read(tier, status, Timestamp::EPOCH).unwrap()
    }

    #[test]
    fn a_tier_has_what_smaller_ones_have() {
        let has = |tier, feature| subscription(tier, "Active").allows(feature).is_ok();
        assert!(has(Tier::Starter, Feature::Webhooks) && has(Tier::Enterprise, Feature::Webhooks));
        assert!(!has(Tier::Starter, Feature::Embed) && has(Tier::Growth, Feature::Embed));
        assert!(!has(Tier::Growth, Feature::AuditExport) && has(Tier::Pro, Feature::AuditExport));
        let refused = subscription(Tier::Starter, "Active").allows(Feature::AuditExport).unwrap_err();
        assert_eq!(refused, Refusal { required: Tier::Pro, current: "Starter" });
    }

    #[test]
    fn a_trial_has_everything_but_mail_to_many() {
        let trial = subscription(Tier::Starter, "Trialing");
        for feature in [Feature::AuditExport, Feature::Embed, Feature::HomeCurrency, Feature::Webhooks] {
            assert_eq!(trial.allows(feature), Ok(()), "{feature:?}");
        }
        for feature in [Feature::BulkMail, Feature::BulkInvite] {
            assert_eq!(trial.allows(feature), Err(Refusal { required: Tier::Starter, current: "Trial" }));
        }
    }

    #[test]
    fn a_late_payment_ends_nothing_and_a_cancelled_plan_everything() {
        assert!(subscription(Tier::Pro, "PastDue").allows(Feature::AuditExport).is_ok());
        let refused = subscription(Tier::Pro, "Cancelled").allows(Feature::Webhooks).unwrap_err();
        assert_eq!(refused.current, "None");
        assert_eq!(Subscription::read(Tier::Pro, "Paused", Timestamp::EPOCH), None);
    }

    #[test]
    fn limits_grow_with_the_tier() {
        let room = |tier: Tier, used| subscription(tier, "Active").has_room(tier.limits().members, used);
        assert_eq!(room(Tier::Starter, 1), Ok(()));
        assert_eq!(room(Tier::Starter, 2), Err(Refusal { required: Tier::Growth, current: "Starter" }));
        assert_eq!(room(Tier::Enterprise, 1_000_000), Ok(()));
    }
}
