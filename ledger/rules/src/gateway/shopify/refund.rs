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

/// Refunded shipping, and differences between the lines and what was refunded: negative where money went back.
#[derive(Debug, Deserialize)]
struct Adjustment {
    amount_set: Option<MoneySet>,
    tax_amount_set: Option<MoneySet>,
}

#[derive(Debug, Deserialize)]
struct MoneySet {
    shop_money: Money,
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
    /// buyer paid in another currency, the lines' amounts in the shop's currency are used.
    fn money(&self, shop: Option<Currency>) -> Result<Option<(i64, Currency)>, Unreadable> {
        let is_refund =
            |one: &&Transaction| one.kind == "refund" && matches!(one.status.as_str(), "success" | "pending");
        let returned: Vec<&Transaction> = self.transactions.iter().filter(is_refund).collect();
        let Some(first) = returned.first() else { return Ok(None) };
        let paid_in = units::currency(&first.currency)?;
        let shop = match shop {
            Some(shop) => shop,
            None => self.sets().next().map_or(Ok(paid_in), |set| units::currency(&set.shop_money.currency_code))?,
        };
        let amount = if returned.iter().all(|one| one.currency.eq_ignore_ascii_case(shop.code())) {
            let amounts = returned.iter().map(|one| units::decimal(shop, &one.amount));
            units::sum(amounts.collect::<Result<Vec<_>, _>>()?)?
        } else {
            self.in_shop_money(shop)?
        };
        Ok(Some((amount, shop)))
    }

    fn in_shop_money(&self, shop: Currency) -> Result<i64, Unreadable> {
        let of = |set: &MoneySet| units::signed_decimal(shop, &set.shop_money.amount);
        let lines = self.refund_line_items.iter().flat_map(RefundLine::sets).chain(&self.total_duties_set);
        let lines = units::sum(lines.map(of).collect::<Result<Vec<_>, _>>()?)?;
        let adjustments = self.order_adjustments.iter().flat_map(Adjustment::sets);
        let adjustments = units::sum(adjustments.map(of).collect::<Result<Vec<_>, _>>()?)?;
        match lines.checked_sub(adjustments) {
            Some(amount) if amount > 0 => Ok(amount),
            _ => {
                let detail = format!("the refund was paid in another currency, and its amount in {shop} is missing");
                Err(Unreadable::new("other_currency", detail))
            }
        }
    }

    fn sets(&self) -> impl Iterator<Item = &MoneySet> {
        let lines = self.refund_line_items.iter().flat_map(RefundLine::sets);
        lines.chain(self.order_adjustments.iter().flat_map(Adjustment::sets)).chain(&self.total_duties_set)
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
