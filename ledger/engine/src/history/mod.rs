//! Histories: everything known about a group of buyers, from evidence to commissions.
//!
//! Whatever happens — an event, a person's decision, a changed plan — the histories it touches are loaded whole
//! ([`load`]), settled ([`recompute`]: who is credited, what it is worth, against what is booked) and the difference is
//! written ([`write`]). So the book depends on what is known, not on the order in which it came.

pub mod attributed;
pub mod buyers;
pub mod claims;
pub mod facts;
pub mod joins;
pub mod joins_store;
pub mod load;
pub mod recompute;
pub mod recompute_since;
pub mod rollup;
pub mod sale_buyers_store;
mod slot;
#[cfg(test)]
mod stories;
mod waiting;
pub mod write;

use std::collections::{BTreeMap, HashMap};

use shared::{
    id::{AffiliateId, CommissionId, ConversionId, CustomerId, EventId, OrganizationId, ProgramId},
    text_enum,
    timestamp::Timestamp,
};
use uuid::Uuid;

use rules::{
    attribution::{
        policy::{Policies, Policy, Worth},
        touch::{BuyerKey, Touch},
    },
    book::entry::Cause,
    commission::{
        Commission,
        partner::Partner,
        plan::{PlanVersion, Scope},
        price,
    },
    conversion::{
        Conversion,
        given_back::{Dispute, Refund},
    },
};

/// Whose history: that of buyers who share an e-mail address, directly or through others; or a single purchase's where
/// the buyer is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum HistoryKey {
    Group(OrganizationId, CustomerId),
    Alone(OrganizationId, EventId),
}

impl HistoryKey {
    pub const fn organization(self) -> OrganizationId {
        match self {
            Self::Group(organization, _) | Self::Alone(organization, _) => organization,
        }
    }
}

/// Everything known about one group of buyers.
#[derive(Debug, Clone, Default)]
pub struct BuyerHistory {
    /// As told; outcomes are recomputed.
    pub conversions: Vec<Conversion>,
    /// Those of them that are stored, as they are stored.
    pub stored: HashMap<ConversionId, Conversion>,
    pub people: HashMap<CustomerId, Person>,
    pub touches: Vec<Touch>,
    /// Further events that told a conversion, by its external id.
    pub repeated_by: Vec<(String, EventId)>,
    /// By the sale's external id.
    pub refunds: HashMap<String, Vec<Refund>>,
    pub disputes: HashMap<String, Vec<Dispute>>,
    pub decisions: Vec<Decision>,
    /// As booked so far.
    pub commissions: Vec<Commission>,
    /// Which customers are one.
    pub joins: joins::Joins,
    /// What made us look at it again: named in its corrections.
    pub cause: Cause,
}

/// A customer of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    pub buyer: CustomerId,
    /// As the brand or gateway names them.
    pub name: String,
    /// See `customer::mailbox::email_key`.
    pub emails: Vec<String>,
}

/// What a person decided, as far as it changes a history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    pub id: Uuid,
    pub kind: DecisionKind,
    pub conversion_id: Option<ConversionId>,
    pub commission_id: Option<CommissionId>,
    /// Of a re-attribution: `None` takes the credit away.
    pub credit: Option<(ProgramId, AffiliateId)>,
    pub reach: Option<Reach>,
    pub reason: String,
    /// It was about what a page claimed, before a verified report took the claim's place. Read back from the database,
    /// which decides it when the decision is kept.
    pub about_claim: bool,
    pub decided_at: Timestamp,
}

text_enum! {
    /// The last three say who told a refund or made a commission, and why; they change no history.
    DecisionKind { Reattribute, Approve, Deny, Release, Refund, Bonus, Adjustment }
}

text_enum! {
    /// How far a re-attribution reaches: this conversion, or also what the customer buys later.
    Reach { Conversion, Customer }
}

/// What programs and affiliates say, for all that the histories name.
#[derive(Debug, Clone, Default)]
pub struct Rates {
    pub policies: Policies,
    pub versions: Vec<PlanVersion>,
    pub affiliates: HashMap<AffiliateId, Partner>,
}

impl Rates {
    /// Whether any price or flag depends on conversions of other buyers.
    pub fn look_at_others(&self) -> bool {
        let trusts_claims = |policy: &Policy| policy.claims.worth == Worth::Trusted;
        self.checks_hours() || self.policies.any(trusts_claims) || self.price_pools()
    }

    /// Whether any plan has a tier or a cap, whose prices depend on the affiliate's other conversions.
    pub fn price_pools(&self) -> bool {
        self.versions.iter().any(|version| {
            // Whoever it may apply to: a version for one affiliate reaches nobody else's pools.
            let whom = if let Scope::Affiliate(own) = version.scope { own } else { AffiliateId::from_bytes([0; 16]) };
            !price::reached([version], version.program_id, whom, version.effective_at).is_empty()
        })
    }

    /// Whether any program counts the conversions of an hour.
    pub fn checks_hours(&self) -> bool {
        self.policies.any(|policy| policy.checks.velocity_per_hour.is_some())
    }
}

/// Sorted, so that they are always worked off in the same order.
pub type BuyerHistories = BTreeMap<HistoryKey, BuyerHistory>;

impl BuyerHistory {
    /// Whose a conversion is.
    pub fn buyer(&self, conversion: &Conversion) -> BuyerKey {
        conversion.customer_id.map_or(BuyerKey::Alone(conversion.event_id), |id| self.known(id))
    }

    pub fn known(&self, customer: CustomerId) -> BuyerKey {
        BuyerKey::Known(self.people.get(&customer).map_or(customer, |person| person.buyer))
    }

    /// The addresses of all customers that are one buyer.
    pub fn emails(&self, buyer: BuyerKey) -> Vec<String> {
        let BuyerKey::Known(buyer) = buyer else { return Vec::new() };
        let of_buyer = self.people.values().filter(|person| person.buyer == buyer);
        of_buyer.flat_map(|person| person.emails.iter().cloned()).collect()
    }

    /// The event that told last, by its own time, of a refund or dispute of a sale.
    pub fn last_given_back(&self, sale: &str) -> Option<EventId> {
        let refunds = self.refunds.get(sale).into_iter().flatten().map(|report| (report.occurred_at, report.event_id));
        let disputes =
            self.disputes.get(sale).into_iter().flatten().map(|report| (report.occurred_at, report.event_id));
        refunds.chain(disputes).max().map(|(_, event)| event)
    }

    /// The latest decision about a target among those of the kinds asked for.
    pub fn latest(&self, about: impl Fn(&Decision) -> bool) -> Option<&Decision> {
        self.decisions
            .iter()
            .filter(|decision| about(decision))
            .max_by_key(|decision| (decision.decided_at, decision.id))
    }
}
