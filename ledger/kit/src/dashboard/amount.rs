//! Parses amounts as people type them into forms.

use shared::money::Currency;

/// Longer numbers are typos.
const DIGITS_MAX: usize = 12;

/// Turns `1,234.50` into `1234.50`; returns `None` if a comma doesn't separate thousands. `49,50` is 49.50 euros in
/// half of the world: read as 4,950 it would cost a hundred times as much.
pub fn ungrouped(text: &str) -> Option<String> {
    let text = text.replace(' ', "");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let mut groups = whole.split(',');
    let first = groups.next().unwrap_or_default();
    let is_grouped = whole.contains(',');
    let fits = !fraction.contains(',') && groups.all(|group| group.len() == 3) && !(is_grouped && first.is_empty());
    fits.then(|| text.replace(',', ""))
}

/// Returns `1,234.50` in minor units; `None` if it isn't an amount in that currency.
pub fn minor(text: &str, currency: Currency) -> Option<i64> {
    let text = ungrouped(text.trim())?;
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let places = usize::try_from(currency.exponent()).ok()?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > DIGITS_MAX || !digits(whole) || !digits(fraction) || fraction.len() > places {
        return None;
    }
    format!("{whole}{fraction:0<places$}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_their_currencys_digits() {
        let of = |text: &str, currency: &str| minor(text, currency.parse().unwrap());
        assert_eq!(
            (of("25", "USD"), of(" 1,234.5 ", "USD"), of("500", "JPY")),
            (Some(2_500), Some(123_450), Some(500))
        );
        for bad in ["", "x", "-1", "1.234", "1e3", ".5", "1234567890123", "49,50", "1,2345", "1.234,50", ",100", "1,"] {
            assert_eq!(of(bad, "USD"), None, "{bad}");
        }
        assert_eq!(of("5.5", "JPY"), None);
    }
}
