//! The environment variables of the parts, and the generated configuration files for wrangler.

use crate::secret::Store;
use crate::{docs, repo};
use anyhow::{Context, Result};
use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) edge_port: u16,
    pub(crate) ledger_port: u16,
    secrets: Store,
    edge_keys: String,
    ledger_keys: String,
    app_password: String,
    owner_url: String,
    app_url: String,
    /// The CRMs' fake servers by slug, as their program describes them; null without fakes.
    pub(crate) crms: Value,
    /// Stripe's fake server; null without fakes.
    pub(crate) stripe: Value,
    /// The fake servers of other gateways by type; null without fakes.
    pub(crate) gateways: Value,
}

impl Settings {
    pub(crate) fn load(edge_port: u16, ledger_port: u16) -> Result<Self> {
        let mut secrets = Store::open(&repo::at("target/dev/secrets.json"))?;
        let edge_keys = format!("1:{}", secrets.get("edgeKey")?);
        let ledger_keys = format!("1:{}", secrets.get("ledgerKey")?);
        let app_password = secrets.get("appPassword")?;
        let (owner_url, app_url) = (String::new(), String::new());
        Ok(Self {
            edge_port,
            ledger_port,
            secrets,
            edge_keys,
            ledger_keys,
            app_password,
            owner_url,
            app_url,
            crms: Value::Null,
            stripe: Value::Null,
            gateways: Value::Null,
        })
    }

    pub(crate) fn superuser_password(&mut self) -> Result<String> {
        self.secrets.get("postgresPassword")
    }

    /// Uses the database with this owner's URL; the ledger serves with another role on it.
    pub(crate) fn use_database(&mut self, owner_url: &str) -> Result<()> {
        self.app_url = with_user(owner_url, "rekomi_app", &self.app_password)
            .context("DATABASE_URL must look like postgres://user:password@host:port/database")?;
        self.owner_url = owner_url.to_owned();
        Ok(())
    }

    pub(crate) fn edge_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.edge_port)
    }

    pub(crate) fn ledger_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.ledger_port)
    }

    pub(crate) fn database_urls(&self) -> (&str, &str) {
        (&self.owner_url, &self.app_url)
    }

    /// Builds a command for a subcommand of the ledger; only `migrate` and `demo` act as the owner.
    pub(crate) fn ledger(&self, subcommand: &str) -> Command {
        let mut command = Command::new(repo::built("debug/rekomi"));
        command.arg(subcommand).current_dir(repo::root());
        command
            .env("NO_COLOR", "1")
            .env("REKOMI_ENV", "dev")
            .env("DATABASE_URL", &self.app_url)
            .env_remove("DATABASE_OWNER_URL");
        command.env("REKOMI_LISTEN", format!("127.0.0.1:{}", self.ledger_port));
        command.env("REKOMI_EDGE_URL", self.edge_url()).env("REKOMI_PUBLIC_URL", self.ledger_url());
        command.env("REKOMI_EDGE_KEYS", &self.edge_keys).env("REKOMI_LEDGER_KEYS", &self.ledger_keys);
        command.env("REKOMI_FILES", repo::root().join("target/dev/files"));
        command.env("REKOMI_DOCS", docs::folder());
        // The owner of the demo organization curates its network.
        command.env("REKOMI_NETWORK", "on").env("REKOMI_NETWORK_OPERATORS", "owner@acme.test");
        command.env("REKOMI_FEDERATION", "on");
        for (host, base) in self.vendor_bases() {
            command.env(format!("REKOMI_VENDOR_BASE_{host}"), base);
        }
        if let Some(base) = self.stripe["base"].as_str() {
            command.env("REKOMI_STRIPE_API_BASE", base);
        }
        for gateway in ["dodo", "creem"] {
            if let Some(base) = self.gateways[gateway]["base"].as_str() {
                command.env(format!("REKOMI_{}_API_BASE", gateway.to_uppercase()), base);
            }
        }
        if subcommand != "serve" {
            command.env("DATABASE_OWNER_URL", &self.owner_url).env("REKOMI_APP_PASSWORD", &self.app_password);
        }
        command
    }

    fn vendor_bases(&self) -> impl Iterator<Item = (&str, &str)> {
        let all = self.crms.as_object().into_iter().flat_map(|crms| crms.values());
        all.flat_map(|crm| {
            let base = crm["base"].as_str().unwrap_or_default();
            crm["hosts"].as_array().into_iter().flatten().filter_map(move |host| Some((host.as_str()?, base)))
        })
    }

    /// Writes wrangler.toml without its build command (the edge is already built), and the secrets into a file that
    /// only we can read.
    pub(crate) fn write_wrangler_files(&self) -> Result<(PathBuf, PathBuf)> {
        let original = fs::read_to_string(repo::at("wrangler.toml")).context("can't read wrangler.toml")?;
        let config = repo::at("target/dev/wrangler.toml");
        repo::write_atomically(&config, &for_dev(&original, &repo::root().display().to_string()), 0o644)?;
        let secrets = repo::at("target/dev/edge.env");
        let lines = [
            format!("LEDGER_URL={}", self.ledger_url()),
            "REKOMI_ENV=dev".to_owned(),
            "REKOMI_QUEUE=volatile".to_owned(), // wrangler keeps the queue in workerd's memory
            format!("REKOMI_EDGE_KEYS={}", self.edge_keys),
        ];
        repo::write_atomically(&secrets, &(lines.join("\n") + "\n"), 0o600)?;
        Ok((config, secrets))
    }
}

fn for_dev(original: &str, root: &str) -> String {
    let mut kept = String::new();
    let mut inside_build = false;
    for line in original.lines() {
        if line.starts_with('[') {
            inside_build = line.starts_with("[build]");
        }
        if inside_build {
            continue;
        }
        match line.strip_prefix("main = \"") {
            Some(relative) => kept.push_str(&format!("main = \"{root}/{relative}\n")),
            None => kept.push_str(&format!("{line}\n")),
        }
    }
    kept
}

/// Returns the URL of the same database with another user.
fn with_user(url: &str, user: &str, password: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    (!host.is_empty()).then(|| format!("{scheme}://{user}:{password}@{host}{tail}"))
}

#[cfg(test)]
mod tests {
    use super::{for_dev, with_user};

    #[test]
    fn another_user_on_the_same_database() {
        let app = |url| with_user(url, "app", "pw");
        assert_eq!(app("postgres://o:x@db:5432/r?a=b").as_deref(), Some("postgres://app:pw@db:5432/r?a=b"));
        assert_eq!(app("postgres://db/r").as_deref(), Some("postgres://app:pw@db/r"));
        assert_eq!(app("postgres:///r"), None);
        assert_eq!(app("db/r"), None);
    }

    #[test]
    fn dev_does_not_build_twice() {
        let dev = for_dev("main = \"edge/entry.mjs\"\n[build]\ncommand = \"x\"\n\n[vars]\nA = \"b\"\n", "/r");
        assert_eq!(dev, "main = \"/r/edge/entry.mjs\"\n[vars]\nA = \"b\"\n");
    }
}
