//! Writes tar files (POSIX ustar) that depend on their content only: entries sorted by name, one time for all, no names of
//! users. The same release built twice is the same file.

use anyhow::{Result, bail};
use flate2::{Compression, GzBuilder};
use std::io::Write;

const BLOCK: usize = 512;

/// A file or folder in an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Relative, without a slash at its end.
    pub(crate) path: String,
    pub(crate) mode: u32,
    /// The id of its user and group.
    pub(crate) owner: u32,
    /// `None` for a folder.
    pub(crate) content: Option<Vec<u8>>,
}

impl Entry {
    pub(crate) fn file(path: impl Into<String>, mode: u32, content: impl Into<Vec<u8>>) -> Self {
        Self { path: path.into(), mode, owner: 0, content: Some(content.into()) }
    }

    pub(crate) fn folder(path: impl Into<String>, mode: u32, owner: u32) -> Self {
        Self { path: path.into(), mode, owner, content: None }
    }
}

/// Returns the archive of these entries; `modified` is the time of each, in seconds.
pub(crate) fn archive(entries: &[Entry], modified: u64) -> Result<Vec<u8>> {
    let mut sorted: Vec<&Entry> = entries.iter().collect();
    sorted.sort_by(|a, b| a.path.cmp(&b.path));
    if let Some(pair) = sorted.windows(2).find(|pair| pair[0].path == pair[1].path) {
        bail!("{} is in the archive twice", pair[0].path);
    }
    let mut archive = Vec::new();
    for entry in sorted {
        archive.extend(header(entry, modified)?);
        if let Some(content) = &entry.content {
            archive.extend(content);
            archive.resize(archive.len().next_multiple_of(BLOCK), 0);
        }
    }
    archive.extend([0; 2 * BLOCK]);
    Ok(archive)
}

/// Compresses without a time or name in the header.
pub(crate) fn gzip(content: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    encoder.write_all(content)?;
    Ok(encoder.finish()?)
}

fn header(entry: &Entry, modified: u64) -> Result<[u8; BLOCK]> {
    let mut header = [0; BLOCK];
    let path = if entry.content.is_none() { format!("{}/", entry.path) } else { entry.path.clone() };
    let (prefix, name) = split(&path)?;
    put(&mut header, 0, name.as_bytes());
    put(&mut header, 345, prefix.as_bytes());
    let size = entry.content.as_ref().map_or(0, Vec::len) as u64;
    for (at, length, value) in [
        (100, 8, u64::from(entry.mode)),
        (108, 8, u64::from(entry.owner)),
        (116, 8, u64::from(entry.owner)),
        (124, 12, size),
        (136, 12, modified),
    ] {
        put(&mut header, at, octal(value, length)?.as_bytes());
    }
    header[156] = if entry.content.is_none() { b'5' } else { b'0' };
    put(&mut header, 257, b"ustar\x0000");
    // The sum is computed with spaces in its own place.
    put(&mut header, 148, &[b' '; 8]);
    let sum: u64 = header.iter().map(|byte| u64::from(*byte)).sum();
    put(&mut header, 148, format!("{sum:06o}\0 ").as_bytes());
    Ok(header)
}

fn put(header: &mut [u8; BLOCK], at: usize, bytes: &[u8]) {
    header[at..at + bytes.len()].copy_from_slice(bytes);
}

/// A number in octal digits that fills a field but for its last byte.
fn octal(value: u64, length: usize) -> Result<String> {
    let digits = format!("{value:0width$o}", width = length - 1);
    if digits.len() >= length {
        bail!("{value} is too large for a tar file");
    }
    Ok(digits)
}

/// Splits a path that is longer than a name may be.
fn split(path: &str) -> Result<(&str, &str)> {
    if path.len() <= 100 {
        return Ok(("", path));
    }
    let mut slashes = path.match_indices('/').map(|(at, _)| at);
    let fits = |at: &usize| *at <= 155 && path.len() - at - 1 <= 100 && *at + 1 < path.len();
    match slashes.rfind(fits) {
        Some(at) => Ok((&path[..at], &path[at + 1..])),
        None => bail!("the path is too long for a tar file: {path}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_depends_on_its_content_only() {
        let (one, two) = (Entry::file("b/x", 0o644, *b"hello"), Entry::folder("a", 0o755, 65_532));
        let archive = archive(&[one.clone(), two.clone()], 1_795_000_000).unwrap();
        assert_eq!(archive, super::archive(&[two, one.clone()], 1_795_000_000).unwrap());
        assert_eq!(archive.len(), 5 * BLOCK);
        assert_eq!(&archive[..2], b"a/");
        assert_eq!(archive[156], b'5');
        assert_eq!(&archive[108..116], b"0177774\0");
        assert_eq!(&archive[BLOCK..BLOCK + 4], b"b/x\0");
        assert_eq!(&archive[BLOCK + 124..BLOCK + 136], b"00000000005\0");
        assert_eq!(&archive[2 * BLOCK..2 * BLOCK + 6], b"hello\0");
        assert!(super::archive(&[one.clone(), one], 0).is_err(), "twice");
    }

    /// The program that people unpack it with understands it.
    #[test]
    fn tar_can_read_it() {
        let long = format!("{}/{}", "folder".repeat(20), "name".repeat(20));
        let entries = [Entry::file(&long, 0o600, *b"x"), Entry::file("run", 0o755, vec![7; 1_500])];
        let compressed = gzip(&archive(&entries, 1_795_000_000).unwrap()).unwrap();
        assert_eq!(compressed, gzip(&archive(&entries, 1_795_000_000).unwrap()).unwrap());
        let path = std::env::temp_dir().join(format!("rekomi-tar-{}.tar.gz", std::process::id()));
        std::fs::write(&path, compressed).unwrap();
        let output = std::process::Command::new("tar").arg("-tvzf").arg(&path).env("TZ", "UTC").output().unwrap();
        std::fs::remove_file(path).unwrap();
        let listed = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && listed.contains(&long) && listed.contains("-rwxr-xr-x"), "{listed}");
    }

    #[test]
    fn what_doesnt_fit_is_refused() {
        assert!(archive(&[Entry::file("a".repeat(101), 0o644, *b"")], 0).is_err());
        assert!(octal(8 << 30, 12).is_err() && octal((8 << 30) - 1, 12).is_ok());
    }
}
