//! A stored conversion as it counts for the prices of later ones.

use shared::{
    id::{AffiliateId, ConversionId, CustomerId, EventId, OrganizationId, PlanVersionId, ProgramId},
    money::Money,
    timestamp::Timestamp,
};

use rules::{conversion::Kind, fact::Details};

/// A credited conversion that isn't of the past, by what others' prices depend on, and what identifies its history.
#[derive(Debug, Clone, PartialEq)]
pub struct PoolMember {
    pub organization_id: OrganizationId,
    pub id: ConversionId,
    pub event_id: EventId,
    pub external_id: String,
    pub customer_id: Option<CustomerId>,
    pub program_id: ProgramId,
    pub affiliate_id: AffiliateId,
    pub plan_version_id: Option<PlanVersionId>,
    pub bound_at: Timestamp,
    pub kind: Kind,
    pub sequence: u32,
    pub occurred_at: Timestamp,
    pub amount: Money,
    pub refunded: i64,
    pub product_id: Option<String>,
    pub details: Details,
    /// A flag holds it, and no one has decided about it.
    pub waits: bool,
    pub is_denied: bool,
}
