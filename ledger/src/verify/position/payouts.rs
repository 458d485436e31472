//! Goal: no cent is lost or paid twice, whatever happens to commissions while payouts take them: refunds, disputes,
//! denials, and payouts that are sent, canceled, and returned in part or in full, with tax withheld.
//! Method: a state machine of a few commissions of one affiliate, with the book's own entries, the ledger's own
//! `stand`, and the shares that a payout takes and returns. After each step every account matches the commissions and
//! payouts; in the end everything is paid out, and the affiliate has received what the commissions are worth.

use payout_core::share::{self, Part};
use proptest::prelude::*;
use shared::{
    id::{AffiliateId, CommissionId, ConversionId, OrganizationId, PayoutId, ProgramId},
    money::{Currency, Money},
    timestamp::Timestamp,
};

use super::Position;
use rules::{
    book::entry::{AccountKind, Cause, Entry, corrections, withheld},
    commission::{Commission, CommissionState, CommissionStatus, EarnedBy, Held, stand},
};

const US: OrganizationId = OrganizationId::from_bytes([9; 16]);
const WHO: AffiliateId = AffiliateId::from_bytes([3; 16]);

#[derive(Debug, Clone)]
enum Step {
    /// A refund, or one that failed: the new share of the original amount, in percent.
    Worth(usize, i64),
    Dispute(usize, bool),
    Deny(usize, bool),
    /// How much is approved, in percent of what is payable, and whether tax is withheld.
    Reserve(i64, bool),
    Settle,
    Cancel,
    /// How much of a sent payout has been returned so far, in percent.
    Return(usize, i64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..4_usize, prop_oneof![0..100_i64, Just(0), Just(100)]).prop_map(|(which, share)| Step::Worth(which, share)),
        2 => (0..4_usize, any::<bool>()).prop_map(|(which, on)| Step::Dispute(which, on)),
        2 => (0..4_usize, any::<bool>()).prop_map(|(which, on)| Step::Deny(which, on)),
        4 => (prop_oneof![Just(100_i64), 1..150_i64], any::<bool>()).prop_map(|(share, tax)| Step::Reserve(share, tax)),
        3 => Just(Step::Settle),
        2 => Just(Step::Cancel),
        2 => (0..8_usize, prop_oneof![1..100_i64, Just(100)]).prop_map(|(which, share)| Step::Return(which, share)),
    ]
}

#[derive(Debug)]
struct Payout {
    amount: i64,
    withheld: i64,
    /// The part of the net amount that was returned.
    back: i64,
    returned: i64,
    withheld_returned: i64,
    items: Vec<(usize, Part)>,
    open: bool,
    sent: bool,
}

#[derive(Debug, Default)]
struct Book {
    commissions: Vec<Commission>,
    statuses: Vec<CommissionState>,
    payouts: Vec<Payout>,
    holds: Position,
}

fn now() -> Timestamp {
    Timestamp::EPOCH.plus_days(100)
}

impl Book {
    fn post(&mut self, entries: impl IntoIterator<Item = Entry>) {
        for entry in entries {
            assert!(entry.amount > 0 && entry.debit != entry.credit, "{entry:?}");
            for (key, amount) in [(entry.debit, -entry.amount), (entry.credit, entry.amount)] {
                self.holds.add((key.kind, key.affiliate_id, key.currency), amount);
            }
        }
    }

    fn put(&mut self, which: usize, before: Option<&Commission>, mut after: Commission, cause: Cause) {
        stand(&mut after, self.statuses[which], now());
        let entries = corrections(US, before, &after, cause);
        self.post(entries);
        self.commissions[which] = after;
    }

    fn change(&mut self, which: usize, cause: Cause, change: impl FnOnce(&mut Commission)) {
        let before = self.commissions[which].clone();
        let mut after = before.clone();
        change(&mut after);
        self.put(which, Some(&before), after, cause);
    }

    fn earn(&mut self, amounts: &[i64]) {
        for (place, amount) in amounts.iter().enumerate() {
            let byte = u8::try_from(place + 10).unwrap();
            let commission = Commission {
                id: CommissionId::from_bytes([byte; 16]),
                earned_by: EarnedBy::Conversion(ConversionId::from_bytes([byte; 16])),
                affiliate_id: WHO,
                program_id: ProgramId::from_bytes([4; 16]),
                plan_version_id: None,
                component: 0,
                component_id: None,
                amount: *amount,
                earned: Money::new(*amount, Currency::USD),
                paid: 0,
                reserved: 0,
                status: CommissionStatus::Pending,
                held: None,
                hold_until: Timestamp::EPOCH,
                approved_at: None,
                reason: String::new(),
            };
            self.statuses.push(CommissionState::default());
            self.commissions.push(commission.clone());
            self.put(place, None, commission, Cause::default());
        }
    }

    fn cause(place: usize, undone: bool) -> Cause {
        let payout = PayoutId::from_bytes([u8::try_from(place % 200).unwrap(); 16]);
        Cause { payout_id: Some(payout.uuid()), undone, ..Cause::default() }
    }

    fn payable(&self) -> Vec<(usize, i64)> {
        let rows = self.commissions.iter().enumerate();
        rows.filter(|(_, row)| row.is_payable() && row.outstanding() != 0)
            .map(|(at, row)| (at, row.outstanding()))
            .collect()
    }

    fn reserve(&mut self, share_of: i64, tax: bool) -> bool {
        if self.payouts.iter().any(|payout| payout.open) {
            return false;
        }
        let payable = self.payable();
        let outstanding: Vec<i64> = payable.iter().map(|(_, owed)| *owed).collect();
        let sum: i64 = outstanding.iter().sum();
        let limit = (sum * share_of / 100).max(1);
        let Some(parts) = share::take(&outstanding, limit).unwrap() else {
            assert!(sum <= 0);
            return false;
        };
        let amount: i64 = parts.iter().sum();
        assert!(amount > 0 && amount <= sum && amount <= limit);
        let cause = Self::cause(self.payouts.len(), false);
        let mut items = Vec::new();
        for ((which, _), part) in payable.into_iter().zip(parts).filter(|(_, part)| *part != 0) {
            self.change(which, cause, |row| row.reserved += part);
            items.push((which, Part { amount: part, returned: 0 }));
        }
        let withheld = if tax { (amount * 24 + 50) / 100 } else { 0 };
        self.payouts.push(Payout {
            amount,
            withheld,
            back: 0,
            returned: 0,
            withheld_returned: 0,
            items,
            open: true,
            sent: false,
        });
        true
    }

    fn end(&mut self, sent: bool) {
        let Some(place) = self.payouts.iter().position(|payout| payout.open) else { return };
        let cause = Self::cause(place, !sent);
        for (which, part) in self.payouts[place].items.clone() {
            self.change(which, cause, |row| {
                row.reserved -= part.amount;
                row.paid += if sent { part.amount } else { 0 };
            });
        }
        if sent {
            self.post(withheld(US, (WHO, Currency::USD), self.payouts[place].withheld, cause));
        }
        (self.payouts[place].open, self.payouts[place].sent) = (false, sent);
    }

    fn give_back(&mut self, which: usize, share_of: i64) {
        let sent: Vec<usize> = (0..self.payouts.len()).filter(|place| self.payouts[*place].sent).collect();
        let Some(place) = sent.get(which % sent.len().max(1)).copied() else { return };
        let payout = &self.payouts[place];
        let net = payout.amount - payout.withheld;
        let back = (net * share_of / 100).max(payout.back);
        let (returned, tax) = share::gross_of(back, net, payout.withheld).unwrap();
        let parts: Vec<Part> = payout.items.iter().map(|(_, part)| *part).collect();
        let more = share::give_back(&parts, returned).unwrap();
        let less_tax = payout.withheld_returned - tax;
        let cause = Self::cause(place, true);
        for (item, more) in more.iter().enumerate() {
            let which = self.payouts[place].items[item].0;
            self.change(which, cause, |row| row.paid -= more);
            self.payouts[place].items[item].1.returned += more;
        }
        self.post(withheld(US, (WHO, Currency::USD), less_tax, cause));
        let payout = &mut self.payouts[place];
        (payout.back, payout.returned, payout.withheld_returned) = (back, returned, tax);
    }

    fn act(&mut self, step: &Step) {
        let count = self.commissions.len();
        match *step {
            Step::Worth(which, share) => {
                let which = which % count;
                let denied = self.statuses[which].denied;
                let earned = self.commissions[which].earned.minor;
                self.change(which, Cause::default(), |row| row.amount = if denied { 0 } else { earned * share / 100 });
            }
            Step::Dispute(which, on) => {
                self.statuses[which % count].held = on.then_some(Held::Dispute);
                self.change(which % count, Cause::default(), |_| {});
            }
            Step::Deny(which, on) => {
                let which = which % count;
                let (was, earned) = (self.statuses[which].denied, self.commissions[which].earned.minor);
                self.statuses[which].denied = on;
                self.change(which, Cause::default(), |row| {
                    if was && !on {
                        row.amount = earned;
                    }
                });
            }
            Step::Reserve(share, tax) => drop(self.reserve(share, tax)),
            Step::Settle => self.end(true),
            Step::Cancel => self.end(false),
            Step::Return(which, share) => self.give_back(which, share),
        }
    }

    /// Checks every account against commissions and payouts, and every commission against its items.
    fn check(&self) {
        let mut says = Position::default();
        for row in &self.commissions {
            Position::of(row).0.into_iter().for_each(|(account, amount)| says.add(account, amount));
        }
        let withheld: i64 =
            self.payouts.iter().filter(|one| one.sent).map(|one| one.withheld - one.withheld_returned).sum();
        says.add((AccountKind::AffiliatePaid, Some(WHO), Currency::USD), -withheld);
        says.add((AccountKind::AffiliateWithheld, Some(WHO), Currency::USD), withheld);
        assert_eq!(self.holds, says);
        assert_eq!(self.holds.0.values().sum::<i64>(), 0, "money came from nowhere");
        for (place, row) in self.commissions.iter().enumerate() {
            let of = |expected: fn(&Payout) -> bool| -> i64 {
                let payouts = self.payouts.iter().filter(|payout| expected(payout)).flat_map(|payout| &payout.items);
                payouts.filter(|(which, _)| *which == place).map(|(_, part)| part.amount - part.returned).sum()
            };
            assert_eq!((row.reserved, row.paid), (of(|payout| payout.open), of(|payout| payout.sent)), "{row:?}");
            let paid_whole = row.status == CommissionStatus::Paid;
            let covered = if row.amount < 0 { row.paid <= row.amount } else { row.paid >= row.amount };
            assert!(!paid_whole || (row.outstanding() <= 0 && covered), "{row:?}");
        }
        for payout in &self.payouts {
            let sums = |of: fn(&Part) -> i64| payout.items.iter().map(|(_, part)| of(part)).sum::<i64>();
            assert_eq!((sums(|part| part.amount), sums(|part| part.returned)), (payout.amount, payout.returned));
        }
    }

    /// What the affiliate received, including what was withheld for the tax authority.
    fn received(&self) -> i64 {
        self.payouts.iter().filter(|payout| payout.sent).map(|payout| payout.amount - payout.returned).sum()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_cent_is_lost(
        amounts in prop::collection::vec(prop_oneof![4 => 1..5_000_i64, 1 => -2_000..0_i64], 1..5),
        steps in prop::collection::vec(step(), 1..40),
    ) {
        let mut book = Book::default();
        book.earn(&amounts);
        book.check();
        for step in &steps {
            book.act(step);
            book.check();
        }
        // Every open payout ends, no hold remains, and everything that is owed is paid.
        book.end(true);
        for which in 0..amounts.len() {
            book.statuses[which].held = None;
            book.change(which, Cause::default(), |_| {});
        }
        while book.reserve(100, false) {
            book.check();
            book.end(true);
        }
        book.check();
        let worth: i64 = book.commissions.iter().map(|row| row.amount).sum();
        prop_assert!(book.received() >= worth, "{} were received, {worth} is earned", book.received());
        // More was received only if it was paid before it was reversed: nothing is payable then.
        prop_assert!(book.payable().iter().map(|(_, owed)| owed).sum::<i64>() == worth - book.received());
    }

    #[test]
    fn what_is_given_up_leaves_no_trace(
        amounts in prop::collection::vec(prop_oneof![4 => 1..5_000_i64, 1 => -2_000..0_i64], 1..5),
        steps in prop::collection::vec(step(), 0..15),
        share in 1..130_i64,
    ) {
        let mut book = Book::default();
        book.earn(&amounts);
        steps.iter().for_each(|step| book.act(step));
        book.end(false);
        let before = (book.commissions.clone(), book.holds.clone());
        if book.reserve(share, true) {
            book.end(false);
            prop_assert_eq!((&book.commissions, &book.holds), (&before.0, &before.1));
        }
    }
}
