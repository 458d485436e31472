//! Parses refunds, which come on their own (`refunds/create`) and inside their order (shopify.dev, REST Admin API, "The
//! Refund resource", "The Transaction resource").

use serde::Deserialize;
use shared::money::Currency;

use super::{Reading, moment, order::or_empty};
use crate::{
    fact::{Basis, Fact, RefundEffect, RefundFact, Unreadable},
    gateway::units,
};

#[derive(Debug, Deserialize)]
pub(super) struct Refund {
    id: u64,
    order_id: u64,
    created_at: String,
    processed_at: Option<String>,
    #[serde(default, deserialize_with = "or_empty")]
    transactions: Vec<Transaction>,
    #[serde(default, deserialize_with = "or_empty")]
    refund_line_items: Vec<RefundLine>,
    /// Since 2024-10; before that, refunded shipping is among the adjustments.
    #[serde(default, deserialize_with = "or_empty")]
    refund_shipping_lines: Vec<RefundShippingLine>,
    #[serde(default, deserialize_with = "or_empty")]
    order_adjustments: Vec<Adjustment>,
    total_duties_set: Option<MoneySet>,
}

/// In the currency that the buyer paid in.
#[derive(Debug, Deserialize)]
struct Transaction {
    kind: String,
    status: String,
    amount: String,
    currency: String,
}

#[derive(Debug, Deserialize)]
struct RefundLine {
    subtotal_set: Option<MoneySet>,
    total_tax_set: Option<MoneySet>,
}

#[derive(Debug, Deserialize)]
struct RefundShippingLine {
    subtotal_amount_set: Option<MoneySet>,
}

/// Refunded shipping, and differences between the lines and what was refunded: negative where money went back.
#[derive(Debug, Deserialize)]
struct Adjustment {
    amount_set: Option<MoneySet>,
    tax_amount_set: Option<MoneySet>,
}

/// One amount in both currencies.
#[derive(Debug, Deserialize)]
struct MoneySet {
    shop_money: Money,
    presentment_money: Option<Money>,
}

#[derive(Debug, Deserialize)]
struct Money {
    amount: String,
    currency_code: String,
}

impl Refund {
    pub(super) fn read(self) -> Result<Reading, Unreadable> {
        let at = moment(self.processed_at.as_ref().unwrap_or(&self.created_at))?;
        Ok(Reading::of(at, self.fact(None)?.into_iter().collect()))
    }

    /// A refund without money, which only takes goods back into stock, reverses nothing. `shop` is the shop's currency,
    /// if the order says it.
    pub(super) fn fact(&self, shop: Option<Currency>) -> Result<Option<Fact>, Unreadable> {
        let Some((amount, currency)) = self.money(shop)? else { return Ok(None) };
        Ok(Some(Fact::Refund(RefundFact {
            external_id: self.id.to_string(),
            refund_of: self.order_id.to_string(),
            amount,
            currency,
            basis: Basis::Paid,
            effect: RefundEffect::Made,
        })))
    }

    /// What went back to the buyer. Shopify sends no event when a pending refund succeeds, so it counts as well. If the
    /// buyer paid in another currency, it is converted at the refund's own rate.
    fn money(&self, shop: Option<Currency>) -> Result<Option<(i64, Currency)>, Unreadable> {
        let is_refund =
            |one: &&Transaction| one.kind == "refund" && matches!(one.status.as_str(), "success" | "pending");
        let returned: Vec<&Transaction> = self.transactions.iter().filter(is_refund).collect();
        let Some(first) = returned.first() else { return Ok(None) };
        let shop = match shop {
            Some(shop) => shop,
            None => units::currency(self.sets().next().map_or(&first.currency, |set| &set.shop_money.currency_code))?,
        };
        let sum = |currency: Currency| {
            let fitting = returned.iter().filter(|one| one.currency.eq_ignore_ascii_case(currency.code()));
            let amounts = fitting.map(|one| units::decimal(currency, &one.amount));
            units::sum(amounts.collect::<Result<Vec<_>, _>>()?)
        };
        let foreign = returned.iter().find(|one| !one.currency.eq_ignore_ascii_case(shop.code()));
        let converted = match foreign.map(|one| units::currency(&one.currency)).transpose()? {
            Some(paid_in) => self.in_shop_money(sum(paid_in)?, paid_in, shop)?,
            None => 0,
        };
        Ok(Some((units::sum([sum(shop)?, converted])?, shop)))
    }

    /// What was paid, in the shop's currency: its own amounts if they add up to the payment. Otherwise they only give the
    /// rate: all of them together, so that their rounding matters little, and to the nearest cent.
    fn in_shop_money(&self, amount: i64, paid_in: Currency, shop: Currency) -> Result<i64, Unreadable> {
        for taxed in [true, false] {
            let (ours, theirs) = self.added(taxed, paid_in, shop)?;
            if theirs == amount && ours > 0 {
                return Ok(ours);
            }
        }
        let (mut ours, mut theirs) = (0_i64, 0_i64);
        for set in self.sets() {
            let Some((own, presented)) = set.in_both(paid_in, shop)? else { continue };
            ours = ours.saturating_add(own.saturating_abs());
            theirs = theirs.saturating_add(presented.saturating_abs());
        }
        if ours == 0 || theirs == 0 {
            let detail = format!("the refund was paid in another currency, and its amount in {shop} is missing");
            return Err(Unreadable::new("other_currency", detail));
        }
        Ok(units::share(amount.saturating_mul(2), ours, theirs)?.saturating_add(1) / 2)
    }

    /// The refund's parts in both currencies as a shop adds them up: with the tax beside its prices (`taxed`), or in
    /// them.
    fn added(&self, taxed: bool, paid_in: Currency, shop: Currency) -> Result<(i64, i64), Unreadable> {
        let tax = |set| Option::iter(set).filter(move |_| taxed);
        let lines =
            self.refund_line_items.iter().flat_map(|line| line.subtotal_set.iter().chain(tax(&line.total_tax_set)));
        let shipping = self.refund_shipping_lines.iter().filter_map(|line| line.subtotal_amount_set.as_ref());
        let added = lines.chain(shipping).chain(&self.total_duties_set).map(|set| (1, set));
        let adjusted = self.order_adjustments.iter();
        let adjusted =
            adjusted.flat_map(|one| one.amount_set.iter().chain(tax(&one.tax_amount_set))).map(|set| (-1, set));
        let (mut ours, mut theirs) = (0_i64, 0_i64);
        for (sign, set) in added.chain(adjusted) {
            let Some((own, presented)) = set.in_both(paid_in, shop)? else { continue };
            ours = ours.saturating_add(own.saturating_mul(sign));
            theirs = theirs.saturating_add(presented.saturating_mul(sign));
        }
        Ok((ours, theirs))
    }

    fn sets(&self) -> impl Iterator<Item = &MoneySet> {
        let lines = self.refund_line_items.iter().flat_map(RefundLine::sets);
        let shipping = self.refund_shipping_lines.iter().filter_map(|line| line.subtotal_amount_set.as_ref());
        let adjustments = self.order_adjustments.iter().flat_map(Adjustment::sets);
        lines.chain(shipping).chain(adjustments).chain(&self.total_duties_set)
    }
}

impl MoneySet {
    /// In the smallest units of the shop's currency, and of the one that was paid; `None` if it isn't in that one.
    fn in_both(&self, paid_in: Currency, shop: Currency) -> Result<Option<(i64, i64)>, Unreadable> {
        let Some(presented) = self.presentment_money.as_ref().filter(|money| money.is_in(paid_in)) else {
            return Ok(None);
        };
        let own = units::signed_decimal(shop, &self.shop_money.amount)?;
        Ok(Some((own, units::signed_decimal(paid_in, &presented.amount)?)))
    }
}

impl Money {
    fn is_in(&self, currency: Currency) -> bool {
        self.currency_code.eq_ignore_ascii_case(currency.code())
    }
}

impl RefundLine {
    fn sets(&self) -> impl Iterator<Item = &MoneySet> {
        self.subtotal_set.iter().chain(&self.total_tax_set)
    }
}

impl Adjustment {
    fn sets(&self) -> impl Iterator<Item = &MoneySet> {
        self.amount_set.iter().chain(&self.tax_amount_set)
    }
}
