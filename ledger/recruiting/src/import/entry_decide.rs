//! Decides what to do with a row of a past bonus or payment. Pure, and the same for the check and the run.

use std::collections::HashMap;

use shared::{
    id::AffiliateId,
    money::{Currency, Money},
    timestamp::Timestamp,
};

use super::{
    decide::{Decision, Knowledge, Outcome},
    entry_row::EntryRow,
    row::Refusal,
};
use kit::page::zone::Zone;
use payouts::payout::past;

/// What was imported before.
#[derive(Debug, Default)]
pub struct Earlier {
    /// The affiliate and amount of each entry, by its external id.
    pub entries: HashMap<String, (AffiliateId, Money)>,
    /// For payments: the affiliates whose payments in a currency came with their sales or bonuses, and from when on.
    pub covered: HashMap<(AffiliateId, Currency), Timestamp>,
}

impl Knowledge {
    /// Decides whose the amount is; no action if it was imported before. `zone` is the brand's.
    ///
    /// # Errors
    /// A [`Refusal`]: the row contradicts what is stored, or names no affiliate here.
    pub fn entry(
        &mut self,
        row: &EntryRow,
        earlier: &Earlier,
        zone: &Zone,
    ) -> Result<Decision<Option<AffiliateId>>, Refusal> {
        let affiliate = self.whose(row.affiliate_email.as_deref(), row.affiliate_slug.as_deref())?;
        self.known(affiliate)?;
        if !self.seen.insert(row.external_id.clone()) {
            return Err(Refusal::new("duplicate", "Duplicate: this ID or row appears earlier in the file."));
        }
        let decision = |action, outcome| Decision { action, outcome, added: Vec::new(), notes: row.notes.clone() };
        let covered = earlier.covered.get(&(affiliate, row.amount.currency));
        match earlier.entries.get(&row.external_id) {
            Some(known) if *known == (affiliate, row.amount) => Ok(decision(None, Outcome::Unchanged)),
            Some(_) => {
                let message = "This ID was imported before, with another amount or affiliate.";
                Err(Refusal::new("imported_differently", message))
            }
            None if covered.is_some_and(|since| is_since(zone, row.at, *since)) => {
                let message = "This payment may be for sales or bonuses of this affiliate that were imported already.";
                Err(Refusal::new("paid_with_sales", message))
            }
            None => Ok(decision(Some(affiliate), Outcome::New)),
        }
    }
}

/// Whether the row's day is that of an earlier import, or a later one: most files name days only.
fn is_since(zone: &Zone, at: Timestamp, import: Timestamp) -> bool {
    zone.day_of(past::noon_if_a_day(zone, at)) >= zone.day_of(import)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::{decide::Known, sale_row::Settled};

    fn row(id: &str, minor: i64) -> EntryRow {
        EntryRow {
            external_id: id.to_owned(),
            at: Timestamp::EPOCH,
            affiliate_email: Some("lauren@a.test".to_owned()),
            affiliate_slug: None,
            amount: Money::new(minor, Currency::USD),
            settled: Settled::Paid,
            paid_at: Some(Timestamp::EPOCH),
            payout_id: None,
            reason: None,
            notes: Vec::new(),
        }
    }

    #[test]
    fn nothing_comes_twice() {
        let (lauren, utc) = (AffiliateId::from_bytes([1; 16]), Zone::utc());
        let mut all = Knowledge::default();
        all.add(Known {
            id: lauren,
            slug: "lauren".to_owned(),
            email: "lauren@a.test".to_owned(),
            approved: true,
            has_link: true,
            paid_somehow: false,
        });
        let mut earlier = Earlier::default();
        earlier.entries.insert("old".to_owned(), (lauren, Money::new(500, Currency::USD)));
        let outcome = |decided: Result<Decision<Option<AffiliateId>>, Refusal>| {
            decided.map(|done| done.outcome).map_err(|refusal| refusal.code)
        };
        assert_eq!(outcome(all.entry(&row("new", 500), &earlier, &utc)), Ok(Outcome::New));
        assert_eq!(outcome(all.entry(&row("new", 500), &earlier, &utc)), Err("duplicate"));
        assert_eq!(outcome(all.entry(&row("old", 500), &earlier, &utc)), Ok(Outcome::Unchanged));
        all.seen.clear();
        assert_eq!(outcome(all.entry(&row("old", 501), &earlier, &utc)), Err("imported_differently"));
        earlier.covered.insert((lauren, Currency::USD), Timestamp::EPOCH);
        assert_eq!(outcome(all.entry(&row("other", 500), &earlier, &utc)), Err("paid_with_sales"));
        all.seen.clear();
        earlier.covered.insert((lauren, Currency::USD), Timestamp::EPOCH.plus_days(1));
        assert_eq!(
            outcome(all.entry(&row("other", 500), &earlier, &utc)),
            Ok(Outcome::New),
            "before what was left there"
        );
        all.seen.clear();
        assert_eq!(outcome(all.entry(&row("old", 500), &earlier, &utc)), Ok(Outcome::Unchanged), "it stays");
    }

    #[test]
    fn a_payment_of_the_day_of_an_import_may_be_for_what_it_left() {
        let tokyo = Zone::named("Asia/Tokyo");
        let at = |text: &str| Timestamp::parse_rfc3339(text).unwrap();
        // It is the 29th in Tokyo.
        let import = at("2026-11-28T20:00:00Z");
        let is_since = |paid: &str| is_since(&tokyo, at(paid), import);
        assert!(is_since("2026-11-29T00:00:00Z"), "its day, which is midnight of UTC in a file");
        assert!(is_since("2026-11-28T15:00:00Z"), "its first moment");
        assert!(!is_since("2026-11-28T14:59:00Z") && !is_since("2026-11-28T00:00:00Z"), "the day before");
    }
}
