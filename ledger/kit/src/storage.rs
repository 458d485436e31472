//! Puts, gets and deletes sealed objects in a folder or in S3, by names derived from ids.

mod parts;
#[cfg(test)]
mod s3_stand_in;

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use object_store::{
    ClientOptions, ObjectStore, ObjectStoreExt, PutPayload, RetryConfig, aws::AmazonS3Builder, local::LocalFileSystem,
    path::Path,
};
use shared::id::{FileId, OrganizationId};

pub use self::parts::{PartWriter, click_archive_name};
use crate::config::files::{FileSettings, S3Settings};

/// Timeout of a call.
const PATIENCE: Duration = Duration::from_secs(20);

/// Opened on first use: an installation without files needs no storage.
#[derive(Debug)]
pub struct Storage {
    settings: FileSettings,
    opened: OnceLock<Arc<dyn ObjectStore>>,
}

/// Why an object can't be read or stored.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    #[error("there is no such object")]
    Missing,
    #[error("the file storage is away: {0}")]
    Away(String),
}

impl From<object_store::Error> for StorageError {
    fn from(error: object_store::Error) -> Self {
        match error {
            object_store::Error::NotFound { .. } => Self::Missing,
            // Its text names the object and the storage's message, never a key.
            other => Self::Away(other.to_string()),
        }
    }
}

impl Storage {
    pub const fn new(settings: FileSettings) -> Self {
        Self { settings, opened: OnceLock::new() }
    }

    /// Puts a whole object, or nothing.
    ///
    /// # Errors
    /// [`StorageError::Away`]; the object may exist nevertheless.
    pub async fn put(&self, organization: OrganizationId, id: FileId, sealed: Vec<u8>) -> Result<(), StorageError> {
        self.opened()?.put(&self.name(organization, id), PutPayload::from(sealed)).await?;
        Ok(())
    }

    pub async fn get(&self, organization: OrganizationId, id: FileId) -> Result<Vec<u8>, StorageError> {
        let found = self.opened()?.get(&self.name(organization, id)).await?;
        Ok(found.bytes().await?.to_vec())
    }

    /// Deletes an object; succeeds too if it doesn't exist.
    pub async fn delete(&self, organization: OrganizationId, id: FileId) -> Result<(), StorageError> {
        match self.opened()?.delete(&self.name(organization, id)).await.map_err(StorageError::from) {
            Ok(()) | Err(StorageError::Missing) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// A name contains nothing that a person typed.
    fn name(&self, organization: OrganizationId, id: FileId) -> Path {
        self.path(organization, &id.to_string())
    }

    fn path(&self, organization: OrganizationId, name: &str) -> Path {
        let name = format!("{organization}/{name}");
        match &self.settings {
            FileSettings::S3(s3) if !s3.prefix.is_empty() => Path::from(format!("{}/{name}", s3.prefix)),
            _ => Path::from(name),
        }
    }

    fn opened(&self) -> Result<&Arc<dyn ObjectStore>, StorageError> {
        if let Some(opened) = self.opened.get() {
            return Ok(opened);
        }
        let opened: Arc<dyn ObjectStore> = match &self.settings {
            FileSettings::Folder(path) => {
                let away = |error: std::io::Error| StorageError::Away(format!("REKOMI_FILES: {error}"));
                make_private(path).map_err(away)?;
                Arc::new(LocalFileSystem::new_with_prefix(path)?.with_automatic_cleanup(true))
            }
            FileSettings::S3(s3) => Arc::new(bucket(s3)?),
        };
        // If two threads open it at the same time, one instance is kept; both are equal.
        Ok(self.opened.get_or_init(|| opened))
    }
}

/// Creates a folder that only this process's user can read.
fn make_private(path: &std::path::Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

fn bucket(s3: &S3Settings) -> Result<object_store::aws::AmazonS3, StorageError> {
    let options = ClientOptions::new().with_timeout(PATIENCE).with_connect_timeout(Duration::from_secs(5));
    let retry = RetryConfig { max_retries: 2, retry_timeout: PATIENCE, ..RetryConfig::default() };
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(&s3.bucket)
        .with_region(&s3.region)
        .with_client_options(options)
        .with_retry(retry);
    if let Some(endpoint) = &s3.endpoint {
        builder = builder.with_endpoint(endpoint).with_allow_http(endpoint.starts_with("http://"));
    }
    if let Some((id, secret)) = &s3.keys {
        builder = builder.with_access_key_id(id).with_secret_access_key(secret.expose());
    }
    Ok(builder.build()?)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use shared::seal::Secret;

    use super::*;

    const KEYS: (&str, &str) = ("AKIDREKOMITEST", "a secret of the test");

    fn new_folder() -> PathBuf {
        std::env::temp_dir().join(format!("rekomi-files-{:016x}", rand::random::<u64>()))
    }

    /// Starts an S3 server over a folder with one bucket, which accepts only requests signed with one pair of keys.
    /// Returns its address.
    async fn s3(folder: &std::path::Path) -> String {
        std::fs::create_dir_all(folder.join("private")).unwrap();
        s3_stand_in::start(folder, KEYS).await
    }

    fn at(endpoint: &str, secret: &str) -> Storage {
        // The process installs it before it opens anything; a second installation changes nothing.
        drop(rustls::crypto::ring::default_provider().install_default());
        Storage::new(FileSettings::S3(S3Settings {
            bucket: "private".to_owned(),
            prefix: "rekomi/files".to_owned(),
            endpoint: Some(endpoint.to_owned()),
            region: "us-east-1".to_owned(),
            keys: Some((KEYS.0.to_owned(), Secret::new(secret.to_owned()))),
        }))
    }

    /// Checks that a stored object can be read, that a deleted one is missing, also after a second deletion, and that
    /// other organizations can't read it.
    async fn keeps(storage: &Storage) {
        let (organization, id) = (OrganizationId::v7(1, &[1; 10]), FileId::v7(1, &[2; 10]));
        assert!(matches!(storage.get(organization, id).await, Err(StorageError::Missing)));
        storage.put(organization, id, b"sealed".to_vec()).await.unwrap();
        assert_eq!(storage.get(organization, id).await.unwrap(), b"sealed");
        let large = vec![7; 6 * 1024 * 1024];
        storage.put(organization, id, large.clone()).await.unwrap();
        assert_eq!(storage.get(organization, id).await.unwrap(), large);
        let other = OrganizationId::v7(1, &[3; 10]);
        assert!(matches!(storage.get(other, id).await, Err(StorageError::Missing)));
        storage.delete(organization, id).await.unwrap();
        storage.delete(organization, id).await.unwrap();
        assert!(matches!(storage.get(organization, id).await, Err(StorageError::Missing)));
    }

    #[tokio::test]
    async fn a_folder_keeps_what_it_is_given() {
        let folder = new_folder();
        keeps(&Storage::new(FileSettings::Folder(folder.clone()))).await;
        std::fs::remove_dir_all(folder).unwrap();
    }

    /// Goal: any S3-compatible server behaves like a folder. Method: a server that checks signatures, over a folder.
    #[tokio::test]
    async fn so_does_a_bucket() {
        let folder = new_folder();
        let endpoint = s3(&folder).await;
        keeps(&at(&endpoint, KEYS.1)).await;
        let (organization, id) = (OrganizationId::v7(1, &[1; 10]), FileId::v7(1, &[4; 10]));
        at(&endpoint, KEYS.1).put(organization, id, b"sealed".to_vec()).await.unwrap();
        let object = folder.join("private/rekomi/files").join(organization.to_string()).join(id.to_string());
        assert_eq!(std::fs::read(object).unwrap(), b"sealed");
        let refused = at(&endpoint, "another secret").put(organization, id, b"other".to_vec()).await;
        assert!(matches!(&refused, Err(StorageError::Away(why)) if !why.contains("another")), "{refused:?}");
        assert_eq!(at(&endpoint, KEYS.1).get(organization, id).await.unwrap(), b"sealed");
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[tokio::test]
    async fn a_bucket_that_is_away_says_so() {
        let storage = at("http://127.0.0.1:9", KEYS.1);
        let (organization, id) = (OrganizationId::v7(1, &[1; 10]), FileId::v7(1, &[2; 10]));
        assert!(matches!(storage.get(organization, id).await, Err(StorageError::Away(_))));
    }
}
