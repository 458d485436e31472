//! Objects that are too large for the memory: they are put in parts, and read in ranges.
//!
//! Their names are chosen by the caller, from ids and dates, and may have folders below the organization's.

use std::ops::Range;

use object_store::{MultipartUpload, ObjectStoreExt, PutPayload};
use shared::id::OrganizationId;
use uuid::Uuid;

use super::{Storage, StorageError};

/// The name of an archive of clicks; `month` is such as `2026-01`.
pub fn click_archive_name(month: &str, id: Uuid) -> String {
    format!("clicks/{month}-{}", id.simple())
}

/// An object that is being put. There is none until [`PartWriter::finish`] returns.
#[derive(Debug)]
pub struct PartWriter {
    upload: Box<dyn MultipartUpload>,
}

impl PartWriter {
    /// Puts the next part. S3 accepts no part under 5 MiB, except for the last one.
    ///
    /// # Errors
    /// [`StorageError::Away`]; the object can't be finished then.
    pub async fn write(&mut self, part: Vec<u8>) -> Result<(), StorageError> {
        self.upload.put_part(PutPayload::from(part)).await?;
        Ok(())
    }

    /// Completes the object.
    ///
    /// # Errors
    /// [`StorageError::Away`]; the object may exist nevertheless.
    pub async fn finish(mut self) -> Result<(), StorageError> {
        self.upload.complete().await?;
        Ok(())
    }

    /// Deletes the parts of an object that won't be finished.
    ///
    /// # Errors
    /// [`StorageError::Away`]; the parts may stay then.
    pub async fn give_up(mut self) -> Result<(), StorageError> {
        Ok(self.upload.abort().await?)
    }
}

impl Storage {
    /// Begins to put an object in parts.
    ///
    /// # Errors
    /// [`StorageError::Away`].
    pub async fn put_in_parts(&self, organization: OrganizationId, name: &str) -> Result<PartWriter, StorageError> {
        let upload = self.opened()?.put_multipart(&self.path(organization, name)).await?;
        Ok(PartWriter { upload })
    }

    /// The size of an object in bytes.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn size(&self, organization: OrganizationId, name: &str) -> Result<u64, StorageError> {
        Ok(self.opened()?.head(&self.path(organization, name)).await?.size)
    }

    /// Reads a part of an object. It may be shorter than the range, if the object is.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn read_range(
        &self,
        organization: OrganizationId,
        name: &str,
        range: Range<u64>,
    ) -> Result<Vec<u8>, StorageError> {
        Ok(self.opened()?.get_range(&self.path(organization, name), range).await?.to_vec())
    }

    /// Deletes an object of a chosen name; succeeds too if it doesn't exist.
    ///
    /// # Errors
    /// [`StorageError::Away`].
    pub async fn delete_named(&self, organization: OrganizationId, name: &str) -> Result<(), StorageError> {
        match self.opened()?.delete(&self.path(organization, name)).await.map_err(StorageError::from) {
            Ok(()) | Err(StorageError::Missing) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::config::files::FileSettings;

    use super::*;

    /// Goal: an object put in parts is whole or isn't there, and is read in any ranges.
    #[tokio::test]
    async fn an_object_is_put_in_parts_and_read_in_ranges() {
        let folder = std::env::temp_dir().join(format!("rekomi-parts-{:016x}", rand::random::<u64>()));
        let storage = Storage::new(FileSettings::Folder(folder.clone()));
        let (organization, name) = (OrganizationId::v7(1, &[1; 10]), "clicks/2026-01-a");
        let mut writer = storage.put_in_parts(organization, name).await.unwrap();
        writer.write(vec![1; 3]).await.unwrap();
        assert!(matches!(storage.size(organization, name).await, Err(StorageError::Missing)));
        writer.write(vec![2; 4]).await.unwrap();
        writer.finish().await.unwrap();
        assert_eq!(storage.size(organization, name).await.unwrap(), 7);
        assert_eq!(storage.read_range(organization, name, 2..5).await.unwrap(), [1, 2, 2]);
        let mut writer = storage.put_in_parts(organization, "clicks/2026-02-b").await.unwrap();
        writer.write(vec![3; 3]).await.unwrap();
        writer.give_up().await.unwrap();
        storage.delete_named(organization, name).await.unwrap();
        storage.delete_named(organization, name).await.unwrap();
        for name in [name, "clicks/2026-02-b"] {
            assert!(matches!(storage.size(organization, name).await, Err(StorageError::Missing)), "{name}");
        }
        std::fs::remove_dir_all(folder).unwrap();
    }
}
