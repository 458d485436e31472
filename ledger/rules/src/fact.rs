//! The content of an event as facts, in the ledger's own terms.
//!
//! S2S posts, pixels and every gateway's webhooks become the same few facts; code after this step doesn't depend on
//! their source. `engine::event::reading` creates them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use shared::{
    event::{Gateway, PastSale},
    fields::is_plausible_email,
    id::{EventId, OrganizationId, ProgramId},
    money::Currency,
    text_enum,
    timestamp::Timestamp,
};

use crate::{
    customer::mailbox::email_key,
    customer::names::{is_placeholder_id, is_placeholder_mailbox},
};

/// Everything that one event reports. A gateway's event may contain nothing that matters here.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportedEvent {
    pub organization_id: OrganizationId,
    pub event_id: EventId,
    pub source: Source,
    /// When the edge received the event.
    pub received_at: Timestamp,
    /// The time that the event refers to.
    pub at: Timestamp,
    /// The buyer, as the brand or gateway identifies them; else by their email address.
    pub customer: Option<Buyer>,
    /// The program of this event's conversions, slugs and coupons.
    pub program_id: Option<ProgramId>,
    /// The gateway connection's program, which takes precedence if a slug has links in several programs.
    pub prefers: Option<ProgramId>,
    pub evidence: Evidence,
    /// At most one of them is a conversion.
    pub facts: Vec<Fact>,
}

impl ReportedEvent {
    pub const fn provenance(&self) -> Provenance {
        self.source.provenance()
    }

    /// When its evidence was reported. What an import says about a buyer counts from the import on, even if it came with
    /// a sale of the past.
    pub fn evidence_at(&self) -> Timestamp {
        if self.source == Source::Import { self.received_at } else { self.at }
    }

    /// The buyer, if a verified source identifies them. What a page says about a buyer identifies no customer.
    pub fn buyer(&self) -> Option<&Buyer> {
        self.customer.as_ref().filter(|_| self.provenance().is_verified())
    }

    /// The key of the email address that a page sends for its buyer: it may only raise flags on that page's own claim.
    pub fn claimed_email_key(&self) -> Option<String> {
        let buyer = self.customer.as_ref().filter(|_| !self.provenance().is_verified())?;
        buyer.email.as_deref().map(email_key)
    }

    pub fn conversion(&self) -> Option<&ConversionFact> {
        self.facts.iter().find_map(|fact| match fact {
            Fact::Conversion(conversion) => Some(conversion.as_ref()),
            Fact::Refund(_) | Fact::Dispute(_) | Fact::Alias(_) => None,
        })
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Buyer {
    pub external_id: String,
    pub email: Option<String>,
}

impl Buyer {
    /// Takes the best identifier available: an id, else the email address. Returns `None` if neither identifies anyone
    /// (see [`crate::customer::names`]). An id that is an address is also the buyer's address if no other one is
    /// reported; as an id, it stays as it was sent.
    pub fn new(id: Option<&str>, email: Option<&str>) -> Option<Self> {
        let Self { external_id, email } = Self::claimed(id, email)?;
        let email = email.or_else(|| Some(external_id.trim().to_lowercase()).filter(|id| is_plausible_email(id)));
        Some(Self { external_id, email })
    }

    /// A buyer as a page names them, whose id is never taken for an address.
    pub fn claimed(id: Option<&str>, email: Option<&str>) -> Option<Self> {
        let email = email.map(|email| email.trim().to_lowercase()).filter(|email| !email.is_empty());
        let named = email.clone().filter(|email| !is_placeholder_mailbox(email));
        let external_id = id.map(str::to_owned).filter(|id| !is_placeholder_id(id)).or(named)?;
        Some(Self { external_id, email })
    }
}

/// Evidence that may name the affiliate, stored as reported; attribution resolves it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Evidence {
    pub click_token: Option<String>,
    pub slug: Option<String>,
    /// Codes, or a gateway's ids of promotion codes and discounts: the first known one counts.
    pub coupons: Vec<String>,
    /// For an import: since when the buyer belongs to the affiliate, if known.
    pub since: Option<Timestamp>,
    /// The subscription, or the sale by its external id, that the evidence belongs to if the event itself reports no
    /// conversion.
    pub purchase: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    Conversion(Box<ConversionFact>),
    Refund(RefundFact),
    Dispute(DisputeFact),
    Alias(Alias),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversionFact {
    pub external_id: String,
    pub lead: bool,
    /// The gateway calls it a renewal.
    pub reported_recurring: bool,
    /// Commissionable, excluding tax, in minor units; not negative.
    pub amount: i64,
    /// The total that the buyer paid, including tax and shipping: [`Basis::Paid`] refunds are measured against it. The
    /// same as `amount` if nothing else is reported.
    pub paid: i64,
    /// Whether `paid` was reported.
    pub paid_known: bool,
    pub currency: Currency,
    pub subscription_id: Option<String>,
    pub product_id: Option<String>,
    /// Further data, which only the conditions of plans use.
    pub details: Details,
}

/// Data for the conditions of plans, beyond the conversion's own columns. Stored as JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Details {
    /// The buyer's country, two upper-case letters (ISO 3166-1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// If one conversion pays for several products: each one's part of the commissionable amount. The parts add up to
    /// the whole.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<Item>,
    /// Strings, numbers and booleans of the brand's metadata, as text.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
    /// For an imported sale of the past.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub past: Option<PastSale>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Item {
    pub product_id: String,
    /// Minor units of the conversion's currency, excluding tax, after discounts.
    pub amount: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundFact {
    /// The refund's own id: reported twice, it counts once.
    pub external_id: String,
    /// The sale's external id, or an [`Alias`] of it.
    pub refund_of: String,
    /// Not negative.
    pub amount: i64,
    pub currency: Currency,
    pub basis: Basis,
    pub effect: RefundEffect,
}

text_enum! {
    /// What a refund's amount is a part of.
    Basis {
        /// Of the commissionable amount, excluding tax.
        Commissionable,
        /// Of everything that was paid: [`ConversionFact::paid`].
        Paid,
    }
}

text_enum! {
    RefundEffect {
        /// This much was refunded.
        Made,
        /// The refund with this id failed or was canceled: it doesn't count, whatever reported it before.
        Undone,
        /// A reversal with an id of its own returned this much to the brand (Paddle's `chargeback_reverse`).
        Restored,
        /// The total refunded so far, over all refunds of the charge with the id `external_id` (Stripe's
        /// `charge.refunded`). The higher of this and the sum of single refunds counts.
        Total,
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisputeFact {
    pub external_id: String,
    /// The sale's external id, or an [`Alias`] of it.
    pub dispute_of: String,
    /// The disputed amount, as a part of the total paid.
    pub amount: i64,
    /// The total paid, if the gateway reports it with the dispute.
    pub total: Option<i64>,
    pub currency: Currency,
    pub state: DisputeState,
}

text_enum! {
    DisputeState {
        /// The sale's commissions are frozen.
        Open,
        /// They are restored.
        Won,
        /// They are reversed, in proportion to the amount.
        Lost,
    }
}

/// Two ids of one payment: `alias` is another id of the sale with the id `name` (or an alias of an alias).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias {
    pub alias: String,
    pub name: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    S2s,
    Pixel,
    /// An export from the platform that the brand used before, or rows sent by API.
    Import,
    Gateway(Gateway),
}

impl Source {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::S2s => "S2s",
            Self::Pixel => "Pixel",
            Self::Import => "Import",
            Self::Gateway(Gateway::Stripe) => "Stripe",
            Self::Gateway(Gateway::Paddle) => "Paddle",
            Self::Gateway(Gateway::Braintree) => "Braintree",
            Self::Gateway(Gateway::Shopify) => "Shopify",
            Self::Gateway(Gateway::Dodo) => "Dodo",
            Self::Gateway(Gateway::Creem) => "Creem",
        }
    }

    pub const fn provenance(self) -> Provenance {
        match self {
            Self::S2s | Self::Import | Self::Gateway(_) => Provenance::Verified,
            Self::Pixel => Provenance::Claimed,
        }
    }
}

/// How far a fact can be trusted.
///
/// Verified facts are computed as if no claimed fact existed: claims credit, bind, price, hold and flag only
/// themselves. The one exception is a genuine click token that a page sends with a purchase: it is evidence for the
/// verified report of the same purchase, since only someone who followed the link has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Provenance {
    /// A browser sent it: anyone could have.
    Claimed,
    /// Signed by the brand's backend or its gateway, sent with an API key, imported, or entered by the brand's team.
    Verified,
}

impl Provenance {
    pub const fn is_verified(self) -> bool {
        matches!(self, Self::Verified)
    }

    /// Converts a `verified` column.
    pub const fn from_verified(verified: bool) -> Self {
        if verified { Self::Verified } else { Self::Claimed }
    }
}

/// Why an event can't be converted into facts: it goes to quarantine with this stable code.
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
        assert_eq!(Buyer::new(Some("undefined"), Some("a@b.co")).unwrap().external_id, "a@b.co");
        assert_eq!(Buyer::new(Some("guest"), Some("noreply@b.co")), None);
        assert_eq!(Buyer::new(None, Some("billing@b.co")).unwrap().external_id, "billing@b.co");
    }

    #[test]
    fn an_id_that_is_an_address_is_the_address_if_no_other_is_reported() {
        let buyer = |id, email| Buyer::new(Some(id), email).map(|buyer| (buyer.external_id, buyer.email));
        let named = |id: &str, email: &str| Some((id.to_owned(), Some(email.to_owned())));
        assert_eq!(buyer("Ann+Shop@B.co", None), named("Ann+Shop@B.co", "ann+shop@b.co"));
        assert_eq!(buyer(" ann@b.co", Some(" ")), named(" ann@b.co", "ann@b.co"));
        assert_eq!(buyer("billing@b.co", None), named("billing@b.co", "billing@b.co"));
        assert_eq!(buyer("ann@b.co", Some("Bee@b.co")), named("ann@b.co", "bee@b.co"));
        assert_eq!(buyer("noreply@b.co", None), None, "it belongs to no one");
        assert_eq!(buyer("noreply@b.co", Some("ann@b.co")), named("ann@b.co", "ann@b.co"));
        for id in ["u_1", "ann@", "@b.co", "ann@localhost", "ann@b@c.co", "ann bee@b.co", "ann@b..co"] {
            assert_eq!(buyer(id, None), Some((id.to_owned(), None)));
        }
        assert_eq!(Buyer::claimed(Some("ann@b.co"), None).unwrap().email, None);
    }
}
