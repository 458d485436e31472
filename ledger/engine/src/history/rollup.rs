//! The daily and hourly figures of conversions, updated by differences in the transaction that changes the conversions.

use std::collections::{BTreeMap, HashSet};

use shared::{
    id::{CommissionId, ConversionId, OrganizationId},
    money::MoneyError,
    timestamp::Timestamp,
};
use uuid::Uuid;

use super::recompute::{HistoryChanges, Part};
use kit::db::TenantsTx;
use rules::{
    attribution::flag::Review,
    commission::Commission,
    conversion::{Conversion, Kind},
};

const MS_PER_DAY: i64 = 86_400_000;
const MS_PER_HOUR: i64 = 3_600_000;

/// Differences by affiliate and UTC day, and by program and UTC hour; sorted, so that two batches take locks in the
/// same order.
#[derive(Debug, Default)]
pub struct Rollup {
    /// By tenant, day, program, affiliate and currency.
    days: BTreeMap<(Uuid, i64, Uuid, Uuid, String), Figures>,
    /// By tenant, hour, program and currency.
    hours: BTreeMap<(Uuid, i64, Uuid, String), Figures>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Figures {
    conversions: i64,
    renewals: i64,
    leads: i64,
    revenue: i64,
    commission: i64,
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

    /// Affiliates' daily figures don't count leads.
    const fn is_of_a_day(&self) -> bool {
        self.conversions != 0 || self.revenue != 0 || self.commission != 0
    }
}

impl Rollup {
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
        // Commissions count on the day of their conversion, even if that day itself changes.
        let history = &part.history;
        let was = |id: ConversionId| history.stored.get(&id).map(|row| row.occurred_at);
        let is = |id: ConversionId| history.conversions.iter().find(|row| row.id == id).map(|row| row.occurred_at);
        let changed: HashSet<CommissionId> = changes.commissions.iter().map(|(_, now)| now.id).collect();
        for (before, now) in &changes.commissions {
            if let (Some(before), Some(day)) = (before, now.conversion().and_then(was)) {
                self.commission(organization, day, before, -1)?;
            }
            if let Some(day) = now.conversion().and_then(is) {
                self.commission(organization, day, now, 1)?;
            }
        }
        for (before, now) in &changes.conversions {
            let Some(before) = before.as_ref().filter(|before| before.occurred_at != now.occurred_at) else { continue };
            let kept = history.commissions.iter().filter(|row| row.conversion() == Some(now.id));
            for row in kept.filter(|row| !changed.contains(&row.id)) {
                self.commission(organization, before.occurred_at, row, -1)?;
                self.commission(organization, now.occurred_at, row, 1)?;
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
        self.add(whose, conversion.occurred_at, conversion.amount.currency.code(), figures)
    }

    /// Adds a commission (`sign` 1) or subtracts it (-1).
    ///
    /// # Errors
    /// [`MoneyError::Overflow`] beyond 64 bits.
    pub fn commission(
        &mut self,
        organization: OrganizationId,
        day: Timestamp,
        row: &Commission,
        sign: i64,
    ) -> Result<(), MoneyError> {
        let figures = Figures { commission: sign * row.amount, ..Figures::default() };
        let whose = (organization, row.program_id.uuid(), row.affiliate_id.uuid());
        self.add(whose, day, row.earned.currency.code(), figures)
    }

    fn add(
        &mut self,
        (organization, program, affiliate): (OrganizationId, Uuid, Uuid),
        moment: Timestamp,
        currency: &str,
        figures: Figures,
    ) -> Result<(), MoneyError> {
        let (organization, currency) = (organization.uuid(), currency.to_owned());
        let hour = moment.millis() / MS_PER_HOUR;
        self.hours.entry((organization, hour, program, currency.clone())).or_default().add(figures)?;
        let day = moment.millis() / MS_PER_DAY;
        self.days.entry((organization, day, program, affiliate, currency)).or_default().add(figures)
    }

    pub async fn save(mut self, tx: &mut TenantsTx) -> Result<(), sqlx::Error> {
        self.days.retain(|_, figures| figures.is_of_a_day());
        self.hours.retain(|_, figures| *figures != Figures::default());
        if !self.days.is_empty() {
            self.save_days(tx).await?;
        }
        if self.hours.is_empty() { Ok(()) } else { self.save_hours(tx).await }
    }

    async fn save_days(&self, tx: &mut TenantsTx) -> Result<(), sqlx::Error> {
        let day = |day: i64| Timestamp::EPOCH.plus_days(day).date();
        sqlx::query!(
            "insert into conversion_days (organization_id, day, program_id, affiliate_id, currency, conversions, revenue,
                                          commission)
             select * from unnest($1::uuid[], $2::date[], $3::uuid[], $4::uuid[], $5::text[], $6::bigint[], $7::bigint[],
                                  $8::bigint[])
             on conflict (organization_id, day, program_id, affiliate_id, currency) do update set
                 conversions = conversion_days.conversions + excluded.conversions,
                 revenue = conversion_days.revenue + excluded.revenue,
                 commission = conversion_days.commission + excluded.commission",
            &self.days.keys().map(|key| key.0).collect::<Vec<_>>(),
            &self.days.keys().map(|key| day(key.1)).collect::<Vec<_>>(),
            &self.days.keys().map(|key| key.2).collect::<Vec<_>>(),
            &self.days.keys().map(|key| key.3).collect::<Vec<_>>(),
            &self.days.keys().map(|key| key.4.clone()).collect::<Vec<_>>(),
            &self.days.values().map(|figures| figures.conversions).collect::<Vec<_>>(),
            &self.days.values().map(|figures| figures.revenue).collect::<Vec<_>>(),
            &self.days.values().map(|figures| figures.commission).collect::<Vec<_>>(),
        )
        .execute(tx.conn())
        .await
        .map(drop)
    }

    async fn save_hours(&self, tx: &mut TenantsTx) -> Result<(), sqlx::Error> {
        let hour = |hour: i64| Timestamp::EPOCH.plus_millis(hour * MS_PER_HOUR);
        sqlx::query!(
            "insert into conversion_hours (organization_id, hour, program_id, currency, conversions, renewals, leads, revenue,
                                           commission)
             select * from unnest($1::uuid[], $2::timestamptz[], $3::uuid[], $4::text[], $5::bigint[], $6::bigint[],
                                  $7::bigint[], $8::bigint[], $9::bigint[])
             on conflict (organization_id, hour, program_id, currency) do update set
                 conversions = conversion_hours.conversions + excluded.conversions,
                 renewals = conversion_hours.renewals + excluded.renewals,
                 leads = conversion_hours.leads + excluded.leads,
                 revenue = conversion_hours.revenue + excluded.revenue,
                 commission = conversion_hours.commission + excluded.commission",
            &self.hours.keys().map(|key| key.0).collect::<Vec<_>>(),
            &self.hours.keys().map(|key| hour(key.1)).collect::<Vec<_>>(),
            &self.hours.keys().map(|key| key.2).collect::<Vec<_>>(),
            &self.hours.keys().map(|key| key.3.clone()).collect::<Vec<_>>(),
            &self.hours.values().map(|figures| figures.conversions).collect::<Vec<_>>(),
            &self.hours.values().map(|figures| figures.renewals).collect::<Vec<_>>(),
            &self.hours.values().map(|figures| figures.leads).collect::<Vec<_>>(),
            &self.hours.values().map(|figures| figures.revenue).collect::<Vec<_>>(),
            &self.hours.values().map(|figures| figures.commission).collect::<Vec<_>>(),
        )
        .execute(tx.conn())
        .await
        .map(drop)
    }
}
