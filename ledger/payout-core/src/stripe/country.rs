//! Stripe's terms for an affiliate's account, by the brand's country and the affiliate's.
//!
//! A platform in the United States, Canada, the United Kingdom, the EEA or Switzerland pays accounts in any of these
//! under the full agreement (<https://docs.stripe.com/connect/cross-border-payouts>). Accounts elsewhere are paid
//! across borders only by platforms in the United States, and need the recipient agreement: under the full one Stripe
//! refuses the transfer. An account never changes its agreement
//! (<https://docs.stripe.com/connect/service-agreement-types>).
//!
//! The list contains the countries that Stripe lists for cross-border payouts and those that support Express accounts
//! (<https://docs.stripe.com/connect/express-accounts>, <https://docs.stripe.com/connect/cross-border-payouts>). Brazil
//! is listed for top-ups and transfers only, which is all that we use. Stripe has the final say for each platform: if
//! it doesn't support a country, it refuses to create the account, before any money is reserved.

/// A country where affiliates can be paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Country {
    /// ISO 3166-1 alpha-2.
    pub code: &'static str,
    /// In English.
    pub name: &'static str,
    /// ISO 4217: the currency of its bank accounts. Stripe converts transfers to it.
    pub currency: &'static str,
}

const fn of(code: &'static str, name: &'static str, currency: &'static str) -> Country {
    Country { code, name, currency }
}

/// Sorted by name.
const COUNTRIES: &[Country] = &[
    of("AL", "Albania", "ALL"),
    of("DZ", "Algeria", "DZD"),
    of("AO", "Angola", "AOA"),
    of("AG", "Antigua and Barbuda", "XCD"),
    of("AR", "Argentina", "ARS"),
    of("AM", "Armenia", "AMD"),
    of("AU", "Australia", "AUD"),
    of("AT", "Austria", "EUR"),
    of("AZ", "Azerbaijan", "AZN"),
    of("BS", "Bahamas", "BSD"),
    of("BH", "Bahrain", "BHD"),
    of("BD", "Bangladesh", "BDT"),
    of("BE", "Belgium", "EUR"),
    of("BJ", "Benin", "XOF"),
    of("BT", "Bhutan", "BTN"),
    of("BO", "Bolivia", "BOB"),
    of("BA", "Bosnia and Herzegovina", "BAM"),
    of("BW", "Botswana", "BWP"),
    of("BR", "Brazil", "BRL"),
    of("BN", "Brunei", "BND"),
    of("BG", "Bulgaria", "EUR"),
    of("KH", "Cambodia", "USD"),
    of("CA", "Canada", "CAD"),
    of("CL", "Chile", "CLP"),
    of("CO", "Colombia", "COP"),
    of("CR", "Costa Rica", "CRC"),
    of("HR", "Croatia", "EUR"),
    of("CY", "Cyprus", "EUR"),
    of("CZ", "Czechia", "CZK"),
    of("CI", "Côte d\u{2019}Ivoire", "XOF"),
    of("DK", "Denmark", "DKK"),
    of("DO", "Dominican Republic", "DOP"),
    of("EC", "Ecuador", "USD"),
    of("EG", "Egypt", "EGP"),
    of("SV", "El Salvador", "USD"),
    of("EE", "Estonia", "EUR"),
    of("ET", "Ethiopia", "ETB"),
    of("FI", "Finland", "EUR"),
    of("FR", "France", "EUR"),
    of("GA", "Gabon", "XAF"),
    of("GM", "Gambia", "GMD"),
    of("DE", "Germany", "EUR"),
    of("GH", "Ghana", "GHS"),
    of("GR", "Greece", "EUR"),
    of("GT", "Guatemala", "GTQ"),
    of("GY", "Guyana", "GYD"),
    of("HK", "Hong Kong", "HKD"),
    of("HU", "Hungary", "HUF"),
    of("IS", "Iceland", "ISK"),
    of("IN", "India", "INR"),
    of("ID", "Indonesia", "IDR"),
    of("IE", "Ireland", "EUR"),
    of("IL", "Israel", "ILS"),
    of("IT", "Italy", "EUR"),
    of("JM", "Jamaica", "JMD"),
    of("JP", "Japan", "JPY"),
    of("JO", "Jordan", "JOD"),
    of("KZ", "Kazakhstan", "KZT"),
    of("KE", "Kenya", "KES"),
    of("KW", "Kuwait", "KWD"),
    of("LA", "Laos", "LAK"),
    of("LV", "Latvia", "EUR"),
    of("LI", "Liechtenstein", "CHF"),
    of("LT", "Lithuania", "EUR"),
    of("LU", "Luxembourg", "EUR"),
    of("MO", "Macao", "MOP"),
    of("MG", "Madagascar", "MGA"),
    of("MY", "Malaysia", "MYR"),
    of("MT", "Malta", "EUR"),
    of("MU", "Mauritius", "MUR"),
    of("MX", "Mexico", "MXN"),
    of("MD", "Moldova", "MDL"),
    of("MC", "Monaco", "EUR"),
    of("MN", "Mongolia", "MNT"),
    of("MA", "Morocco", "MAD"),
    of("MZ", "Mozambique", "MZN"),
    of("NA", "Namibia", "NAD"),
    of("NL", "Netherlands", "EUR"),
    of("NZ", "New Zealand", "NZD"),
    of("NE", "Niger", "XOF"),
    of("NG", "Nigeria", "NGN"),
    of("MK", "North Macedonia", "MKD"),
    of("NO", "Norway", "NOK"),
    of("OM", "Oman", "OMR"),
    of("PK", "Pakistan", "PKR"),
    of("PA", "Panama", "USD"),
    of("PY", "Paraguay", "PYG"),
    of("PE", "Peru", "PEN"),
    of("PH", "Philippines", "PHP"),
    of("PL", "Poland", "PLN"),
    of("PT", "Portugal", "EUR"),
    of("QA", "Qatar", "QAR"),
    of("RO", "Romania", "RON"),
    of("RW", "Rwanda", "RWF"),
    of("LC", "Saint Lucia", "XCD"),
    of("SM", "San Marino", "EUR"),
    of("SA", "Saudi Arabia", "SAR"),
    of("SN", "Senegal", "XOF"),
    of("RS", "Serbia", "RSD"),
    of("SG", "Singapore", "SGD"),
    of("SK", "Slovakia", "EUR"),
    of("SI", "Slovenia", "EUR"),
    of("ZA", "South Africa", "ZAR"),
    of("KR", "South Korea", "KRW"),
    of("ES", "Spain", "EUR"),
    of("LK", "Sri Lanka", "LKR"),
    of("SE", "Sweden", "SEK"),
    of("CH", "Switzerland", "CHF"),
    of("TW", "Taiwan", "TWD"),
    of("TZ", "Tanzania", "TZS"),
    of("TH", "Thailand", "THB"),
    of("TT", "Trinidad and Tobago", "TTD"),
    of("TN", "Tunisia", "TND"),
    of("TR", "Türkiye", "TRY"),
    of("AE", "United Arab Emirates", "AED"),
    of("GB", "United Kingdom", "GBP"),
    of("US", "United States", "USD"),
    of("UY", "Uruguay", "UYU"),
    of("UZ", "Uzbekistan", "UZS"),
    of("VN", "Vietnam", "VND"),
];

/// Countries between which the full agreement suffices, including the EEA: the European Union, Iceland, Liechtenstein,
/// Norway.
const REGION: &str =
    "US CA GB CH AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IS IT LV LI LT LU MT NL NO PL PT RO SK SI ES SE";
/// Other countries in which Stripe supports businesses; these can pay within their own country.
const AT_HOME: &str = "AE AU BR HK IN JP MX MY NZ SG TH";

/// The Stripe service agreement that an account is paid under.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Agreement {
    Full,
    Recipient,
}

impl Agreement {
    /// The name at Stripe and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Recipient => "recipient",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Full, Self::Recipient].into_iter().find(|one| one.as_str() == text)
    }
}

/// The parameters that an account must be created with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    pub agreement: Agreement,
    /// Capabilities to request.
    pub capabilities: &'static [&'static str],
    /// Hours until money is available after a transfer: recipient accounts wait a day.
    pub wait_hours: u32,
}

/// Why an affiliate can't be paid through Stripe. Other payout methods remain possible.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unsupported {
    #[error("Stripe doesn\u{2019}t support payouts to {0}. Use PayPal, Wise or a manual payment instead.")]
    Country(String),
    #[error(
        "A Stripe account in {platform} can\u{2019}t pay people in {country}. Use PayPal, Wise or a manual payment \
         instead."
    )]
    FromPlatform { platform: String, country: String },
}

/// Every country in which affiliates can be paid by some platform, sorted by name.
pub fn all() -> &'static [Country] {
    COUNTRIES
}

/// Finds a country by its code, in upper or lower case.
pub fn find(code: &str) -> Option<&'static Country> {
    COUNTRIES.iter().find(|country| country.code.eq_ignore_ascii_case(code.trim()))
}

/// Countries that a platform in this country can pay to, sorted by name, for a select box.
pub fn payable_from(platform: &str) -> impl Iterator<Item = &'static Country> {
    COUNTRIES.iter().filter(move |country| terms(platform, country.code).is_ok())
}

/// Returns the terms for an affiliate's account in `country`, created by a platform in `platform`: ISO codes.
pub fn terms(platform: &str, country: &str) -> Result<Terms, Unsupported> {
    let found = find(country).ok_or_else(|| Unsupported::Country(country.trim().to_ascii_uppercase()))?;
    let within =
        |list: &str, code: &str| list.split_ascii_whitespace().any(|one| one.eq_ignore_ascii_case(code.trim()));
    let is_home = found.code.eq_ignore_ascii_case(platform.trim()) && within(AT_HOME, found.code);
    if is_home || (within(REGION, platform) && within(REGION, found.code)) {
        // "You cannot request the `transfers` capability without the `card_payments` capability for accounts in US."
        let capabilities: &[&str] = if found.code == "US" { &["transfers", "card_payments"] } else { &["transfers"] };
        return Ok(Terms { agreement: Agreement::Full, capabilities, wait_hours: 0 });
    }
    if platform.trim().eq_ignore_ascii_case("US") {
        return Ok(Terms { agreement: Agreement::Recipient, capabilities: &["transfers"], wait_hours: 24 });
    }
    let name = |code: &str| find(code).map_or_else(|| code.trim().to_ascii_uppercase(), |one| one.name.to_owned());
    Err(Unsupported::FromPlatform { platform: name(platform), country: found.name.to_owned() })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that can't go on stops where it is")]

    use super::*;

    #[test]
    fn what_stripe_demands() {
        for (platform, country, agreement, capabilities) in [
            ("US", "US", Agreement::Full, &["transfers", "card_payments"][..]),
            ("US", "DE", Agreement::Full, &["transfers"]),
            ("us", "gb", Agreement::Full, &["transfers"]),
            ("DE", "US", Agreement::Full, &["transfers", "card_payments"]),
            ("GB", "NO", Agreement::Full, &["transfers"]),
            ("US", "BR", Agreement::Recipient, &["transfers"]),
            ("US", "MX", Agreement::Recipient, &["transfers"]),
            ("US", "AU", Agreement::Recipient, &["transfers"]),
            ("AU", "AU", Agreement::Full, &["transfers"]),
        ] {
            let terms = terms(platform, country).unwrap();
            assert_eq!((terms.agreement, terms.capabilities), (agreement, capabilities), "{platform} to {country}");
            assert_eq!(terms.wait_hours > 0, agreement == Agreement::Recipient);
        }
    }

    #[test]
    fn what_stripe_refuses() {
        for (platform, country, from_platform) in [
            ("US", "KP", false),
            ("US", "", false),
            ("US", "Germany", false),
            ("DE", "BR", true),
            ("AU", "US", true),
            ("AU", "NZ", true),
            ("VN", "VN", true),
        ] {
            let refused = terms(platform, country).unwrap_err();
            let is_platforms = matches!(refused, Unsupported::FromPlatform { .. });
            assert_eq!(is_platforms, from_platform, "{platform} to {country}");
        }
        let message = terms("DE", "BR").unwrap_err().to_string();
        assert!(message.starts_with("A Stripe account in Germany can\u{2019}t pay people in Brazil."), "{message}");
    }

    #[test]
    fn the_list_is_in_order_and_whole() {
        assert!(COUNTRIES.windows(2).all(|pair| pair[0].name < pair[1].name));
        let named = |list: &str| list.split_ascii_whitespace().all(|code| find(code).is_some());
        assert!(named(REGION) && named(AT_HOME));
        for country in COUNTRIES {
            assert!(country.code.len() == 2 && country.currency.len() == 3 && !country.name.is_empty());
            assert_eq!(COUNTRIES.iter().filter(|other| other.code == country.code).count(), 1);
        }
        assert_eq!(payable_from("US").count(), COUNTRIES.len());
        assert_eq!(payable_from("DE").count(), REGION.split(' ').count());
        assert_eq!(payable_from("SG").map(|country| country.code).collect::<Vec<_>>(), ["SG"]);
    }
}
