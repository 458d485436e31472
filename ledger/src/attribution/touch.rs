//! A touch: one piece of evidence that an affiliate sent a buyer.

use shared::{
    id::{AffiliateId, ClickId, EventId, LinkId, ProgramId},
    timestamp::Timestamp,
};

/// Resolved evidence: it names an affiliate that was approved when it was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touch {
    /// The event that told it.
    pub event_id: EventId,
    /// When the conversion or checkout happened that told it.
    pub told_at: Timestamp,
    pub kind: TouchKind,
    /// When the link was followed, as the click token says; for a slug or coupon the same as `told_at`.
    pub touched_at: Timestamp,
    pub click_id: Option<ClickId>,
    pub link_id: Option<LinkId>,
    pub program_id: ProgramId,
    pub affiliate_id: AffiliateId,
    /// A coupon's only: whether it beats a click.
    pub overrides_click: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TouchKind {
    Click,
    Slug,
    Coupon,
}

impl TouchKind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Click => "click",
            Self::Slug => "slug",
            Self::Coupon => "coupon",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Click, Self::Slug, Self::Coupon].into_iter().find(|kind| kind.as_str() == text)
    }
}

impl Touch {
    /// When it counts from. Whoever tells a click has it already, so a touch is never later than its telling: where the
    /// edge's clock and the gateway's or brand's disagree, the earlier one holds.
    pub fn effective_at(&self) -> Timestamp {
        self.touched_at.min(self.told_at)
    }
}
