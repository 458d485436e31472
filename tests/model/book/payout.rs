//! Payouts through Stripe in the ideal book: what is set aside, sent, given up, and comes back.
//!
//! What is payable is taken whole when a payout sets it aside: all that is owed, less all that was paid too much. Sent, it
//! counts as paid; given up, it is owed again. Tax is kept back of the payout as a whole, 24% of it. What comes back of the
//! net amount brings its share of the tax back, and is owed again.

use std::collections::BTreeMap;

use super::{
    facts::Currency,
    ideal::{Account, Balances, Ideal, Key},
    worth::rounded,
};

/// What becomes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Sent,
    /// Stripe makes the transfer, and nobody hears of it: it is looked up.
    Lost,
    /// Stripe has trouble of its own before it does anything: it is looked up, and sent again.
    Failure,
    /// Stripe makes the transfer, and answers 500, now and for ever.
    Stored,
    /// There is no money: it waits.
    Waits,
    /// Definitely: it is given up.
    Refused,
    /// By a person.
    Cancelled,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PayoutState {
    Waiting,
    Sent,
    /// All of it came back.
    Reversed,
    Failed,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Payout {
    pub(crate) affiliate: usize,
    pub(crate) currency: Currency,
    items: BTreeMap<Key, i64>,
    pub(crate) amount: i64,
    pub(crate) withheld: i64,
    pub(crate) stands: PayoutState,
    /// Of the net amount.
    pub(crate) back: i64,
    pub(crate) returned: i64,
    pub(crate) withheld_returned: i64,
}

impl Payout {
    pub(crate) fn net(&self) -> i64 {
        self.amount - self.withheld
    }

    /// Whether a part of it can come back: then it is clear of which commission.
    pub(crate) fn is_of_one(&self) -> bool {
        self.items.values().filter(|part| **part > 0).count() == 1
    }
}

impl Ideal {
    pub(crate) fn has_open_payout(&self, affiliate: usize, currency: Currency) -> bool {
        let mut open = self.payouts.iter().filter(|one| one.stands == PayoutState::Waiting);
        open.any(|one| (one.affiliate, one.currency) == (affiliate, currency))
    }

    /// How much of a commission is in payouts on their way.
    pub(crate) fn reserved(&self, key: Key) -> i64 {
        let open = self.payouts.iter().filter(|one| one.stands == PayoutState::Waiting);
        open.filter_map(|one| one.items.get(&key)).sum()
    }

    pub(crate) fn reserved_keys(&self) -> impl Iterator<Item = (Key, Currency)> {
        let open = self.payouts.iter().filter(|one| one.stands == PayoutState::Waiting);
        open.flat_map(|one| one.items.keys().map(|key| (*key, one.currency)))
    }

    /// A payout of everything that is payable.
    pub(crate) fn send(&mut self, affiliate: usize, currency: Currency, tax: bool, fate: Fate) {
        let items: BTreeMap<Key, i64> = self.payable_parts(affiliate, currency).collect();
        let amount: i64 = items.values().sum();
        let is_something = amount > 0;
        let withheld = if tax { rounded(i128::from(amount) * 24, 100) } else { 0 };
        self.payouts.push(Payout {
            affiliate,
            currency,
            items: if is_something { items } else { BTreeMap::new() },
            amount,
            withheld: if is_something { withheld } else { 0 },
            stands: if is_something { PayoutState::Waiting } else { PayoutState::Failed },
            back: 0,
            returned: 0,
            withheld_returned: 0,
        });
        if is_something {
            self.goes(self.payouts.len() - 1, fate);
        }
    }

    pub(crate) fn goes(&mut self, number: usize, fate: Fate) {
        let payout = &mut self.payouts[number];
        payout.stands = match fate {
            Fate::Waits => PayoutState::Waiting,
            Fate::Refused | Fate::Cancelled => PayoutState::Failed,
            Fate::Sent | Fate::Lost | Fate::Failure | Fate::Stored => PayoutState::Sent,
        };
        if payout.stands == PayoutState::Sent {
            let (items, currency) = (payout.items.clone(), payout.currency);
            for (key, part) in items {
                self.paid.entry(key).or_insert((currency, 0)).1 += part;
            }
        }
    }

    /// So much of what was sent is back by now, in all.
    pub(crate) fn returns(&mut self, number: usize, back: i64) {
        let payout = &mut self.payouts[number];
        let whole = back == payout.net();
        let tax = if whole { payout.withheld } else { payout.withheld * back / payout.net() };
        let more = back + tax - payout.returned;
        let parts: Vec<(Key, i64)> = if whole && payout.returned == 0 {
            payout.items.iter().map(|(key, part)| (*key, *part)).collect()
        } else if whole {
            // A part of the one commission that it paid is back already; what it took back of others comes now.
            let returned = payout.returned;
            payout.items.iter().map(|(key, part)| (*key, if *part > 0 { part - returned } else { *part })).collect()
        } else {
            payout.items.iter().filter(|(_, part)| **part > 0).map(|(key, _)| (*key, more)).collect()
        };
        (payout.back, payout.returned, payout.withheld_returned) = (back, back + tax, tax);
        payout.stands = if whole { PayoutState::Reversed } else { PayoutState::Sent };
        for (key, part) in parts {
            self.paid.get_mut(&key).expect("it was paid").1 -= part;
        }
    }

    /// What payouts on their way and the tax authority have.
    pub(crate) fn add_payouts(&self, balances: &mut Balances) {
        let mut add = |account: Account, currency: Currency, cents: i64| {
            *balances.entry((account, currency)).or_default() += cents;
        };
        for one in &self.payouts {
            match one.stands {
                PayoutState::Waiting => add(Account::Reserved(one.affiliate), one.currency, one.amount),
                PayoutState::Sent | PayoutState::Reversed => {
                    let withheld = one.withheld - one.withheld_returned;
                    add(Account::Paid(one.affiliate), one.currency, -withheld);
                    add(Account::Withheld(one.affiliate), one.currency, withheld);
                }
                PayoutState::Failed => {}
            }
        }
    }

    /// What each affiliate has got at Stripe.
    pub(crate) fn received(&self) -> BTreeMap<(usize, Currency), i64> {
        let mut received = BTreeMap::new();
        for one in self.payouts.iter().filter(|one| matches!(one.stands, PayoutState::Sent | PayoutState::Reversed)) {
            *received.entry((one.affiliate, one.currency)).or_default() += one.net() - one.back;
        }
        received.retain(|_, cents| *cents != 0);
        received
    }
}
