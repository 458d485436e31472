//! The currency in which an organization also reads its amounts. It converts nothing in the book.

use serde_json::json;
use shared::money::Currency;

use super::{gate, plan::Feature, store};
use crate::audit::Entry;
use kit::{
    db::TenantTx,
    error::{Error, Result},
    state::AppState,
};

/// What the form suggests: the euro, and the currencies of the European Central Bank's reference rates
/// (ecb.europa.eu, "Euro foreign exchange reference rates"). Other currencies work, too, with rates of one's own.
pub const SUGGESTED: [&str; 30] = [
    "AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF", "IDR", "ILS", "INR", "ISK", "JPY",
    "KRW", "MXN", "MYR", "NOK", "NZD", "PHP", "PLN", "RON", "SEK", "SGD", "THB", "TRY", "USD", "ZAR",
];

/// Reads what someone typed; a blank text is no home currency.
///
/// # Errors
/// 400 naming `homeCurrency`.
pub fn typed(text: &str) -> Result<Option<Currency>> {
    let wrong = |_| Error::field("homeCurrency", "Enter a currency’s three letters, such as USD.");
    Some(text.trim()).filter(|text| !text.is_empty()).map(str::parse).transpose().map_err(wrong)
}

/// Changes the home currency; removing it is possible on any plan. Returns the audit entry.
///
/// # Errors
/// 402 `plan_tier_required` if the organization's plan has none.
pub async fn set(tx: &mut TenantTx, state: &AppState, currency: Option<Currency>) -> Result<Entry> {
    if currency.is_some() {
        gate::require(tx, state, Feature::HomeCurrency).await?;
    }
    let before = store::home_currency(tx).await?;
    store::set_home_currency(tx, currency).await?;
    let shown = |one: Option<Currency>| json!({"currency": one.map(|currency| currency.code().to_owned())});
    Ok(Entry::new("home_currency.set", tx.organization()).before(shown(before)).after(shown(currency)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_suggestion_is_a_currency_and_a_blank_is_none() {
        assert!(SUGGESTED.iter().all(|code| typed(code).unwrap().is_some_and(|one| one.code() == *code)));
        assert_eq!(typed(" eur ").unwrap().map(|one| one.code().to_owned()), Some("EUR".to_owned()));
        assert_eq!(typed("  ").unwrap(), None);
        assert_eq!(typed("euro").unwrap_err().body().field.as_deref(), Some("homeCurrency"));
    }
}
