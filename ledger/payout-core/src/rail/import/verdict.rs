//! What all rows of one payout mean together, whatever their order. A payment has a name of its own (PayPal's transaction
//! id, Wise's transfer), and one payout may have been tried with several: a batch that was uploaded twice, or cancelled and
//! uploaded anew. A failure counts for the payment that it names, and for no other.

use super::{Fate, Format, ImportedResult};

/// What is booked of a payout when the file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Booked<'a> {
    /// Neither paid nor given up.
    Open,
    Sent(Names<'a>),
    /// Given up: none of it is booked as paid.
    Failed,
    /// Paid, and all of it came back.
    Returned(Names<'a>),
}

/// What the payment is called by which a payout is booked as paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Names<'a> {
    /// The payment service's name of it.
    pub transfer: Option<&'a str>,
    /// The brand's own.
    pub reference: Option<&'a str>,
}

/// One row of a payout.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    pub result: &'a ImportedResult,
    /// Whether its amount, where it has one, is the payout's.
    pub fits: bool,
}

/// What is to be done about one row. Of one payout at most one row is [`Verdict::Settle`], and at most one
/// [`Verdict::Fail`], which comes after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Book the payout as paid.
    Settle,
    /// Book that it failed, or came back.
    Fail,
    /// The payout is so already.
    Same,
    /// Nothing is decided yet.
    Pending,
    /// It is about another payment than the one that counts.
    OtherTransfer,
    /// It doesn't say which payment came back, and there are several.
    Unclear,
    /// Another payment of the same payout is booked, or counts, already.
    AlreadySent,
    /// The payout was given up, or came back, before.
    Over,
    AmountDiffers,
}

/// A verdict for each row, in their order.
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

/// How one row's payment is called; of one that came back without a name, the only payment that it can be.
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
    /// Of a row: whether its payment went out and failed, or came back, after all.
    undone: Vec<bool>,
    /// Of a row: whether another payment was made, or may still arrive.
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

    /// A failure that can be booked: of money that came back, all of it.
    fn fails(&self, at: usize) -> bool {
        match self.rows[at].result.fate {
            Fate::Failed(_) => true,
            Fate::CameBack(_) => self.rows[at].fits && self.payments[at] != Payment::AnyOf,
            Fate::Sent | Fate::Pending => false,
        }
    }

    /// In a file of the brand's own, a row without a reference is about the payout, whatever paid it.
    fn same(&self, one: usize, other: usize) -> bool {
        let (one, other) = (self.payments[one], self.payments[other]);
        one == other || (self.format == Format::Own && (one == Payment::Unnamed || other == Payment::Unnamed))
    }

    /// The row by which an open payout is paid: one that stays paid before one that came back.
    fn winner(&self) -> Option<usize> {
        if self.booked != Booked::Open {
            return None;
        }
        let paid = || (0..self.rows.len()).filter(|at| self.rows[*at].result.fate == Fate::Sent && self.rows[*at].fits);
        paid().find(|at| !self.undone[*at]).or_else(|| paid().find(|at| self.failing(*at).is_some()))
    }

    /// The row by which that payment is undone, unless another payment of the payout counts.
    fn failing(&self, sent: usize) -> Option<usize> {
        (0..self.rows.len()).find(|at| self.fails(*at) && self.same(*at, sent) && !self.goes_on[*at])
    }

    /// The row by which the payout failed, or came back.
    fn failure(&self, winner: Option<usize>) -> Option<usize> {
        let mut fails = (0..self.rows.len()).filter(|at| self.fails(*at) && !self.goes_on[*at]);
        match (self.booked, winner) {
            (Booked::Failed | Booked::Returned(_), _) => None,
            (Booked::Sent(names), _) => fails.find(|at| self.undoes(*at, names)),
            (Booked::Open, Some(winner)) => self.failing(winner),
            (Booked::Open, None) => fails.next(),
        }
    }

    /// Whether a failure is of the payment that is booked, or none is.
    fn undoes(&self, at: usize, names: Names<'_>) -> bool {
        match (self.payments[at], self.format) {
            (Payment::Named(name), Format::Own) => names == Names::default() || names.has(name),
            (Payment::Named(name), _) => names.transfer.is_none_or(|booked| booked == name),
            (Payment::Unnamed, Format::Own) => true,
            (Payment::Unnamed | Payment::AnyOf, _) => names.transfer.is_none(),
        }
    }

    /// Whether a row that says "paid" says so of the payment that is booked.
    fn confirms(&self, at: usize, names: Names<'_>) -> bool {
        match (self.payments[at], self.format) {
            (Payment::Named(name), Format::Own) => names.has(name),
            (Payment::Named(name), _) => names.transfer == Some(name),
            (Payment::Unnamed | Payment::AnyOf, _) => true,
        }
    }

    /// Of a row by which nothing is booked.
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

/// What came back without a name is the one payment that went out, where there is one.
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
