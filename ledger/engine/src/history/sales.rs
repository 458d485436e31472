//! Conversions in the form in which they are priced. No side effects.

use std::collections::HashMap;

use shared::{
    id::{PlanVersionId, ProgramId},
    timestamp::Timestamp,
};

use super::{Rates, attributed::Attributed, recompute::Part};
use crate::conversion::pool_member::PoolMember;
use rules::{
    attribution::touch::BuyerKey,
    commission::{
        plan::{PlanVersion, Scope},
        price::{self, Sale},
    },
    conversion::Conversion,
};

/// Stands for the plan of conversions that were credited while none was in force.
static UNPLANNED: PlanVersion = PlanVersion {
    id: PlanVersionId::from_bytes([0; 16]),
    program_id: ProgramId::from_bytes([0; 16]),
    scope: Scope::Program,
    effective_at: Timestamp::EPOCH,
    components: None,
    hold_days: 0,
};

/// The credited conversions of the parts, in their order.
pub(super) fn credited<'a>(parts: &'a [Part<'a>], rates: &'a Rates) -> Vec<Sale<'a>> {
    parts
        .iter()
        .flat_map(|part| part.history.conversions.iter().zip(&part.attributed))
        .filter_map(|(conversion, attributed)| sale(conversion, attributed, rates))
        .collect()
}

fn sale<'a>(conversion: &'a Conversion, attributed: &'a Attributed<'a>, rates: &'a Rates) -> Option<Sale<'a>> {
    let credit = attributed.credit.as_ref().filter(|_| !conversion.is_past())?;
    let partner = rates.affiliates.get(&credit.affiliate_id);
    Some(Sale {
        conversion: conversion.id,
        external_id: &conversion.external_id,
        program: credit.program_id,
        affiliate: credit.affiliate_id,
        buyer: match attributed.buyer {
            BuyerKey::Known(customer) => price::BuyerKey::Customer(customer),
            BuyerKey::Alone(_) => price::BuyerKey::Unknown(conversion.id),
        },
        version: attributed.version.unwrap_or(&UNPLANNED),
        kind: attributed.outcome.kind,
        sequence: attributed.outcome.sequence,
        bound_at: credit.bound_at,
        occurred_at: conversion.occurred_at,
        amount: conversion.amount,
        refunded: attributed.outcome.refunded,
        product_id: conversion.product_id.as_deref(),
        details: &conversion.details,
        segment: partner.and_then(|partner| partner.segment(conversion.occurred_at)),
    })
}

/// Conversions that only count for others, as they are stored. Their plans matter only to caps per affiliate.
pub(super) fn stored<'a>(members: &'a [PoolMember], rates: &'a Rates) -> impl Iterator<Item = Sale<'a>> {
    let capped = rates.versions.iter().filter(|version| price::caps_affiliates(version));
    let capped: HashMap<PlanVersionId, &PlanVersion> = capped.map(|version| (version.id, version)).collect();
    members.iter().map(move |member| {
        let version = member.plan_version_id.and_then(|id| capped.get(&id).copied());
        let partner = rates.affiliates.get(&member.affiliate_id);
        Sale {
            conversion: member.id,
            external_id: &member.external_id,
            program: member.program_id,
            affiliate: member.affiliate_id,
            // No cap per customer adds them up with others: see `price::looks_back`.
            buyer: price::BuyerKey::Unknown(member.id),
            version: version.unwrap_or(&UNPLANNED),
            kind: member.kind,
            sequence: member.sequence,
            bound_at: member.bound_at,
            occurred_at: member.occurred_at,
            amount: member.amount,
            refunded: member.refunded,
            product_id: member.product_id.as_deref(),
            details: &member.details,
            segment: partner.and_then(|partner| partner.segment(member.occurred_at)),
        }
    })
}
