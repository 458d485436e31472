//! Identifies a commission of a conversion across recomputations. No side effects.

use std::fmt::Write as _;

use shared::{
    id::{AffiliateId, CommissionId, ConversionId},
    money::Money,
};

use super::Rates;
use rules::commission::{Commission, compute::after_refunds};

/// Conversion, affiliate and component id: plan versions may have the same component at different positions.
pub(super) type Slot = (ConversionId, AffiliateId, String);

/// Takes the place of a plan's component id in an override. No component has it.
pub(super) fn override_id(of: CommissionId) -> String {
    format!("@override:{of}")
}

/// Returns the component's id; for commissions booked before components had ids, the one in their plan version.
pub(super) fn component_id(booked: &Commission, rates: &Rates) -> String {
    let report = || {
        let version = rates.versions.iter().find(|version| Some(version.id) == booked.plan_version_id)?;
        version.component_id(booked.component)
    };
    booked.component_id.clone().or_else(report).unwrap_or_else(|| booked.component.to_string())
}

/// Returns a commission that was paid in one currency when its plan now pays in another. The payment can't be offset in
/// another currency, so the commission stays as it was paid, less the refunded share of the sale, and isn't paid again.
pub(super) fn paid_in_another(booked: &Commission, component_id: String, sale: Money, refunded: i64) -> Commission {
    let mut reason = format!("{} was paid before its plan changed currency", booked.earned);
    let refunded = refunded.clamp(0, sale.minor.max(0));
    let mut amount = booked.earned.minor;
    if refunded > 0
        && let Ok(left) = after_refunds(booked.earned, sale.minor, refunded)
    {
        amount = left.minor;
        let _ = write!(reason, "; {} of {sale} refunded, leaving {left}", Money::new(refunded, sale.currency));
    }
    Commission { component_id: Some(component_id), amount, reason, ..booked.clone() }
}
