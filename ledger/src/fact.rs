//! What an event says, in the ledger's own words.
//!
//! S2S posts, pixels and every gateway's webhooks become the same few facts; everything after this file is blind to
//! where they came from. `intake::reading` makes them.

use shared::{
    event::Gateway,
    id::{EventId, OrganizationId, ProgramId},
    money::Currency,
    timestamp::Timestamp,
};

/// Everything that one event says. A gateway's event may say nothing that matters here.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    pub organization_id: OrganizationId,
    pub event_id: EventId,
    pub source: Source,
    /// The time the event speaks for.
    pub at: Timestamp,
    /// The buyer, as the brand or gateway names them; else their e-mail address.
    pub customer: Option<Buyer>,
    /// Restricts slugs to this program; for a gateway the connection's program, once known.
    pub program_id: Option<ProgramId>,
    pub evidence: Evidence,
    pub fact: Option<Fact>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Buyer {
    pub external_id: String,
    pub email: Option<String>,
}

impl Buyer {
    /// The best name there is: an id, else the e-mail address.
    pub fn new(id: Option<&str>, email: Option<&str>) -> Option<Self> {
        let email = email.map(|email| email.trim().to_lowercase()).filter(|email| !email.is_empty());
        let external_id = id.map(str::to_owned).filter(|id| !id.is_empty()).or_else(|| email.clone())?;
        Some(Self { external_id, email })
    }
}

/// What may name the affiliate. Each is kept as told; resolving them is the attribution's work.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Evidence {
    pub click_token: Option<String>,
    pub slug: Option<String>,
    pub coupon: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    Conversion(ConversionFact),
    Refund(RefundFact),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversionFact {
    pub external_id: String,
    pub lead: bool,
    /// The gateway calls it a renewal.
    pub told_recurring: bool,
    /// Commissionable, ex tax, in minor units; not negative.
    pub amount: i64,
    pub currency: Currency,
    pub subscription_id: Option<String>,
    pub product_id: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundFact {
    pub external_id: String,
    /// The sale's external id.
    pub refund_of: String,
    pub amount: i64,
    pub currency: Currency,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    S2s,
    Pixel,
    Gateway(Gateway),
}

impl Source {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::S2s => "S2s",
            Self::Pixel => "Pixel",
            Self::Gateway(Gateway::Stripe) => "Stripe",
            Self::Gateway(Gateway::Paddle) => "Paddle",
            Self::Gateway(Gateway::Braintree) => "Braintree",
        }
    }

    /// A browser's word is nobody's word.
    pub const fn verified(self) -> bool {
        !matches!(self, Self::Pixel)
    }
}

/// Why an event can't be read as facts: it goes to quarantine under this stable code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {detail}")]
pub struct Unreadable {
    pub code: &'static str,
    pub detail: String,
}

impl Unreadable {
    pub fn new(code: &'static str, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buyer_is_named_by_id_else_by_address() {
        assert_eq!(Buyer::new(Some("u_1"), Some(" A@B.co ")).unwrap().external_id, "u_1");
        assert_eq!(Buyer::new(None, Some(" A@B.co ")).unwrap().external_id, "a@b.co");
        assert_eq!(Buyer::new(Some(""), None), None);
    }
}
