//! The daily and hourly figures of conversions, updated by differences in the transaction that changes the conversions.
//! [`super::rollup_store`] saves them.

use std::collections::{BTreeMap, HashSet};

use shared::{
    id::{ClickId, CommissionId, ConversionId, OrganizationId},
    money::MoneyError,
    timestamp::Timestamp,
};
use uuid::Uuid;

use super::{
    origins_store::{Credited, Origins},
    recompute::{HistoryChanges, Part},
};
use rules::{
    attribution::flag::Review,
    commission::Commission,
    conversion::{Conversion, Kind},
};

const MS_PER_DAY: i64 = 86_400_000;
pub(super) const MS_PER_HOUR: i64 = 3_600_000;

/// Differences by affiliate and UTC day, by program and UTC hour, and by the origin of the credited click; sorted, so
/// that two batches take locks in the same order.
#[derive(Debug, Default)]
pub struct Rollup {
    origins: Origins,
    /// By tenant, day, program, affiliate and currency.
    pub(super) days: BTreeMap<(Uuid, i64, Uuid, Uuid, String), Figures>,
    /// By tenant, hour, program and currency.
    pub(super) hours: BTreeMap<(Uuid, i64, Uuid, String), Figures>,
    /// By tenant, facet, hour, value, program and currency.
    pub(super) facets: BTreeMap<(Uuid, &'static str, i64, String, Uuid, String), Figures>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Figures {
    pub(super) conversions: i64,
    pub(super) renewals: i64,
    pub(super) leads: i64,
    pub(super) revenue: i64,
    pub(super) commission: i64,
}

/// Where in the figures something counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    at: Timestamp,
    /// The credited click.
    click: Option<ClickId>,
}

impl Place {
    /// Of what no conversion earned.
    pub const fn of_day(at: Timestamp) -> Self {
        Self { at, click: None }
    }

    /// Of a conversion as it is stored.
    fn of(conversion: &Conversion) -> Self {
        let click = conversion.outcome.credit.as_ref().and_then(|credit| credit.click_id);
        Self { at: conversion.occurred_at, click }
    }
}

impl Figures {
    fn add(&mut self, other: Self) -> Result<(), MoneyError> {
        self.conversions += other.conversions;
        self.renewals += other.renewals;
        self.leads += other.leads;
        for (sum, amount) in [(&mut self.revenue, other.revenue), (&mut self.commission, other.commission)] {
            *sum = sum.checked_add(amount).ok_or(MoneyError::Overflow)?;
        }
        Ok(())
    }
}

/// The clicks that conversions of a history are credited to, before or after the changes.
pub fn credited(organization: OrganizationId, part: &Part<'_>, changes: &HistoryChanges, credited: &mut Credited) {
    if changes.conversions.is_empty() && changes.commissions.is_empty() {
        return;
    }
    let now = changes.conversions.iter().map(|(_, now)| now);
    for place in part.history.stored.values().chain(now).map(Place::of) {
        if let Some(click) = place.click {
            let since = credited.entry((organization, click)).or_insert(place.at);
            *since = place.at.min(*since);
        }
    }
}

impl Rollup {
    pub fn new(origins: Origins) -> Self {
        Self { origins, ..Self::default() }
    }

    /// Counts the changes to a history: subtracts the old figures and adds the new ones.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`] beyond 64 bits.
    pub fn changes(
        &mut self,
        organization: OrganizationId,
        part: &Part<'_>,
        changes: &HistoryChanges,
    ) -> Result<(), MoneyError> {
        for (before, now) in &changes.conversions {
            if let Some(before) = before {
                self.conversion(before, -1)?;
            }
            self.conversion(now, 1)?;
        }
        // Commissions count where their conversion does, even if that place itself changes.
        let history = &part.history;
        let was = |id: ConversionId| history.stored.get(&id).map(Place::of);
        let is = |id: ConversionId| {
            let known = || history.stored.get(&id).map(Place::of);
            changes.conversions.iter().find(|(_, now)| now.id == id).map(|(_, now)| Place::of(now)).or_else(known)
        };
        let changed: HashSet<CommissionId> = changes.commissions.iter().map(|(_, now)| now.id).collect();
        for (before, now) in &changes.commissions {
            if let (Some(before), Some(place)) = (before, now.conversion().and_then(was)) {
                self.commission(organization, place, before, -1)?;
            }
            if let Some(place) = now.conversion().and_then(is) {
                self.commission(organization, place, now, 1)?;
            }
        }
        for (before, now) in &changes.conversions {
            let Some(before) = before.as_ref().map(Place::of).filter(|before| *before != Place::of(now)) else {
                continue;
            };
            let kept = history.commissions.iter().filter(|row| row.conversion() == Some(now.id));
            for row in kept.filter(|row| !changed.contains(&row.id)) {
                self.commission(organization, before, row, -1)?;
                self.commission(organization, Place::of(now), row, 1)?;
            }
        }
        Ok(())
    }

    /// Uncredited and denied conversions don't count; revenue excludes what was refunded.
    fn conversion(&mut self, conversion: &Conversion, sign: i64) -> Result<(), MoneyError> {
        let outcome = &conversion.outcome;
        if outcome.review == Some(Review::Denied) {
            return Ok(());
        }
        let Some(credit) = outcome.credit.as_ref() else { return Ok(()) };
        let figures = if outcome.kind == Kind::Lead {
            Figures { leads: sign, ..Figures::default() }
        } else {
            Figures {
                conversions: sign,
                renewals: if outcome.kind == Kind::Recurring { sign } else { 0 },
                revenue: sign * (conversion.amount.minor - outcome.refunded),
                ..Figures::default()
            }
        };
        let whose = (conversion.organization_id, credit.program_id.uuid(), credit.affiliate_id.uuid());
        self.add(whose, Place::of(conversion), conversion.amount.currency.code(), figures)
    }

    /// Adds a commission (`sign` 1) or subtracts it (-1).
    ///
    /// # Errors
    /// [`MoneyError::Overflow`] beyond 64 bits.
    pub fn commission(
        &mut self,
        organization: OrganizationId,
        place: Place,
        row: &Commission,
        sign: i64,
    ) -> Result<(), MoneyError> {
        let figures = Figures { commission: sign * row.amount, ..Figures::default() };
        let whose = (organization, row.program_id.uuid(), row.affiliate_id.uuid());
        self.add(whose, place, row.earned.currency.code(), figures)
    }

    fn add(
        &mut self,
        (organization, program, affiliate): (OrganizationId, Uuid, Uuid),
        place: Place,
        currency: &str,
        figures: Figures,
    ) -> Result<(), MoneyError> {
        let origin = self.origins.of(organization, place.click);
        let (organization, currency) = (organization.uuid(), currency.to_owned());
        let hour = place.at.millis() / MS_PER_HOUR;
        for (facet, value) in origin.values() {
            let key = (organization, facet, hour, value.to_owned(), program, currency.clone());
            self.facets.entry(key).or_default().add(figures)?;
        }
        self.hours.entry((organization, hour, program, currency.clone())).or_default().add(figures)?;
        let day = place.at.millis() / MS_PER_DAY;
        self.days.entry((organization, day, program, affiliate, currency)).or_default().add(figures)
    }
}
