//! Computes what a sale earns by tiers, given its affiliate's progress.

use shared::money::{Money, MoneyError};

use super::{
    Sale, share_of,
    tally::{Count, Progress},
};
use crate::commission::{
    compute::{half_up, percent},
    period::Period,
    plan::{By, Mode, RATE_PPM_MAX, Step, StepPays, Tiers},
};

/// Returns the amount, and describes it in `words`. `part` is the part of the sale that counts.
pub(super) fn earn(
    tiers: &Tiers,
    sale: &Sale<'_>,
    part: i64,
    at: Progress,
    words: &mut Vec<String>,
) -> Result<Option<Money>, MoneyError> {
    let Some(first) = tiers.steps.first() else { return Ok(None) };
    let step = match (tiers.by, tiers.mode) {
        (By::Revenue(currency), _) if currency != sale.amount.currency => {
            words.push(format!("tiers in {currency} don't count {}, so the first tier applies", sale.amount.currency));
            first
        }
        (By::Revenue(_), Mode::Marginal) => return spread(tiers, sale, part, at.before, words).map(Some),
        (By::Revenue(currency), Mode::Whole) => {
            words.push(format!("revenue {} is {}", during(tiers.period), money(at.total.revenue, currency)));
            reached(tiers, first, at.total.revenue)
        }
        (By::Sales, Mode::Marginal) => {
            let number = at.before.sales.saturating_add(1);
            words.push(format!("sale #{number} {}", during(tiers.period)));
            reached(tiers, first, i128::from(number))
        }
        (By::Sales, Mode::Whole) => {
            words.push(format!("sales {}: {}", during(tiers.period), at.total.sales));
            reached(tiers, first, i128::from(at.total.sales))
        }
    };
    match step.pays {
        StepPays::Rate { rate_ppm } => share_of(sale, part, rate_ppm, words).map(Some),
        StepPays::Flat(amount) => {
            words.push(format!("{amount} for the sale"));
            Ok(Some(amount))
        }
    }
}

fn reached<'t>(tiers: &'t Tiers, first: &'t Step, count: i128) -> &'t Step {
    tiers.steps.iter().rev().find(|step| i128::from(step.from) <= count).unwrap_or(first)
}

/// Prices each part of the amount at the step it falls into, starting where the earlier sales ended. The parts are
/// added exactly; only the sum is rounded.
fn spread(
    tiers: &Tiers,
    sale: &Sale<'_>,
    part: i64,
    before: Count,
    words: &mut Vec<String>,
) -> Result<Money, MoneyError> {
    let currency = sale.amount.currency;
    let (start, end) = (before.revenue, before.revenue + i128::from(part));
    let mut sum: i128 = 0;
    let mut parts = Vec::new();
    for (index, step) in tiers.steps.iter().enumerate() {
        let next = tiers.steps.get(index + 1).map_or(end, |next| i128::from(next.from));
        let covered = next.min(end) - i128::from(step.from).max(start);
        let StepPays::Rate { rate_ppm } = step.pays else { continue };
        if covered > 0 {
            sum += covered * i128::from(rate_ppm);
            parts.push(format!("{}% of {}", percent(rate_ppm), money(covered, currency)));
        }
    }
    let earned = Money::new(half_up(sum, i128::from(RATE_PPM_MAX))?, currency);
    words.push(format!("revenue {} before this sale is {}", during(tiers.period), money(start, currency)));
    let once = if parts.len() > 1 { "sum rounded half up once" } else { "rounded half up" };
    words.push(format!("{} = {earned} ({once})", parts.join(" + ")));
    Ok(earned)
}

/// For a sentence only: no amount that is paid is computed here.
fn money(minor: i128, currency: shared::money::Currency) -> Money {
    Money::new(i64::try_from(minor).unwrap_or(i64::MAX), currency)
}

const fn during(period: Period) -> &'static str {
    match period {
        Period::Month => "in the month",
        Period::Quarter => "in the quarter",
        Period::Year => "in the year",
        Period::Ever => "in total",
    }
}
