//! Stores encrypted files, and opens them again.

use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};
use sha2::{Digest, Sha256};
use shared::{
    id::{AffiliateId, FileId, OrganizationId},
    seal::{self, Place, Secret},
};

use super::{
    pdf,
    store::{self, New},
};
use crate::{
    error::{Error, Result},
    state::AppState,
    storage::StorageError,
};

const TABLE: &str = "files";
/// The column that contains an object's key.
const KEY: &str = "sealed_key";
/// The name to which an object is sealed in place of a column: it is stored outside the database.
const OBJECT: &str = "object";

impl From<StorageError> for Error {
    #[track_caller]
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Missing => Self::internal("a file's object is missing in the storage"),
            StorageError::Away(_) => Self::unavailable(error),
        }
    }
}

/// Seals a PDF and puts it into the storage. The row is committed before the object is put, so that the clean-up finds
/// any upload that breaks off in between. The caller that refers to the file calls [`store::stored`] in the same
/// transaction.
///
/// # Errors
/// 400 on `field` if it isn't an acceptable PDF; 503 if the storage or the database is unreachable.
pub async fn put(
    state: &AppState,
    organization: OrganizationId,
    affiliate: AffiliateId,
    bytes: &[u8],
    field: &str,
) -> Result<FileId> {
    pdf::check(bytes).map_err(|refused| Error::field(field, refused.to_string()))?;
    kept(state, organization, Some(affiliate), (bytes, "application/pdf")).await
}

/// Like [`put`], for a file of the brand itself, which the caller has checked.
///
/// # Errors
/// 503 if the storage or the database is unreachable.
pub async fn put_own(
    state: &AppState,
    organization: OrganizationId,
    bytes: &[u8],
    content_type: &'static str,
) -> Result<FileId> {
    kept(state, organization, None, (bytes, content_type)).await
}

async fn kept(
    state: &AppState,
    organization: OrganizationId,
    affiliate: Option<AffiliateId>,
    (bytes, content_type): (&[u8], &'static str),
) -> Result<FileId> {
    let (id, key): (FileId, [u8; 32]) = (state.new_id(), rand::random());
    let (tenant, row) = (organization.to_string(), id.to_string());
    let place = |column| Place { tenant: &tenant, table: TABLE, column, row: &row };
    let sealed =
        seal::seal_bytes(&key, place(OBJECT), rand::random(), bytes).map_err(|error| Error::internal(error))?;
    let secret = Secret::new(BASE64_STANDARD_NO_PAD.encode(key));
    let sealed_key = seal::seal(&state.config.keys.at_rest, place(KEY), rand::random(), &secret)
        .map_err(|error| Error::internal(error))?;
    let size = i32::try_from(bytes.len()).map_err(|error| Error::internal(error))?;
    let digest = Sha256::digest(bytes);
    let mut tx = state.db.tenant(organization).await?;
    let new = New { id, affiliate, content_type, sealed_key: &sealed_key, size, sha256: &digest };
    store::insert(&mut tx, &new, state.clock.now()).await?;
    tx.commit().await?;
    state.files.put(organization, id, sealed).await?;
    Ok(id)
}

/// Returns a file decrypted.
///
/// # Errors
/// 404 if it no longer exists; 500 if it can't be opened or isn't what was put; 503 if the storage is unreachable.
pub async fn open(state: &AppState, organization: OrganizationId, id: FileId, row: &store::Row) -> Result<Vec<u8>> {
    let sealed_key = row.sealed_key.as_deref().filter(|_| row.is_stored).ok_or_else(Error::not_found)?;
    let (tenant, name) = (organization.to_string(), id.to_string());
    let place = |column| Place { tenant: &tenant, table: TABLE, column, row: &name };
    let secret =
        seal::open(&state.config.keys.at_rest, place(KEY), sealed_key).map_err(|error| Error::internal(error))?;
    let key: Option<[u8; 32]> =
        BASE64_STANDARD_NO_PAD.decode(secret.expose()).ok().and_then(|bytes| bytes.try_into().ok());
    let key = key.ok_or_else(|| Error::internal("a file's key is no key"))?;
    let sealed = state.files.get(organization, id).await?;
    let bytes = seal::open_bytes(&key, place(OBJECT), &sealed).map_err(|error| Error::internal(error))?;
    if Sha256::digest(&bytes)[..] != row.sha256[..] {
        return Err(Error::internal("a file is not what was put"));
    }
    Ok(bytes)
}
