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

    /// Converts what was paid. The refund's parts aren't added up instead: whether tax is in their amounts depends on
    /// the shop, and where shipping is depends on the version. They only give the rate: all of them together, so that
    /// their rounding doesn't matter.
    fn in_shop_money(&self, amount: i64, paid_in: Currency, shop: Currency) -> Result<i64, Unreadable> {
        let (mut ours, mut theirs) = (0_i64, 0_i64);
        for set in self.sets() {
            let Some(presented) = set.presentment_money.as_ref().filter(|money| money.is_in(paid_in)) else { continue };
            ours = ours.saturating_add(units::signed_decimal(shop, &set.shop_money.amount)?.saturating_abs());
            theirs = theirs.saturating_add(units::signed_decimal(paid_in, &presented.amount)?.saturating_abs());
        }
        if ours == 0 || theirs == 0 {
            let detail = format!("the refund was paid in another currency, and its amount in {shop} is missing");
            return Err(Unreadable::new("other_currency", detail));
        }
        units::share(amount, ours, theirs)
    }

    fn sets(&self) -> impl Iterator<Item = &MoneySet> {
        let lines = self.refund_line_items.iter().flat_map(RefundLine::sets);
        let shipping = self.refund_shipping_lines.iter().filter_map(|line| line.subtotal_amount_set.as_ref());
        let adjustments = self.order_adjustments.iter().flat_map(Adjustment::sets);
        lines.chain(shipping).chain(adjustments).chain(&self.total_duties_set)
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
