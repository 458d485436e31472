//! Reseals secrets in the edge's records, which are sealed with the edge's keys. A resealed record is a change like any
//! other, which the serving ledger pushes. Records that are withheld while an organization waits for its deletion are
//! resealed too, and stay withheld.

use serde_json::Value;
use shared::{
    config::{Record, sealed_place},
    keys::KeyRing,
    seal::{self, SealError},
    timestamp::Timestamp,
};

use super::tally::Tally;
use kit::{
    config::Keys,
    db::{Db, TenantTx},
};
use outbox::edge_config;

pub const COLUMN: &str = "edge_config.record";
const AT_ONCE: i64 = 200;

pub async fn all(db: &Db, keys: &Keys, check: bool, now: Timestamp, tally: &mut Tally) -> Result<(), sqlx::Error> {
    tally.begin(COLUMN);
    for tenant in db.open_and_closed_tenants().await? {
        let mut after = String::new();
        loop {
            let mut tx = db.tenant(tenant).await?;
            let records = edge_config::store::sealed(&mut tx, &after, AT_ONCE).await?;
            let last = records.last().map(|(key, _)| key.clone());
            for (key, record) in records {
                one(&mut tx, keys, (&key, record), check, now, tally).await?;
            }
            tx.commit().await?;
            match last {
                Some(last) => after = last,
                None => break,
            }
        }
    }
    Ok(())
}

async fn one(
    tx: &mut TenantTx,
    keys: &Keys,
    (key, record): (&str, Value),
    check: bool,
    now: Timestamp,
    tally: &mut Tally,
) -> Result<(), sqlx::Error> {
    let (ring, owner) = (&keys.edge_config, tx.organization().to_string());
    match resealed(ring, &owner, key, record) {
        Ok((sealed_with, None)) => sealed_with.into_iter().for_each(|id| tally.found(COLUMN, id)),
        Ok((sealed_with, Some(_))) if check => sealed_with.into_iter().for_each(|id| tally.found(COLUMN, id)),
        Ok((sealed_with, Some(record))) => {
            edge_config::store::put_sealed_anew(tx, key, &record, now).await?;
            sealed_with.iter().for_each(|_| tally.resealed(COLUMN, ring.current().id));
        }
        Err(error) => tally.broken(COLUMN, &owner, key, error),
    }
    Ok(())
}

/// Returns the keys that the record's secrets are sealed with, and the resealed record if one of them isn't the current
/// key.
fn resealed(ring: &KeyRing, tenant: &str, key: &str, record: Value) -> Result<(Vec<u8>, Option<Record>), SealError> {
    let mut record: Record = serde_json::from_value(record).map_err(|_| SealError::Malformed)?;
    let sealed = match &mut record {
        Record::ApiKey(record) => &mut record.sealed_secrets,
        Record::Gateway(record) => &mut record.sealed_secrets,
        Record::Host(_) | Record::Link(_) | Record::Site(_) => return Ok((Vec::new(), None)),
    };
    let (place, current) = (sealed_place(tenant, key), ring.current().id);
    let mut sealed_with = Vec::new();
    for text in sealed.iter_mut() {
        let secret = seal::open(ring, place, text)?;
        sealed_with.push(seal::key_of(text).ok_or(SealError::Malformed)?);
        *text = seal::seal(ring, place, rand::random(), &secret)?;
    }
    let is_old = sealed_with.iter().any(|id| *id != current);
    Ok((sealed_with, is_old.then_some(record)))
}
