//! The response of a simulation.

use std::{cmp::Reverse, collections::HashMap};

use serde::Serialize;
use shared::{
    id::{AffiliateId, ConversionId},
    money::Money,
    timestamp::Timestamp,
};
use utoipa::ToSchema;

use super::simulate_store::Booked;
use rules::commission::{
    plan::in_words,
    simulate::{Change, Draft, Example, Past, Simulation},
};

const AFFILIATES_MAX: usize = 100;

/// What the simulated plan would have paid.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "from": "2026-01-01T00:00:00Z",
    "to": "2026-07-01T00:00:00Z",
    "conversions": 2,
    "summary": ["25% of each sale"],
    "totals": [{"currency": "USD", "currentCents": 3_960, "simulatedCents": 4_950, "differenceCents": 990}],
    "affiliates": [{
        "affiliateId": "aff_01kdvdna00fec9rpb7dk6gd3hy",
        "currency": "USD", "currentCents": 3_960, "simulatedCents": 4_950, "differenceCents": 990
    }],
    "examples": [{
        "conversionId": "conv_01kdvdna00e5v8r2m6q1w9d3xk",
        "externalEventId": "purchase_abc123",
        "affiliateId": "aff_01kdvdna00fec9rpb7dk6gd3hy",
        "occurredAt": "2026-05-20T08:30:00Z",
        "amountCents": 9_900,
        "currency": "USD",
        "current": [{
            "amountCents": 1_980, "currency": "USD", "reason": "20% of USD 99.00 = USD 19.80 (rounded half up)"
        }],
        "simulated": [{
            "amountCents": 2_475, "currency": "USD", "reason": "25% of USD 99.00 = USD 24.75 (rounded half up)"
        }]
    }]
}))]
pub struct SimulatedPlan {
    /// The start of the period, inclusive.
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    /// The end of the period, exclusive.
    #[schema(value_type = String, format = DateTime)]
    pub to: Timestamp,
    /// The number of credited conversions in the simulation.
    pub conversions: usize,
    /// The simulated components in plain words.
    pub summary: Vec<String>,
    /// One total per currency.
    pub totals: Vec<SimulatedTotal>,
    /// At most 100 affiliates, largest differences first.
    pub affiliates: Vec<SimulatedAffiliate>,
    /// The conversions with the largest differences.
    pub examples: Vec<SimulatedConversion>,
}

/// Totals in one currency, in minor units.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SimulatedTotal {
    pub currency: String,
    /// The amount currently booked, after refunds.
    pub current_cents: i64,
    /// The amount in the simulation, after refunds.
    pub simulated_cents: i64,
    /// Positive if the simulated plan pays more.
    pub difference_cents: i64,
}

/// An affiliate's totals in one currency.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SimulatedAffiliate {
    #[schema(value_type = String)]
    pub affiliate_id: AffiliateId,
    #[serde(flatten)]
    pub total: SimulatedTotal,
}

/// A conversion, with the current and the simulated calculation.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SimulatedConversion {
    #[schema(value_type = String)]
    pub conversion_id: ConversionId,
    pub external_event_id: String,
    #[schema(value_type = String)]
    pub affiliate_id: AffiliateId,
    #[schema(value_type = String, format = DateTime)]
    pub occurred_at: Timestamp,
    pub amount_cents: i64,
    pub currency: String,
    /// The commissions currently booked.
    pub current: Vec<SimulatedCommission>,
    /// The commissions that the simulated plan would have paid.
    pub simulated: Vec<SimulatedCommission>,
}

/// What one component pays for a conversion.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SimulatedCommission {
    pub amount_cents: i64,
    pub currency: String,
    /// The calculation in words.
    pub reason: String,
}

pub fn view(
    draft: &Draft,
    sales: &[Past],
    simulation: &Simulation,
    mut booked: HashMap<ConversionId, Vec<Booked>>,
) -> SimulatedPlan {
    let total = |currency: &shared::money::Currency, change: &Change| SimulatedTotal {
        currency: currency.code().to_owned(),
        current_cents: change.current,
        simulated_cents: change.simulated,
        difference_cents: change.difference(),
    };
    let mut affiliates: Vec<_> = simulation.affiliates.iter().collect();
    affiliates.sort_by_key(|(_, change)| (Reverse(change.difference().unsigned_abs()), Reverse(change.current)));
    affiliates.truncate(AFFILIATES_MAX);
    let examples = simulation.examples.iter().filter_map(|example| {
        let sale = sales.get(example.sale)?;
        Some(conversion(sale, example, booked.remove(&sale.conversion).unwrap_or_default()))
    });
    SimulatedPlan {
        from: draft.from,
        to: draft.to,
        conversions: simulation.conversions,
        summary: draft.components.iter().map(in_words).collect(),
        totals: simulation.totals.iter().map(|(currency, change)| total(currency, change)).collect(),
        examples: examples.collect(),
        affiliates: affiliates
            .into_iter()
            .map(|((affiliate, currency), change)| SimulatedAffiliate {
                affiliate_id: *affiliate,
                total: total(currency, change),
            })
            .collect(),
    }
}

fn conversion(sale: &Past, example: &Example, booked: Vec<Booked>) -> SimulatedConversion {
    let line = |money: Money, reason: String| SimulatedCommission {
        amount_cents: money.minor,
        currency: money.currency.code().to_owned(),
        reason,
    };
    let current: Vec<_> = booked.into_iter().map(|booked| line(booked.amount, booked.reason)).collect();
    let simulated = match &example.simulated {
        None => current.clone(),
        Some(earned) => earned.iter().map(|earned| line(earned.left, earned.steps.join("; "))).collect(),
    };
    SimulatedConversion {
        conversion_id: sale.conversion,
        external_event_id: sale.external_id.clone(),
        affiliate_id: sale.affiliate,
        occurred_at: sale.occurred_at,
        amount_cents: sale.amount.minor,
        currency: sale.amount.currency.code().to_owned(),
        current,
        simulated,
    }
}
