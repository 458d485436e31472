//! A link's record for unit tests.

use shared::{
    config::{AttributionModel, GpcMode, LinkRecord},
    id::{AffiliateId, LinkId, OrganizationId, ProgramId},
};

pub(crate) fn link() -> LinkRecord {
    LinkRecord {
        organization_id: OrganizationId::from_bytes([1; 16]),
        program_id: ProgramId::from_bytes([2; 16]),
        affiliate_id: AffiliateId::from_bytes([3; 16]),
        link_id: LinkId::from_bytes([4; 16]),
        slug: "lauren".into(),
        destination: "https://brand.com".into(),
        window_days: 60,
        attribution_model: AttributionModel::LastTouch,
        gpc: GpcMode::default(),
        coupon: None,
        name: None,
    }
}
