//! The form of a program's rules, with all fields as text.

use shared::{fields::CLAIMED_AMOUNT_MAX, id::ProgramId, money::Currency, timestamp::Timestamp};

use super::{
    earnings,
    form::{amount, major},
    store,
};
use crate::program::plan_store;
use kit::{
    api::view::{ClaimedSales, Program},
    db::TenantTx,
    form::{Fields, Problems},
};

/// The field of the largest trusted amount. The API's field is in minor units, and this one isn't, so they have two names.
pub(super) const TRUSTED_AMOUNT: &str = "claimedSales.maxAmount";

/// The currency in which a program's form asks for money: that of its plan, or else the organization's.
pub(super) async fn currency(tx: &mut TenantTx, program: ProgramId, now: Timestamp) -> Result<Currency, sqlx::Error> {
    let plan = plan_store::in_force(tx, program, now).await?;
    let of_plan = plan.and_then(|plan| plan.components).and_then(|components| earnings::currency(&components));
    match of_plan {
        Some(currency) => Ok(currency),
        None => Ok(store::home_currency(tx).await?.parse().unwrap_or(Currency::USD)),
    }
}

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
    pub(super) fn of(program: &Program, currency: Currency) -> Self {
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
            claimed_max: major(program.claimed_sales.max_amount_cents, currency),
            claimed_day: program.claimed_sales.per_day.to_string(),
            claimed_own_day: program.claimed_sales.per_affiliate_per_day.to_string(),
        }
    }

    /// The fields as the page shows them.
    pub(super) fn pairs(&self) -> Vec<(&'static str, String)> {
        let tick = |on: bool| if on { "yes".to_owned() } else { String::new() };
        vec![
            ("name", self.name.clone()),
            ("destination", self.destination.clone()),
            ("attributionModel", self.attribution_model.clone()),
            ("cookieWindowDays", self.window.clone()),
            ("customerBinding", self.binding.clone()),
            ("gpcMode", self.gpc_mode.clone()),
            ("selfReferral", tick(self.self_referral)),
            ("duplicateCustomer", tick(self.duplicate_customer)),
            ("review.velocityPerHour", self.velocity.clone()),
            ("review.minClickToSaleSeconds", self.soonest.clone()),
            ("claimedSales.mode", self.claimed.clone()),
            (TRUSTED_AMOUNT, self.claimed_max.clone()),
            ("claimedSales.perDay", self.claimed_day.clone()),
            ("claimedSales.perAffiliatePerDay", self.claimed_own_day.clone()),
        ]
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
            claimed_max: text(TRUSTED_AMOUNT),
            claimed_day: text("claimedSales.perDay"),
            claimed_own_day: text("claimedSales.perAffiliatePerDay"),
        }
    }
}

/// Reads the rules for claimed sales from the form; an empty field keeps its current value.
pub(super) fn claimed_sales(
    fields: &Fields,
    now: &ClaimedSales,
    currency: Currency,
    problems: &mut Problems,
) -> ClaimedSales {
    let most = match fields.given(TRUSTED_AMOUNT).map(|text| amount(text, currency)) {
        Some(Ok(most)) if most.minor <= CLAIMED_AMOUNT_MAX => most.minor,
        Some(Ok(_)) => {
            let most = major(CLAIMED_AMOUNT_MAX, currency);
            problems.add(TRUSTED_AMOUNT, format!("Enter at most {most} {}.", currency.code()));
            now.max_amount_cents
        }
        Some(Err(mistake)) => {
            problems.add(TRUSTED_AMOUNT, mistake);
            now.max_amount_cents
        }
        None => now.max_amount_cents,
    };
    ClaimedSales {
        mode: fields.given("claimedSales.mode").unwrap_or(&now.mode).to_owned(),
        max_amount_cents: most,
        per_day: fields.number("claimedSales.perDay", problems).unwrap_or(now.per_day),
        per_affiliate_per_day: fields
            .number("claimedSales.perAffiliatePerDay", problems)
            .unwrap_or(now.per_affiliate_per_day),
    }
}
