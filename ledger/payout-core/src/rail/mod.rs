//! Payout rails, and the files of payment services that we don't call ourselves.

pub mod cell;
pub mod import;
pub mod paypal;
pub mod remittance;
pub mod wise;

use shared::money::Currency;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rail {
    /// Transfers created with the brand's own Stripe key.
    Stripe,
    /// A file for PayPal's mass payments.
    PayPal,
    /// A file for Wise's batch payments.
    Wise,
    /// Paid elsewhere, one payment at a time.
    Manual,
}

impl Rail {
    pub const ALL: [Self; 4] = [Self::Stripe, Self::PayPal, Self::Wise, Self::Manual];

    /// The name in the database and the public API.
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

    /// Maximum payments per file; `None` if the rail has no file.
    pub const fn rows_max(self) -> Option<usize> {
        match self {
            Self::PayPal => Some(paypal::ROWS_MAX),
            Self::Wise => Some(wise::ROWS_MAX),
            Self::Stripe | Self::Manual => None,
        }
    }

    /// The number of minor units that a withdrawal must be a multiple of, so that the rail can send what remains after
    /// tax. It is 1, except for currencies that PayPal takes without decimals: 24% of 25 whole units is a whole number
    /// again.
    pub fn unit(self, currency: Currency, withheld: bool) -> i64 {
        match self {
            Self::PayPal if paypal::is_whole_only(currency) => {
                10_i64.pow(currency.exponent()) * if withheld { 25 } else { 1 }
            }
            _ => 1,
        }
    }
}

/// One payment in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line<'a> {
    /// `po_…`, 29 characters.
    pub payout: &'a str,
    /// The email address, or PayPal's account id.
    pub recipient: &'a str,
    pub name: &'a str,
    pub is_company: bool,
    /// What the affiliate receives, in minor units.
    pub net: i64,
}

/// Why a payment can't be written to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unwritable {
    #[error("the payout email is missing or can't be used in a file")]
    Recipient,
    #[error("the name is missing")]
    Name,
    #[error("this amount can't be paid in this currency")]
    Amount,
    #[error("this payout method doesn't support the currency")]
    Currency,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_of_a_unit_is_whole() {
        let huf: Currency = "HUF".parse().unwrap();
        let unit = Rail::PayPal.unit(huf, true);
        assert_eq!((unit - crate::withhold::of(unit)) % 100, 0);
        assert_eq!((Rail::PayPal.unit(huf, false), Rail::Wise.unit(huf, true)), (100, 1));
        assert_eq!(Rail::PayPal.unit(Currency::USD, true), 1);
    }
}
