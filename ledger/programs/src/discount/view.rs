//! A discount as the API shows it, and the reading of new ones.

use serde::{Deserialize, Serialize};
use shared::{
    event::Gateway,
    id::{GatewayConnectionId, ProgramId},
    money::{Currency, Money},
    timestamp::Timestamp,
};
use utoipa::ToSchema;

use super::store::Discount;
use kit::{
    api::text::{maybe, within},
    error::{Error, Result},
};
use rules::coupon::discount::{Duration, Limits, MONTHS_MAX, Off, Terms, USES_MAX, read_percent};

/// Stripe's amounts have at most eight digits (docs.stripe.com/currencies).
const AMOUNT_MAX: i64 = 99_999_999;
/// Stripe counts these in hundredths, although ISO 4217 gives them no decimals (docs.stripe.com/currencies, "Special
/// cases").
const IN_HUNDREDTHS: [&str; 2] = ["ISK", "UGX"];
/// Stripe's coupons end after at most five years (docs.stripe.com/api/coupons/create, `redeem_by`).
const DAYS_MAX: i64 = 5 * 365;
/// Stripe's names of coupons have at most 40 characters (docs.stripe.com/api/coupons/create, `name`). Paddle's
/// descriptions have room for more.
const NAME_MAX: usize = 40;

/// What customers save.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DiscountTerms {
    /// The percentage, as a decimal string with at most two decimals; null for an amount.
    #[schema(required, example = "20")]
    pub percent_off: Option<String>,
    /// The amount in minor units of `currency`; null for a percentage.
    #[schema(required, example = json!(null))]
    pub amount_off_cents: Option<i64>,
    #[schema(required, example = json!(null))]
    pub currency: Option<String>,
    /// `once` (the first payment), `repeating` or `forever`.
    #[schema(example = "repeating")]
    pub duration: &'static str,
    /// For `repeating`: the number of months.
    #[schema(required, example = 3)]
    pub duration_months: Option<i32>,
    /// How often customers can use each code; null without a limit.
    #[schema(required, example = json!(null))]
    pub max_redemptions_per_code: Option<i32>,
    /// When the codes end; null if they have no end.
    #[schema(value_type = Option<String>, format = DateTime, required, example = json!(null))]
    pub expires_at: Option<Timestamp>,
}

impl From<Terms> for DiscountTerms {
    fn from(Terms { off, duration, limits }: Terms) -> Self {
        let amount = match off {
            Off::Amount(amount) => Some(amount),
            Off::Share(_) => None,
        };
        Self {
            percent_off: off.percent(),
            amount_off_cents: amount.map(|amount| amount.minor),
            currency: amount.map(|amount| amount.currency.code().to_owned()),
            duration: duration.as_str(),
            duration_months: duration.months(),
            max_redemptions_per_code: limits.per_code,
            expires_at: limits.ends_at,
        }
    }
}

/// What a program's affiliates may offer to customers.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProgramDiscount {
    #[schema(value_type = String, example = "prog_01kdvdna00fnwvvrwp1y42fmbq")]
    pub program_id: ProgramId,
    /// The gateway account in which the codes are created.
    #[schema(value_type = String, example = "gw_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub connection_id: GatewayConnectionId,
    /// `stripe` or `paddle`.
    #[schema(example = "stripe")]
    pub gateway: &'static str,
    /// What the discount is called at the gateway; null if it's called by what customers save.
    #[schema(required, example = "Spring offer")]
    pub name: Option<String>,
    #[serde(flatten)]
    pub terms: DiscountTerms,
    /// Whether approved affiliates may choose a code themselves.
    #[schema(example = true)]
    pub affiliates_may_choose: bool,
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:00Z")]
    pub created_at: Timestamp,
    /// When the discount ended. Its codes keep working until you archive their coupons.
    #[schema(value_type = Option<String>, format = DateTime, required, example = json!(null))]
    pub ended_at: Option<Timestamp>,
}

impl From<Discount> for ProgramDiscount {
    fn from(discount: Discount) -> Self {
        Self {
            program_id: discount.program,
            connection_id: discount.connection,
            gateway: discount.gateway.as_str(),
            name: discount.name,
            terms: discount.terms.into(),
            affiliates_may_choose: discount.affiliates_choose,
            created_at: discount.created_at,
            ended_at: discount.ended_at,
        }
    }
}

/// A program's new discount: either `percentOff`, or `amountOffCents` with `currency`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = NewProgramDiscount, example = json!({
    "connectionId": "gw_01kdvdna00e5v8r2m6q1w9d3xk",
    "percentOff": "20",
    "duration": "repeating",
    "durationMonths": 3,
    "affiliatesMayChoose": true
}))]
pub struct NewDiscount {
    /// A Stripe or Paddle connection of this program that has an API key.
    #[schema(value_type = String)]
    pub connection_id: GatewayConnectionId,
    /// What the discount is called at the gateway, in 1 to 40 characters: customers read it on Stripe's invoices and
    /// receipts, and Paddle's descriptions of the codes begin with it. By default, Stripe's coupon is called by what
    /// customers save, such as `20% off`.
    pub name: Option<String>,
    /// The percentage, as a decimal string with at most two decimals, above 0 and up to 100.
    pub percent_off: Option<String>,
    /// The amount in minor units of `currency`.
    pub amount_off_cents: Option<i64>,
    /// The amount's currency. The discount applies only to payments in it.
    pub currency: Option<String>,
    /// `once` (the first payment), `repeating` or `forever`.
    pub duration: String,
    /// For `repeating`: the number of months, 1 to 36.
    pub duration_months: Option<i64>,
    /// How often customers can use each code, 1 to 1000000. No limit by default.
    pub max_redemptions_per_code: Option<i64>,
    /// When the codes end: in the future, and at most five years from now. Without it, they have no end.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
    /// Whether approved affiliates may choose a code themselves. Defaults to false.
    pub affiliates_may_choose: Option<bool>,
}

impl NewDiscount {
    /// # Errors
    /// 400 naming the field.
    pub fn checked_name(&self) -> Result<Option<String>> {
        maybe("name", self.name.as_deref(), NAME_MAX)
    }

    /// # Errors
    /// 400 naming the field.
    pub fn terms(&self, gateway: Gateway, now: Timestamp) -> Result<Terms> {
        Ok(Terms { off: self.off(gateway)?, duration: self.duration()?, limits: self.limits(now)? })
    }

    fn limits(&self, now: Timestamp) -> Result<Limits> {
        let uses = |number| within("maxRedemptionsPerCode", number, 1, USES_MAX);
        let per_code = self.max_redemptions_per_code.map(uses).transpose()?;
        // Stripe counts whole seconds.
        let ends_at = self.expires_at.map(|end| end.plus_millis(-end.millis().rem_euclid(1_000)));
        if ends_at.is_some_and(|end| end <= now || end > now.plus_days(DAYS_MAX)) {
            return Err(Error::field("expiresAt", "expiresAt must be in the future, at most five years from now"));
        }
        Ok(Limits { per_code, ends_at })
    }

    fn off(&self, gateway: Gateway) -> Result<Off> {
        match (self.percent_off.as_deref(), self.amount_off_cents) {
            (Some(percent), None) if self.currency.is_none() => {
                read_percent(percent).map(Off::Share).ok_or_else(|| {
                    Error::field("percentOff", "percentOff must be above 0 and at most 100, with at most two decimals")
                })
            }
            (Some(_), None) => Err(Error::field("currency", "currency is only for amountOffCents")),
            (None, Some(minor)) => amount(minor, self.currency.as_deref(), gateway).map(Off::Amount),
            _ => Err(Error::field("percentOff", "Send either percentOff, or amountOffCents with currency.")),
        }
    }

    fn duration(&self) -> Result<Duration> {
        let wrong = |field: &str, message: &str| Err(Error::field(field, message));
        match (self.duration.as_str(), self.duration_months) {
            ("repeating", Some(months)) => Ok(Duration::Months(within("durationMonths", months, 1, MONTHS_MAX)?)),
            ("repeating", None) => wrong("durationMonths", "durationMonths is required with the duration repeating"),
            ("once", None) => Ok(Duration::Once),
            ("forever", None) => Ok(Duration::Forever),
            ("once" | "forever", Some(_)) => {
                wrong("durationMonths", "durationMonths is only for the duration repeating")
            }
            _ => wrong("duration", "duration must be once, repeating or forever"),
        }
    }
}

fn amount(minor: i64, currency: Option<&str>, gateway: Gateway) -> Result<Money> {
    let refused = |message: &str| Error::field("currency", message);
    let code = currency.ok_or_else(|| refused("currency is required with amountOffCents"))?;
    let currency: Currency =
        code.parse().map_err(|_| refused("currency must be an ISO 4217 currency code, such as USD"))?;
    if gateway == Gateway::Stripe && IN_HUNDREDTHS.contains(&currency.code()) {
        return Err(refused("Stripe counts this currency differently. Use percentOff instead."));
    }
    if !(1..=AMOUNT_MAX).contains(&minor) {
        return Err(Error::field("amountOffCents", format!("amountOffCents must be 1 to {AMOUNT_MAX}")));
    }
    Ok(Money::new(minor, currency))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn terms(body: &Value) -> std::result::Result<Terms, String> {
        let mut whole = json!({"connectionId": "gw_01kdvdna00e5v8r2m6q1w9d3xk", "duration": "once"});
        for (name, value) in body.as_object().unwrap() {
            whole[name] = value.clone();
        }
        let new: NewDiscount = serde_json::from_value(whole).unwrap();
        new.terms(Gateway::Stripe, Timestamp::EPOCH).map_err(|error| error.body().field.clone().unwrap_or_default())
    }

    #[test]
    fn a_discount_is_a_share_or_an_amount() {
        let share = terms(&json!({"percentOff": "12.5", "duration": "repeating", "durationMonths": 3})).unwrap();
        let limits = Limits::default();
        assert_eq!(share, Terms { off: Off::Share(1_250), duration: Duration::Months(3), limits });
        let shown = DiscountTerms::from(share);
        assert_eq!((shown.percent_off.as_deref(), shown.duration_months), (Some("12.5"), Some(3)));
        let amount = terms(&json!({"amountOffCents": 500, "currency": "eur"})).unwrap();
        assert_eq!(DiscountTerms::from(amount).currency.as_deref(), Some("EUR"));
        let limited = json!({"percentOff": "20", "maxRedemptionsPerCode": 50, "expiresAt": "1970-02-01T00:00:00.900Z"});
        let limited = DiscountTerms::from(terms(&limited).unwrap());
        assert_eq!(limited.max_redemptions_per_code, Some(50));
        assert_eq!(limited.expires_at, Some(Timestamp::EPOCH.plus_days(31)), "whole seconds");
        for (body, field) in [
            (json!({}), "percentOff"),
            (json!({"percentOff": "20", "maxRedemptionsPerCode": 0}), "maxRedemptionsPerCode"),
            (json!({"percentOff": "20", "maxRedemptionsPerCode": 1_000_001}), "maxRedemptionsPerCode"),
            (json!({"percentOff": "20", "expiresAt": "1970-01-01T00:00:00.5Z"}), "expiresAt"),
            (json!({"percentOff": "20", "expiresAt": "1976-01-01T00:00:00Z"}), "expiresAt"),
            (json!({"percentOff": "20", "amountOffCents": 5, "currency": "EUR"}), "percentOff"),
            (json!({"percentOff": "0"}), "percentOff"),
            (json!({"percentOff": "20", "currency": "EUR"}), "currency"),
            (json!({"amountOffCents": 5}), "currency"),
            (json!({"amountOffCents": 5, "currency": "ISK"}), "currency"),
            (json!({"amountOffCents": 0, "currency": "EUR"}), "amountOffCents"),
            (json!({"percentOff": "20", "duration": "always"}), "duration"),
            (json!({"percentOff": "20", "duration": "repeating"}), "durationMonths"),
            (json!({"percentOff": "20", "durationMonths": 3}), "durationMonths"),
            (json!({"percentOff": "20", "duration": "repeating", "durationMonths": 37}), "durationMonths"),
        ] {
            assert_eq!(terms(&body), Err(field.to_owned()), "{body}");
        }
    }
}
