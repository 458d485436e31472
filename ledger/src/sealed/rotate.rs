//! Reseals every value of the registry with the current key, in small transactions: an interrupted run can simply be
//! repeated, and it doesn't block serving processes. A value that changed since it was read is left alone, because its
//! writer used the current key.

use shared::{
    id::OrganizationId,
    seal::{self, SealError},
};
use sqlx::PgConnection;

use super::{
    registry::{COLUMNS, Column},
    store::{self, Value},
    tally::Tally,
};
use kit::{
    config::Keys,
    db::{Db, Holder},
};

const AT_ONCE: i64 = 200;

/// Processes all columns of the registry; with `check`, only counts.
pub async fn all(db: &Db, keys: &Keys, check: bool, tally: &mut Tally) -> Result<(), sqlx::Error> {
    let tenants = db.open_and_closed_tenants().await?;
    for column in &COLUMNS {
        tally.begin(&column.name());
        if !column.of_tenant {
            through(db, keys, column, None, check, tally).await?;
            continue;
        }
        for tenant in &tenants {
            through(db, keys, column, Some(*tenant), check, tally).await?;
        }
    }
    Ok(())
}

async fn through(
    db: &Db,
    keys: &Keys,
    column: &Column,
    tenant: Option<OrganizationId>,
    check: bool,
    tally: &mut Tally,
) -> Result<(), sqlx::Error> {
    let mut after: Option<String> = None;
    loop {
        let some = match tenant {
            Some(organization) => {
                let mut tx = db.tenant(organization).await?;
                let some = page(tx.conn(), keys, column, tenant, after.as_deref(), check, tally).await?;
                tx.commit().await?;
                some
            }
            None => {
                let mut tx = db.global(Holder::Nothing).await?;
                let some = page(tx.conn(), keys, column, tenant, after.as_deref(), check, tally).await?;
                tx.commit().await?;
                some
            }
        };
        match some {
            Some(last) => after = Some(last),
            None => return Ok(()),
        }
    }
}

/// Processes one transaction's page; returns the last key, or `None` at the end.
async fn page(
    conn: &mut PgConnection,
    keys: &Keys,
    column: &Column,
    tenant: Option<OrganizationId>,
    after: Option<&str>,
    check: bool,
    tally: &mut Tally,
) -> Result<Option<String>, sqlx::Error> {
    let values = store::page(conn, column, tenant, after, AT_ONCE).await?;
    let owner = tenant.map(|tenant| tenant.to_string()).unwrap_or_default();
    for value in &values {
        match resealed(keys, column, &owner, value) {
            Ok((key, None)) => tally.found(&column.name(), key),
            Ok((key, Some(_))) if check => tally.found(&column.name(), key),
            Ok((_, Some(sealed))) => {
                store::replace(conn, column, tenant, value, &sealed).await?;
                tally.resealed(&column.name(), keys.at_rest.current().id);
            }
            Err(error) => {
                let row = column.row(&value.key).unwrap_or_else(|| value.key.clone());
                tally.broken(&column.name(), &owner, &row, error);
            }
        }
    }
    Ok(values.into_iter().last().map(|value| value.key))
}

/// Returns the key that the value is sealed with, and the resealed value if that isn't the current key.
fn resealed(keys: &Keys, column: &Column, tenant: &str, value: &Value) -> Result<(u8, Option<String>), SealError> {
    let key = seal::key_of(&value.sealed).ok_or(SealError::Malformed)?;
    let row = column.row(&value.key).ok_or(SealError::Malformed)?;
    let place = column.place(tenant, &row);
    let secret = seal::open(&keys.at_rest, place, &value.sealed)?;
    if key == keys.at_rest.current().id {
        return Ok((key, None));
    }
    Ok((key, Some(seal::seal(&keys.at_rest, place, rand::random(), &secret)?)))
}
