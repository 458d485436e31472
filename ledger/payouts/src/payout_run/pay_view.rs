//! What the page for paying shows: everyone who can be paid in a currency, those who are selected, and their total.

use std::collections::HashSet;

use payout_core::rail::Rail;
use shared::{id::AffiliateId, money::MoneyError};

use super::{
    preview::{Paid, Selection},
    review::{self, Seen},
    view::Needed,
    view_model::{Group, LISTED, Payee, groups},
};
use kit::page::zone::Zone;
use rules::format;

#[derive(Debug)]
pub(super) struct Sheet {
    pub(super) currency: String,
    pub(super) rows: Vec<Row>,
    /// How many more are paid than are listed.
    pub(super) more: usize,
    /// How many are selected.
    pub(super) people: usize,
    pub(super) total: String,
    pub(super) withheld: Option<String>,
    /// Method, number and amount of what is paid by it.
    pub(super) methods: Vec<(&'static str, usize, String)>,
    /// When the page was made, in milliseconds and in words.
    pub(super) cutoff: (i64, String),
    /// What the list and the total are of, for the page's form.
    pub(super) listed: String,
    pub(super) seen: String,
    /// The Stripe balance, if something is paid from it.
    pub(super) available: Option<String>,
    pub(super) hint: Option<String>,
    pub(super) left_out: Vec<Group>,
    pub(super) left_out_count: usize,
}

#[derive(Debug)]
pub(super) struct Row {
    pub(super) payee: Payee,
    pub(super) is_selected: bool,
}

impl Sheet {
    /// # Errors
    /// Fails if a sum overflows.
    pub(super) fn of(all: Selection, excluded: &HashSet<AffiliateId>, zone: &Zone) -> Result<Self, MoneyError> {
        let code = all.currency.code().to_owned();
        let (left_out, left_out_count) = (groups(&all.left_out, &code), all.left_out.len());
        let is_selected = |one: &Paid| !excluded.contains(&one.affiliate.id);
        // Those who are left out are always listed, so that they can be selected again.
        let listed = all.paid.iter().enumerate().filter(|(at, one)| *at < LISTED || !is_selected(one));
        let rows: Vec<Row> = listed
            .map(|(_, one)| Row { payee: Payee::planned(one, &code, all.cutoff), is_selected: is_selected(one) })
            .collect();
        let (count, cutoff, listed) = (all.paid.len(), all.cutoff, review::listed(&all));
        let mut chosen = all;
        chosen.exclude(excluded);
        let sums = chosen.sums()?;
        let needed = Needed::of(chosen.connection.as_ref(), chosen.currency, sums.by_stripe);
        Ok(Self {
            more: count.saturating_sub(rows.len()),
            rows,
            people: chosen.paid.len(),
            total: format::money(sums.gross, &code),
            withheld: (sums.withheld > 0).then(|| format::money(sums.withheld, &code)),
            methods: methods(&chosen, &code),
            cutoff: (cutoff.millis(), zone.full(cutoff)),
            listed,
            seen: Seen::of(&chosen)?.to_string(),
            available: needed.as_ref().and_then(|needed| needed.there(&code, zone)),
            hint: needed.and_then(|needed| needed.hint),
            left_out,
            left_out_count,
            currency: code,
        })
    }

    /// `3 affiliates`.
    pub(super) fn whom(&self) -> String {
        format!("{} affiliate{}", self.people, if self.people == 1 { "" } else { "s" })
    }
}

fn methods(chosen: &Selection, code: &str) -> Vec<(&'static str, usize, String)> {
    let method = |rail: Rail| {
        let amounts: Vec<i64> =
            chosen.paid.iter().filter(|one| one.payment.rail == rail).map(|one| one.payment.amount).collect();
        (!amounts.is_empty()).then(|| (rail.as_str(), amounts.len(), format::money(amounts.iter().sum(), code)))
    };
    [Rail::Stripe, Rail::PayPal, Rail::Wise, Rail::Manual].into_iter().filter_map(method).collect()
}
