//! `ledger demo`: the demo organization of `cargo xtask dev`.

use crate::config::Config;

/// # Errors
/// Outside development.
pub async fn run(config: Config) -> anyhow::Result<()> {
    anyhow::ensure!(config.environment.is_development(), "demo data is for REKOMI_ENV=dev or test only");
    Ok(())
}
