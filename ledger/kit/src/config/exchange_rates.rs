//! Where reference exchange rates come from.

use std::path::PathBuf;

use anyhow::bail;

use super::{VendorBases, base_url, optional};

/// What the European Central Bank's site is called in `REKOMI_VENDOR_BASE_ECB`.
const VENDOR: &str = "ECB";
const ECB: &str = "https://www.ecb.europa.eu";

/// `REKOMI_EXCHANGE_RATES`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RateSource {
    /// Nothing is fetched; organizations can still enter rates of their own.
    Off,
    /// The bank's own site, or a fake of it, without a trailing slash.
    Ecb(String),
    /// The URL of a file in the same format, on the operator's own network for example.
    Url(String),
    /// The path of a file in the same format, for installations without internet access.
    File(PathBuf),
}

impl RateSource {
    /// In development, nothing is fetched unless it is set.
    ///
    /// # Errors
    /// If the variable is neither `off`, `ecb`, a URL nor an absolute path.
    pub(super) fn from_env(development: bool, vendors: &VendorBases) -> anyhow::Result<Self> {
        let ecb = || Self::Ecb(vendors.of(VENDOR).unwrap_or(ECB).to_owned());
        let is_fake = vendors.of(VENDOR).is_some();
        Ok(match optional("REKOMI_EXCHANGE_RATES").as_deref().map(str::trim) {
            None if development && !is_fake => Self::Off,
            None | Some("ecb") => ecb(),
            Some("off") => Self::Off,
            Some(path) if path.starts_with('/') => Self::File(PathBuf::from(path)),
            Some(url) if url.starts_with("https://") || url.starts_with("http://") => {
                Self::Url(base_url("REKOMI_EXCHANGE_RATES")?)
            }
            Some(other) => bail!("REKOMI_EXCHANGE_RATES must be off, ecb, a URL or an absolute path, not {other:?}"),
        })
    }
}
