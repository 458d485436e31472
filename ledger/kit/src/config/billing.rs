//! Settings for billing the plans that this installation sells: `REKOMI_BILLING_…`.

use anyhow::{Context, bail};
use shared::seal::Secret;

const KEY: &str = "REKOMI_BILLING_STRIPE_KEY";
const WEBHOOK_SECRET: &str = "REKOMI_BILLING_WEBHOOK_SECRET";
const PRICES: [&str; 3] = ["REKOMI_BILLING_PRICE_STARTER", "REKOMI_BILLING_PRICE_GROWTH", "REKOMI_BILLING_PRICE_PRO"];

/// The operator's own Stripe account. `docs/self-hosting/billing.md` describes each variable.
#[derive(Debug, Clone)]
pub struct BillingSettings {
    pub stripe_key: Secret,
    /// The endpoint's signing secrets: more than one while a secret is being replaced.
    pub webhook_secrets: Vec<Secret>,
    pub prices: Prices,
}

/// Price IDs (`price_…`) by plan. The first of each is sold; the others are recognized.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prices {
    pub starter: Vec<String>,
    pub growth: Vec<String>,
    pub pro: Vec<String>,
}

impl BillingSettings {
    /// Returns `None` if no variable is set: then nothing about billing exists.
    ///
    /// # Errors
    /// Names the variable that is missing or has an invalid value.
    pub(super) fn from_env(plan_gates: bool) -> anyhow::Result<Option<Self>> {
        Self::read(plan_gates, super::optional)
    }

    fn read(plan_gates: bool, variable: impl Fn(&str) -> Option<String>) -> anyhow::Result<Option<Self>> {
        if [KEY, WEBHOOK_SECRET].iter().chain(&PRICES).all(|name| variable(name).is_none()) {
            return Ok(None);
        }
        let required = |name: &str| variable(name).with_context(|| format!("{name} is not set, but billing needs it"));
        let stripe_key = required(KEY)?.trim().to_owned();
        // No message repeats a value: it may be a secret in the wrong place.
        if !["sk_live_", "sk_test_", "rk_live_", "rk_test_"].iter().any(|start| stripe_key.starts_with(start)) {
            bail!("{KEY} must be a secret or restricted key of Stripe (sk_… or rk_…)");
        }
        let webhook_secrets = list(&required(WEBHOOK_SECRET)?);
        if webhook_secrets.is_empty() || webhook_secrets.iter().any(|secret| !secret.starts_with("whsec_")) {
            bail!("{WEBHOOK_SECRET} must be the signing secret of a Stripe webhook endpoint (whsec_…)");
        }
        let [starter, growth, pro] = PRICES;
        let price = |name: &str| prices(name, &required(name)?);
        let prices = Prices { starter: price(starter)?, growth: price(growth)?, pro: price(pro)? };
        prices.check()?;
        if !plan_gates {
            bail!("REKOMI_PLAN_GATES must be on where plans are billed ({KEY} is set)");
        }
        let webhook_secrets = webhook_secrets.into_iter().map(Secret::new).collect();
        Ok(Some(Self { stripe_key: Secret::new(stripe_key), webhook_secrets, prices }))
    }
}

impl Prices {
    /// # Errors
    /// If two plans have the same price.
    fn check(&self) -> anyhow::Result<()> {
        let mut all: Vec<&String> = [&self.starter, &self.growth, &self.pro].into_iter().flatten().collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        if all.len() < count {
            bail!("a price is listed twice in {}", PRICES.join(", "));
        }
        Ok(())
    }
}

fn list(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

fn prices(name: &str, text: &str) -> anyhow::Result<Vec<String>> {
    let prices = list(text);
    let is_price = |price: &String| {
        price.starts_with("price_") && price.len() <= 255 && price.bytes().all(|byte| byte.is_ascii_graphic())
    };
    if prices.is_empty() || !prices.iter().all(is_price) {
        bail!("{name} must be the ID of a recurring price in Stripe (price_…), or several, separated by commas");
    }
    Ok(prices)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: [(&str, &str); 5] = [
        (KEY, "rk_live_canary"),
        (WEBHOOK_SECRET, "whsec_canary, whsec_old"),
        (PRICES[0], "price_starter"),
        (PRICES[1], "price_growth,price_growth_yearly"),
        (PRICES[2], "price_pro"),
    ];

    fn read(values: &[(&str, &str)], gates: bool) -> Result<Option<BillingSettings>, String> {
        let value = |name: &str| values.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        BillingSettings::read(gates, value).map_err(|error| error.to_string())
    }

    #[test]
    fn without_variables_there_is_no_billing() {
        assert!(read(&[], false).unwrap().is_none());
        let settings = read(&WHOLE, true).unwrap().unwrap();
        assert_eq!(settings.prices.growth, ["price_growth", "price_growth_yearly"]);
        assert_eq!(settings.webhook_secrets.len(), 2);
        assert!(!format!("{settings:?}").contains("canary"));
    }

    #[test]
    fn what_is_missing_is_named() {
        for (at, (name, _)) in WHOLE.iter().enumerate() {
            let mut values = WHOLE.to_vec();
            values.remove(at);
            let error = read(&values, true).unwrap_err();
            assert!(error.starts_with(&format!("{name} is not set")), "{error}");
        }
        assert!(read(&WHOLE, false).unwrap_err().starts_with("REKOMI_PLAN_GATES"));
    }

    #[test]
    fn what_cant_be_used_is_named_and_not_repeated() {
        for (name, value) in [
            (KEY, "pk_live_canary"),
            (WEBHOOK_SECRET, "canary"),
            (PRICES[0], "canary"),
            (PRICES[2], "price_growth"),
            (PRICES[2], ","),
        ] {
            let mut values = WHOLE.to_vec();
            values.retain(|(known, _)| *known != name);
            values.push((name, value));
            let error = read(&values, true).unwrap_err();
            assert!(error.contains(name) && !error.contains("canary"), "{error}");
        }
    }
}
