//! What a person should look at before money is paid: signs of self-referral, of the same buyer twice, of conversions
//! that come too fast. A flag holds the money; it never takes it. Pure.

use shared::timestamp::Timestamp;

use super::{decide::Credit, policy::Checks};
use crate::spelled::spelled;

spelled! {
    Flag {
        /// The buyer has the affiliate's e-mail address.
        SelfReferral,
        /// Another buyer with the same address bought before.
        DuplicateCustomer,
        /// More conversions of the affiliate in this hour than the program lets pass.
        Velocity,
        /// Sooner after the click than people buy.
        ClickToSale,
    }
}

spelled! {
    /// What a person decided about a flagged conversion.
    Review { Approved, Denied }
}

/// What is known about a credited conversion when its flags are raised.
#[derive(Debug, Clone, Copy)]
pub struct Signs<'a> {
    pub credit: &'a Credit,
    pub occurred_at: Timestamp,
    /// The winning click's time, where a click won.
    pub clicked_at: Option<Timestamp>,
    /// Keys of the buyer's addresses (see [`email_key`]).
    pub buyer_emails: &'a [String],
    pub affiliate_email: Option<&'a str>,
    /// It is the buyer's first sale, and another buyer with one of the addresses bought earlier.
    pub bought_before_as_another: bool,
    /// Conversions of the affiliate in the program in the same hour, this one included; where that was counted.
    pub in_this_hour: Option<u32>,
}

/// The flags of a conversion, in the order of their names.
pub fn raise(signs: Signs<'_>, checks: &Checks) -> Vec<Flag> {
    let mut flags = Vec::new();
    let own = |key: &str| signs.buyer_emails.iter().any(|email| email == key);
    if checks.self_referral && signs.affiliate_email.is_some_and(own) {
        flags.push(Flag::SelfReferral);
    }
    if checks.duplicate_customer && signs.bought_before_as_another {
        flags.push(Flag::DuplicateCustomer);
    }
    if let (Some(limit), Some(count)) = (checks.velocity_per_hour, signs.in_this_hour)
        && count > limit
    {
        flags.push(Flag::Velocity);
    }
    if let (Some(seconds), Some(clicked_at)) = (checks.min_click_to_sale_seconds, signs.clicked_at)
        && signs.occurred_at < clicked_at.plus_millis(i64::from(seconds) * 1_000)
    {
        flags.push(Flag::ClickToSale);
    }
    flags
}

/// The hour in which conversions are counted for [`Flag::Velocity`]: from and to, UTC.
pub fn hour_of(moment: Timestamp) -> (Timestamp, Timestamp) {
    const HOUR_MS: i64 = 3_600_000;
    let from = moment.plus_millis(-moment.millis().rem_euclid(HOUR_MS));
    (from, from.plus_millis(HOUR_MS))
}

/// An address in the form that is compared: lower case, without a `+tag`; Gmail ignores dots (Google: "Dots don't matter
/// in Gmail addresses").
pub fn email_key(email: &str) -> String {
    let email = email.trim().to_lowercase();
    let Some((name, domain)) = email.rsplit_once('@') else { return email };
    let name = name.split('+').next().unwrap_or(name);
    match domain {
        "gmail.com" | "googlemail.com" => format!("{}@gmail.com", name.replace('.', "")),
        _ => format!("{name}@{domain}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_mailbox_has_one_key() {
        for email in ["a.b+shop@gmail.com", " AB@googlemail.com", "a.b@GMAIL.com"] {
            assert_eq!(email_key(email), "ab@gmail.com", "{email}");
        }
        assert_eq!(email_key("A.B+x@Brand.test"), "a.b@brand.test");
        assert_eq!(email_key("nonsense"), "nonsense");
    }
}
