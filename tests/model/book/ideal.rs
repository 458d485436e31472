//! The ideal book: what was reported and what people did, and what follows from it by the rules. It remembers only what
//! the rules say is remembered: what became payable stays so, and what was paid was paid.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    back::{given_back, is_disputed},
    credit::{Credit, Reviewed, Word, Words, credits, flagged, waiting},
    facts::{AFFILIATES, Currency, DAY, Event, Name, OF_AN_AFFILIATE, Owner, People, conversions},
    joins,
    payout::Payout,
    recruits::{Recruiting, Share, bought_by_recruiters},
    worth::{self, Earned, Version, earned},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    /// By a component of the plan on a sale or lead.
    Earned(worth::Key),
    /// By having recruited the one who earned it.
    Share(Share),
    /// By a person, in this order.
    Extra(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Pending,
    Approved,
    Paid,
    Refunded,
    Denied,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Commission {
    pub(crate) amount: i64,
    pub(crate) paid: i64,
    pub(crate) reserved: i64,
    pub(crate) currency: Currency,
    pub(crate) status: Status,
}

/// A bonus or adjustment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Extra {
    pub(crate) affiliate: usize,
    pub(crate) cents: i64,
    pub(crate) due: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Account {
    Expense,
    Pending(usize),
    Payable(usize),
    Reserved(usize),
    Paid(usize),
    Withheld(usize),
}

pub(crate) type Balances = BTreeMap<(Account, Currency), i64>;

#[derive(Debug, Clone, Default)]
pub(crate) struct Ideal {
    /// The business clock's day.
    pub(crate) today: i64,
    /// Each event once.
    pub(crate) report: Vec<Event>,
    pub(crate) versions: Vec<Version>,
    pub(crate) words: Words,
    /// What people said about credits, each with its day.
    pub(crate) message: Vec<(i64, Name, Word)>,
    /// Which customers are one.
    pub(super) people: People,
    pub(crate) reviewed: Reviewed,
    pub(crate) denied: BTreeSet<Key>,
    pub(crate) released: BTreeSet<Key>,
    pub(crate) extras: Vec<Extra>,
    pub(crate) recruiting: Recruiting,
    became_payable: BTreeSet<Key>,
    pub(crate) paid: BTreeMap<Key, (Currency, i64)>,
    /// Through Stripe, in the order of their making.
    pub(crate) payouts: Vec<Payout>,
}

impl Ideal {
    pub(crate) fn credits(&self) -> BTreeMap<Name, Option<Credit>> {
        credits(&self.report, &self.people, &self.words, &self.reviewed)
    }

    /// Who has the credit of each conversion, what was given back of it, and whether it is flagged.
    pub(crate) fn conversions(&self) -> BTreeMap<Name, (Option<usize>, i64, bool)> {
        let credits = self.credits();
        let mut flagged = self.flagged(&credits);
        flagged.extend(self.bought_by_recruiters(&credits));
        let all = conversions(&self.report, &self.people);
        let row = |one: &super::facts::Conversion| {
            let whose = credits[&one.name].map(|credit| credit.affiliate);
            (one.name, (whose, given_back(one, &self.report), flagged.contains(&one.name)))
        };
        all.values().map(row).collect()
    }

    fn flagged(&self, credits: &BTreeMap<Name, Option<Credit>>) -> BTreeSet<Name> {
        flagged(&self.report, &self.people, credits, &self.reviewed, &self.versions)
    }

    /// What a recruiter bought themselves: a person looks at it, and until then their share of it waits, and nothing else.
    fn bought_by_recruiters(&self, credits: &BTreeMap<Name, Option<Credit>>) -> BTreeSet<Name> {
        let all = conversions(&self.report, &self.people);
        let credited = all.values().filter_map(|one| Some((*one, credits[&one.name]?.affiliate)));
        // The last address is the first affiliate's.
        bought_by_recruiters(&self.recruiting, credited, |one, recruiter| {
            recruiter == 0 && self.people.has(one.owner, OF_AN_AFFILIATE)
        })
    }

    /// What waits for a person.
    fn waiting(&self) -> BTreeSet<Name> {
        let credits = self.credits();
        waiting(&credits, &self.flagged(&credits), &self.reviewed)
    }

    /// Everything earned or given, before a person's denial.
    fn worth(&self) -> BTreeMap<Key, Earned> {
        let denied = self.reviewed.iter().filter(|(_, denied)| **denied).map(|(name, _)| *name);
        let uncounted = self.waiting().into_iter().chain(denied).collect();
        let earned = earned(&self.report, &self.people, &self.credits(), &self.versions, &uncounted);
        let shares = self.recruiting.earned(&earned, &conversions(&self.report, &self.people)).into_iter();
        let extras = self.extras.iter().enumerate().map(|(number, extra)| {
            (
                Key::Extra(number),
                Earned { currency: Currency::Usd, whole: extra.cents, left: extra.cents, due: extra.due },
            )
        });
        let earned = earned.into_iter().map(|(key, earned)| (Key::Earned(key), earned));
        earned.chain(shares.map(|(key, earned)| (Key::Share(key), earned))).chain(extras).collect()
    }

    fn is_denied(&self, key: Key) -> bool {
        let of_sale = |name| self.reviewed.get(&name).copied().unwrap_or_default();
        self.denied.contains(&key)
            || match key {
                Key::Earned((name, ..)) => of_sale(name),
                // A share of nothing.
                Key::Share((of, _)) => self.is_denied(Key::Earned(of)),
                Key::Extra(_) => false,
            }
    }

    /// What ends the hold of a commission ends that of the share, too.
    fn is_released(&self, key: Key) -> bool {
        let with = matches!(key, Key::Share((of, _)) if self.released.contains(&Key::Earned(of)));
        with || self.released.contains(&key)
    }

    /// What a dispute or a review holds.
    fn frozen(&self) -> Frozen {
        let all = conversions(&self.report, &self.people);
        let disputed = all.values().filter(|one| is_disputed(one, &self.report)).map(|one| one.name);
        let mut own = self.bought_by_recruiters(&self.credits());
        own.retain(|name| !self.reviewed.contains_key(name));
        Frozen { all: disputed.chain(self.waiting()).collect(), shares: own }
    }

    /// Every commission that is earned now. What is earned no more is worth nothing, and was paid what it was paid.
    pub(crate) fn commissions(&self) -> BTreeMap<Key, Commission> {
        let frozen = self.frozen();
        let row = |(key, earned): (Key, Earned)| {
            let denied = self.is_denied(key);
            let amount = if denied { 0 } else { earned.left };
            let paid = self.paid.get(&key).map_or(0, |(_, cents)| *cents);
            let reserved = self.reserved(key);
            // What is on its way isn't paid yet, and what a payout takes back is owed again where it is earned after all.
            let settled = if amount < 0 { paid <= amount } else { paid >= amount } && amount - paid - reserved <= 0;
            let status = match () {
                () if denied => Status::Denied,
                () if amount == 0 => Status::Refunded,
                () if paid != 0 && settled => Status::Paid,
                () if !frozen.has(key) && self.became_payable.contains(&key) => Status::Approved,
                () => Status::Pending,
            };
            (key, Commission { amount, paid, reserved, currency: earned.currency, status })
        };
        self.worth().into_iter().map(row).collect()
    }

    /// After every change: what is due (or released) and not frozen becomes payable, and stays so.
    pub(crate) fn settle(&mut self) {
        self.people = joins::people(&self.report, &self.message, &self.versions);
        let (now, frozen) = (self.today * DAY, self.frozen());
        for (key, earned) in self.worth() {
            let is_due = earned.due <= now || self.is_released(key);
            if is_due && !frozen.has(key) && earned.left != 0 && !self.is_denied(key) {
                self.became_payable.insert(key);
            }
        }
    }

    /// What each commission still owes, and no payout has: to whom, how much, and whether that may be paid. What was paid
    /// too much may be taken back at once; what is frozen, denied or on hold may not be paid.
    fn owed(&self) -> BTreeMap<Key, (usize, Currency, i64, bool)> {
        let commissions = self.commissions();
        let reserved: BTreeMap<Key, Currency> = self.reserved_keys().collect();
        let keys: BTreeSet<Key> = commissions.keys().chain(self.paid.keys()).chain(reserved.keys()).copied().collect();
        let row = |key: Key| {
            let taken_in = self.paid.get(&key).map(|(currency, _)| *currency).or(reserved.get(&key).copied());
            let (amount, currency, status) = match (commissions.get(&key), taken_in) {
                (Some(row), _) => (row.amount, row.currency, row.status),
                (None, Some(currency)) => (0, currency, Status::Denied),
                (None, None) => unreachable!("one of them has it"),
            };
            let paid = self.paid.get(&key).map_or(0, |(_, cents)| *cents);
            let on_its_way = self.reserved(key);
            let payable = match status {
                Status::Approved | Status::Paid => true,
                Status::Pending => false,
                Status::Refunded | Status::Denied => paid != 0 || on_its_way != 0,
            };
            (key, (self.affiliate(key), currency, amount - paid - on_its_way, payable))
        };
        keys.into_iter().map(row).collect()
    }

    fn affiliate(&self, key: Key) -> usize {
        match key {
            Key::Earned((_, affiliate, _)) | Key::Share((_, affiliate)) => affiliate,
            Key::Extra(number) => self.extras[number].affiliate,
        }
    }

    pub(crate) fn balances(&self) -> Balances {
        let mut balances = Balances::new();
        let mut add = |account: Account, currency: Currency, cents: i64| {
            *balances.entry((account, currency)).or_default() += cents;
        };
        for (affiliate, currency, owed, payable) in self.owed().into_values() {
            add(if payable { Account::Payable(affiliate) } else { Account::Pending(affiliate) }, currency, owed);
        }
        for (key, (currency, cents)) in &self.paid {
            add(Account::Paid(self.affiliate(*key)), *currency, *cents);
        }
        for row in self.commissions().values() {
            add(Account::Expense, row.currency, -row.amount);
        }
        self.add_payouts(&mut balances);
        balances.retain(|_, cents| *cents != 0);
        balances
    }

    /// What is payable, commission by commission.
    pub(crate) fn payable_parts(&self, affiliate: usize, currency: Currency) -> impl Iterator<Item = (Key, i64)> {
        let parts = self.owed().into_iter().filter(move |(_, (whose, in_currency, owed, payable))| {
            *payable && *owed != 0 && (*whose, *in_currency) == (affiliate, currency)
        });
        parts.map(|(key, (_, _, owed, _))| (key, owed))
    }

    /// Sales of which something was paid.
    pub(crate) fn paid_sales(&self) -> BTreeSet<u8> {
        let paid = self.paid.iter().filter(|(_, (_, cents))| *cents != 0);
        paid.filter_map(|(key, _)| match key {
            Key::Earned((Name::Sale(sale), ..)) | Key::Share(((Name::Sale(sale), ..), _)) => Some(*sale),
            _ => None,
        })
        .collect()
    }

    pub(crate) fn payable(&self, affiliate: usize, currency: Currency) -> i64 {
        self.balances().get(&(Account::Payable(affiliate), currency)).copied().unwrap_or_default()
    }

    /// Pays everything that may be paid, if it is more than nothing.
    pub(crate) fn pay(&mut self, affiliate: usize, currency: Currency) {
        assert!(affiliate < AFFILIATES);
        if self.payable(affiliate, currency) <= 0 {
            return;
        }
        let parts: Vec<(Key, i64)> = self.payable_parts(affiliate, currency).collect();
        for (key, owed) in parts {
            self.paid.entry(key).or_insert((currency, 0)).1 += owed;
        }
    }

    /// Releases what waits for nothing but its day.
    fn release(&mut self, requested: impl Fn(&Self, Key) -> bool) {
        for (key, row) in self.commissions() {
            if row.status == Status::Pending && !self.is_frozen(key) && requested(self, key) {
                self.released.insert(key);
            }
        }
    }

    pub(crate) fn release_affiliate(&mut self, affiliate: usize) {
        self.release(|ideal, key| ideal.affiliate(key) == affiliate);
    }

    /// By one of the names of a buyer.
    pub(crate) fn release_buyer(&mut self, customer: u8) {
        let all = conversions(&self.report, &self.people);
        let buyer = Owner::Buyer(self.people.buyer(customer));
        self.release(|_, key| name(key).is_some_and(|name| all[&name].owner == buyer));
    }

    pub(crate) fn is_frozen(&self, key: Key) -> bool {
        self.frozen().has(key)
    }
}

/// The sale or lead that it is earned by.
const fn name(key: Key) -> Option<Name> {
    match key {
        Key::Earned((name, ..)) | Key::Share(((name, ..), _)) => Some(name),
        Key::Extra(_) => None,
    }
}

/// The conversions of which everything is held, and those of which the recruiter's share is.
struct Frozen {
    all: BTreeSet<Name>,
    shares: BTreeSet<Name>,
}

impl Frozen {
    fn has(&self, key: Key) -> bool {
        let share = matches!(key, Key::Share(((of, ..), _)) if self.shares.contains(&of));
        share || name(key).is_some_and(|name| self.all.contains(&name))
    }
}
