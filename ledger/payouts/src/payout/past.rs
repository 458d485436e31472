//! Payments of the past: what another platform paid for imported sales before the move, or still has to pay. They are
//! booked as paid outside, so that nothing of it is ever owed here. No one is notified.

use std::collections::{BTreeMap, HashMap};

use shared::{
    id::{ConversionId, OrganizationId, PayoutId},
    money::MoneyError,
    timestamp::Timestamp,
};

use super::past_store::{self, PastPayout};
use engine::{
    accrual::change::{self, Change},
    commission, conversion,
    history::{past::COMPONENT, write::BookingError},
};
use identity::organization::time_zone;
use kit::{db::TenantTx, error::Result, page::zone::Zone, state::AppState};
use rules::{
    book::entry::Cause,
    commission::{Commission, CommissionState, CommissionStatus, stand},
};

const DAY_MILLIS: i64 = 86_400_000;
const REFERENCE_MAX: usize = 200;

/// Where the payments come from.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    /// As in `imports.source`.
    pub source: &'a str,
    /// The platform's name in sentences.
    pub place: &'a str,
    pub actor: &'a str,
    /// Whether that platform reports its payments to the tax authority.
    pub taxed_there: bool,
    /// When the import was started.
    pub at: Timestamp,
}

/// Whether and when the other platform paid the commission of a sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settlement<'a> {
    /// At that time, as part of the payout with that id there. Midnight UTC means the day, in the brand's time zone.
    Paid(Timestamp, Option<&'a str>),
    /// Not yet: it is settled there.
    Left,
}

/// Books how the commissions of these imported sales, given by their external ids, were settled. Sales whose file states
/// no commission, or that were settled before, are left out. The caller holds the book's lock.
///
/// # Errors
/// Database errors and amounts beyond 64 bits; the caller must then roll back.
pub async fn settle(
    tx: &mut TenantTx,
    state: &AppState,
    origin: &Origin<'_>,
    sales: &[(&str, Settlement<'_>)],
) -> Result<()> {
    let organization = tx.organization();
    let names: Vec<_> = sales.iter().map(|(name, _)| (organization, *name)).collect();
    let stored = conversion::store::by_external_id(tx, &names).await?;
    let settled: HashMap<&str, Settlement<'_>> = sales.iter().copied().collect();
    let by_sale: HashMap<ConversionId, Settlement<'_>> =
        stored.iter().filter_map(|row| Some((row.id, *settled.get(row.external_id.as_str())?))).collect();
    let ids: Vec<_> = by_sale.keys().map(|id| (organization, *id)).collect();
    let earned = commission::store::load(tx, &ids).await?.into_iter().filter_map(|(_, before)| {
        let settlement = by_sale.get(&before.conversion()?).copied()?;
        Some((before, settlement))
    });
    settle_each(tx, state, origin, earned.collect()).await
}

/// As [`settle`], for commissions of the past.
///
/// # Errors
/// As [`settle`].
pub(super) async fn settle_each(
    tx: &mut TenantTx,
    state: &AppState,
    origin: &Origin<'_>,
    commissions: Vec<(Commission, Settlement<'_>)>,
) -> Result<()> {
    let (organization, now) = (tx.organization(), state.clock.now());
    let zone = time_zone::of(tx).await?;
    let mut payouts: BTreeMap<PayoutId, PastPayout> = BTreeMap::new();
    let (mut changes, mut causes): (Vec<Change>, Vec<Cause>) = (Vec::new(), Vec::new());
    for (before, settlement) in commissions {
        let Some(part) = unsettled(&before, settlement) else { continue };
        let (id, fresh) = payout(organization, origin, &zone, &before, settlement, now);
        let payout = payouts.entry(id).or_insert(fresh);
        payout.amount = payout.amount.checked_add(part).ok_or(BookingError::Money(MoneyError::Overflow))?;
        payout.items.push((before.id, part));
        let mut after = Commission { paid: part, ..before.clone() };
        let denied = before.status == CommissionStatus::Denied;
        stand(&mut after, CommissionState { denied, held: before.held, released: false }, now);
        changes.push((Some(before), after));
        causes.push(Cause { payout_id: Some(id.uuid()), ..Cause::default() });
    }
    if changes.is_empty() {
        return Ok(());
    }
    past_store::insert(tx, origin, &payouts.into_iter().collect::<Vec<_>>(), now).await?;
    change::apply_each(tx, state, &changes, &causes).await?;
    Ok(())
}

/// What the other platform paid or has to pay of a past commission of which nothing was settled yet. It paid what the
/// file states, also if refunds that arrived before the import reduced the commission since: they are deducted from the
/// next payout here, as those that arrive later are.
fn unsettled(commission: &Commission, settlement: Settlement<'_>) -> Option<i64> {
    let is_fresh = commission.component_id.as_deref() == Some(COMPONENT) && !commission.is_in_payouts();
    let amount = match settlement {
        Settlement::Paid(..) => commission.earned.minor,
        Settlement::Left if commission.is_payable() => commission.outstanding(),
        Settlement::Left => 0,
    };
    Some(amount).filter(|amount| is_fresh && *amount > 0)
}

/// The payout that a commission belongs to, still without amounts. Its id is derived from what it is about, so that the
/// parts of a file that are booked one after another lead to one payout; and it begins with the day, so that lists sort
/// it there.
fn payout(
    organization: OrganizationId,
    origin: &Origin<'_>,
    zone: &Zone,
    commission: &Commission,
    settlement: Settlement<'_>,
    now: Timestamp,
) -> (PayoutId, PastPayout) {
    let currency = commission.earned.currency;
    let (kind, key, at) = match settlement {
        Settlement::Paid(at, key) => ("paid", key.unwrap_or_default(), noon_if_a_day(zone, at).min(now)),
        Settlement::Left => ("left", "", origin.at),
    };
    let day = at.millis() - at.millis().rem_euclid(DAY_MILLIS);
    let digest = PayoutId::derived(&[
        organization.bytes(),
        origin.source.as_bytes(),
        commission.affiliate_id.bytes(),
        currency.code().as_bytes(),
        kind.as_bytes(),
        key.as_bytes(),
        &day.to_be_bytes(),
    ]);
    let mut random = [0; 10];
    random.copy_from_slice(&digest.bytes()[6..]);
    let id = PayoutId::v7(u64::try_from(day).unwrap_or_default(), &random);
    let reference = match settlement {
        Settlement::Paid(_, Some(key)) => format!("Paid on {} before the move: {key}", origin.place),
        Settlement::Paid(_, None) => format!("Paid on {} before the move", origin.place),
        Settlement::Left => format!("Left to be settled on {}", origin.place),
    };
    let payout = PastPayout {
        affiliate: commission.affiliate_id,
        currency,
        amount: 0,
        reference: reference.chars().take(REFERENCE_MAX).collect(),
        taxed_elsewhere: origin.taxed_there || settlement == Settlement::Left,
        settled_there: settlement == Settlement::Left,
        sent_at: at,
        items: Vec::new(),
    };
    (id, payout)
}

/// A file that names only a day, which is read as midnight UTC, means the day where the brand is: at a year's end,
/// midnight UTC would be in another year.
pub fn noon_if_a_day(zone: &Zone, at: Timestamp) -> Timestamp {
    if at.millis().rem_euclid(DAY_MILLIS) == 0 {
        zone.start_of(Zone::utc().day_of(at)).plus_millis(DAY_MILLIS / 2)
    } else {
        at
    }
}

#[cfg(test)]
mod tests {
    use shared::{
        id::{AffiliateId, CommissionId, ProgramId},
        money::{Currency, Money},
    };

    use super::*;
    use rules::commission::EarnedBy;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).unwrap()
    }

    fn commission() -> Commission {
        Commission {
            id: CommissionId::from_bytes([1; 16]),
            earned_by: EarnedBy::Conversion(ConversionId::from_bytes([2; 16])),
            affiliate_id: AffiliateId::from_bytes([3; 16]),
            program_id: ProgramId::from_bytes([4; 16]),
            plan_version_id: None,
            component: 0,
            component_id: Some(COMPONENT.to_owned()),
            amount: 1_000,
            earned: Money::new(1_000, Currency::USD),
            paid: 0,
            reserved: 0,
            status: CommissionStatus::Approved,
            held: None,
            hold_until: Timestamp::EPOCH,
            approved_at: Some(Timestamp::EPOCH),
            reason: String::new(),
        }
    }

    #[test]
    fn one_payout_there_is_one_here_and_a_day_is_the_brands() {
        let zone = Zone::named("America/Los_Angeles");
        let now = at("2026-11-20T08:00:00Z");
        let origin = Origin { source: "Tolt", place: "Tolt", actor: "user:x", taxed_there: false, at: now };
        let of =
            |settlement| payout(OrganizationId::from_bytes([9; 16]), &origin, &zone, &commission(), settlement, now);
        let (id, new_year) = of(Settlement::Paid(at("2026-01-01T00:00:00Z"), Some("po_1")));
        assert_eq!(new_year.sent_at, at("2026-01-01T20:00:00Z"), "not the last day of 2025");
        assert_eq!(of(Settlement::Paid(at("2026-01-01T09:00:00Z"), Some("po_1"))).0, id);
        assert_ne!(of(Settlement::Paid(at("2026-01-01T09:00:00Z"), Some("po_2"))).0, id);
        let (_, left) = of(Settlement::Left);
        assert!(left.taxed_elsewhere && !new_year.taxed_elsewhere);
        assert!(left.settled_there && !new_year.settled_there);
    }

    #[test]
    fn what_was_paid_or_is_no_past_commission_stays() {
        let paid = Settlement::Paid(Timestamp::EPOCH, None);
        for settlement in [paid, Settlement::Left] {
            let of = |commission: Commission| unsettled(&commission, settlement);
            assert_eq!(of(commission()), Some(1_000));
            assert_eq!(of(Commission { paid: 1, ..commission() }), None);
            assert_eq!(of(Commission { component_id: Some("percentage".to_owned()), ..commission() }), None);
        }
    }

    #[test]
    fn what_was_paid_is_as_stated_and_what_is_left_is_the_rest() {
        let paid = Settlement::Paid(Timestamp::EPOCH, None);
        let half = Commission { amount: 500, ..commission() };
        assert_eq!((unsettled(&half, paid), unsettled(&half, Settlement::Left)), (Some(1_000), Some(500)));
        let refunded = Commission { amount: 0, status: CommissionStatus::Refunded, ..commission() };
        assert_eq!((unsettled(&refunded, paid), unsettled(&refunded, Settlement::Left)), (Some(1_000), None));
    }
}
