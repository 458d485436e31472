//! View models of the payout list and the payout page.

use super::{
    owed_store::Owed,
    store::Row,
    verdict::{Verdict, Verdicts},
};
use kit::page::{
    status::{self, Badge},
    zone::{When, Zone},
};
use rules::format;

/// The status of a payout as people see it: what was left to the platform that sales were imported from isn't paid.
pub fn shown(status: &str, settled_there: bool) -> &str {
    if settled_there { "SettledThere" } else { status }
}

/// The badge of a status. `is_due`: a next step is due, which is so once its run is approved.
pub fn badge(of: &str, is_due: bool, reason_code: Option<&str>) -> Badge {
    match of {
        "Scheduled" if is_due => status::payout("Reserved"),
        "Failed" if reason_code == Some("cancelled") => status::payout("Cancelled"),
        _ => status::payout(of),
    }
}

/// Explains a status.
pub fn meaning(status: &str) -> &'static str {
    match status {
        "Scheduled" => "Included in a payout run. The money isn't reserved yet.",
        "Reserved" => "The money is reserved for this payout.",
        "Sending" => "The payout is being sent.",
        "Unknown" => "Sent, but not confirmed yet. We're checking before anything else happens.",
        "Sent" => "Paid from your balance.",
        "SettledThere" => "Left to the platform that the sales were imported from. No one here pays it.",
        "Failed" => "Nothing was sent. The full amount is payable again.",
        "Reversed" => "The payment was returned. The full amount is payable again.",
        _ => "",
    }
}

/// Describes the payout rail.
pub fn rail(rail: &str) -> &'static str {
    match rail {
        "Stripe" => "Stripe",
        "PayPal" => "PayPal (file)",
        "Wise" => "Wise (file)",
        _ => "Manual",
    }
}

#[derive(Debug)]
pub struct PayoutRow {
    pub id: String,
    pub affiliate: String,
    pub name: String,
    pub email: String,
    /// What the affiliate receives.
    pub amount: String,
    pub withheld: Option<String>,
    pub returned: Option<String>,
    pub currency: String,
    pub rail: &'static str,
    pub reference: Option<String>,
    pub badge: Badge,
    pub reason: Option<String>,
    /// The reason, if the affiliate's bank refused it.
    pub bank: Option<String>,
    pub run: Option<String>,
    pub created: When,
    pub sent: Option<When>,
    pub ended: Option<When>,
    pub next: Option<When>,
}

impl PayoutRow {
    pub fn of(row: Row, zone: &Zone) -> Self {
        let when = |at| zone.when(at);
        let money = |minor: i64| format::money(minor, &row.currency);
        let bank = row.bank_failed.then(|| row.bank_reason.clone().unwrap_or_else(|| "no reason given".to_owned()));
        let partly = row.returned > 0 && row.status == "Sent";
        Self {
            id: row.id.to_string(),
            affiliate: row.affiliate.to_string(),
            amount: money(row.amount - row.withheld),
            withheld: (row.withheld > 0).then(|| money(row.withheld)),
            returned: partly.then(|| money(row.returned)),
            name: row.name,
            email: row.email,
            currency: row.currency,
            rail: rail(&row.rail),
            reference: row.reference,
            badge: badge(shown(&row.status, row.settled_there), row.next_at.is_some(), row.reason_code.as_deref()),
            reason: row.reason,
            bank,
            run: row.run.map(|id| id.to_string()),
            created: when(row.created_at),
            sent: row.sent_at.map(when),
            ended: row.ended_at.map(when),
            next: row.next_at.map(when),
        }
    }
}

#[derive(Debug)]
pub struct OwedRow {
    pub affiliate: String,
    pub name: String,
    pub email: String,
    pub amount: String,
    pub currency: String,
    /// Whether the next run pays it, as a short label, and its CSS class.
    pub verdict: &'static str,
    pub tone: &'static str,
    /// Why it isn't paid, and what to do.
    pub reason: Option<String>,
    /// The payout that is in progress.
    pub open: Option<String>,
    /// Whether the next run pays it, so that it can be left out.
    pub may_exclude: bool,
    /// Whether they have to set up their payouts first, of which an email can remind them.
    pub may_remind: bool,
}

impl OwedRow {
    pub fn of(row: Owed, verdicts: &Verdicts) -> Self {
        let known = row.currency.parse().ok().and_then(|currency| verdicts.get(&(row.affiliate, currency)).copied());
        // Amounts that became payable in the meantime are in the next run, too.
        let verdict = known.unwrap_or(Verdict { words: "In the next run", tone: "good", code: None, reason: None });
        Self {
            affiliate: row.affiliate.to_string(),
            amount: format::money(row.amount, &row.currency),
            name: row.name,
            email: row.email,
            currency: row.currency,
            verdict: verdict.words,
            tone: verdict.tone,
            reason: verdict.reason.map(|(why, action)| format!("{why} {action}")),
            open: row.open.map(|(id, _)| id.to_string()),
            may_exclude: row.amount > 0 && verdict.code.is_none(),
            may_remind: matches!(verdict.code, Some("no_method" | "no_account" | "account_not_ready")),
        }
    }
}
