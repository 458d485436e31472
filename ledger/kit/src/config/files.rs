//! Settings of the file storage, from the environment: `REKOMI_FILES` is a folder, or `s3://bucket/prefix` of any
//! S3-compatible storage.

use std::path::PathBuf;

use anyhow::{Context, bail};
use shared::seal::Secret;
use url::Url;

use super::Environment;

const FOLDER: &str = "./data/files";
const REGION: &str = "us-east-1";

#[derive(Debug, Clone)]
pub enum FileSettings {
    Folder(PathBuf),
    S3(S3Settings),
}

#[derive(Debug, Clone)]
pub struct S3Settings {
    pub bucket: String,
    /// Empty, or without slashes at its ends.
    pub prefix: String,
    /// `REKOMI_S3_ENDPOINT`, for storage that isn't Amazon's.
    pub endpoint: Option<String>,
    pub region: String,
    /// `None` if the machine itself has access, by an instance's role.
    pub keys: Option<(String, Secret)>,
}

impl FileSettings {
    /// # Errors
    /// Names the variable with an invalid value.
    pub fn from_env() -> anyhow::Result<Self> {
        Self::read(super::optional)
    }

    /// Refuses a folder that depends on where a process is started, where archived clicks would be out of reach of others.
    ///
    /// # Errors
    /// Names `REKOMI_FILES`. In development, any folder will do.
    pub fn must_be_shared(&self, environment: Environment) -> anyhow::Result<()> {
        match self {
            Self::Folder(folder) if !environment.is_development() && !folder.is_absolute() => bail!(
                "REKOMI_FILES must be an absolute path or a bucket: this command and the ledgers must use the same storage"
            ),
            _ => Ok(()),
        }
    }

    fn read(value: impl Fn(&str) -> Option<String>) -> anyhow::Result<Self> {
        let place = value("REKOMI_FILES").unwrap_or_else(|| FOLDER.to_owned());
        let Some(rest) = place.strip_prefix("s3://") else {
            if place.contains("://") {
                bail!("REKOMI_FILES must be a folder, or s3://bucket/prefix");
            }
            return Ok(Self::Folder(place.into()));
        };
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let plain = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '/'));
        if bucket.is_empty() || !plain(rest) || prefix.split('/').any(|part| part == "..") {
            bail!("REKOMI_FILES must be s3://bucket or s3://bucket/prefix");
        }
        let endpoint = value("REKOMI_S3_ENDPOINT").map(|text| text.trim_end_matches('/').to_owned());
        if let Some(endpoint) = &endpoint {
            let url =
                Url::parse(endpoint).context("REKOMI_S3_ENDPOINT must be a URL such as https://s3.example.com")?;
            if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
                bail!("REKOMI_S3_ENDPOINT must start with https:// (or http:// on a private network)");
            }
        }
        let keys = match (value("REKOMI_S3_ACCESS_KEY_ID"), value("REKOMI_S3_SECRET_ACCESS_KEY")) {
            (Some(id), Some(secret)) => Some((id, Secret::new(secret))),
            (None, None) => None,
            (Some(_), None) => bail!("REKOMI_S3_SECRET_ACCESS_KEY is not set"),
            (None, Some(_)) => bail!("REKOMI_S3_ACCESS_KEY_ID is not set"),
        };
        Ok(Self::S3(S3Settings {
            bucket: bucket.to_owned(),
            prefix: prefix.trim_matches('/').to_owned(),
            endpoint,
            region: value("REKOMI_S3_REGION").unwrap_or_else(|| REGION.to_owned()),
            keys,
        }))
    }
}

/// `REKOMI_CLICK_ARCHIVE_AFTER_MONTHS`.
pub(super) fn click_archive_after_months(
    files: &FileSettings,
    environment: Environment,
) -> anyhow::Result<Option<u32>> {
    let Some(months) = super::optional("REKOMI_CLICK_ARCHIVE_AFTER_MONTHS") else { return Ok(None) };
    files.must_be_shared(environment).context("REKOMI_CLICK_ARCHIVE_AFTER_MONTHS")?;
    let months = months.parse().ok().filter(|months| (2..=120).contains(months));
    months.map(Some).context("REKOMI_CLICK_ARCHIVE_AFTER_MONTHS must be a number from 2 to 120")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[(&str, &str)]) -> Result<FileSettings, String> {
        let value = |name: &str| values.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        FileSettings::read(value).map_err(|error| error.to_string())
    }

    #[test]
    fn a_folder_or_a_bucket() {
        assert!(matches!(read(&[]), Ok(FileSettings::Folder(path)) if path.ends_with("data/files")));
        let keys = [("REKOMI_S3_ACCESS_KEY_ID", "id"), ("REKOMI_S3_SECRET_ACCESS_KEY", "canary")];
        let given = [&keys[..], &[("REKOMI_FILES", "s3://forms/tax/"), ("REKOMI_S3_ENDPOINT", "http://127.0.0.1:9/")]];
        let Ok(FileSettings::S3(s3)) = read(&given.concat()) else { panic!("S3") };
        assert_eq!((s3.bucket.as_str(), s3.prefix.as_str(), s3.region.as_str()), ("forms", "tax", "us-east-1"));
        assert_eq!(s3.endpoint.as_deref(), Some("http://127.0.0.1:9"));
        assert!(!format!("{s3:?}").contains("canary"));
    }

    #[test]
    fn archived_clicks_are_in_one_place_for_all_processes() {
        let is_shared = |place: &str, environment: Environment| {
            read(&[("REKOMI_FILES", place)]).unwrap().must_be_shared(environment).is_ok()
        };
        for place in ["/var/lib/rekomi/files", "s3://forms"] {
            assert!(is_shared(place, Environment::Production), "{place}");
        }
        assert!(!is_shared("./data/files", Environment::Production));
        assert!(is_shared("./data/files", Environment::Dev));
    }

    #[test]
    fn what_cant_be_used_is_named() {
        for (values, name) in [
            (vec![("REKOMI_FILES", "gs://forms")], "REKOMI_FILES"),
            (vec![("REKOMI_FILES", "s3://")], "REKOMI_FILES"),
            (vec![("REKOMI_FILES", "s3://forms/../x")], "REKOMI_FILES"),
            (vec![("REKOMI_FILES", "s3://forms"), ("REKOMI_S3_ENDPOINT", "minio:9000")], "REKOMI_S3_ENDPOINT"),
            (vec![("REKOMI_FILES", "s3://forms"), ("REKOMI_S3_ACCESS_KEY_ID", "id")], "REKOMI_S3_SECRET_ACCESS_KEY"),
        ] {
            assert!(read(&values).unwrap_err().contains(name), "{name}");
        }
    }
}
