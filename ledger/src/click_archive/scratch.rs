//! A file for what doesn't fit into memory. It is unnamed from the beginning, so that nothing is left of it when the
//! process ends, however it ends.

use std::{
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom, Write},
};

use super::format;

/// Creates the file, in the folder for temporary files.
///
/// # Errors
/// If the folder isn't writable.
pub fn file() -> io::Result<File> {
    let path = std::env::temp_dir().join(format!("rekomi-clicks-{:032x}", rand::random::<u128>()));
    let mut options = File::options();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(&path)?;
    fs::remove_file(path)?;
    Ok(file)
}

/// Copies the whole file.
///
/// # Errors
/// If one of them can't be read or written.
pub fn copy(file: &mut File, to: &mut impl Write) -> io::Result<u64> {
    file.seek(SeekFrom::Start(0))?;
    let (mut buffer, mut copied) = (vec![0; 1 << 20], 0);
    loop {
        let read = file.read(&mut buffer)?;
        let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) else { return Ok(copied) };
        to.write_all(bytes)?;
        copied += bytes.len() as u64;
    }
}

/// Reads a group of the file's rows, without keeping others from their work.
///
/// # Errors
/// If it isn't such a file.
pub async fn group(file: &File, number: usize) -> anyhow::Result<Vec<super::row::Row>> {
    let file = file.try_clone()?;
    Ok(tokio::task::spawn_blocking(move || format::read_group(file, number)).await??)
}
