//! The events sent to webhooks, by their public names.

use serde::Serialize;
use serde_json::Value;

macro_rules! events {
    ($($(#[$doc:meta])* $variant:ident $name:literal $about:literal),* $(,)?) => {
        /// What happened.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum EventKind {
            $($(#[$doc])* $variant),*
        }

        impl EventKind {
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// As endpoints, payloads and the database spell it.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name),*
                }
            }

            /// When it is sent, in a sentence for people.
            pub const fn about(self) -> &'static str {
                match self {
                    $(Self::$variant => $about),*
                }
            }
        }
    };
}

events! {
    AffiliateApplied "affiliate_applied" "Someone applied and is waiting for your decision.",
    AffiliateApproved "affiliate_approved" "An affiliate was approved and can start earning.",
    AffiliateRejected "affiliate_rejected" "An application was rejected.",
    AffiliateBanned "affiliate_banned" "An affiliate was banned.",
    /// Not `affiliate_approved`, with which CRMs begin to welcome someone.
    AffiliateReinstated "affiliate_reinstated" "An affiliate who was banned or archived was approved again.",
    FirstClick "first_click" "An affiliate's link in a program got its first click that counts.",
    FirstConversion "first_conversion" "An affiliate's first sale in a program was credited.",
    LeadCreated "lead_created" "A lead was reported.",
    ConversionCreated "conversion_created" "A sale or renewal was reported.",
    ConversionRefunded "conversion_refunded" "A sale was refunded in full or in part, or a dispute was lost.",
    ConversionDisputed "conversion_disputed" "A buyer disputed a sale. Its commission waits until the dispute ends.",
    DisputeWon "dispute_won" "A dispute ended in your favor. The sale counts again.",
    CommissionEarned "commission_earned" "A commission was earned, or its amount increased.",
    CommissionApproved "commission_approved" "A commission's hold period ended. It's now payable.",
    CommissionReversed "commission_reversed" "A commission's amount decreased, whether or not it was paid.",
    RewardEarned "reward_earned" "An affiliate was given a reward: for a milestone, a contest or a bounty.",
    PayoutSent "payout_sent" "A payment to an affiliate was sent.",
    PayoutFailed "payout_failed" "A payment to an affiliate failed, or came back in full (status Reversed).",
    /// Sent only on request.
    WebhookTest "webhook_test" "You sent a test event.",
}

impl EventKind {
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == text)
    }

    /// The events an endpoint may choose: all but the test, which is sent only on request.
    pub fn choices() -> impl Iterator<Item = Self> + Clone {
        Self::ALL.iter().copied().filter(|kind| *kind != Self::WebhookTest)
    }
}

/// Something that happened, with the object concerned as the API shows it.
#[derive(Debug, Clone)]
pub struct Event {
    pub kind: EventKind,
    pub data: Value,
}

impl Event {
    /// # Errors
    /// If the object can't be serialized as JSON.
    pub fn of(kind: EventKind, object: &impl Serialize) -> Result<Self, sqlx::Error> {
        let data = serde_json::to_value(object).map_err(|error| sqlx::Error::Encode(error.into()))?;
        Ok(Self { kind, data })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        for kind in EventKind::ALL {
            assert_eq!(EventKind::parse(kind.as_str()), Some(*kind));
        }
        assert_eq!(EventKind::parse("CommissionEarned"), None);
        assert_eq!(EventKind::choices().count(), 18);
    }
}
