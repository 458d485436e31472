//! How an affiliate is paid on rails other than Stripe: the email address of their PayPal or Wise account, or a bank
//! account. Pure.

use serde::{Deserialize, Serialize};

use kit::{
    api::text,
    error::{Checks, Error, Result},
};

const HOLDER_MAX: usize = 140;
const ACCOUNT_MAX: usize = 500;

/// A way to pay an affiliate, as the database and the public API spell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rail {
    Stripe,
    PayPal,
    Wise,
    Manual,
}

impl Rail {
    pub const ALL: [Self; 4] = [Self::Stripe, Self::PayPal, Self::Wise, Self::Manual];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stripe => "Stripe",
            Self::PayPal => "PayPal",
            Self::Wise => "Wise",
            Self::Manual => "Manual",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rail| rail.as_str() == text)
    }

    /// The name for people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Manual => "Bank transfer",
            other => other.as_str(),
        }
    }
}

/// Where the money goes. It is stored encrypted: table `payout_methods`, column `sealed_details`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Details {
    /// The email address of the PayPal or Wise account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The holder of the bank account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holder: Option<String>,
    /// IBAN, or account number with the bank's code, as the affiliate wrote it; may have several lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
}

/// The entered details, field by field.
#[derive(Debug, Default)]
pub struct Given<'a> {
    pub email: Option<&'a str>,
    pub holder: Option<&'a str>,
    pub account: Option<&'a str>,
}

/// Reads the details of a rail other than Stripe.
///
/// # Errors
/// 400 naming each field that is wrong.
pub fn check(rail: Rail, given: &Given<'_>) -> Result<Details> {
    let message = |text: Option<&str>| text.map(str::trim).is_some_and(|text| !text.is_empty());
    let refuse = |field: &str, why: &str| Err(Error::field(field, format!("{field} {why}")));
    match rail {
        Rail::PayPal | Rail::Wise => {
            let name = rail.as_str();
            if message(given.holder) || message(given.account) {
                return refuse("account", &format!("must be omitted, because {name} only takes email"));
            }
            let email = text::email("email", given.email.unwrap_or_default())?;
            Ok(Details { email: Some(email), ..Details::default() })
        }
        Rail::Manual if message(given.email) => {
            refuse("email", "must be omitted, because Manual takes holder and account")
        }
        Rail::Manual => {
            let mut checks = Checks::default();
            let holder = checks.value(text::checked("holder", given.holder.unwrap_or_default(), HOLDER_MAX));
            let account = checks.value(account(given.account.unwrap_or_default()));
            checks.end().map(|()| Details { holder: Some(holder), account: Some(account), email: None })
        }
        Rail::Stripe => refuse("rail", "must be PayPal, Wise or Manual, as Stripe collects payout details itself"),
    }
}

fn account(text: &str) -> Result<String> {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let text = lines.join("\n");
    let is_whole = text.chars().filter(char::is_ascii_digit).count() >= 4;
    if text.chars().count() > ACCOUNT_MAX || text.chars().any(|c| c.is_control() && c != '\n') || !is_whole {
        let message = "account must identify the bank account, such as an IBAN and BIC, in at most 500 characters";
        return Err(Error::field("account", message));
    }
    if let Some(iban) = iban_in(&text)
        && !is_iban(&iban)
    {
        return Err(Error::field(
            "account",
            "account must contain a valid IBAN: the checksum of this one doesn\u{2019}t match",
        ));
    }
    Ok(text)
}

/// Returns the IBAN if the first line is one: two letters, two digits, and at least eleven more characters.
pub(super) fn iban_in(text: &str) -> Option<String> {
    let line = text.lines().next()?;
    let (label, rest) = line.split_at_checked(4)?;
    let line = if label.eq_ignore_ascii_case("iban") { rest.trim_start_matches([':', ' ']) } else { line };
    let packed: String = line.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_uppercase()).collect();
    let (head, rest) = (packed.get(..4)?, packed.get(4..)?);
    let looks = head.bytes().take(2).all(|byte| byte.is_ascii_uppercase())
        && head.bytes().skip(2).all(|byte| byte.is_ascii_digit())
        && (11..=30).contains(&rest.len())
        && rest.bytes().all(|byte| byte.is_ascii_alphanumeric());
    looks.then_some(packed)
}

/// ISO 13616: the number, with its first four characters moved to the end and letters counted from 10, leaves 1 modulo
/// 97.
fn is_iban(packed: &str) -> bool {
    let turned = packed.chars().skip(4).chain(packed.chars().take(4));
    let rest = turned
        .filter_map(|c| c.to_digit(36))
        .fold(0_u32, |rest, digit| if digit < 10 { (rest * 10 + digit) % 97 } else { (rest * 100 + digit) % 97 });
    rest == 1
}

impl Details {
    /// The part that may be shown: `l…@example.com`, `…3000`.
    pub fn hint(&self) -> String {
        if let Some(email) = &self.email {
            let (name, domain) = email.split_once('@').unwrap_or((email, ""));
            let first: String = name.chars().take(1).collect();
            return format!("{first}\u{2026}@{domain}");
        }
        // For an IBAN with its BIC, this is the account, not the bank.
        let account = self.account.as_deref().unwrap_or_default().lines().next().unwrap_or_default();
        let digits: Vec<char> = account.chars().filter(char::is_ascii_alphanumeric).collect();
        let last: String = digits.iter().skip(digits.len().saturating_sub(4)).collect();
        if digits.len() > 6 { format!("\u{2026}{last}") } else { "\u{2026}".to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bank(account: &str) -> Result<Details> {
        check(Rail::Manual, &Given { holder: Some("Nina Braun"), account: Some(account), email: None })
    }

    #[test]
    fn each_rail_takes_its_own() {
        let email = Given { email: Some(" Nina@Example.COM "), ..Given::default() };
        let details = check(Rail::PayPal, &email).unwrap();
        assert_eq!(
            (details.email.as_deref(), details.hint().as_str()),
            (Some("nina@example.com"), "n\u{2026}@example.com")
        );
        assert_eq!(check(Rail::Wise, &email).unwrap(), details);
        let field = |rail, given: &Given<'_>| check(rail, given).unwrap_err().body().field.clone().unwrap();
        assert_eq!(field(Rail::PayPal, &Given::default()), "email");
        assert_eq!(field(Rail::Manual, &Given::default()), "holder");
        assert_eq!(field(Rail::Manual, &email), "email");
        assert_eq!(field(Rail::Stripe, &email), "rail");
        assert_eq!(field(Rail::Manual, &Given { holder: Some("N"), ..Given::default() }), "account");
    }

    #[test]
    fn an_iban_with_a_slip_is_found() {
        let kept = bank("IBAN: de89 3704 0044 0532 0130 00\nBIC COBADEFFXXX").unwrap();
        assert_eq!(kept.account.as_deref(), Some("IBAN: de89 3704 0044 0532 0130 00\nBIC COBADEFFXXX"));
        assert_eq!(kept.hint(), "\u{2026}3000");
        assert!(bank("GB82 WEST 1234 5698 7654 32").is_ok());
        assert!(bank("DE88 3704 0044 0532 0130 00").unwrap_err().body().message.contains("checksum"));
        assert!(bank("021000021 / 123456789, First Bank").is_ok(), "other countries have no IBAN");
        for bad in ["", "my bank", &"1".repeat(501), "12345\u{7}678"] {
            assert!(bank(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_hint_of_little_shows_nothing() {
        assert_eq!(bank("12345").unwrap().hint(), "\u{2026}");
    }
}
