//! Where an affiliate's money goes, and what follows when that changes: their payouts wait three days, the previous
//! address is notified, and runs that were proposed earlier don't pay to the new destination.

use sha2::{Digest, Sha256};
use shared::timestamp::Timestamp;

use super::{destination_store, email, method::Rail, store::Person};
use kit::{db::TenantTx, error::Result, state::AppState, text::Texts};
use programs::payout_account::hold_store;

/// How long payouts wait after a change; the same as after a change of the email address.
pub const HOLD_DAYS: i64 = 3;
const REASON: &str = "The payout destination changed. Payouts resume automatically after three days.";
/// How long people who approve a run see that the destination changed.
const SHOWN_DAYS: i64 = 30;
const DAY_MS: i64 = 86_400_000;

/// A payout's destination, as far as it is pinned and shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// See [`digest`].
    pub digest: [u8; 32],
    /// The part that may be shown, such as `l…@example.com`; may be empty.
    pub hint: String,
    /// When it last changed.
    pub changed_at: Option<Timestamp>,
}

/// Where an affiliate's money goes from now on, for emails about the change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewDestination {
    /// The rail, and the part of its details that may be shown, such as `l…@example.com`; empty for Stripe.
    Method(Rail, String),
    /// Another bank account behind the same Stripe account: its last digits.
    OtherBank(String),
    OtherStripeAccount,
}

impl NewDestination {
    /// `PayPal to l…@example.com`.
    pub fn words(&self, t: Texts) -> String {
        let text = match self {
            Self::Method(Rail::Stripe, _) => return Rail::Stripe.as_str().to_owned(),
            Self::Method(Rail::Manual, hint) => t.say("email-destination-bank-transfer").with("hint", hint),
            Self::Method(rail, hint) => {
                t.say("email-destination-method").with("method", rail.as_str()).with("hint", hint)
            }
            Self::OtherBank(hint) => t.say("email-destination-other-bank").with("hint", hint),
            Self::OtherStripeAccount => t.say("email-destination-other-account"),
        };
        text.to_string()
    }
}

/// Digests what a proposed payout pins: the rail, the Stripe account on Stripe's rail, and the time of the last change
/// of either, of the details, or of the bank behind the account. It stays equal as long as the money goes to the same
/// place.
pub fn digest(rail: &str, stripe_account: Option<&str>, changed_at: Option<Timestamp>) -> [u8; 32] {
    let (account, changed) = (stripe_account.unwrap_or_default(), changed_at.map_or(0, Timestamp::millis));
    Sha256::digest(format!("{rail}\n{account}\n{changed}")).into()
}

/// "changed 2 days ago", for the person who approves; `None` if the change is older than `SHOWN_DAYS`.
pub fn changed(changed_at: Option<Timestamp>, now: Timestamp) -> Option<String> {
    let days = (now.millis() - changed_at?.millis()).max(0) / DAY_MS;
    match days {
        0 => Some("changed today".to_owned()),
        1 => Some("changed yesterday".to_owned()),
        days if days <= SHOWN_DAYS => Some(format!("changed {days} days ago")),
        _ => None,
    }
}

/// Records that the money goes elsewhere from now on. `before` is the email address that was paid until now, if it was
/// one, and `new` is the new destination.
///
/// # Errors
/// Database errors; nothing may be committed then.
pub async fn moved(
    tx: &mut TenantTx,
    state: &AppState,
    person: &Person,
    (before, new): (Option<&str>, &NewDestination),
) -> Result<()> {
    let now = state.clock.now();
    destination_store::set_changed(tx, person.id, now).await?;
    let until = now.plus_days(HOLD_DAYS);
    hold_store::for_some_days(tx, person.id, REASON, (now, until)).await?;
    if let Some(before) = before.filter(|before| *before != person.email) {
        email::changed_elsewhere(tx, state, person, before, new).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(days: i64) -> Timestamp {
        Timestamp::from_seconds(1_790_000_000 + days * 86_400).unwrap()
    }

    #[test]
    fn another_place_has_another_digest() {
        let paypal = digest("PayPal", None, None);
        assert_eq!(paypal, digest("PayPal", None, None));
        for other in [
            digest("Wise", None, None),
            digest("PayPal", None, Some(at(0))),
            digest("Stripe", Some("acct_1"), None),
            digest("Stripe", Some("acct_2"), None),
            digest("Stripe", Some("acct_1"), Some(at(0))),
        ] {
            assert_ne!(paypal, other);
        }
        assert_ne!(digest("Stripe", Some("acct_1"), None), digest("Stripe", Some("acct_2"), None));
    }

    #[test]
    fn a_change_is_shown_for_a_month() {
        let message = |days| changed(Some(at(0)), at(days));
        assert_eq!(message(0).as_deref(), Some("changed today"));
        assert_eq!(message(1).as_deref(), Some("changed yesterday"));
        assert_eq!(message(2).as_deref(), Some("changed 2 days ago"));
        assert_eq!((message(31), changed(None, at(0))), (None, None));
    }
}
