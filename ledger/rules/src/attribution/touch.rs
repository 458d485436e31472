//! A touch: one piece of evidence that an affiliate sent a buyer.

use shared::{
    id::{AffiliateId, ClickId, CouponId, CustomerId, EventId, LinkId, ProgramId},
    timestamp::Timestamp,
};

use crate::fact::{Provenance, Source};

/// The buyer that a conversion or touch belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum BuyerKey {
    /// All customers that were reported as one buyer, by the smallest of their ids.
    Known(CustomerId),
    /// The buyer is unknown: this one event's conversion.
    Alone(EventId),
}

/// Resolved evidence: it names an affiliate. Whether they may be credited is checked when the history is recomputed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touch {
    pub buyer: BuyerKey,
    /// The event that reported it.
    pub event_id: EventId,
    /// When the conversion or checkout that reported it happened.
    pub reported_at: Timestamp,
    pub kind: TouchKind,
    /// When it counts from: for a click see [`counts_from`]; for a slug or coupon, the same as `reported_at`.
    pub touched_at: Timestamp,
    pub click_id: Option<ClickId>,
    pub link_id: Option<LinkId>,
    /// For coupons only: which one. It is only shown, and decides nothing. Reports from before it was stored have none.
    pub coupon_id: Option<CouponId>,
    pub program_id: ProgramId,
    pub affiliate_id: AffiliateId,
    /// For coupons only: whether it overrides a click.
    pub overrides_click: bool,
    /// A claimed touch counts only for the purchase that it was sent with.
    pub provenance: Provenance,
    /// The purchase that the evidence was reported for, if its event reports no conversion: a subscription, or a sale
    /// by its external id. A subscription's checkout and its invoices are one purchase.
    pub purchase: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TouchKind {
    Click,
    Slug,
    Coupon,
    /// The customer came with an import: it binds them from `reported_at` on, and counts from `touched_at`.
    Import,
}

impl TouchKind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Click => "click",
            Self::Slug => "slug",
            Self::Coupon => "coupon",
            Self::Import => "import",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Click, Self::Slug, Self::Coupon, Self::Import].into_iter().find(|kind| kind.as_str() == text)
    }
}

shared::stored_as_text!(TouchKind);

/// A brand's own clock may be wrong by this much before a click after its sale is taken at its word.
const BRAND_CLOCK_MS: i64 = 86_400_000;

/// Returns when a click counts from. A source that reports a click already has it, so if the clocks of edge and source
/// disagree, the earlier time counts. A gateway's checkout carried the token from its start, so that is certain; a
/// backend or page may attach today's token to a sale of last month, so a difference of more than a day isn't a clock
/// error.
pub fn counts_from(clicked_at: Timestamp, reported_at: Timestamp, source: Source) -> Timestamp {
    let by_gateway = matches!(source, Source::Gateway(_));
    if by_gateway || clicked_at <= reported_at.plus_millis(BRAND_CLOCK_MS) {
        clicked_at.min(reported_at)
    } else {
        clicked_at
    }
}

#[cfg(test)]
mod tests {
    use shared::event::Gateway;

    use super::*;

    #[test]
    fn a_click_counts_from_the_earlier_of_two_clocks() {
        let hour = |hours: i64| Timestamp::EPOCH.plus_days(20_000).plus_millis(hours * 3_600_000);
        for source in [Source::S2s, Source::Pixel, Source::Gateway(Gateway::Stripe)] {
            assert_eq!(counts_from(hour(1), hour(5), source), hour(1));
            assert_eq!(counts_from(hour(29), hour(5), source), hour(5));
        }
    }

    #[test]
    fn a_sale_long_before_its_click_is_the_gateways_clock_or_nobodys() {
        let (click, sale) = (Timestamp::EPOCH.plus_days(20_060), Timestamp::EPOCH.plus_days(20_000));
        assert_eq!(counts_from(click, sale, Source::Gateway(Gateway::Stripe)), sale);
        assert_eq!(counts_from(click, sale, Source::S2s), click);
    }
}
