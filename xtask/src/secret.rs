//! Local secrets: created once per checkout, stored in a file that only its owner can read.

use crate::repo;
use anyhow::{Context, Result};
use serde_json::{Map, Value};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

/// 32 random bytes as hex.
pub(crate) fn random() -> Result<String> {
    let mut bytes = [0_u8; 32];
    fs::File::open("/dev/urandom")
        .and_then(|mut file| file.read_exact(&mut bytes))
        .context("can't read /dev/urandom")?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The secrets of one environment, by name.
#[derive(Debug)]
pub(crate) struct Store {
    path: PathBuf,
    values: Map<String, Value>,
}

impl Store {
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let values = match fs::read(path) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .with_context(|| format!("{} is damaged: run this once with --reset", path.display()))?,
            Err(_) => Map::new(),
        };
        Ok(Self { path: path.to_path_buf(), values })
    }

    /// Returns the secret of that name, and creates it on first use.
    pub(crate) fn get(&mut self, name: &str) -> Result<String> {
        if let Some(Value::String(value)) = self.values.get(name) {
            return Ok(value.clone());
        }
        let value = random()?;
        self.values.insert(name.to_owned(), Value::String(value.clone()));
        repo::write_atomically(&self.path, &serde_json::to_string_pretty(&self.values)?, 0o600)?;
        Ok(value)
    }
}
