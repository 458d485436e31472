//! Decides what all rows of one payout mean together, in any order. A payment has an id of its own (PayPal's
//! transaction id, Wise's transfer), and a payout may have been tried with several payments: a batch that was uploaded
//! twice, or cancelled and uploaded again. A failure only counts for the payment that it names.

use super::{Fate, Format, ImportedResult};

/// What is booked for a payout when the file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Booked<'a> {
    /// Neither paid nor failed.
    Open,
    Sent(Names<'a>),
    /// Failed: none of it is booked as paid.
    Failed,
    /// Paid, and returned in full.
    Returned(Names<'a>),
}

/// Identifies the payment with which a payout is booked as paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Names<'a> {
    /// The payment service's id.
    pub transfer: Option<&'a str>,
    /// The brand's own reference.
    pub reference: Option<&'a str>,
}

/// One row of a payout.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    pub result: &'a ImportedResult,
    /// Whether its amount, if it has one, is the payout's.
    pub fits: bool,
}

/// What to do about one row. At most one row of a payout is [`Verdict::Settle`], and at most one is [`Verdict::Fail`],
/// which is applied after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Book the payout as paid.
    Settle,
    /// Book it as failed or returned.
    Fail,
    /// The payout already has this status.
    Same,
    /// Nothing is decided yet.
    Pending,
    /// The row is about a different payment than the one that counts.
    OtherTransfer,
    /// The row doesn't say which of several payments came back.
    Unclear,
    /// Another payment of the same payout is already booked or takes precedence.
    AlreadySent,
    /// The payout failed or was returned before.
    Over,
    AmountDiffers,
}

/// Returns a verdict for each row, in the same order.
pub fn verdicts(format: Format, booked: Booked<'_>, rows: &[About<'_>]) -> Vec<Verdict> {
    let group = Group::of(format, booked, rows);
    let winner = group.winner();
    let failure = group.failure(winner);
    let verdict = |at| {
        if winner == Some(at) {
            Verdict::Settle
        } else if failure == Some(at) {
            Verdict::Fail
        } else {
            group.other(at, (winner, failure))
        }
    };
    (0..rows.len()).map(verdict).collect()
}

/// The payment that a row is about. If money came back without an id, it is the only possible payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Payment<'a> {
    Named(&'a str),
    Unnamed,
    /// One of several.
    AnyOf,
}

struct Group<'a> {
    format: Format,
    booked: Booked<'a>,
    rows: &'a [About<'a>],
    payments: Vec<Payment<'a>>,
    /// For each row: whether its payment failed or came back after all.
    undone: Vec<bool>,
    /// For each row: whether another payment was made, or may still arrive.
    goes_on: Vec<bool>,
}

impl<'a> Group<'a> {
    fn of(format: Format, booked: Booked<'a>, rows: &'a [About<'a>]) -> Self {
        let payments = payments(booked, rows);
        let mut group = Self { format, booked, rows, payments, undone: Vec::new(), goes_on: Vec::new() };
        let all = 0..rows.len();
        group.undone = all.clone().map(|at| all.clone().any(|one| group.fails(one) && group.same(one, at))).collect();
        let stays = |one: usize| match rows[one].result.fate {
            Fate::Pending => true,
            Fate::Sent => !group.undone[one],
            Fate::Failed(_) | Fate::CameBack(_) => false,
        };
        group.goes_on = all.clone().map(|at| all.clone().any(|one| stays(one) && !group.same(one, at))).collect();
        group
    }

    /// Returns whether the row is a failure that can be booked; returned money must be the full amount.
    fn fails(&self, at: usize) -> bool {
        match self.rows[at].result.fate {
            Fate::Failed(_) => true,
            Fate::CameBack(_) => self.rows[at].fits && self.payments[at] != Payment::AnyOf,
            Fate::Sent | Fate::Pending => false,
        }
    }

    /// Returns whether two rows are about the same payment. In a brand's own file, a row without a reference is about
    /// the payout, whichever payment it was paid with.
    fn same(&self, one: usize, other: usize) -> bool {
        let (one, other) = (self.payments[one], self.payments[other]);
        one == other || (self.format == Format::Own && (one == Payment::Unnamed || other == Payment::Unnamed))
    }

    /// Returns the row that books an open payout as paid. A payment that stays paid is preferred over one that came
    /// back.
    fn winner(&self) -> Option<usize> {
        if self.booked != Booked::Open {
            return None;
        }
        let paid = || (0..self.rows.len()).filter(|at| self.rows[*at].result.fate == Fate::Sent && self.rows[*at].fits);
        paid().find(|at| !self.undone[*at]).or_else(|| paid().find(|at| self.failing(*at).is_some()))
    }

    /// Returns the row that reverses this payment, unless another payment of the payout counts.
    fn failing(&self, sent: usize) -> Option<usize> {
        (0..self.rows.len()).find(|at| self.fails(*at) && self.same(*at, sent) && !self.goes_on[*at])
    }

    /// Returns the row by which the payout failed or came back.
    fn failure(&self, winner: Option<usize>) -> Option<usize> {
        let mut fails = (0..self.rows.len()).filter(|at| self.fails(*at) && !self.goes_on[*at]);
        match (self.booked, winner) {
            (Booked::Failed | Booked::Returned(_), _) => None,
            (Booked::Sent(names), _) => fails.find(|at| self.undoes(*at, names)),
            (Booked::Open, Some(winner)) => self.failing(winner),
            (Booked::Open, None) => fails.next(),
        }
    }

    /// Returns whether a failure is about the booked payment, or the booked payment is unknown.
    fn undoes(&self, at: usize, names: Names<'_>) -> bool {
        match (self.payments[at], self.format) {
            (Payment::Named(name), Format::Own) => names == Names::default() || names.has(name),
            (Payment::Named(name), _) => names.transfer.is_none_or(|booked| booked == name),
            (Payment::Unnamed, Format::Own) => true,
            (Payment::Unnamed | Payment::AnyOf, _) => names.transfer.is_none(),
        }
    }

    /// Returns whether a row that says "paid" is about the booked payment.
    fn confirms(&self, at: usize, names: Names<'_>) -> bool {
        match (self.payments[at], self.format) {
            (Payment::Named(name), Format::Own) => names.has(name),
            (Payment::Named(name), _) => names.transfer == Some(name),
            (Payment::Unnamed | Payment::AnyOf, _) => true,
        }
    }

    /// The verdict for a row that books nothing.
    fn other(&self, at: usize, (winner, failure): (Option<usize>, Option<usize>)) -> Verdict {
        let row = &self.rows[at];
        let is_like = |chosen: Option<usize>| chosen.is_some_and(|chosen| self.same(at, chosen));
        match (&row.result.fate, self.booked) {
            (Fate::Pending, _) => Verdict::Pending,
            (Fate::CameBack(_) | Fate::Sent, _) if !row.fits => Verdict::AmountDiffers,
            (Fate::CameBack(_), _) if self.payments[at] == Payment::AnyOf => Verdict::Unclear,
            (Fate::Sent, Booked::Sent(names) | Booked::Returned(names)) if self.confirms(at, names) => Verdict::Same,
            (Fate::Sent, Booked::Open) if is_like(winner) => Verdict::Same,
            (Fate::Sent, _) if self.undone[at] => Verdict::OtherTransfer,
            (Fate::Sent, Booked::Failed | Booked::Returned(_)) => Verdict::Over,
            (Fate::Sent, Booked::Open | Booked::Sent(_)) => Verdict::AlreadySent,
            (Fate::Failed(_) | Fate::CameBack(_), Booked::Failed | Booked::Returned(_)) => Verdict::Same,
            (Fate::Failed(_) | Fate::CameBack(_), _) if is_like(failure) => Verdict::Same,
            (Fate::Failed(_) | Fate::CameBack(_), _) => Verdict::OtherTransfer,
        }
    }
}

impl Names<'_> {
    fn has(&self, name: &str) -> bool {
        self.transfer == Some(name) || self.reference == Some(name)
    }
}

/// Assigns each row its payment. Money that came back without an id belongs to the only payment that went out, if there
/// is just one.
fn payments<'a>(booked: Booked<'a>, rows: &[About<'a>]) -> Vec<Payment<'a>> {
    let went_out = rows.iter().filter(|row| !matches!(row.result.fate, Fate::CameBack(_)));
    let mut known: Vec<&str> = went_out.filter_map(|row| row.result.transfer.as_deref()).collect();
    if let Booked::Sent(names) | Booked::Returned(names) = booked {
        known.extend(names.transfer);
    }
    known.sort_unstable();
    known.dedup();
    let payment = |row: &About<'a>| match (row.result.transfer.as_deref(), &row.result.fate, known.as_slice()) {
        (Some(name), ..) => Payment::Named(name),
        (None, Fate::CameBack(_), &[only]) => Payment::Named(only),
        (None, Fate::CameBack(_), [_, _, ..]) => Payment::AnyOf,
        (None, ..) => Payment::Unnamed,
    };
    rows.iter().map(payment).collect()
}

#[cfg(test)]
mod tests;
