//! The model that the co-pilot uses where an organization hasn't connected its own.

use anyhow::{Context, bail};
use shared::seal::Secret;

use super::base_url;

/// `REKOMI_ASSISTANT_…`. The address may be one of the operator's own network, such as a local server's.
#[derive(Debug, Clone)]
pub struct CopilotSettings {
    /// `REKOMI_ASSISTANT_KIND`: `anthropic` or `openai`.
    pub kind: String,
    /// `REKOMI_ASSISTANT_BASE`, without a slash at its end; the vendor's own address if it isn't set.
    pub base: Option<String>,
    /// `REKOMI_ASSISTANT_KEY`: local servers may need none.
    pub key: Option<Secret>,
    /// `REKOMI_ASSISTANT_MODEL`.
    pub model: String,
}

impl CopilotSettings {
    /// # Errors
    /// Names the variable that is missing or malformed.
    pub(super) fn from_env() -> anyhow::Result<Option<Self>> {
        let base = super::optional("REKOMI_ASSISTANT_BASE").map(|_| base_url("REKOMI_ASSISTANT_BASE")).transpose()?;
        Self::read(base, super::optional)
    }

    fn read(base: Option<String>, variable: impl Fn(&str) -> Option<String>) -> anyhow::Result<Option<Self>> {
        let Some(kind) = variable("REKOMI_ASSISTANT_KIND") else {
            if base.is_some() || variable("REKOMI_ASSISTANT_MODEL").is_some() {
                bail!("REKOMI_ASSISTANT_KIND must be anthropic or openai");
            }
            return Ok(None);
        };
        if !matches!(kind.as_str(), "anthropic" | "openai") {
            bail!("REKOMI_ASSISTANT_KIND must be anthropic or openai, not {kind:?}");
        }
        let model = variable("REKOMI_ASSISTANT_MODEL").filter(|model| model.len() <= 200);
        let model = model.context("REKOMI_ASSISTANT_MODEL must name a model (at most 200 characters)")?;
        let key = variable("REKOMI_ASSISTANT_KEY").map(Secret::new);
        if base.is_none() && key.is_none() {
            bail!(
                "REKOMI_ASSISTANT_KEY is not set, which only a server of your own (REKOMI_ASSISTANT_BASE) may not need"
            );
        }
        Ok(Some(Self { kind, base, key, model }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(base: Option<&str>, set: &[(&str, &str)]) -> anyhow::Result<Option<CopilotSettings>> {
        let variable = |name: &str| {
            let suffix = name.strip_prefix("REKOMI_ASSISTANT_").unwrap_or_default();
            set.iter().find(|(known, _)| *known == suffix).map(|(_, value)| (*value).to_owned())
        };
        CopilotSettings::read(base.map(str::to_owned), variable)
    }

    #[test]
    fn it_is_off_until_its_kind_is_set() {
        assert!(read(None, &[]).unwrap().is_none());
        assert!(read(Some("http://10.0.0.7:11434/v1"), &[]).is_err());
        let local = read(Some("http://10.0.0.7:11434/v1"), &[("KIND", "openai"), ("MODEL", "m")]).unwrap().unwrap();
        assert!(local.key.is_none() && local.model == "m");
    }

    #[test]
    fn what_is_missing_is_named() {
        for (set, name) in [
            (&[("KIND", "other")][..], "REKOMI_ASSISTANT_KIND"),
            (&[("KIND", "openai"), ("KEY", "k")], "REKOMI_ASSISTANT_MODEL"),
            (&[("KIND", "openai"), ("MODEL", "m")], "REKOMI_ASSISTANT_KEY"),
        ] {
            assert!(read(None, set).unwrap_err().to_string().starts_with(name), "{name}");
        }
    }
}
