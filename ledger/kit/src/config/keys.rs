//! The key rings derived from `REKOMI_EDGE_KEYS` and `REKOMI_LEDGER_KEYS`, and what makes such lists unsafe.

use anyhow::{Context, bail};
use shared::keys::{KeyRing, Purpose};

use super::required;

/// How to change an unsafe key. Without the old one, what it encrypts would be lost.
const CHANGE_KEY: &str = "put a new one (`openssl rand -hex 32`) with a higher number in front of it and keep the old \
                          one until nothing needs it, as docs/self-hosting/operations.md describes (Changing keys)";
/// How to end the change, once another key is the current one.
const REMOVE_KEY: &str = "run `rekomi rotate-keys` and remove the unsafe key once nothing needs it, as \
                          docs/self-hosting/operations.md describes (Changing keys)";

const EXAMPLE: &str = include_str!("../../../../.env.example");

/// Every derived key ring that the ledger uses.
#[derive(Debug, Clone)]
pub struct Keys {
    pub click_token: KeyRing,
    pub internal: KeyRing,
    pub edge_config: KeyRing,
    pub at_rest: KeyRing,
    pub pages: KeyRing,
    pub demo: KeyRing,
    pub pseudonym: KeyRing,
    pub federation: KeyRing,
}

impl Keys {
    /// For commands that need the keys and no other setting.
    ///
    /// # Errors
    /// Names the variable that is missing or malformed.
    pub fn from_env() -> anyhow::Result<Self> {
        let edge = required("REKOMI_EDGE_KEYS")?;
        let ledger = required("REKOMI_LEDGER_KEYS")?;
        let of_edge = |purpose| KeyRing::parse(&edge, purpose).context("REKOMI_EDGE_KEYS");
        let of_ledger = |purpose| KeyRing::parse(&ledger, purpose).context("REKOMI_LEDGER_KEYS");
        Ok(Self {
            click_token: of_edge(Purpose::ClickToken)?,
            internal: of_edge(Purpose::Internal)?,
            edge_config: of_edge(Purpose::EdgeConfig)?,
            at_rest: of_ledger(Purpose::AtRest)?,
            pages: of_ledger(Purpose::Pages)?,
            demo: of_ledger(Purpose::Demo)?,
            pseudonym: of_ledger(Purpose::Pseudonym)?,
            federation: of_ledger(Purpose::Federation)?,
        })
    }

    /// Like [`Self::from_env`], for production.
    ///
    /// # Errors
    /// Also if the current keys are unsafe.
    pub(super) fn for_production() -> anyhow::Result<Self> {
        let keys = Self::from_env()?;
        check_current(&required("REKOMI_EDGE_KEYS")?, &required("REKOMI_LEDGER_KEYS")?)?;
        Ok(keys)
    }
}

/// Older keys may be unsafe, so that those who have such keys can change them: `rekomi doctor` reports them.
fn check_current(edge: &str, ledger: &str) -> anyhow::Result<()> {
    match weakness(current(edge), current(ledger)) {
        Some(problem) => bail!("{problem}: {CHANGE_KEY}"),
        None => Ok(()),
    }
}

/// What to do about unsafe keys in lists with these values.
pub fn advice(edge: &str, ledger: &str) -> &'static str {
    if weakness(current(edge), current(ledger)).is_some() { CHANGE_KEY } else { REMOVE_KEY }
}

/// The first key of a list.
fn current(list: &str) -> &str {
    list.split(',').find(|entry| !entry.trim().is_empty()).unwrap_or_default()
}

/// Says why `REKOMI_EDGE_KEYS` and `REKOMI_LEDGER_KEYS` with these values are unsafe: everyone knows a key, or both have one.
/// Never repeats a key.
pub fn weakness(edge: &str, ledger: &str) -> Option<String> {
    let hex = |list: &str| -> Vec<String> {
        list.split(',').filter_map(|entry| Some(entry.split_once(':')?.1.trim().to_ascii_lowercase())).collect()
    };
    let (edge, ledger) = (hex(edge), hex(ledger));
    for (name, keys) in [("REKOMI_EDGE_KEYS", &edge), ("REKOMI_LEDGER_KEYS", &ledger)] {
        if keys.iter().any(|key| EXAMPLE.contains(key.as_str())) {
            return Some(format!("{name} has a key of .env.example, which everyone knows"));
        }
    }
    let is_shared = edge.iter().any(|key| ledger.contains(key));
    is_shared.then(|| "REKOMI_EDGE_KEYS and REKOMI_LEDGER_KEYS have a key in common".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn production_needs_current_keys_of_its_own() {
        let [one, two] = ["ab", "cd"].map(|byte| byte.repeat(32));
        let [zeros, ones] = ["0", "1"].map(|digit| digit.repeat(64));
        let check = |edge: &str, ledger: &str| check_current(edge, ledger).map_err(|error| error.to_string());
        for (edge, ledger, named) in [
            (&zeros, &two, "REKOMI_EDGE_KEYS has a key of .env.example"),
            (&one, &ones, "REKOMI_LEDGER_KEYS has a key of .env.example"),
            (&one, &one.to_uppercase(), "REKOMI_EDGE_KEYS and REKOMI_LEDGER_KEYS have a key in common"),
        ] {
            let refused = check(&format!(" , 1: {edge}"), &format!("1:{ledger},2:{two}")).unwrap_err();
            assert!(refused.starts_with(named) && refused.contains("keep the old one"), "{refused}");
            assert!(!refused.contains(edge.as_str()), "{refused}");
        }
        assert_eq!(check(&format!("1:{one}"), &format!("1:{two}")), Ok(()));
        assert_eq!(check(&format!("2:{one},1:{zeros}"), &format!("2:{two},1:{one}")), Ok(()), "they are being changed");
    }
}
