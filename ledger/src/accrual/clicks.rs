//! Pay per click: a day's clicks of an affiliate earn one commission per component, recounted while late clicks come in.
//!
//! Counted are human visitors of affiliates who were approved when the click came, each once a day and affiliate and country
//! (by the visitor's daily hash): clicking one's own link again and again earns once. The plan version in force for the
//! affiliate at the day's first moment applies. Only the difference to what is booked is booked, so a recount that finds
//! nothing new changes nothing.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    time::Duration,
};

use shared::{
    id::{AffiliateId, CommissionId, OrganizationId, PlanVersionId, ProgramId},
    money::{Money, MoneyError},
    timestamp::Timestamp,
};

use super::change;
use crate::{
    book::{self, entry::Cause},
    commission::{
        Commission, CommissionStatus, EarnedBy, Standing,
        partner::Partner,
        plan::{Component, PlanVersion, in_force},
        stand, store,
    },
    db::{TenantTx, at, moment},
    journey::write::BookingError,
    state::AppState,
};

const EVERY: Duration = Duration::from_secs(600);
/// Clicks may come late by as much as the edge keeps what it couldn't deliver.
const DAYS: i64 = 7;
const DAY_MS: i64 = 86_400_000;

pub async fn run(state: AppState) {
    while !state.is_stopping() {
        if let Err(error) = once(&state).await {
            tracing::warn!("pay per click: {error}");
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = state.stopped() => {}
        }
    }
}

/// Recounts the last days of every program that pays for clicks.
///
/// # Errors
/// [`BookingError`]; tenants before the failing one are kept.
pub async fn once(state: &AppState) -> Result<(), BookingError> {
    for tenants in state.db.all_tenants().await?.chunks(1_000) {
        let mut tx = state.db.tenants(tenants.to_vec()).await?;
        let paying = sqlx::query_scalar!(
            r#"select distinct organization_id from plan_versions where components @> '[{"type": "per_click"}]'"#
        )
        .fetch_all(tx.conn())
        .await?;
        tx.commit().await?;
        for organization in paying.into_iter().map(OrganizationId::new) {
            recount(state, organization).await?;
        }
    }
    Ok(())
}

async fn recount(state: &AppState, organization: OrganizationId) -> Result<(), BookingError> {
    let mut tx = state.db.tenant(organization).await?;
    book::store::lock(&mut tx, &[organization]).await?;
    let now = state.clock.now();
    let today = now.plus_millis(-now.millis().rem_euclid(DAY_MS));
    let counts = counts(&mut tx, organization, today.plus_days(-DAYS)).await?;
    let programs: HashSet<_> = counts.iter().map(|count| (organization, count.program)).collect();
    let affiliates: HashSet<_> = counts.iter().map(|count| (organization, count.affiliate)).collect();
    let (programs, affiliates): (Vec<_>, Vec<_>) = (programs.into_iter().collect(), affiliates.into_iter().collect());
    let versions = store::plan_versions(&mut tx, &programs, &affiliates).await?;
    let partners = store::partners(&mut tx, &affiliates).await?;
    let earned = earned(&counts, &versions, &partners)?;
    let booked: HashMap<Slot, Commission> = store::of_clicks(&mut tx, organization, today.plus_days(-DAYS))
        .await?
        .into_iter()
        .filter_map(|row| Some(((row.program_id, row.affiliate_id, row.day()?, row.component), row)))
        .collect();
    let changes: Vec<change::Change> = earned
        .into_iter()
        .filter_map(|(slot, day)| change_of(booked.get(&slot), slot, day, now, || state.new_id()))
        .collect();
    change::apply(&mut tx, state, organization, &changes, Cause::default()).await?;
    tx.commit().await?;
    Ok(())
}

type Slot = (ProgramId, AffiliateId, Timestamp, i32);

/// Visitors of one affiliate from one country on one day.
#[derive(Debug, Clone)]
struct Count {
    program: ProgramId,
    affiliate: AffiliateId,
    /// Its first moment, UTC.
    day: Timestamp,
    country: Option<String>,
    visitors: i64,
}

/// What one component earns on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Day {
    version: PlanVersionId,
    hold_days: u16,
    visitors: i64,
    each: Money,
    sum: Money,
}

async fn counts(tx: &mut TenantTx, organization: OrganizationId, from: Timestamp) -> Result<Vec<Count>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"with absences as (
               select affiliate_id, effective_at as since, until
               from (select affiliate_id, effective_at, status,
                            lead(effective_at) over (partition by affiliate_id order by effective_at) as until
                     from affiliate_statuses where organization_id = $1) s
               where status <> 'Approved')
           select program_id, affiliate_id, date_trunc('day', clicked_at, 'UTC') as "day!", country,
                  count(distinct coalesce(visitor, id::text)) as "visitors!"
           from clicks c where organization_id = $1 and clicked_at >= $2 and class = 'human'
             and program_id in (select program_id from plan_versions
                                where organization_id = $1 and components @> '[{"type": "per_click"}]')
             and not exists (select from absences a where a.affiliate_id = c.affiliate_id
                             and c.clicked_at >= a.since and (a.until is null or c.clicked_at < a.until))
           group by 1, 2, 3, 4"#,
        organization.uuid(),
        at(from),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Count {
            program: ProgramId::new(row.program_id),
            affiliate: AffiliateId::new(row.affiliate_id),
            day: moment(row.day),
            country: row.country,
            visitors: row.visitors,
        })
        .collect())
}

fn earned(
    counts: &[Count],
    versions: &[PlanVersion],
    partners: &HashMap<AffiliateId, Partner>,
) -> Result<BTreeMap<Slot, Day>, MoneyError> {
    let mut earned: BTreeMap<Slot, Day> = BTreeMap::new();
    for count in counts {
        let segment = partners.get(&count.affiliate).and_then(|partner| partner.segment(count.day));
        let Some(version) = in_force(versions, count.program, count.affiliate, segment, count.day) else { continue };
        for (component, index) in version.components.iter().flatten().zip(0..) {
            let Some(each) = component.per_click().filter(|_| looks_at(component, count, segment)) else { continue };
            let day = earned.entry((count.program, count.affiliate, count.day, index)).or_insert(Day {
                version: version.id,
                hold_days: version.hold_days,
                visitors: 0,
                each,
                sum: Money::new(0, each.currency),
            });
            let more = each.minor.checked_mul(count.visitors).ok_or(MoneyError::Overflow)?;
            day.visitors += count.visitors;
            day.sum.minor = day.sum.minor.checked_add(more).ok_or(MoneyError::Overflow)?;
        }
    }
    Ok(earned)
}

fn looks_at(component: &Component, count: &Count, segment: Option<&str>) -> bool {
    let when = &component.when;
    let in_list = |list: &[String], text: Option<&str>| {
        list.is_empty() || text.is_some_and(|text| list.iter().any(|listed| listed == text))
    };
    in_list(&when.segments, segment)
        && in_list(&when.countries, count.country.as_deref())
        && (when.affiliates.is_empty() || when.affiliates.contains(&count.affiliate))
}

fn change_of(
    booked: Option<&Commission>,
    (program_id, affiliate_id, day, component): Slot,
    earned: Day,
    now: Timestamp,
    new_id: impl FnOnce() -> CommissionId,
) -> Option<change::Change> {
    // What a payout took in one currency can't be set against another: it stays as it was.
    if booked.is_some_and(|booked| booked.is_in_payouts() && booked.earned.currency != earned.sum.currency) {
        return None;
    }
    let date = day.to_string();
    let date = date.split('T').next().unwrap_or_default();
    let people = if earned.visitors == 1 { "visitor" } else { "visitors" };
    let mut commission = Commission {
        id: booked.map_or_else(new_id, |booked| booked.id),
        earned_by: EarnedBy::Clicks(day),
        affiliate_id,
        program_id,
        plan_version_id: Some(earned.version),
        component,
        amount: earned.sum.minor,
        earned: earned.sum,
        paid: booked.map_or(0, |booked| booked.paid),
        reserved: booked.map_or(0, |booked| booked.reserved),
        status: CommissionStatus::Pending,
        held: None,
        hold_until: day.plus_days(1 + i64::from(earned.hold_days)),
        approved_at: booked.and_then(|booked| booked.approved_at),
        reason: format!("{} {people} on {date} at {} each = {}", earned.visitors, earned.each, earned.sum),
    };
    let denied = booked.is_some_and(|booked| booked.status == CommissionStatus::Denied);
    stand(&mut commission, Standing { denied, ..Standing::default() }, now);
    (booked != Some(&commission)).then(|| (booked.cloned(), commission))
}

#[cfg(test)]
mod tests {
    use shared::money::Currency;

    use super::*;
    use crate::commission::plan::Scope;

    fn day() -> Timestamp {
        Timestamp::EPOCH.plus_days(20_000)
    }

    fn count(affiliate: u8, country: &str, visitors: i64) -> Count {
        Count {
            program: ProgramId::from_bytes([1; 16]),
            affiliate: AffiliateId::from_bytes([affiliate; 16]),
            day: day(),
            country: Some(country.to_owned()),
            visitors,
        }
    }

    fn version(components: &str) -> PlanVersion {
        PlanVersion {
            id: PlanVersionId::from_bytes([2; 16]),
            program_id: ProgramId::from_bytes([1; 16]),
            scope: Scope::Program,
            effective_at: Timestamp::EPOCH,
            components: serde_json::from_str(components).unwrap(),
            hold_days: 30,
        }
    }

    #[test]
    fn visitors_earn_by_component_and_country() {
        let versions = [version(
            r#"[{"type":"percentage","ratePpm":1},{"type":"per_click","amountCents":5,"currency":"USD"},
                {"type":"per_click","amountCents":3,"currency":"USD","when":{"countries":["DE"]}}]"#,
        )];
        let counts = [count(7, "US", 10), count(7, "DE", 4), count(8, "DE", 1)];
        let earned = earned(&counts, &versions, &HashMap::new()).unwrap();
        let sums: Vec<_> =
            earned.iter().map(|(slot, day)| (slot.1.bytes()[0], slot.3, day.visitors, day.sum.minor)).collect();
        // Affiliate 7: 14 x 0.05 and 4 x 0.03; affiliate 8: 1 x 0.05 and 1 x 0.03.
        assert_eq!(sums, [(7, 1, 14, 70), (7, 2, 4, 12), (8, 1, 1, 5), (8, 2, 1, 3)]);
    }

    #[test]
    fn a_recount_changes_only_what_grew() {
        let slot = (ProgramId::from_bytes([1; 16]), AffiliateId::from_bytes([7; 16]), day(), 0);
        let usd = |minor| Money::new(minor, Currency::USD);
        let earned = |visitors| Day {
            version: PlanVersionId::from_bytes([2; 16]),
            hold_days: 30,
            visitors,
            each: usd(5),
            sum: usd(5 * visitors),
        };
        let id = CommissionId::from_bytes([3; 16]);
        let (before, first) = change_of(None, slot, earned(2), day(), || id).unwrap();
        assert_eq!((before, first.amount, first.status), (None, 10, CommissionStatus::Pending));
        assert_eq!(first.reason, "2 visitors on 2024-10-04 at USD 0.05 each = USD 0.10");
        assert_eq!(first.hold_until, day().plus_days(31));
        assert_eq!(change_of(Some(&first), slot, earned(2), day(), || id), None);
        let (before, grown) = change_of(Some(&first), slot, earned(3), day(), || id).unwrap();
        assert_eq!((before.unwrap().amount, grown.amount, grown.id), (10, 15, id));
        // Another plan's currency, once a payout took some of it.
        let euros = || Day { sum: Money::new(10, "EUR".parse().unwrap()), ..earned(2) };
        assert!(change_of(Some(&first), slot, euros(), day(), || id).is_some());
        let taken = Commission { reserved: 10, ..first };
        assert_eq!(change_of(Some(&taken), slot, euros(), day(), || id), None);
    }
}
