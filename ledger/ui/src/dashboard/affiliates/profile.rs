//! View models of an affiliate's profile page. Pure.

use shared::timestamp::Timestamp;

use super::{
    detail_store::{OwnPlan, Payee, Since},
    figures_store::Figures,
};
use engine::explain::Names;
use kit::page::zone::{When, Zone};
use payouts::statement::store::Sums;
use rules::format;

pub fn day(at: Timestamp, zone: &Zone) -> When {
    (at.to_string(), zone.date(at))
}

/// A status or segment of the affiliate, with its start.
#[derive(Debug)]
pub struct SinceRow {
    pub at: When,
    pub what: String,
    pub reason: Option<String>,
    /// It starts in the future.
    pub ahead: bool,
}

impl SinceRow {
    pub fn of(since: Since, zone: &Zone, now: Timestamp) -> Self {
        let first = since.at == Timestamp::EPOCH;
        let at = if first { (since.at.to_string(), "the start".to_owned()) } else { day(since.at, zone) };
        Self {
            at,
            what: since.what.unwrap_or_else(|| "No segment".to_owned()),
            reason: since.reason,
            ahead: since.at > now,
        }
    }
}

/// The affiliate's balance in one currency.
#[derive(Debug)]
pub struct BalanceRow {
    pub currency: String,
    pub earned: String,
    pub on_hold: String,
    /// When the next part of it becomes payable.
    pub until: Option<String>,
    pub has_hold: bool,
    pub payable: String,
    pub in_payout: String,
    pub paid: String,
    /// What an import left to another platform.
    pub left: Option<String>,
}

impl BalanceRow {
    pub fn of(sums: &Sums, until: Option<String>) -> Self {
        let money = |minor| format::money(minor, sums.currency.code());
        let parts = [sums.pending, sums.payable, sums.reserved, sums.paid, sums.withheld];
        Self {
            currency: sums.currency.code().to_owned(),
            earned: money(parts.into_iter().fold(0, i64::saturating_add)),
            on_hold: money(sums.pending),
            until,
            has_hold: sums.pending > 0,
            payable: money(sums.payable),
            in_payout: money(sums.reserved),
            paid: money(sums.received().saturating_add(sums.withheld)),
            left: (sums.left != 0).then(|| money(sums.left)),
        }
    }
}

/// Figures of the last 30 days.
#[derive(Debug)]
pub struct Lately {
    pub clicks: String,
    pub sales: String,
    pub revenue: Vec<String>,
    pub earned: Vec<String>,
}

impl Lately {
    pub fn of(figures: &Figures) -> Self {
        let count = |figure: i64| format::count(figure.unsigned_abs());
        let money = |of: fn(&(String, i64, i64)) -> i64| {
            figures.money.iter().map(|sums| format::money(of(sums), &sums.0)).collect()
        };
        Self {
            clicks: count(figures.clicks),
            sales: count(figures.sales),
            revenue: money(|sums| sums.1),
            earned: money(|sums| sums.2),
        }
    }
}

/// A plan for this affiliate only.
#[derive(Debug)]
pub struct PlanRow {
    pub program: (String, String),
    pub from: When,
    pub words: Vec<String>,
    pub note: Option<String>,
    pub state: &'static str,
    pub tone: &'static str,
}

impl PlanRow {
    pub fn of(plan: OwnPlan, names: &Names, zone: &Zone, now: Timestamp) -> Self {
        let (state, tone) = match (plan.in_force, plan.from > now) {
            (true, _) if plan.is_end => ("Ended", "off"),
            (true, _) => ("Active", "good"),
            (false, true) => ("Scheduled", "wait"),
            (false, false) => ("Replaced", "off"),
        };
        let words = match plan.is_end {
            true => vec!["Back to the program's standard plan".to_owned()],
            false => plan.words,
        };
        Self {
            program: (plan.program.to_string(), names.program(plan.program)),
            from: day(plan.from, zone),
            words,
            note: plan.note,
            state,
            tone,
        }
    }
}

/// How they are paid, and whether their tax form is on file.
#[derive(Debug)]
pub struct PayeeView {
    pub erased: bool,
    pub way: String,
    pub ready: bool,
    pub hold: Option<String>,
    pub tax: String,
    pub tax_ready: bool,
}

impl From<Payee> for PayeeView {
    fn from(payee: Payee) -> Self {
        let (way, ready) = match (&payee.method, payee.account.as_deref()) {
            (Some((rail, hint)), _) if hint.is_empty() => (rail.clone(), true),
            (Some((rail, hint)), _) => (format!("{rail}, {hint}"), true),
            (None, Some("Ready")) => ("Stripe".to_owned(), true),
            (None, Some(status)) => (format!("Stripe: {}", account(status)), false),
            (None, None) => ("No payout method yet".to_owned(), false),
        };
        let (tax, tax_ready) = match &payee.tax {
            Some((kind, status)) if status == "Valid" => (format!("{} on file", form(kind)), true),
            Some((kind, status)) if status == "Submitted" => (format!("{} waiting for review", form(kind)), false),
            Some((kind, status)) => (format!("{}: {}", form(kind), status.to_lowercase()), false),
            None => ("None yet".to_owned(), false),
        };
        Self { erased: payee.is_erased, way, ready, hold: payee.hold, tax, tax_ready }
    }
}

fn account(status: &str) -> String {
    let account_status = payout_core::stripe::account::AccountStatus::parse(status);
    account_status.map_or_else(|| status.to_owned(), |account_status| account_status.to_brand().to_owned())
}

fn form(kind: &str) -> &str {
    match kind {
        "W9" => "W-9",
        "W8BEN" => "W-8BEN",
        "W8BENE" => "W-8BEN-E",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_they_are_paid_is_said_in_words() {
        let payee = |account: Option<&str>, method: Option<(&str, &str)>, tax: Option<(&str, &str)>| {
            let pair = |(one, other): (&str, &str)| (one.to_owned(), other.to_owned());
            PayeeView::from(Payee {
                account: account.map(str::to_owned),
                method: method.map(pair),
                tax: tax.map(pair),
                ..Payee::default()
            })
        };
        let none = payee(None, None, None);
        assert!(!none.ready && !none.tax_ready && none.tax == "None yet");
        assert_eq!(payee(Some("Ready"), None, Some(("W8BEN", "Valid"))).tax, "W-8BEN on file");
        assert_eq!(payee(None, Some(("PayPal", "l\u{2026}@x.test")), None).way, "PayPal, l\u{2026}@x.test");
        assert!(payee(Some("Restricted"), None, Some(("W9", "Submitted"))).way.starts_with("Stripe: "));
    }
}
