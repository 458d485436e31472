//! Plans as data: what each tier allows, and what a trial includes. Pure; [`super::gate`] enforces it.
//!
//! An installation that a brand runs for itself sells nothing, so none of this applies unless `REKOMI_PLAN_GATES=on`.

use shared::{text_enum, timestamp::Timestamp};

pub const TRIAL_DAYS: i64 = 14;

text_enum! {
    /// A plan tier, from the smallest to the largest.
    #[derive(PartialOrd, Ord)]
    Tier { Starter, Growth, Pro, Enterprise }
}

text_enum! {
    /// A feature that a plan may exclude.
    Feature {
        /// Creating and changing endpoints for outbound webhooks. Existing ones keep working.
        Webhooks,
        /// Inviting many affiliates at once.
        BulkInvite,
        /// Amounts shown in the brand's own currency.
        HomeCurrency,
        /// Exporting the audit log as a file.
        AuditExport,
        /// Paying affiliates for those they recruit, or more than before. What a program pays already goes on.
        SubAffiliates,
        /// Asking a connected model about the program.
        CoPilot,
    }
}

/// The limits of one tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// People in the team, including the owner and open invitations.
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

    /// Returns the next larger tier, for the message when a limit is reached.
    pub const fn next(self) -> Self {
        match self {
            Self::Starter => Self::Growth,
            Self::Growth => Self::Pro,
            Self::Pro | Self::Enterprise => Self::Enterprise,
        }
    }
}

impl Feature {
    /// Returns the smallest tier that has the feature.
    pub const fn tier(self) -> Tier {
        match self {
            Self::Webhooks | Self::BulkInvite => Tier::Starter,
            Self::CoPilot => Tier::Growth,
            Self::HomeCurrency | Self::AuditExport | Self::SubAffiliates => Tier::Pro,
        }
    }

    /// Returns whether the feature requires a paid plan: a trial excludes mass email to people.
    const fn needs_payment(self) -> bool {
        matches!(self, Self::BulkInvite)
    }
}

/// The status of a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubscriptionStatus {
    Trialing(Timestamp),
    Active,
    /// A payment is late: everything keeps working for now.
    PastDue,
    /// Ended, or a trial without a subscription afterwards.
    Cancelled,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subscription {
    pub tier: Tier,
    pub subscription_status: SubscriptionStatus,
}

/// The reason for a refusal: the required tier, and the current plan.
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

    /// Returns the current plan's name, as refusals show it.
    pub const fn current(self) -> &'static str {
        match self.subscription_status {
            SubscriptionStatus::Trialing(_) => "Trial",
            SubscriptionStatus::Active | SubscriptionStatus::PastDue => self.tier.as_str(),
            SubscriptionStatus::Cancelled => "None",
        }
    }

    /// # Errors
    /// The required tier, if the plan lacks the feature.
    pub fn allows(self, feature: Feature) -> Result<(), Refusal> {
        let allowed = match self.subscription_status {
            SubscriptionStatus::Trialing(_) => !feature.needs_payment(),
            SubscriptionStatus::Active | SubscriptionStatus::PastDue => self.tier >= feature.tier(),
            SubscriptionStatus::Cancelled => false,
        };
        if allowed { Ok(()) } else { Err(Refusal { required: feature.tier(), current: self.current() }) }
    }

    /// Checks whether one more fits within a limit of the tier. A trial has the limits of the tier being tried.
    ///
    /// # Errors
    /// The next larger tier, if the limit is reached.
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
        assert!(!has(Tier::Starter, Feature::HomeCurrency) && !has(Tier::Growth, Feature::HomeCurrency));
        assert!(!has(Tier::Growth, Feature::AuditExport) && has(Tier::Pro, Feature::AuditExport));
        let refused = subscription(Tier::Starter, "Active").allows(Feature::AuditExport).unwrap_err();
        assert_eq!(refused, Refusal { required: Tier::Pro, current: "Starter" });
    }

    #[test]
    fn a_trial_has_everything_but_bulk_invitations() {
        let trial = subscription(Tier::Starter, "Trialing");
        for feature in [Feature::AuditExport, Feature::HomeCurrency, Feature::Webhooks] {
            assert_eq!(trial.allows(feature), Ok(()), "{feature:?}");
        }
        let refused = Refusal { required: Tier::Starter, current: "Trial" };
        assert_eq!(trial.allows(Feature::BulkInvite), Err(refused));
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

    /// The rows of the guide's table about plans: what, and a cell for each tier.
    fn guide() -> Vec<(&'static str, Vec<&'static str>)> {
        let text = include_str!("../../../../docs/guide/team.md")
            .split("\n## Plans\n")
            .nth(1)
            .unwrap()
            .split("\n## ")
            .next()
            .unwrap();
        let lines = text.lines().filter_map(|line| line.strip_prefix("| ")).filter(|line| !line.starts_with("---"));
        let cells = lines.map(|line| line.trim_end_matches('|').split('|').map(str::trim).collect::<Vec<_>>());
        let rows = cells.filter(|cells| !cells[0].is_empty());
        rows.map(|cells| (cells[0], cells[1..].to_vec())).collect()
    }

    const TIERS: [Tier; 4] = [Tier::Starter, Tier::Growth, Tier::Pro, Tier::Enterprise];

    #[test]
    fn the_guide_names_each_feature_with_its_plans_and_nothing_else() {
        let features = [
            ("webhooks", Feature::Webhooks),
            ("bulk invitations", Feature::BulkInvite),
            ("audit log export", Feature::AuditExport),
            ("home currency", Feature::HomeCurrency),
            ("sub-affiliates", Feature::SubAffiliates),
            ("co-pilot", Feature::CoPilot),
        ];
        let mut named = Vec::new();
        for (what, cells) in guide().into_iter().filter(|(_, cells)| cells.contains(&"yes")) {
            for name in what.split(", ") {
                let (_, feature) = features.iter().find(|(known, _)| *known == name).expect(name);
                let has = TIERS.map(|tier| if tier >= feature.tier() { "yes" } else { "" });
                assert_eq!(cells, has, "{name}");
                named.push(name);
            }
        }
        assert_eq!(named, features.map(|(name, _)| name));
    }

    #[test]
    fn the_guide_names_the_limits() {
        let shown = |limit: Option<u32>| limit.map_or_else(|| "unlimited".to_owned(), |most| most.to_string());
        let limits: Vec<_> = guide().into_iter().filter(|(_, cells)| !cells.contains(&"yes")).collect();
        assert_eq!(limits.len(), 2);
        assert_eq!(limits[0].1, TIERS.map(|tier| shown(tier.limits().members)));
        assert_eq!(limits[1].1, TIERS.map(|tier| shown(tier.limits().webhook_endpoints)));
    }
}
