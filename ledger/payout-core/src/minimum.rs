//! Default payout minimums, for brands that haven't set their own.

/// By ISO code, in minor units. `payout_settings.minimums` has the same default.
pub const USUAL: [(&str, i64); 3] = [("USD", 1_000), ("EUR", 1_000), ("GBP", 1_000)];

/// Returns the minimum in minor units of the currency; 0 if every amount is paid.
pub fn usual(currency: &str) -> i64 {
    USUAL.iter().find(|(code, _)| *code == currency).map_or(0, |(_, least)| *least)
}
