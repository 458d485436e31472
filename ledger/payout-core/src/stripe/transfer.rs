//! Transfers from the brand's balance to an affiliate's account.
//!
//! Source: <https://docs.stripe.com/api/transfers/create>, <https://docs.stripe.com/api/idempotent_requests>.

use std::collections::BTreeMap;

use serde::Deserialize;
use shared::money::{Currency, Money};

use super::{Answer, Call, StripeError, unit};

/// What is to be sent. Equal for every attempt of one payout: other parameters under a key that was used are refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The payout's id: `transfer_group`, by which it is found again.
    pub payout: String,
    pub run: Option<String>,
    /// By it a comparison tells ours from another organization's that pays from the same account.
    pub organization: String,
    /// `acct_…`.
    pub destination: String,
    pub amount: Money,
    /// What the affiliate reads, such as the brand's name.
    pub description: String,
}

/// A transfer as Stripe has it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Transfer {
    /// `tr_…`.
    pub id: String,
    /// In Stripe's units, as is what came back of it.
    pub amount: i64,
    #[serde(default)]
    pub amount_reversed: i64,
    pub currency: String,
    /// Null where the account is gone.
    pub destination: Option<String>,
    #[serde(default)]
    pub transfer_group: Option<String>,
    /// Unix seconds.
    #[serde(default)]
    pub created: i64,
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
}

impl Transfer {
    /// In our units; None where we don't know the currency.
    pub fn money(&self) -> Option<Money> {
        self.in_ours(self.amount)
    }

    /// How much of it came back, in our units.
    pub fn returned(&self) -> Option<Money> {
        self.in_ours(self.amount_reversed)
    }

    /// Whether all of it was reversed.
    pub const fn is_taken_back(&self) -> bool {
        self.amount > 0 && self.amount_reversed >= self.amount
    }

    fn in_ours(&self, sent: i64) -> Option<Money> {
        self.currency.parse::<Currency>().ok().map(|currency| unit::from_stripe(currency, sent))
    }
}

pub fn read(answer: &Answer) -> Result<Transfer, StripeError> {
    answer.read()
}

#[derive(Debug, Deserialize)]
pub struct TransferList {
    pub data: Vec<Transfer>,
    #[serde(default)]
    pub has_more: bool,
}

/// The payout's idempotency key of a generation.
pub fn key(payout: &str, generation: i32) -> String {
    format!("rekomi-{payout}-{generation}")
}

pub fn send(order: &Order, generation: i32) -> Call {
    let call = Call::post("/v1/transfers")
        .field("amount", unit::to_stripe(order.amount).to_string())
        .field("currency", order.amount.currency.code().to_ascii_lowercase())
        .field("destination", &*order.destination)
        .field("transfer_group", &*order.payout)
        .field("description", &*order.description)
        .field("metadata[rekomi_payout]", &*order.payout)
        .field("metadata[rekomi_organization]", &*order.organization);
    let call = match &order.run {
        Some(run) => call.field("metadata[rekomi_run]", &**run),
        None => call,
    };
    call.key(key(&order.payout, generation))
}

/// The transfer that was made, where it is the one that was ordered.
///
/// # Errors
/// [`StripeError`]; [`StripeError::Unclear`] also for a success that tells of something else.
pub fn sent(answer: &Answer, order: &Order) -> Result<String, StripeError> {
    let made: Transfer = answer.read()?;
    match difference(&made, order) {
        None => Ok(made.id),
        Some(why) => Err(StripeError::Unclear { why }),
    }
}

/// Asks which transfers of this payout there are.
pub fn look_up(order: &Order) -> Call {
    Call::get("/v1/transfers").field("transfer_group", &*order.payout).field("limit", "10")
}

/// What a look-up found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    Nothing,
    /// `tr_…`: it is as it was ordered.
    Sent(String),
    /// Something else than what was ordered, or more than one: a person must look.
    Else(String),
}

/// # Errors
/// [`StripeError`] where the list can't be had.
pub fn found(answer: &Answer, order: &Order) -> Result<Found, StripeError> {
    let list: TransferList = answer.read()?;
    // A fake server, or a proxy, that ignores the filter must not make us believe anything.
    let ours: Vec<&Transfer> =
        list.data.iter().filter(|one| one.transfer_group.as_deref() == Some(&order.payout)).collect();
    // One that was taken back whole paid nobody.
    let remaining: Vec<&Transfer> = ours.iter().copied().filter(|one| !one.is_taken_back()).collect();
    Ok(match remaining.as_slice() {
        [] if list.has_more => Found::Else("Stripe lists transfers of other payouts".to_owned()),
        // It was sent, and then came back: both are booked.
        [] => match ours.iter().find(|one| difference(one, order).is_none()) {
            Some(one) => Found::Sent(one.id.clone()),
            None => Found::Nothing,
        },
        [one] => difference(one, order).map_or_else(|| Found::Sent(one.id.clone()), Found::Else),
        more => {
            let names: Vec<&str> = more.iter().map(|one| one.id.as_str()).collect();
            Found::Else(format!("Stripe has {} transfers of this payout: {}", more.len(), names.join(", ")))
        }
    })
}

fn difference(made: &Transfer, order: &Order) -> Option<String> {
    let currency = order.amount.currency.code();
    let is_same = made.id.starts_with("tr_")
        && made.amount == unit::to_stripe(order.amount)
        && made.currency.eq_ignore_ascii_case(currency)
        && made.destination.as_deref().is_none_or(|account| account == order.destination);
    (!is_same).then(|| {
        format!(
            "Stripe has {} of {} {} to {}, ordered were {} {currency} to {}",
            made.id,
            made.amount,
            made.currency.to_ascii_uppercase(),
            made.destination.as_deref().unwrap_or("nobody"),
            unit::to_stripe(order.amount),
            order.destination,
        )
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use shared::money::Currency;

    use super::*;

    fn order() -> Order {
        Order {
            payout: "po_1".to_owned(),
            run: None,
            organization: "org_1".to_owned(),
            destination: "acct_1".to_owned(),
            amount: Money::new(700, Currency::USD),
            description: String::new(),
        }
    }

    fn transfer(id: &str, amount: i64, reversed: i64) -> Value {
        json!({"id": id, "amount": amount, "amount_reversed": reversed, "currency": "usd", "destination": "acct_1",
               "transfer_group": "po_1"})
    }

    fn of(data: &[Value]) -> Found {
        let body = json!({"data": data, "has_more": false}).to_string().into_bytes();
        found(&Answer { status: 200, body, ..Answer::default() }, &order()).unwrap()
    }

    #[test]
    fn what_was_taken_back_whole_paid_nobody() {
        let sent = |id: &str| Found::Sent(id.to_owned());
        assert_eq!(of(&[]), Found::Nothing);
        assert_eq!(of(&[transfer("tr_1", 700, 0)]), sent("tr_1"));
        // It was sent and came back: both are booked.
        assert_eq!(of(&[transfer("tr_1", 700, 700)]), sent("tr_1"));
        assert_eq!(of(&[transfer("tr_1", 600, 600)]), Found::Nothing);
        assert_eq!(of(&[transfer("tr_1", 700, 700), transfer("tr_2", 700, 0)]), sent("tr_2"));
        for others in [
            vec![transfer("tr_1", 600, 0)],
            vec![transfer("tr_1", 600, 599)],
            vec![transfer("tr_1", 700, 0), transfer("tr_2", 700, 0)],
        ] {
            assert!(matches!(of(&others), Found::Else(_)), "{others:?}");
        }
    }
}
