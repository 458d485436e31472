//! Whether the next run pays an affiliate, and why not: by the same rules as the run itself.

use std::collections::{BTreeMap, HashMap};

use shared::{id::AffiliateId, money::Currency, timestamp::Timestamp};

use super::owed_store::Owed;
use kit::db::TenantTx;
use payouts::payout_run::preview::{self, Selection};

/// What a run created now would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// A short label.
    pub words: &'static str,
    /// CSS class.
    pub tone: &'static str,
    /// A stable code; `None` if nothing blocks the payout.
    pub code: Option<&'static str>,
    /// Why it isn't paid, and what to do.
    pub reason: Option<(&'static str, &'static str)>,
}

pub type Verdicts = HashMap<(AffiliateId, Currency), Verdict>;

/// Returns the verdicts for the given rows, each an affiliate and a currency.
pub async fn of(tx: &mut TenantTx, owed: &[Owed], now: Timestamp) -> Result<Verdicts, sqlx::Error> {
    let mut whom: BTreeMap<Currency, Vec<AffiliateId>> = BTreeMap::new();
    for row in owed {
        if let Ok(currency) = row.currency.parse() {
            whom.entry(currency).or_default().push(row.affiliate);
        }
    }
    let mut verdicts = Verdicts::new();
    for (currency, affiliates) in whom {
        add(&mut verdicts, &preview::select_of(tx, currency, now, &affiliates).await?);
    }
    Ok(verdicts)
}

/// Adds the verdicts of a selection.
pub fn add(verdicts: &mut Verdicts, selection: &Selection) {
    for one in &selection.paid {
        let withheld = one.payment.withheld > 0;
        let words = if withheld { "In the next run, minus tax" } else { "In the next run" };
        let verdict = Verdict { words, tone: "good", code: None, reason: None };
        verdicts.insert((one.affiliate.id, selection.currency), verdict);
    }
    for one in &selection.left_out {
        let (words, tone) = match one.reason.as_str() {
            "in_another_run" => ("In a payout run", "wait"),
            "below_minimum" | "negative_balance" => ("Not yet", "off"),
            _ => ("Can\u{2019}t be paid", "bad"),
        };
        let reason = Some((one.reason.message(), one.reason.next_action()));
        let verdict = Verdict { words, tone, code: Some(one.reason.as_str()), reason };
        verdicts.insert((one.affiliate.id, selection.currency), verdict);
    }
}
