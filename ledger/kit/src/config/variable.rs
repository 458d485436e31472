//! Reads variables. A secret can also be in a file, as containers and systemd provide them: `REKOMI_EDGE_KEYS_FILE` is the
//! path of a file with the value of `REKOMI_EDGE_KEYS`.

use std::{fs::File, io::Read};

use anyhow::{Context, bail};

/// The variables that can be in a file.
pub const SECRETS: [&str; 13] = [
    "DATABASE_URL",
    "DATABASE_OWNER_URL",
    "REKOMI_APP_PASSWORD",
    "REKOMI_EDGE_KEYS",
    "REKOMI_LEDGER_KEYS",
    "REKOMI_METRICS_TOKEN",
    "REKOMI_SMTP_URL",
    "REKOMI_S3_ACCESS_KEY_ID",
    "REKOMI_S3_SECRET_ACCESS_KEY",
    "REKOMI_ASSISTANT_KEY",
    "REKOMI_BILLING_STRIPE_KEY",
    "REKOMI_BILLING_WEBHOOK_SECRET",
    "OTEL_EXPORTER_OTLP_HEADERS",
];

const FILE_BYTES_MAX: u64 = 64 * 1024;

/// Returns `None` if the variable is empty or not set, or if its file can't be read: [`check_files`] reports that.
pub fn optional(name: &str) -> Option<String> {
    from_env(name).ok().flatten()
}

/// # Errors
/// Names the variable that is not set, or whose file can't be read.
pub fn required(name: &str) -> anyhow::Result<String> {
    from_env(name)?.with_context(|| format!("{name} is not set"))
}

/// Checks every secret that is in a file.
///
/// # Errors
/// Names the variable whose file can't be read, or that is set twice.
pub fn check_files() -> anyhow::Result<()> {
    SECRETS.iter().try_for_each(|name| from_env(name).map(drop))
}

fn from_env(name: &str) -> anyhow::Result<Option<String>> {
    read(name, |name| std::env::var(name).ok())
}

fn read(name: &str, variable: impl Fn(&str) -> Option<String>) -> anyhow::Result<Option<String>> {
    let set = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
    let value = set(name);
    if !SECRETS.contains(&name) {
        return Ok(value);
    }
    let named = format!("{name}_FILE");
    match (value, set(&named)) {
        (value, None) => Ok(value),
        (None, Some(path)) => content(path.trim()).with_context(|| named).map(Some),
        (Some(_), Some(_)) => bail!("{name} and {named} are both set: remove one of them"),
    }
}

/// The content of a file, without the line break at its end. No message repeats it.
fn content(path: &str) -> anyhow::Result<String> {
    let mut text = String::new();
    let file = File::open(path).with_context(|| format!("can't open {path}"))?;
    file.take(FILE_BYTES_MAX + 1).read_to_string(&mut text).with_context(|| format!("can't read {path}"))?;
    if text.len() as u64 > FILE_BYTES_MAX {
        bail!("{path} is too large for a secret");
    }
    match text.trim() {
        "" => bail!("{path} is empty"),
        value => Ok(value.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    /// A file that is deleted with the value.
    struct Secret(PathBuf);

    impl Secret {
        fn new(content: impl AsRef<[u8]>) -> Self {
            let path = std::env::temp_dir().join(format!("rekomi-secret-{:016x}", rand::random::<u64>()));
            std::fs::write(&path, content).unwrap();
            Self(path)
        }

        fn path(&self) -> &str {
            self.0.to_str().unwrap()
        }
    }

    impl Drop for Secret {
        fn drop(&mut self) {
            std::fs::remove_file(&self.0).unwrap();
        }
    }

    fn from(name: &str, set: &[(&str, &str)]) -> Result<Option<String>, String> {
        let variable = |name: &str| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        read(name, variable).map_err(|error| format!("{error:#}"))
    }

    #[test]
    fn every_secret_can_be_in_a_file() {
        let file = Secret::new("canary\n");
        for name in SECRETS {
            let named = format!("{name}_FILE");
            assert_eq!(from(name, &[(&named, file.path())]), Ok(Some("canary".to_owned())), "{name}");
            assert_eq!(from(name, &[(name, " "), (&named, file.path())]), Ok(Some("canary".to_owned())), "{name}");
            assert_eq!(from(name, &[(name, "value"), (&named, "")]), Ok(Some("value".to_owned())), "{name}");
            assert_eq!(from(name, &[]), Ok(None));
        }
        assert_eq!(from("REKOMI_LISTEN", &[("REKOMI_LISTEN_FILE", file.path())]), Ok(None), "no secret");
    }

    #[test]
    fn a_bad_file_is_named_and_its_content_never_repeated() {
        let (empty, binary) = (Secret::new("\n \n"), Secret::new([0xff, 0xfe, b'c', b'a', b'n']));
        let large = Secret::new("canary".repeat(20_000));
        for (path, reason) in [
            ("/nowhere/canary-free", "can't open /nowhere"),
            (empty.path(), "is empty"),
            (binary.path(), "can't read"),
            (large.path(), "is too large"),
            ("/", "can't read /"),
        ] {
            let error = from("REKOMI_EDGE_KEYS", &[("REKOMI_EDGE_KEYS_FILE", path)]).unwrap_err();
            assert!(error.starts_with("REKOMI_EDGE_KEYS_FILE: ") && error.contains(reason), "{error}");
            assert!(!error.contains("canarycanary"), "{error}");
        }
        let both = [("REKOMI_SMTP_URL", "canary"), ("REKOMI_SMTP_URL_FILE", "/run/secrets/smtp")];
        let error = from("REKOMI_SMTP_URL", &both).unwrap_err();
        assert!(error.contains("REKOMI_SMTP_URL_FILE are both set") && !error.contains("canary"), "{error}");
    }
}
