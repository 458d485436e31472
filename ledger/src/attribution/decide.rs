//! The rules of credit, pure.
//!
//! Precedence: the buyer is bound already, then a coupon that overrides clicks, then a click, then a named slug, then a
//! coupon that doesn't override. The first credited sale binds the buyer to its affiliate, and to the plan in force
//! then. A touch speaks for conversions from its own time to the end of its program's window.

use std::collections::HashMap;

use shared::{
    config::AttributionModel,
    id::{AffiliateId, ClickId, LinkId, ProgramId},
    timestamp::Timestamp,
};

use super::touch::{Touch, TouchKind};

/// Clocks of gateways, brands and edge may differ by this much.
const CLOCK_SKEW_MS: i64 = 10 * 60 * 1_000;

/// What a program says about credit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    pub model: AttributionModel,
    pub window_days: u16,
}

/// A conversion, as far as credit depends on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate<'a> {
    /// Ties are broken by it, so that equal times have an order.
    pub external_id: &'a str,
    pub occurred_at: Timestamp,
    /// A lead is credited but binds nobody.
    pub lead: bool,
}

/// Who is credited, and by which rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Credit {
    pub program_id: ProgramId,
    pub affiliate_id: AffiliateId,
    pub link_id: Option<LinkId>,
    pub click_id: Option<ClickId>,
    pub rule: Rule,
    /// When the buyer became bound: the plan version in force then applies.
    pub bound_at: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    Bound,
    Coupon,
    Click,
    Slug,
}

impl Rule {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bound => "bound",
            Self::Coupon => "coupon",
            Self::Click => "click",
            Self::Slug => "slug",
        }
    }
}

/// Credits every conversion of one buyer. The answer has the order of `conversions`; the order of neither list matters.
///
/// Where the buyer is unknown the caller passes one conversion with its own touches.
pub fn credit_journey(
    conversions: &[Candidate<'_>],
    touches: &[Touch],
    policies: &HashMap<ProgramId, Policy>,
) -> Vec<Option<Credit>> {
    let mut order: Vec<usize> = (0..conversions.len()).collect();
    order.sort_by_key(|index| (conversions[*index].occurred_at, conversions[*index].external_id));
    let mut credits = vec![None; conversions.len()];
    let mut binding: Option<Credit> = None;
    for index in order {
        let conversion = &conversions[index];
        let credit = match binding {
            Some(bound) => Some(Credit { rule: Rule::Bound, ..bound }),
            None => credit_by_touch(conversion, touches, policies),
        };
        if binding.is_none() && !conversion.lead {
            binding = credit;
        }
        credits[index] = credit;
    }
    credits
}

fn credit_by_touch(
    conversion: &Candidate<'_>,
    touches: &[Touch],
    policies: &HashMap<ProgramId, Policy>,
) -> Option<Credit> {
    let touch = touches
        .iter()
        .filter_map(|touch| Some((touch, policies.get(&touch.program_id)?)))
        .filter(|(touch, policy)| in_window(touch, policy, conversion.occurred_at))
        .min_by_key(|(touch, policy)| {
            // Coupons and slugs are a word about this purchase: the latest word holds. Clicks follow the program.
            let first = touch.kind == TouchKind::Click && policy.model == AttributionModel::FirstTouch;
            let age = touch.touched_at.millis();
            let by_model = if first { age } else { -age };
            (precedence(touch), by_model, touch.event_id)
        })?
        .0;
    Some(Credit {
        program_id: touch.program_id,
        affiliate_id: touch.affiliate_id,
        link_id: touch.link_id,
        click_id: touch.click_id,
        rule: match touch.kind {
            TouchKind::Click => Rule::Click,
            TouchKind::Slug => Rule::Slug,
            TouchKind::Coupon => Rule::Coupon,
        },
        bound_at: conversion.occurred_at,
    })
}

/// Lower wins.
const fn precedence(touch: &Touch) -> u8 {
    match touch.kind {
        TouchKind::Coupon if touch.overrides_click => 0,
        TouchKind::Click => 1,
        TouchKind::Slug => 2,
        TouchKind::Coupon => 3,
    }
}

fn in_window(touch: &Touch, policy: &Policy, occurred_at: Timestamp) -> bool {
    let from = touch.touched_at;
    from <= occurred_at.plus_millis(CLOCK_SKEW_MS) && occurred_at <= from.plus_days(i64::from(policy.window_days))
}

#[cfg(test)]
mod tests;
