//! The settings of one installation's edge: `wrangler.toml` of the checkout with its own hosts and IDs.

use anyhow::{Context, Result, bail};
use std::path::Path;

/// What replaces the examples in `wrangler.toml`.
#[derive(Debug)]
pub(super) struct Values<'a> {
    pub(super) ledger: &'a str,
    pub(super) links: &'a [String],
    /// IDs of the KV namespaces.
    pub(super) config: &'a str,
    pub(super) dead: &'a str,
}

/// Returns the settings for `wrangler deploy`. `root`: the checkout, as paths are relative to the file that has them.
///
/// # Errors
/// Names what `wrangler.toml` doesn't have once.
pub(super) fn filled(original: &str, values: &Values, root: &Path) -> Result<String> {
    let routes: Vec<String> =
        values.links.iter().map(|host| format!("{{ pattern = \"{host}\", custom_domain = true }}")).collect();
    let mut text = crate::release::without_build(original);
    for (key, value) in [
        ("main = \"edge/entry.mjs\"", format!("main = \"{}\"", root.join("edge/entry.mjs").display())),
        ("# routes = [", format!("routes = [{}]", routes.join(", "))),
        ("LEDGER_URL = ", format!("LEDGER_URL = \"{}\"", values.ledger)),
        ("id = \"00000000000000000000000000000001\"", format!("id = \"{}\"", values.config)),
        ("id = \"00000000000000000000000000000002\"", format!("id = \"{}\"", values.dead)),
    ] {
        text = with_line(&text, key, &value)?;
    }
    Ok(text)
}

/// Replaces the line that begins with `start`.
fn with_line(text: &str, start: &str, line: &str) -> Result<String> {
    if text.lines().filter(|one| one.starts_with(start)).count() != 1 {
        bail!("wrangler.toml must have one line that begins with {start:?}");
    }
    Ok(text.lines().map(|one| if one.starts_with(start) { format!("{line}\n") } else { format!("{one}\n") }).collect())
}

/// The value of `REKOMI_EDGE_KEYS` in a file such as `rekomi.env`.
pub(super) fn keys(file: &str) -> Result<String> {
    let line = file.lines().find_map(|line| line.trim().strip_prefix("REKOMI_EDGE_KEYS="));
    checked(line.context("the file has no line REKOMI_EDGE_KEYS=…")?)
}

/// # Errors
/// If it isn't a list of keys, without repeating it.
pub(super) fn checked(keys: &str) -> Result<String> {
    let keys = keys.trim();
    let is_key = |key: &str| {
        key.trim().split_once(':').is_some_and(|(number, hex)| {
            number.parse::<u8>().is_ok() && hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
        })
    };
    if keys.is_empty() || !keys.split(',').all(is_key) {
        bail!("REKOMI_EDGE_KEYS must be 1:<64 hex>, or several, separated by commas");
    }
    Ok(keys.to_owned())
}

/// # Errors
/// If it isn't the base URL of a ledger with TLS.
pub(super) fn ledger_url(text: &str) -> Result<String> {
    let url = text.trim_end_matches('/');
    match url.strip_prefix("https://") {
        Some(authority) if is_host(authority) => Ok(url.to_owned()),
        _ => bail!("--ledger must be an address such as https://rekomi.brand.com, not {text:?}"),
    }
}

/// # Errors
/// If it isn't a host.
pub(super) fn host(text: &str) -> Result<String> {
    if !is_host(text) || text.contains(':') {
        bail!("--links must be a host such as go.brand.com, not {text:?}");
    }
    Ok(text.to_ascii_lowercase())
}

fn is_host(text: &str) -> bool {
    text.contains('.') && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.:".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn every_example_is_replaced() {
        let original = std::fs::read_to_string(crate::repo::at("wrangler.toml")).unwrap();
        let links = ["go.brand.com".to_owned(), "go.brand.de".to_owned()];
        let values = Values { ledger: "https://rekomi.brand.com", links: &links, config: "abc", dead: "def" };
        let text = filled(&original, &values, Path::new("/checkout")).unwrap();
        let parsed: Value = basic_toml::from_str(&text).unwrap();
        assert_eq!(parsed["main"], "/checkout/edge/entry.mjs");
        assert_eq!(parsed["vars"]["LEDGER_URL"], "https://rekomi.brand.com");
        assert_eq!(parsed["routes"][1], json!({"pattern": "go.brand.de", "custom_domain": true}));
        let ids: Vec<&Value> = parsed["kv_namespaces"].as_array().unwrap().iter().map(|one| &one["id"]).collect();
        assert_eq!(ids, ["abc", "def"]);
        assert!(parsed["build"].is_null() && parsed["vars"]["REKOMI_QUEUE"] == "durable");
        assert!(filled("main = \"x\"", &values, Path::new("/")).is_err());
    }

    #[test]
    fn what_cant_be_used_is_refused_and_no_key_repeated() {
        let key = "ab".repeat(32);
        assert_eq!(keys(&format!("# a\nREKOMI_EDGE_KEYS=2:{key},1:{key}\n")).unwrap(), format!("2:{key},1:{key}"));
        for wrong in
            ["#REKOMI_EDGE_KEYS=x", "REKOMI_EDGE_KEYS=", "REKOMI_EDGE_KEYS=1:canary", "REKOMI_EDGE_KEYS=canary"]
        {
            let error = keys(wrong).unwrap_err().to_string();
            assert!(!error.contains("canary"), "{error}");
        }
        assert!(host("go.brand.com").is_ok() && host("go.brand.com/x").is_err() && host("go\".com").is_err());
        assert_eq!(ledger_url("https://rekomi.brand.com/").unwrap(), "https://rekomi.brand.com");
        assert!(ledger_url("http://rekomi.brand.com").is_err() && ledger_url("https://a.b/c").is_err());
    }
}
