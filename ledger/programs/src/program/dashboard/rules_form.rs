//! The form of a program's rules, with all fields as text.

use kit::{
    api::view::{ClaimedSales, Program},
    form::{Fields, Problems},
};

/// A program's rules as fields.
#[derive(Debug)]
pub(super) struct RulesForm {
    pub(super) name: String,
    pub(super) destination: String,
    pub(super) attribution_model: String,
    pub(super) window: String,
    pub(super) binding: String,
    pub(super) gpc_mode: String,
    pub(super) self_referral: bool,
    pub(super) duplicate_customer: bool,
    pub(super) velocity: String,
    pub(super) soonest: String,
    pub(super) claimed: String,
    pub(super) claimed_max: String,
    pub(super) claimed_day: String,
    pub(super) claimed_own_day: String,
}

impl RulesForm {
    pub(super) fn of(program: &Program) -> Self {
        let text = |number: Option<i32>| number.map(|number| number.to_string()).unwrap_or_default();
        Self {
            name: program.name.clone(),
            destination: program.destination.clone().unwrap_or_default(),
            attribution_model: program.attribution_model.clone(),
            window: program.cookie_window_days.to_string(),
            binding: program.customer_binding.clone(),
            gpc_mode: program.gpc_mode.clone(),
            self_referral: program.review.self_referral,
            duplicate_customer: program.review.duplicate_customer,
            velocity: text(program.review.velocity_per_hour),
            soonest: text(program.review.min_click_to_sale_seconds),
            claimed: program.claimed_sales.mode.clone(),
            claimed_max: program.claimed_sales.max_amount_cents.to_string(),
            claimed_day: program.claimed_sales.per_day.to_string(),
            claimed_own_day: program.claimed_sales.per_affiliate_per_day.to_string(),
        }
    }

    pub(super) fn of_fields(fields: &Fields) -> Self {
        let text = |name: &str| fields.text(name).to_owned();
        Self {
            name: text("name"),
            destination: text("destination"),
            attribution_model: text("attributionModel"),
            window: text("cookieWindowDays"),
            binding: text("customerBinding"),
            gpc_mode: text("gpcMode"),
            self_referral: fields.is_ticked("selfReferral"),
            duplicate_customer: fields.is_ticked("duplicateCustomer"),
            velocity: text("review.velocityPerHour"),
            soonest: text("review.minClickToSaleSeconds"),
            claimed: text("claimedSales.mode"),
            claimed_max: text("claimedSales.maxAmountCents"),
            claimed_day: text("claimedSales.perDay"),
            claimed_own_day: text("claimedSales.perAffiliatePerDay"),
        }
    }
}

/// Reads the rules for claimed sales from the form; an empty field keeps its current value.
pub(super) fn claimed_sales(fields: &Fields, now: &ClaimedSales, problems: &mut Problems) -> ClaimedSales {
    ClaimedSales {
        mode: fields.given("claimedSales.mode").unwrap_or(&now.mode).to_owned(),
        max_amount_cents: fields.number("claimedSales.maxAmountCents", problems).unwrap_or(now.max_amount_cents),
        per_day: fields.number("claimedSales.perDay", problems).unwrap_or(now.per_day),
        per_affiliate_per_day: fields
            .number("claimedSales.perAffiliatePerDay", problems)
            .unwrap_or(now.per_affiliate_per_day),
    }
}
