//! SQL of where credited clicks came from. Figures by country, source and device count a conversion there.
//!
//! The first sale that is credited to a click copies its origin, which then never changes while the organization is
//! locked: so what was added to the figures can be subtracted again. A click that arrives after its sale is looked up
//! by [`crate::intake::facets_job`].

use std::collections::{BTreeMap, HashMap};

use shared::{
    id::{ClickId, OrganizationId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use kit::db::TenantsTx;

/// Where a click came from; empty where that is unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    pub country: String,
    pub source: String,
    pub device: String,
}

impl Origin {
    /// Its value of each facet, in the order of the facets' names.
    pub fn values(&self) -> [(&'static str, &str); 3] {
        [("country", &self.country), ("device", &self.device), ("source", &self.source)]
    }
}

/// The origins of some clicks.
#[derive(Debug, Default)]
pub struct Origins {
    known: HashMap<(OrganizationId, ClickId), Origin>,
    unknown: Origin,
}

impl Origins {
    /// Nothing is known about what no click brought.
    pub fn of(&self, organization: OrganizationId, click: Option<ClickId>) -> &Origin {
        click.and_then(|click| self.known.get(&(organization, click))).unwrap_or(&self.unknown)
    }
}

/// Credited clicks, each with the time of the earliest sale that is credited to it.
pub type Credited = BTreeMap<(OrganizationId, ClickId), Timestamp>;

/// A UUIDv7's first 48 bits (RFC 9562 §5.7), by which its partition is found.
fn clicked_at(click: ClickId) -> Timestamp {
    let millis = click.bytes()[..6].iter().fold(0_i64, |millis, byte| millis << 8 | i64::from(*byte));
    Timestamp::EPOCH.plus_millis(millis)
}

/// Loads the origins of these clicks, and keeps those that weren't kept before. The caller holds the organizations' lock.
pub async fn load(tx: &mut TenantsTx, credited: &Credited) -> Result<Origins, sqlx::Error> {
    let mut origins = Origins::default();
    if credited.is_empty() {
        return Ok(origins);
    }
    let mut missing = credited.clone();
    let mut earlier: Vec<(OrganizationId, ClickId, Timestamp)> = Vec::new();
    for (key, awaited_since, origin) in kept(tx, credited).await? {
        if let Some(sold_at) = missing.remove(&key)
            && awaited_since.is_some_and(|since| sold_at < since)
        {
            earlier.push((key.0, key.1, sold_at));
        }
        origins.known.insert(key, origin);
    }
    await_earlier(tx, &earlier).await?;
    if missing.is_empty() {
        return Ok(origins);
    }
    let found = clicks(tx, &missing).await?;
    insert(tx, &missing, &found).await?;
    origins.known.extend(found);
    Ok(origins)
}

type Known = ((OrganizationId, ClickId), Option<Timestamp>, Origin);

async fn kept(tx: &mut TenantsTx, credited: &Credited) -> Result<Vec<Known>, sqlx::Error> {
    let rows = sqlx::query!(
        "select o.organization_id, o.click_id, o.awaited_since, o.country, o.source, o.device
         from unnest($1::uuid[], $2::uuid[]) k (organization_id, click_id)
         join click_origins o on o.organization_id = k.organization_id and o.click_id = k.click_id",
        &credited.keys().map(|key| key.0.uuid()).collect::<Vec<_>>(),
        &credited.keys().map(|key| key.1.uuid()).collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    let known = rows.into_iter().map(|row| {
        let key = (OrganizationId::new(row.organization_id), ClickId::new(row.click_id));
        (key, row.awaited_since, Origin { country: row.country, source: row.source, device: row.device })
    });
    Ok(known.collect())
}

async fn clicks(
    tx: &mut TenantsTx,
    missing: &Credited,
) -> Result<HashMap<(OrganizationId, ClickId), Origin>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select c.organization_id, c.id, coalesce(c.country, '') as "country!", coalesce(c.referrer_host, '') as "source!",
                  c.device
           from unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) k (organization_id, id, clicked_at)
           join clicks c using (organization_id, id, clicked_at)"#,
        &missing.keys().map(|key| key.0.uuid()).collect::<Vec<_>>(),
        &missing.keys().map(|key| key.1.uuid()).collect::<Vec<_>>(),
        &missing.keys().map(|key| clicked_at(key.1)).collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    let found = rows.into_iter().map(|row| {
        let key = (OrganizationId::new(row.organization_id), ClickId::new(row.id));
        (key, Origin { country: row.country, source: row.source, device: row.device })
    });
    Ok(found.collect())
}

/// Keeps the origins; clicks that haven't arrived are awaited.
async fn insert(
    tx: &mut TenantsTx,
    missing: &Credited,
    found: &HashMap<(OrganizationId, ClickId), Origin>,
) -> Result<(), sqlx::Error> {
    let nothing = Origin::default();
    let origins: Vec<&Origin> = missing.keys().map(|key| found.get(key).unwrap_or(&nothing)).collect();
    let awaited = missing.iter().map(|(key, sold_at)| (!found.contains_key(key)).then_some(*sold_at));
    sqlx::query!(
        "insert into click_origins (organization_id, click_id, clicked_at, country, source, device, awaited_since)
         select * from unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::text[], $5::text[], $6::text[],
                              $7::timestamptz[])
         on conflict do nothing",
        &missing.keys().map(|key| key.0.uuid()).collect::<Vec<_>>(),
        &missing.keys().map(|key| key.1.uuid()).collect::<Vec<_>>(),
        &missing.keys().map(|key| clicked_at(key.1)).collect::<Vec<_>>(),
        &origins.iter().map(|origin| origin.country.clone()).collect::<Vec<_>>(),
        &origins.iter().map(|origin| origin.source.clone()).collect::<Vec<_>>(),
        &origins.iter().map(|origin| origin.device.clone()).collect::<Vec<_>>(),
        &awaited.collect::<Vec<_>>() as &[Option<Timestamp>],
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

async fn await_earlier(
    tx: &mut TenantsTx,
    earlier: &[(OrganizationId, ClickId, Timestamp)],
) -> Result<(), sqlx::Error> {
    if earlier.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "update click_origins o set awaited_since = k.sold_at
         from unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) k (organization_id, click_id, sold_at)
         where o.organization_id = k.organization_id and o.click_id = k.click_id and o.awaited_since > k.sold_at",
        &earlier.iter().map(|row| row.0.uuid()).collect::<Vec<Uuid>>(),
        &earlier.iter().map(|row| row.1.uuid()).collect::<Vec<Uuid>>(),
        &earlier.iter().map(|row| row.2).collect::<Vec<_>>(),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_click_has_its_time_in_its_id() {
        let at = Timestamp::parse_rfc3339("2026-11-20T08:30:00.123Z").unwrap();
        assert_eq!(clicked_at(ClickId::v7(at.millis().unsigned_abs(), &[9; 10])), at);
    }

    #[test]
    fn what_no_click_brought_has_no_origin() {
        let (organization, click) = (OrganizationId::v7(1, &[1; 10]), ClickId::v7(1, &[2; 10]));
        let origin = Origin { country: "DE".to_owned(), source: String::new(), device: "mobile".to_owned() };
        let origins = Origins { known: [((organization, click), origin)].into(), ..Origins::default() };
        let value = |click| origins.of(organization, click).values().map(|(_, value)| value.to_owned());
        assert_eq!(value(Some(click)), ["DE", "mobile", ""]);
        for unknown in [None, Some(ClickId::v7(2, &[2; 10]))] {
            assert_eq!(value(unknown), ["", "", ""]);
        }
    }
}
