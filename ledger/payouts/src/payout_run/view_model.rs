//! Runs as the dashboard's pages show them.

use payout_core::{rail::Rail, select::Reason, step::Status};
use shared::{id::PayoutRunId, money::MoneyError, timestamp::Timestamp};

use super::{
    preview::{LeftOut, Paid, Selection},
    read_store::Listed,
    store::{Run, Tally},
    view::Needed,
};
use crate::{payout::stopped::Stop, payout_account::destination};
use kit::page::{
    status::{self, Badge},
    zone::{When, Zone},
};
use rules::format;

/// The number of people listed by name; the page shows how many more there are.
pub(super) const LISTED: usize = 100;

/// What could be paid now in a currency.
#[derive(Debug)]
pub struct Offer {
    pub currency: String,
    pub gross: String,
    pub people: usize,
    pub withheld: Option<String>,
    /// The Stripe balance, if something is paid from it.
    pub available: Option<String>,
    pub hint: Option<String>,
    pub payees: Vec<Payee>,
    pub more_payees: usize,
    pub left_out: Vec<Group>,
    pub left_out_count: usize,
    /// The run that waits for approval.
    pub open: Option<String>,
}

#[derive(Debug)]
pub struct Payee {
    /// The payout that was created for it.
    pub payout: Option<String>,
    pub affiliate: String,
    pub name: String,
    pub email: String,
    pub amount: String,
    pub note: Option<String>,
    pub rail: &'static str,
    /// The part of the destination that may be shown; may be empty.
    pub destination: String,
    /// When the destination changed, if recently.
    pub changed: Option<String>,
    /// The status of the payout, once there is one.
    pub badge: Option<Badge>,
    /// Why it shouldn't be paid outside now, and what to do.
    pub stop: Option<&'static str>,
}

/// The affiliates who are left out for one reason.
#[derive(Debug)]
pub struct Group {
    pub title: &'static str,
    pub message: &'static str,
    pub next_action: &'static str,
    pub people: Vec<LeftOutRow>,
    pub more: usize,
}

/// An affiliate who is left out.
#[derive(Debug)]
pub struct LeftOutRow {
    pub affiliate: String,
    pub name: String,
    pub email: String,
    pub amount: String,
}

/// A row of the list.
#[derive(Debug)]
pub struct RunRow {
    pub id: String,
    pub at: When,
    pub period: Option<String>,
    pub amount: String,
    pub payouts: i64,
    pub excluded: i64,
    pub badge: Badge,
    pub progress: String,
}

/// The state's badge on the pages.
pub fn state(run: &Run) -> Badge {
    status::run(run.state.as_str(), run.cancelled_by.is_some())
}

impl Offer {
    /// # Errors
    /// Fails if a sum overflows.
    pub fn of(selection: &Selection, open: Option<PayoutRunId>, zone: &Zone) -> Result<Self, MoneyError> {
        let sums = selection.sums()?;
        let code = selection.currency.code();
        let payee = |paid: &Paid| Payee::planned(paid, code, selection.cutoff);
        let needed = Needed::of(selection.connection.as_ref(), selection.currency, sums.by_stripe);
        Ok(Self {
            currency: code.to_owned(),
            gross: format::money(sums.gross, code),
            people: selection.paid.len(),
            withheld: (sums.withheld > 0).then(|| format::money(sums.withheld, code)),
            available: needed.as_ref().and_then(|needed| needed.there(code, zone)),
            hint: needed.and_then(|needed| needed.hint),
            payees: selection.paid.iter().take(LISTED).map(payee).collect(),
            more_payees: selection.paid.len().saturating_sub(LISTED),
            left_out: groups(&selection.left_out, code),
            left_out_count: selection.left_out.len(),
            open: open.map(|open| open.to_string()),
        })
    }
}

impl Payee {
    /// Someone who would be paid.
    pub fn planned(paid: &Paid, code: &str, now: Timestamp) -> Self {
        Self {
            payout: None,
            affiliate: paid.affiliate.id.to_string(),
            name: paid.affiliate.name.clone(),
            email: paid.affiliate.email.clone(),
            amount: format::money(paid.payment.amount, code),
            note: note(paid.payment.withheld, paid.payment.warning, code),
            rail: paid.payment.rail.as_str(),
            destination: paid.destination.hint.clone(),
            changed: destination::changed(paid.destination.changed_at, now),
            badge: None,
            stop: None,
        }
    }

    /// Someone in a run; `is_approved` is whether it was approved.
    pub fn listed(one: Listed, code: &str, now: Timestamp, is_approved: bool) -> Self {
        let of = match one.status {
            Status::Scheduled if is_approved => Status::Reserved,
            other => other,
        };
        Self {
            payout: Some(one.payout.to_string()),
            affiliate: one.affiliate.to_string(),
            name: one.name,
            email: one.email,
            amount: format::money(one.amount, code),
            note: one.is_taxed.then(|| "minus 24% backup withholding".to_owned()),
            rail: one.rail.as_str(),
            destination: one.hint,
            changed: destination::changed(one.changed_at, now),
            badge: Some(status::payout(of.as_str())),
            stop: one.stop.map(Stop::message),
        }
    }
}

fn note(withheld: i64, warning: Option<&str>, code: &str) -> Option<String> {
    match warning {
        _ if withheld > 0 => Some(format!("including {} withheld as tax", format::money(withheld, code))),
        Some(_) => Some("no valid tax form on file".to_owned()),
        None => None,
    }
}

/// Groups the affiliates by reason, in the order in which reasons apply.
pub fn groups(left_out: &[LeftOut], code: &str) -> Vec<Group> {
    let group = |reason: Reason| {
        let those: Vec<&LeftOut> = left_out.iter().filter(|one| one.reason == reason).collect();
        let person = |one: &&LeftOut| LeftOutRow {
            affiliate: one.affiliate.id.to_string(),
            name: one.affiliate.name.clone(),
            email: one.affiliate.email.clone(),
            amount: format::money(one.amount, code),
        };
        (!those.is_empty()).then(|| Group {
            title: reason.title(),
            message: reason.message(),
            next_action: reason.next_action(),
            people: those.iter().take(LISTED).map(person).collect(),
            more: those.len().saturating_sub(LISTED),
        })
    };
    Reason::ALL.into_iter().filter_map(group).collect()
}

impl RunRow {
    pub fn of(run: Run, zone: &Zone) -> Self {
        let badge = state(&run);
        let progress = Progress::of(&run);
        let (gross, payouts) = run.worth();
        Self {
            id: run.id.to_string(),
            at: zone.when(run.created_at),
            amount: format::money(gross, run.currency.code()),
            payouts,
            excluded: run.excluded,
            badge,
            progress: if run.approved_at.is_some() { progress.words() } else { String::new() },
            period: run.period,
        }
    }
}

/// A run's progress.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    pub total: i64,
    pub sent: i64,
    pub failed: i64,
    /// Neither sent nor failed.
    pub open: i64,
}

impl Progress {
    pub fn of(run: &Run) -> Self {
        let count = |of: fn(Status) -> bool| -> i64 {
            run.tallies.iter().filter(|tally| of(tally.status)).map(|tally| tally.count).sum()
        };
        Self {
            total: run.count(),
            sent: count(|status| status == Status::Sent),
            failed: count(|status| matches!(status, Status::Failed | Status::Reversed)),
            open: count(Status::is_open),
        }
    }

    pub const fn ended(&self) -> i64 {
        self.sent + self.failed
    }

    pub const fn percent(&self) -> i64 {
        if self.total == 0 { 100 } else { self.ended() * 100 / self.total }
    }

    pub fn words(&self) -> String {
        let failed = if self.failed > 0 { format!(", {} failed", self.failed) } else { String::new() };
        format!("{} of {} paid{failed}", self.sent, self.total)
    }
}

/// The payouts of a run that are exported as a file.
#[derive(Debug)]
pub struct RailFile {
    pub rail: &'static str,
    pub payouts: i64,
    pub amount: String,
    pub exported: i64,
    /// Whether some of them aren't reserved yet.
    pub waits: bool,
    /// The number that isn't paid yet.
    pub open: i64,
    /// The part numbers, from 1.
    pub parts: Vec<usize>,
}

/// PayPal, Wise and manual payments, as far as the run has any. `sizes` are those of its exports.
pub fn rails(run: &Run, sizes: &[(Rail, i64)]) -> Vec<RailFile> {
    let file = |rail: Rail| {
        let those: Vec<&Tally> =
            run.tallies.iter().filter(|tally| tally.rail == rail && tally.status != Status::Failed).collect();
        let sum = |of: fn(&Tally) -> i64| -> i64 { those.iter().map(|tally| of(tally)).sum() };
        let payouts = sum(|tally| tally.count);
        let exports =
            sizes.iter().filter(|(of, _)| *of == rail).map(|(_, size)| usize::try_from(*size).unwrap_or_default());
        let files = rail.rows_max().map_or(0, |most| exports.map(|size| size.div_ceil(most)).sum());
        (payouts > 0).then(|| RailFile {
            rail: rail.as_str(),
            payouts,
            amount: format::money(sum(|tally| tally.gross - tally.withheld), run.currency.code()),
            exported: sum(|tally| tally.exported),
            waits: those.iter().any(|tally| tally.status == Status::Scheduled),
            open: those.iter().filter(|tally| tally.status.is_open()).map(|tally| tally.count).sum(),
            parts: (1..=files).collect(),
        })
    };
    [Rail::PayPal, Rail::Wise, Rail::Manual].into_iter().filter_map(file).collect()
}
