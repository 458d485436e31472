//! The stored form of an archive: the Parquet file in parts of 8 MiB, each sealed with the archive's own key to its number
//! and to whether it is the last. So parts can be neither changed nor exchanged, moved, left out or added, and a part at a
//! time is in memory.

use std::{fs::File, io::Write};

use anyhow::{Context, bail, ensure};
use sha2::{Digest, Sha256};
use shared::{
    id::OrganizationId,
    seal::{self, Place},
};
use uuid::Uuid;

use super::{TABLE, scratch};
use kit::storage::{PartWriter, Storage, click_archive_name};

/// At least the 5 MiB that S3 asks for. Unit tests write into a folder, which takes parts of any size.
const PART: usize = if cfg!(test) { 64 << 10 } else { 8 << 20 };
/// What sealing adds: a version, a nonce and a tag.
const SEALED_BY: u64 = 1 + 12 + 16;

/// Where an archive is, and its key.
#[derive(Clone)]
pub struct Address {
    pub organization: OrganizationId,
    pub id: Uuid,
    /// Such as `2026-01`.
    pub month: String,
    pub key: [u8; 32],
}

impl std::fmt::Debug for Address {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.debug_struct("Address")
            .field("organization", &self.organization)
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl Address {
    fn name(&self) -> String {
        click_archive_name(&self.month, self.id)
    }

    /// What a part is sealed to.
    fn place<T>(&self, number: u64, is_last: bool, with: impl FnOnce(Place<'_>) -> T) -> T {
        let (tenant, row) = (self.organization.to_string(), self.id.to_string());
        let column = format!("object {number}{}", if is_last { " end" } else { "" });
        with(Place { tenant: &tenant, table: TABLE, column: &column, row: &row })
    }
}

/// What is known of a stored file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    pub bytes: u64,
    pub stored_bytes: u64,
    pub sha256: [u8; 32],
}

/// Takes a file's bytes in any portions, and stores them.
pub struct Sink<'a> {
    writer: PartWriter,
    address: &'a Address,
    number: u64,
    waiting: Vec<u8>,
    hash: Sha256,
    bytes: u64,
    stored_bytes: u64,
}

impl std::fmt::Debug for Sink<'_> {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.debug_struct("Sink").field("address", &self.address).field("bytes", &self.bytes).finish_non_exhaustive()
    }
}

impl<'a> Sink<'a> {
    /// # Errors
    /// If the storage is away.
    pub async fn open(storage: &Storage, address: &'a Address) -> anyhow::Result<Self> {
        let writer = storage.put_in_parts(address.organization, &address.name()).await?;
        let (waiting, hash) = (Vec::with_capacity(PART), Sha256::new());
        Ok(Self { writer, address, number: 0, waiting, hash, bytes: 0, stored_bytes: 0 })
    }

    /// # Errors
    /// If the storage is away.
    pub async fn push(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        self.hash.update(bytes);
        self.bytes += bytes.len() as u64;
        self.waiting.extend_from_slice(bytes);
        // A full part waits for more: it may be the last one.
        while self.waiting.len() > PART {
            let rest = self.waiting.split_off(PART);
            let part = std::mem::replace(&mut self.waiting, rest);
            self.put(&part, false).await?;
        }
        Ok(())
    }

    async fn put(&mut self, part: &[u8], is_last: bool) -> anyhow::Result<()> {
        let sealed = self
            .address
            .place(self.number, is_last, |place| seal::seal_bytes(&self.address.key, place, rand::random(), part))?;
        self.number += 1;
        self.stored_bytes += sealed.len() as u64;
        self.writer.write(sealed).await.context("can't put a part into the storage")
    }

    /// # Errors
    /// If the storage is away; the object may exist nevertheless.
    pub async fn finish(mut self) -> anyhow::Result<Stored> {
        let part = std::mem::take(&mut self.waiting);
        self.put(&part, true).await?;
        self.writer.finish().await.context("can't complete the object in the storage")?;
        Ok(Stored { bytes: self.bytes, stored_bytes: self.stored_bytes, sha256: self.hash.finalize().into() })
    }

    /// Deletes what was put so far.
    pub async fn give_up(self) {
        if let Err(error) = self.writer.give_up().await {
            tracing::warn!(
                event = "click_archive.parts_left",
                "parts of an archive that failed may be left in the storage: {error}"
            );
        }
    }
}

/// Reads the whole object back from the storage into an unnamed file, and checks its size, its seals and its SHA-256.
///
/// # Errors
/// If the storage is away, or the object isn't what was stored; the message says how it differs.
pub async fn read(storage: &Storage, address: &Address, expected: &Stored) -> anyhow::Result<File> {
    let (organization, name) = (address.organization, address.name());
    let size = storage.size(organization, &name).await?;
    ensure!(
        size == expected.stored_bytes,
        "the stored object has {size} bytes, and {} were stored",
        expected.stored_bytes
    );
    let (mut file, mut hash) = (scratch::file().context("can't create a temporary file")?, Sha256::new());
    let (part, mut at, mut number, mut bytes) = (PART as u64 + SEALED_BY, 0, 0, 0_u64);
    while at < size {
        let end = size.min(at + part);
        let sealed = storage.read_range(organization, &name, at..end).await?;
        ensure!(sealed.len() as u64 == end - at, "the stored object ends early");
        let opened = address.place(number, end == size, |place| seal::open_bytes(&address.key, place, &sealed));
        let Ok(opened) = opened else { bail!("part {} of the stored object was changed", number + 1) };
        hash.update(&opened);
        bytes += opened.len() as u64;
        file.write_all(&opened).context("can't write to a temporary file")?;
        (at, number) = (end, number + 1);
    }
    let sha256: [u8; 32] = hash.finalize().into();
    ensure!(bytes == expected.bytes && sha256 == expected.sha256, "the checksum of the stored object is another");
    Ok(file)
}

#[cfg(test)]
mod tests {
    use kit::config::files::FileSettings;

    use super::*;

    fn address() -> Address {
        Address {
            organization: OrganizationId::v7(1, &[1; 10]),
            id: Uuid::from_bytes([2; 16]),
            month: "2026-01".to_owned(),
            key: [3; 32],
        }
    }

    async fn stored(storage: &Storage, address: &Address, bytes: &[u8]) -> Stored {
        let mut sink = Sink::open(storage, address).await.unwrap();
        for portion in bytes.chunks(3 << 20) {
            sink.push(portion).await.unwrap();
        }
        sink.finish().await.unwrap()
    }

    /// Goal: what is read back is what was stored, or an error says that it isn't. Method: files of none, exactly one and
    /// more than two parts; then the object is cut, extended, changed, and its parts are exchanged.
    #[tokio::test]
    async fn only_the_whole_object_is_read() {
        let folder = std::env::temp_dir().join(format!("rekomi-object-{:016x}", rand::random::<u64>()));
        let storage = Storage::new(FileSettings::Folder(folder.clone()));
        let address = address();
        let object = folder.join(address.organization.to_string()).join(address.name());
        for length in [0, 1, PART, PART + 1, 2 * PART + 5] {
            let bytes: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
            let expected = stored(&storage, &address, &bytes).await;
            assert_eq!(expected.bytes, length as u64);
            let (mut file, mut copy) = (read(&storage, &address, &expected).await.unwrap(), Vec::new());
            assert_eq!(scratch::copy(&mut file, &mut copy).unwrap(), length as u64);
            assert!(copy == bytes, "{length} bytes");
        }
        let bytes = vec![7; 2 * PART];
        let expected = stored(&storage, &address, &bytes).await;
        let good = std::fs::read(&object).unwrap();
        let sealed = PART + usize::try_from(SEALED_BY).unwrap();
        let flipped = |at: usize| {
            let mut bad = good.clone();
            bad[at] ^= 1;
            bad
        };
        let exchanged = [&good[sealed..], &good[..sealed]].concat();
        for (bad, message) in [
            (good[..good.len() - 1].to_vec(), "were stored"),
            ([&good[..], b"x"].concat(), "were stored"),
            (flipped(20), "part 1 of the stored object was changed"),
            (flipped(good.len() - 1), "part 2 of the stored object was changed"),
            (exchanged, "part 1 of the stored object was changed"),
        ] {
            std::fs::write(&object, &bad).unwrap();
            let error = read(&storage, &address, &expected).await.unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
        std::fs::write(&object, &good).unwrap();
        assert!(read(&storage, &address, &expected).await.is_ok());
        let other = Stored { sha256: [0; 32], ..expected.clone() };
        assert!(read(&storage, &address, &other).await.unwrap_err().to_string().contains("checksum"));
        let stranger = Address { organization: OrganizationId::v7(1, &[9; 10]), ..address.clone() };
        assert!(read(&storage, &stranger, &expected).await.is_err());
        std::fs::remove_dir_all(folder).unwrap();
    }
}
