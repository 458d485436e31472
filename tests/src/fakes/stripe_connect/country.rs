//! Which accounts Stripe lets a platform have, and pay: by docs.stripe.com/connect/cross-border-payouts and
//! docs.stripe.com/connect/service-agreement-types, and by the refusals that platforms report.

/// Where accounts under the full agreement are paid across borders.
const REGION: [&str; 34] = [
    "US", "CA", "GB", "CH", "AT", "BE", "BG", "HR", "CY", "CZ", "DK", "EE", "FI", "FR", "DE", "GR", "HU", "IE", "IT",
    "LV", "LT", "LU", "MT", "NL", "PL", "PT", "RO", "SK", "SI", "ES", "SE", "IS", "LI", "NO",
];
/// Where accounts under the full agreement can be had besides.
const BUSINESSES: [&str; 11] = ["AE", "AU", "BR", "HK", "IN", "JP", "MX", "MY", "NZ", "SG", "TH"];
/// Where only recipients can be.
const RECIPIENTS: &str = "AG AL AM AO AR AZ BA BD BH BJ BN BO BS BT BW CI CL CO CR DO DZ EC EG ET GA GH GM GT GY ID IL JM JO KE KH KR KW \
     KZ LA LC LK MA MC MD MG MK MN MO MU MZ NA NE NG OM PA PE PH PK PY QA RS RW SA SM SN SV TN TR TT TW TZ UY UZ VN ZA";

pub(super) fn is_known(country: &str) -> bool {
    has_full(country) || RECIPIENTS.split_ascii_whitespace().any(|code| code == country)
}

pub(super) fn has_full(country: &str) -> bool {
    REGION.contains(&country) || BUSINESSES.contains(&country)
}

/// Whether a platform may have accounts there under the recipient agreement.
pub(super) fn has_recipients(platform: &str, country: &str) -> bool {
    platform == "US" && country != "US" && is_known(country)
}

/// Whether an account under the full agreement is paid.
pub(super) fn pays_full(platform: &str, country: &str) -> bool {
    platform == country || (REGION.contains(&platform) && REGION.contains(&country))
}

/// What its bank accounts are paid in, of those that the tests use; the rest is paid in dollars.
pub(super) fn currency(country: &str) -> &'static str {
    match country {
        "GB" => "gbp",
        "CH" | "LI" => "chf",
        "CA" => "cad",
        "DK" => "dkk",
        "NO" => "nok",
        "SE" => "sek",
        "PL" => "pln",
        "CZ" => "czk",
        "HU" => "huf",
        "RO" => "ron",
        "IS" => "isk",
        "BR" => "brl",
        "MX" => "mxn",
        "AU" => "aud",
        "JP" => "jpy",
        "SG" => "sgd",
        "NZ" => "nzd",
        "IN" => "inr",
        "US" => "usd",
        region if REGION.contains(&region) => "eur",
        _ => "usd",
    }
}
