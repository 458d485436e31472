//! The model's plans as a brand writes them.

use serde_json::{Value, json};

use super::worth::{By, Component, PLANS};

/// As the one component of the plan that the demo comes with is called, and another one.
const IDS: [&str; 2] = ["percentage", "second"];

/// A component is the same one from plan to plan by its place.
pub(crate) fn json(plan: usize) -> Value {
    let named = |(one, id): (&Component, &str)| {
        let mut json = component(one);
        json["id"] = json!(id);
        json
    };
    PLANS[plan].iter().zip(IDS).map(named).collect()
}

fn component(component: &Component) -> Value {
    match component {
        Component::Share { ppm, renewals_only, cap } => {
            let mut share = json!({"type": "percentage", "ratePpm": ppm});
            if *renewals_only {
                share["when"] = json!({"on": "recurring"});
            }
            if let Some(cap) = cap {
                share["cap"] =
                    json!({"currency": "USD", "perConversion": cap.per_sale, "perCustomer": cap.per_customer});
            }
            share
        }
        Component::Flat { cents, once } => {
            let duration = if *once { "once" } else { "lifetime" };
            json!({"type": "flat", "amountCents": cents, "currency": "USD", "duration": duration})
        }
        Component::FirstConversion { cents } => {
            json!({"type": "first_conversion", "amountCents": cents, "currency": "USD"})
        }
        Component::PerLead { cents } => json!({"type": "per_lead", "amountCents": cents, "currency": "USD"}),
        Component::Tiers { by, steps } => tiers(*by, steps),
    }
}

fn tiers(by: By, steps: &[(i64, u32)]) -> Value {
    let (by, mode) = match by {
        By::AllSales => ("sales", "whole"),
        By::EachSale => ("sales", "marginal"),
        By::Revenue => ("revenue", "marginal"),
    };
    let steps: Value = steps.iter().map(|(from, ppm)| json!({"from": from, "ratePpm": ppm})).collect();
    let mut tiers = json!({"type": "tiers", "by": by, "period": "ever", "mode": mode, "steps": steps});
    if by == "revenue" {
        tiers["currency"] = json!("USD");
    }
    tiers
}
