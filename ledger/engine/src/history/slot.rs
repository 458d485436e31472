//! What makes a commission of a conversion the same one from settlement to settlement. Pure.

use std::fmt::Write as _;

use shared::{
    id::{AffiliateId, ConversionId},
    money::Money,
};

use super::Rates;
use rules::commission::{Commission, compute::after_refunds};

/// The last one is the component's id: versions may have the same component at different places.
pub(super) type Slot = (ConversionId, AffiliateId, String);

/// Of commissions that were booked before components had ids, as their version tells it.
pub(super) fn component_id(booked: &Commission, rates: &Rates) -> String {
    let report = || {
        let version = rates.versions.iter().find(|version| Some(version.id) == booked.plan_version_id)?;
        version.component_id(booked.component)
    };
    booked.component_id.clone().or_else(report).unwrap_or_else(|| booked.component.to_string())
}

/// What was paid in one currency can't be set against another: it stays as it was paid, less the share of the sale that was
/// given back, and isn't paid once more.
pub(super) fn paid_in_another(booked: &Commission, component_id: String, sale: Money, refunded: i64) -> Commission {
    let mut reason = format!("{} was paid before its plan came to pay in another currency", booked.earned);
    let refunded = refunded.clamp(0, sale.minor.max(0));
    let mut amount = booked.earned.minor;
    if refunded > 0
        && let Ok(left) = after_refunds(booked.earned, sale.minor, refunded)
    {
        amount = left.minor;
        let _ = write!(reason, "; {} of {sale} refunded leaves {left}", Money::new(refunded, sale.currency));
    }
    Commission { component_id: Some(component_id), amount, reason, ..booked.clone() }
}
