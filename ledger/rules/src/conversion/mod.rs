//! Conversions: sales, renewals and leads, with their outcome.
//!
//! [`given_back`] is the arithmetic of refunds and disputes, [`store`] the SQL.

pub mod given_back;

use shared::{
    id::{
        AffiliateId, ClickId, ConversionId, CouponId, CustomerId, EventId, LinkId, OrganizationId, PlanVersionId,
        ProgramId,
    },
    money::Money,
    text_enum,
    timestamp::Timestamp,
};

use self::given_back::Paid;
use crate::{
    attribution::flag::{Flag, Review},
    fact::{ConversionFact, Details, DisputeState, Provenance, ReportedEvent},
};

/// A conversion as reported, with the ledger's result.
#[derive(Debug, Clone, PartialEq)]
pub struct Conversion {
    pub organization_id: OrganizationId,
    pub id: ConversionId,
    /// The event that reported it first.
    pub event_id: EventId,
    /// Its id at the brand or gateway: refunds refer to it.
    pub external_id: String,
    pub source: String,
    pub provenance: Provenance,
    /// For claims only: the key of the email address that the page sent for its buyer.
    pub claimed_email_key: Option<String>,
    pub lead: bool,
    /// The gateway calls it a renewal.
    pub reported_recurring: bool,
    pub reported_program_id: Option<ProgramId>,
    pub customer_id: Option<CustomerId>,
    pub subscription_id: Option<String>,
    pub product_id: Option<String>,
    pub details: Details,
    /// Commissionable, excluding tax.
    pub amount: Money,
    /// The total that the buyer paid, in the same currency.
    pub paid: i64,
    /// Whether `paid` was reported; otherwise it equals `amount`.
    pub paid_known: bool,
    pub occurred_at: Timestamp,
    pub outcome: Outcome,
}

/// The part that later events may change; recomputed from the buyer's whole history whenever one arrives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    pub kind: Kind,
    pub status: Status,
    /// Minor units of the conversion's currency, at most its amount; including lost disputes.
    pub refunded: i64,
    pub credit: Option<Credited>,
    /// 1 for the buyer's first sale in the program (first lead, for a lead); 0 for a sale of zero.
    pub sequence: u32,
    pub flags: Vec<Flag>,
    pub review: Option<Review>,
    pub dispute: Option<DisputeState>,
    pub issues: Vec<RefundIssue>,
}

/// The credit as it is stored with the conversion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credited {
    pub program_id: ProgramId,
    pub affiliate_id: AffiliateId,
    pub link_id: Option<LinkId>,
    pub click_id: Option<ClickId>,
    /// The coupon that gave the credit, or that brought the customer; `None` for reports from before it was stored.
    pub coupon_id: Option<CouponId>,
    /// `None` if no plan was in force.
    pub plan_version_id: Option<PlanVersionId>,
    pub bound_at: Timestamp,
    /// The rule's stable name: `manual`, `bound`, `import`, `coupon`, `click`, `slug`, `lead`.
    pub rule: String,
}

impl Outcome {
    /// The outcome before anything is known.
    pub const fn unknown() -> Self {
        Self {
            kind: Kind::Sale,
            status: Status::Unattributed,
            refunded: 0,
            credit: None,
            sequence: 0,
            flags: Vec::new(),
            review: None,
            dispute: None,
            issues: Vec::new(),
        }
    }

    /// Whether flags hold it until someone decides.
    pub const fn waits_for_review(&self) -> bool {
        !self.flags.is_empty() && self.review.is_none()
    }
}

impl Conversion {
    /// The amount against which its refunds and disputes are measured.
    pub const fn paid_in_all(&self) -> Paid {
        Paid { minor: self.paid, is_known: self.paid_known }
    }

    /// Whether it was imported as a sale of the past: its commission is stated, and no rule computes it.
    pub const fn is_past(&self) -> bool {
        self.details.past.is_some()
    }

    /// Builds a conversion from an event's report.
    pub fn report(
        id: ConversionId,
        report: &ReportedEvent,
        fact: &ConversionFact,
        customer_id: Option<CustomerId>,
    ) -> Self {
        Self {
            organization_id: report.organization_id,
            id,
            event_id: report.event_id,
            external_id: fact.external_id.clone(),
            source: report.source.as_str().to_owned(),
            provenance: report.provenance(),
            claimed_email_key: report.claimed_email_key(),
            lead: fact.lead,
            reported_recurring: fact.reported_recurring,
            reported_program_id: report.program_id,
            customer_id,
            subscription_id: fact.subscription_id.clone(),
            product_id: fact.product_id.clone(),
            details: fact.details.clone(),
            amount: Money::new(fact.amount, fact.currency),
            paid: fact.paid,
            paid_known: fact.paid_known,
            occurred_at: report.at,
            outcome: Outcome::unknown(),
        }
    }

    /// Merges the report of another event, so that it doesn't matter which of them came first; only `id` and `event_id`
    /// stay those of the first. A verified report replaces a claim; a claim adds nothing to a report or to
    /// another claim, whose content a stranger could change with it. Its evidence may count nevertheless.
    pub fn repeated(&mut self, report: &ReportedEvent, fact: &ConversionFact, customer_id: Option<CustomerId>) {
        fn lesser<T: Ord>(mine: &mut Option<T>, theirs: Option<T>) {
            if let Some(theirs) = theirs
                && mine.as_ref().is_none_or(|mine| theirs < *mine)
            {
                *mine = Some(theirs);
            }
        }
        match (self.provenance, report.provenance()) {
            (Provenance::Verified, Provenance::Claimed) => return,
            (Provenance::Claimed, Provenance::Claimed) => {
                self.occurred_at = self.occurred_at.min(report.at);
                return;
            }
            (Provenance::Claimed, Provenance::Verified) => {
                let (id, event_id, outcome) = (self.id, self.event_id, self.outcome.clone());
                *self = Self { id, event_id, outcome, ..Self::report(id, report, fact, customer_id) };
                return;
            }
            _ => {}
        }
        if report.source.as_str() < self.source.as_str() && !self.is_past() {
            report.source.as_str().clone_into(&mut self.source);
        }
        self.reported_recurring |= fact.reported_recurring;
        self.occurred_at = self.occurred_at.min(report.at);
        self.paid = self.paid.max(fact.paid);
        self.paid_known |= fact.paid_known;
        lesser(&mut self.reported_program_id, report.program_id);
        lesser(&mut self.customer_id, customer_id);
        lesser(&mut self.claimed_email_key, report.claimed_email_key());
        lesser(&mut self.subscription_id, fact.subscription_id.clone());
        lesser(&mut self.product_id, fact.product_id.clone());
        lesser(&mut self.details.country, fact.details.country.clone());
        for (key, value) in &fact.details.metadata {
            let known = self.details.metadata.entry(key.clone()).or_insert_with(|| value.clone());
            if value < known {
                known.clone_from(value);
            }
        }
        if self.details.items < fact.details.items {
            self.details.items.clone_from(&fact.details.items);
        }
    }
}

text_enum! {
    /// What happened.
    Kind { Sale, Recurring, Lead }
}

text_enum! {
    /// Its status. `Unattributed`: no one is credited so far.
    Status { Pending, Approved, Paid, Refunded, Denied, Unattributed }
}

text_enum! {
    /// Why something can't be deducted from the sale and needs attention.
    RefundIssue {
        /// A refund or dispute in another currency than the sale's: it has no effect.
        RefundCurrency,
        /// The refunds exceed the payment: the sale counts as fully refunded.
        RefundExceedsSale,
    }
}
