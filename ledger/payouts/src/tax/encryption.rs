//! A form at rest: encrypted for its organization, table, column and row.

use payout_core::tax::form::Form;
use shared::{
    id::{OrganizationId, TaxFormId},
    seal::{self, Place, Secret},
};

use kit::{
    config::Keys,
    error::{Error, Result},
};

const TABLE: &str = "tax_forms";
const COLUMN: &str = "sealed_form";

/// # Errors
/// Fails if the form can't be serialized or encrypted, which would be our fault.
pub(super) fn seal(keys: &Keys, organization: OrganizationId, id: TaxFormId, form: &Form) -> Result<String> {
    let (tenant, row) = (organization.to_string(), id.to_string());
    let place = Place { tenant: &tenant, table: TABLE, column: COLUMN, row: &row };
    let text = serde_json::to_string(form).map_err(|_| Error::internal("a tax form that can't be written"))?;
    seal::seal(&keys.at_rest, place, rand::random(), &Secret::new(text)).map_err(|error| Error::internal(error))
}

/// # Errors
/// Fails if it can't be decrypted, or this build can't parse it. The form's content is never part of the error.
pub(super) fn open(keys: &Keys, organization: OrganizationId, id: TaxFormId, sealed: &str) -> Result<Form> {
    let (tenant, row) = (organization.to_string(), id.to_string());
    let place = Place { tenant: &tenant, table: TABLE, column: COLUMN, row: &row };
    let secret = seal::open(&keys.at_rest, place, sealed).map_err(|error| Error::internal(error))?;
    serde_json::from_str(secret.expose()).map_err(|_| Error::internal("a tax form that this build does not know"))
}
