//! Transfers from the brand's balance to an affiliate's account.
//!
//! Source: <https://docs.stripe.com/api/transfers/create>, <https://docs.stripe.com/api/idempotent_requests>.

use std::collections::BTreeMap;

use serde::Deserialize;
use shared::{
    money::{Currency, Money},
    timestamp::Timestamp,
};

use super::{Answer, Call, StripeError, unit};

/// A transfer to create. It must be equal in every attempt for one payout: Stripe refuses other parameters under a used
/// key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The payout's id, sent as `transfer_group` to find the transfer again.
    pub payout: String,
    pub run: Option<String>,
    /// Lets reconciliation tell our transfers from those of another organization that pays from the same account.
    pub organization: String,
    /// `acct_…`.
    pub destination: String,
    pub amount: Money,
    /// Shown to the affiliate, such as the brand's name.
    pub description: String,
}

/// A transfer, as Stripe returns it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Transfer {
    /// `tr_…`.
    pub id: String,
    /// In Stripe's units, like the reversed amount.
    pub amount: i64,
    #[serde(default)]
    pub amount_reversed: i64,
    pub currency: String,
    /// Null if the account was deleted.
    pub destination: Option<String>,
    #[serde(default)]
    pub transfer_group: Option<String>,
    /// Unix seconds.
    #[serde(default)]
    pub created: i64,
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
    #[serde(default)]
    pub reversals: Option<Reversals>,
}

/// The latest reversals of a transfer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Reversals {
    #[serde(default)]
    data: Vec<ReversedAt>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
struct ReversedAt {
    /// Unix seconds.
    created: i64,
}

impl Transfer {
    /// The amount in our units; `None` for an unknown currency.
    pub fn money(&self) -> Option<Money> {
        self.in_ours(self.amount)
    }

    /// The reversed amount, in our units.
    pub fn returned(&self) -> Option<Money> {
        self.in_ours(self.amount_reversed)
    }

    /// When it was last reversed, if Stripe says it.
    pub fn returned_at(&self) -> Option<Timestamp> {
        let last = self.reversals.as_ref()?.data.iter().map(|one| one.created).max()?;
        Timestamp::from_seconds(last).ok()
    }

    /// Returns whether all of it was reversed.
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

/// The payout's idempotency key for a generation.
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

/// Returns the created transfer, if it matches the order.
///
/// # Errors
/// [`StripeError`]; [`StripeError::Unclear`] also for a success that returns a different transfer.
pub fn sent(answer: &Answer, order: &Order) -> Result<Transfer, StripeError> {
    let made: Transfer = answer.read()?;
    match difference(&made, order) {
        None => Ok(made),
        Some(why) => Err(StripeError::Unclear { why }),
    }
}

/// Searches the transfers of this payout.
pub fn look_up(order: &Order) -> Call {
    Call::get("/v1/transfers").field("transfer_group", &*order.payout).field("limit", "10")
}

/// The result of a look-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    Nothing,
    /// It matches the order.
    Sent(Transfer),
    /// A transfer that doesn't match the order, or several: someone has to review it.
    Else(String),
}

/// # Errors
/// [`StripeError`] if the list can't be read.
pub fn found(answer: &Answer, order: &Order) -> Result<Found, StripeError> {
    let list: TransferList = answer.read()?;
    // A fake server or a proxy that ignores the filter must not mislead us.
    let ours: Vec<&Transfer> =
        list.data.iter().filter(|one| one.transfer_group.as_deref() == Some(&order.payout)).collect();
    // A fully reversed transfer paid no one.
    let remaining: Vec<&Transfer> = ours.iter().copied().filter(|one| !one.is_taken_back()).collect();
    Ok(match remaining.as_slice() {
        [] if list.has_more => Found::Else("Stripe lists transfers for other payouts".to_owned()),
        // It was sent and then reversed: both are booked.
        [] => match ours.iter().find(|one| difference(one, order).is_none()) {
            Some(one) => Found::Sent((*one).clone()),
            None => Found::Nothing,
        },
        [one] => difference(one, order).map_or_else(|| Found::Sent((*one).clone()), Found::Else),
        more => {
            let names: Vec<&str> = more.iter().map(|one| one.id.as_str()).collect();
            Found::Else(format!("Stripe has {} transfers for this payout: {}", more.len(), names.join(", ")))
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
            "Stripe has {} of {} {} to {}, but the payout is {} {currency} to {}",
            made.id,
            made.amount,
            made.currency.to_ascii_uppercase(),
            made.destination.as_deref().unwrap_or("an unknown account"),
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
    fn it_came_back_when_it_was_last_reversed() {
        let at = |reversals: Value| {
            let mut json = transfer("tr_1", 700, 0);
            json["reversals"] = reversals;
            serde_json::from_value::<Transfer>(json).unwrap().returned_at().map(Timestamp::seconds)
        };
        let two = json!({"object": "list", "data": [{"id": "trr_2", "created": 20}, {"id": "trr_1", "created": 10}]});
        assert_eq!(at(two), Some(20));
        assert_eq!((at(json!({"object": "list", "data": []})), at(Value::Null)), (None, None));
    }

    #[test]
    fn what_was_taken_back_whole_paid_nobody() {
        let sent = |json: Value| Found::Sent(serde_json::from_value(json).unwrap());
        assert_eq!(of(&[]), Found::Nothing);
        assert_eq!(of(&[transfer("tr_1", 700, 0)]), sent(transfer("tr_1", 700, 0)));
        // It was sent and reversed: both are booked.
        assert_eq!(of(&[transfer("tr_1", 700, 700)]), sent(transfer("tr_1", 700, 700)));
        assert_eq!(of(&[transfer("tr_1", 600, 600)]), Found::Nothing);
        assert_eq!(of(&[transfer("tr_1", 700, 700), transfer("tr_2", 700, 0)]), sent(transfer("tr_2", 700, 0)));
        for others in [
            vec![transfer("tr_1", 600, 0)],
            vec![transfer("tr_1", 600, 599)],
            vec![transfer("tr_1", 700, 0), transfer("tr_2", 700, 0)],
        ] {
            assert!(matches!(of(&others), Found::Else(_)), "{others:?}");
        }
    }
}
