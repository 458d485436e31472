//! Opens an archive, and checks that its object is the one that was stored, with the clicks that were in the table.

use std::fs::File;

use anyhow::{Context, ensure};
use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};
use shared::{
    id::OrganizationId,
    keys::KeyRing,
    seal::{self, Place, Secret},
};
use uuid::Uuid;

use super::{
    KEY, TABLE,
    format::{self, FORMAT},
    month::Month,
    object::{self, Address, Stored},
    row::Totals,
    store::Archive,
};
use kit::state::AppState;

/// Creates the key of a new archive, and its sealed form.
///
/// # Errors
/// If it can't be sealed.
pub fn new_key(keys: &KeyRing, organization: OrganizationId, id: Uuid) -> anyhow::Result<([u8; 32], String)> {
    let key: [u8; 32] = rand::random();
    let (tenant, row) = (organization.to_string(), id.to_string());
    let place = Place { tenant: &tenant, table: TABLE, column: KEY, row: &row };
    let secret = Secret::new(BASE64_STANDARD_NO_PAD.encode(key));
    Ok((key, seal::seal(keys, place, rand::random(), &secret)?))
}

/// Where an archive is, with its key.
///
/// # Errors
/// If the key can't be opened: `REKOMI_LEDGER_KEYS` lacks the one that it is sealed with.
pub fn address(keys: &KeyRing, organization: OrganizationId, archive: &Archive) -> anyhow::Result<Address> {
    let (tenant, row) = (organization.to_string(), archive.id.to_string());
    let place = Place { tenant: &tenant, table: TABLE, column: KEY, row: &row };
    let secret = seal::open(keys, place, &archive.sealed_key).context("the archive's key can't be opened")?;
    let key: Option<[u8; 32]> =
        BASE64_STANDARD_NO_PAD.decode(secret.expose()).ok().and_then(|bytes| bytes.try_into().ok());
    let key = key.context("the archive's key is no key")?;
    Ok(Address { organization, id: archive.id, month: archive.month.to_string(), key })
}

/// Reads an object back completely, and compares it with what is expected of it. Returns the Parquet file.
///
/// # Errors
/// If the storage is away, or anything differs.
pub async fn read(state: &AppState, address: &Address, (totals, stored): (&Totals, &Stored)) -> anyhow::Result<File> {
    let file = object::read(&state.files, address, stored).await?;
    let copy = file.try_clone()?;
    let found = tokio::task::spawn_blocking(move || format::totals(copy)).await?.context("the file can't be read")?;
    same(&found, totals)?;
    Ok(file)
}

/// Opens an archive of the manifest, and verifies it.
///
/// # Errors
/// As [`read`], with the organization and the month.
pub async fn open(state: &AppState, organization: OrganizationId, archive: &Archive) -> anyhow::Result<File> {
    let what = || failed(organization, archive.month);
    ensure!(archive.format == FORMAT, "{}: it has format {}, and this build reads {FORMAT}", what(), archive.format);
    let address = address(&state.config.keys.at_rest, organization, archive).with_context(what)?;
    read(state, &address, (&archive.totals, &archive.stored)).await.with_context(what)
}

/// The beginning of the message about an archive that doesn't verify.
pub fn failed(organization: OrganizationId, month: Month) -> String {
    format!("the archive of {organization} for {month} doesn't verify")
}

/// Compares what was found in a file with what was written.
fn same(found: &Totals, expected: &Totals) -> anyhow::Result<()> {
    ensure!(found.clicks == expected.clicks, "it has {} clicks instead of {}", found.clicks, expected.clicks);
    for (number, (one, other)) in found.columns.iter().zip(expected.columns).enumerate() {
        ensure!(*one == other, "column {} has other values", number + 1);
    }
    ensure!(found.mark == expected.mark, "it has other clicks");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_difference_is_named() {
        let right = Totals { clicks: 2, mark: 5, ..Totals::default() };
        assert!(same(&right, &right).is_ok());
        let mut wrong = right.clone();
        wrong.columns[7] = 1;
        for (found, message) in [
            (Totals { clicks: 1, ..right.clone() }, "it has 1 clicks instead of 2"),
            (wrong, "column 8 has other values"),
            (Totals { mark: 4, ..right.clone() }, "it has other clicks"),
        ] {
            assert_eq!(same(&found, &right).unwrap_err().to_string(), message);
        }
    }
}
