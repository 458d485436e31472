//! The daily figures of conversions, kept as differences in the transaction that changes the conversions.

use std::collections::{BTreeMap, HashSet};

use shared::{
    id::{CommissionId, ConversionId, OrganizationId},
    money::MoneyError,
    timestamp::Timestamp,
};
use uuid::Uuid;

use super::settle::{Part, Settlement};
use crate::{
    commission::Commission,
    conversion::{Conversion, Kind},
    db::{TenantTx, at},
};

const MS_PER_DAY: i64 = 86_400_000;

/// Differences by tenant, UTC day, program, affiliate and currency; sorted, so that two batches lock in the same order.
#[derive(Debug, Default)]
pub struct Rollup(BTreeMap<(Uuid, i64, Uuid, Uuid, String), Figures>);

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Figures {
    conversions: i64,
    revenue: i64,
    commission: i64,
}

fn add(sum: &mut i64, amount: i64) -> Result<(), MoneyError> {
    *sum = sum.checked_add(amount).ok_or(MoneyError::Overflow)?;
    Ok(())
}

impl Rollup {
    /// Counts what changes in a journey: out with what it was, in with what it is.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`] beyond 64 bits.
    pub fn settlement(
        &mut self,
        organization: OrganizationId,
        part: &Part<'_>,
        settlement: &Settlement,
    ) -> Result<(), MoneyError> {
        for (before, now) in &settlement.conversions {
            if let Some(before) = before {
                self.conversion(before, -1)?;
            }
            self.conversion(now, 1)?;
        }
        // Commissions count on the day of their conversion, also where that day itself changes.
        let journey = &part.journey;
        let was = |id: ConversionId| journey.stored.get(&id).map(|row| row.occurred_at);
        let is = |id: ConversionId| journey.conversions.iter().find(|row| row.id == id).map(|row| row.occurred_at);
        let changed: HashSet<CommissionId> = settlement.commissions.iter().map(|(_, now)| now.id).collect();
        for (before, now) in &settlement.commissions {
            if let (Some(before), Some(day)) = (before, now.conversion().and_then(was)) {
                self.commission(organization, day, before, -1)?;
            }
            if let Some(day) = now.conversion().and_then(is) {
                self.commission(organization, day, now, 1)?;
            }
        }
        for (before, now) in &settlement.conversions {
            let Some(before) = before.as_ref().filter(|before| before.occurred_at != now.occurred_at) else { continue };
            let kept = journey.commissions.iter().filter(|row| row.conversion() == Some(now.id));
            for row in kept.filter(|row| !changed.contains(&row.id)) {
                self.commission(organization, before.occurred_at, row, -1)?;
                self.commission(organization, now.occurred_at, row, 1)?;
            }
        }
        Ok(())
    }

    /// Leads and uncredited conversions don't count; revenue is what was not given back.
    fn conversion(&mut self, conversion: &Conversion, sign: i64) -> Result<(), MoneyError> {
        let outcome = &conversion.outcome;
        let Some(credit) = outcome.credit.as_ref().filter(|_| outcome.kind != Kind::Lead) else { return Ok(()) };
        let figures = self.at(
            conversion.organization_id,
            conversion.occurred_at,
            credit.program_id.uuid(),
            credit.affiliate_id.uuid(),
            conversion.amount.currency.code(),
        );
        figures.conversions += sign;
        add(&mut figures.revenue, sign * (conversion.amount.minor - outcome.refunded))
    }

    /// Counts a commission (`sign` 1) or takes it out (-1).
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
        let currency = row.earned.currency;
        let figures = self.at(organization, day, row.program_id.uuid(), row.affiliate_id.uuid(), currency.code());
        add(&mut figures.commission, sign * row.amount)
    }

    fn at(
        &mut self,
        organization: OrganizationId,
        moment: Timestamp,
        program: Uuid,
        affiliate: Uuid,
        currency: &str,
    ) -> &mut Figures {
        let day = moment.millis() / MS_PER_DAY;
        self.0.entry((organization.uuid(), day, program, affiliate, currency.to_owned())).or_default()
    }

    /// # Errors
    /// Database errors.
    pub async fn save(mut self, tx: &mut TenantTx) -> Result<(), sqlx::Error> {
        self.0.retain(|_, figures| *figures != Figures::default());
        if self.0.is_empty() {
            return Ok(());
        }
        let day = |day: i64| at(Timestamp::EPOCH.plus_days(day)).date();
        sqlx::query!(
            "insert into conversion_days (organization_id, day, program_id, affiliate_id, currency, conversions, revenue,
                                          commission)
             select * from unnest($1::uuid[], $2::date[], $3::uuid[], $4::uuid[], $5::text[], $6::bigint[], $7::bigint[],
                                  $8::bigint[])
             on conflict (organization_id, day, program_id, affiliate_id, currency) do update set
                 conversions = conversion_days.conversions + excluded.conversions,
                 revenue = conversion_days.revenue + excluded.revenue,
                 commission = conversion_days.commission + excluded.commission",
            &self.0.keys().map(|key| key.0).collect::<Vec<_>>(),
            &self.0.keys().map(|key| day(key.1)).collect::<Vec<_>>(),
            &self.0.keys().map(|key| key.2).collect::<Vec<_>>(),
            &self.0.keys().map(|key| key.3).collect::<Vec<_>>(),
            &self.0.keys().map(|key| key.4.clone()).collect::<Vec<_>>(),
            &self.0.values().map(|figures| figures.conversions).collect::<Vec<_>>(),
            &self.0.values().map(|figures| figures.revenue).collect::<Vec<_>>(),
            &self.0.values().map(|figures| figures.commission).collect::<Vec<_>>(),
        )
        .execute(tx.conn())
        .await
        .map(drop)
    }
}
