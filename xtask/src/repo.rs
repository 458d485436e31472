//! Finds the checkout and its target folder, and computes a digest of source folders that shows whether a step can be
//! skipped.

use anyhow::{Context, Result};
use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};

/// The checkout's root. Cargo sets it at run time, so that a moved checkout still works.
pub(crate) fn root() -> PathBuf {
    let manifest =
        std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    manifest.parent().map_or(manifest.clone(), Path::to_path_buf)
}

/// A path inside the checkout.
pub(crate) fn at(relative: &str) -> PathBuf {
    root().join(relative)
}

/// The path of what cargo built, e.g. `debug/rekomi`; respects `CARGO_TARGET_DIR`.
pub(crate) fn built(relative: &str) -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(dir) => root().join(dir).join(relative),
        None => at("target").join(relative),
    }
}

/// Returns a digest of every file's name and content below `paths`, without build output.
pub(crate) fn digest(paths: &[&str]) -> Result<String> {
    let mut files = Vec::new();
    for path in paths {
        collect(&at(path), &mut files)?;
    }
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        file.hash(&mut hasher);
        fs::read(&file).with_context(|| format!("can't read {}", file.display()))?.hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

/// Returns whether a line of a Rust file below `paths` begins with one of these texts.
pub(crate) fn mentions(paths: &[&str], texts: &[&str]) -> Result<bool> {
    let mut files = Vec::new();
    for path in paths {
        collect(&at(path), &mut files)?;
    }
    for file in files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "rs")) {
        let text = fs::read_to_string(file).with_context(|| format!("can't read {}", file.display()))?;
        if text.lines().any(|line| texts.iter().any(|text| line.trim_start().starts_with(text))) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn collect(path: &Path, into: &mut Vec<PathBuf>) -> Result<()> {
    if path.is_file() {
        into.push(path.to_path_buf());
    } else if path.is_dir() {
        for entry in fs::read_dir(path)? {
            let entry = entry?.path();
            if !matches!(entry.file_name().and_then(|name| name.to_str()), Some("build" | "target" | ".wrangler")) {
                collect(&entry, into)?;
            }
        }
    }
    Ok(())
}

/// Returns a short stable name for this checkout, for folders that can't be inside it.
pub(crate) fn fingerprint() -> String {
    let mut hasher = DefaultHasher::new();
    root().hash(&mut hasher);
    format!("{:08x}", hasher.finish() & 0xffff_ffff)
}

/// Writes a file so that a reader sees either the old or the new content.
pub(crate) fn write_atomically(path: &Path, content: &str, mode: u32) -> Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).with_context(|| format!("can't create {}", parent.display()))?;
    }
    let staged = path.with_extension("new");
    let _ = fs::remove_file(&staged);
    let mut file = fs::OpenOptions::new()
        .create_new(true)
        .write(true)
        .mode(mode)
        .open(&staged)
        .with_context(|| format!("can't write {}", staged.display()))?;
    file.write_all(content.as_bytes())?;
    fs::rename(&staged, path).with_context(|| format!("can't write {}", path.display()))
}

/// Finds a program on the `PATH`.
pub(crate) fn which(program: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?).map(|dir| dir.join(program)).find(|path| path.is_file())
}
