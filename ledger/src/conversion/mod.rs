//! Conversions: sales, renewals and leads, with what became of each.

pub mod store;

use shared::{
    id::{AffiliateId, ClickId, ConversionId, CustomerId, EventId, LinkId, OrganizationId, PlanVersionId, ProgramId},
    money::Money,
    timestamp::Timestamp,
};

/// What was told about a conversion, and what the ledger made of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Conversion {
    pub organization_id: OrganizationId,
    pub id: ConversionId,
    /// The event that told it first.
    pub event_id: EventId,
    /// Its name at the brand or gateway: refunds refer to it.
    pub external_id: String,
    pub source: String,
    pub verified: bool,
    pub lead: bool,
    /// The gateway calls it a renewal.
    pub told_recurring: bool,
    pub customer_id: Option<CustomerId>,
    pub subscription_id: Option<String>,
    pub product_id: Option<String>,
    /// Commissionable, ex tax.
    pub amount: Money,
    pub occurred_at: Timestamp,
    pub outcome: Outcome,
}

/// The part that later events may change; recomputed from the buyer's whole history whenever one arrives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    pub kind: Kind,
    pub status: Status,
    /// Minor units of the conversion's currency, at most its amount.
    pub refunded: i64,
    pub credit: Option<Credited>,
}

/// The credit as it is kept with the conversion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credited {
    pub program_id: ProgramId,
    pub affiliate_id: AffiliateId,
    pub link_id: Option<LinkId>,
    pub click_id: Option<ClickId>,
    /// Null where no plan was in force.
    pub plan_version_id: Option<PlanVersionId>,
    /// The rule's stable name: `bound`, `coupon`, `click`, `slug`.
    pub rule: String,
}

macro_rules! spelled {
    ($(#[$doc:meta])* $name:ident { $($variant:ident),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $($variant),*
        }

        impl $name {
            /// As the database and the public API spell it.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => stringify!($variant)),*
                }
            }

            pub fn parse(text: &str) -> Option<Self> {
                [$(Self::$variant),*].into_iter().find(|value| value.as_str() == text)
            }
        }
    };
}
pub(crate) use spelled;

spelled! {
    /// What happened.
    Kind { Sale, Recurring, Lead }
}

spelled! {
    /// Where it stands. `Unattributed`: nobody is credited, so far.
    Status { Pending, Approved, Paid, Refunded, Denied, Unattributed }
}
