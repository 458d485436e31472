//! The content of the files, made from `.env.example` and the files of `docs/self-hosting/deploy`.

use anyhow::Context;

use super::{COMPOSE_NETWORK, Installation};

const EXAMPLE: &str = include_str!("../../../../.env.example");
pub(super) const COMPOSE: &str = include_str!("../../../../docs/self-hosting/deploy/compose/compose.yaml");
const CADDYFILE: &str = include_str!("../../../../docs/self-hosting/deploy/compose/Caddyfile");
pub(super) const EDGE_COMPOSE: &str = include_str!("../../../../edge/self_hosted/compose.yaml");
const EDGE_CADDYFILE: &str = include_str!("../../../../edge/self_hosted/Caddyfile");

/// How a section of the example begins.
const RULE: &str = "# --- ";
const MIGRATION: &str = "Migration";
/// How the title of what only `rekomi edge-store` reads begins.
const EDGE_STORE: &str = "Only for `rekomi edge-store`";
/// Not for a real installation.
const DEVELOPMENT: &str = "Development and tests";

type Values = Vec<(&'static str, String)>;

/// `rekomi.env`: everything that `rekomi serve` reads.
pub(super) fn serving(installation: &Installation) -> anyhow::Result<String> {
    let mut text = String::new();
    for (title, section) in sections() {
        if ![MIGRATION, DEVELOPMENT].contains(&title) && !title.starts_with(EDGE_STORE) {
            text.push_str(section);
        }
    }
    filled(&text, serving_values(installation))
}

fn serving_values(installation: &Installation) -> Values {
    let secrets = &installation.secrets;
    let (listen, proxies, files) = if installation.is_compose {
        ("0.0.0.0:8080", COMPOSE_NETWORK, "/data/files")
    } else {
        ("127.0.0.1:8080", "127.0.0.1,::1", "/var/lib/rekomi/files")
    };
    let mut values = vec![
        ("DATABASE_URL", installation.app_url()),
        ("REKOMI_EDGE_KEYS", format!("1:{}", secrets.edge_key)),
        ("REKOMI_LEDGER_KEYS", format!("1:{}", secrets.ledger_key)),
        ("REKOMI_EDGE_URL", format!("https://{}", installation.links)),
        ("REKOMI_PUBLIC_URL", format!("https://{}", installation.domain)),
        ("REKOMI_LISTEN", listen.to_owned()),
        ("REKOMI_TRUSTED_PROXIES", proxies.to_owned()),
        ("REKOMI_METRICS_TOKEN", secrets.metrics_token.clone()),
        ("REKOMI_FILES", files.to_owned()),
    ];
    if let Some(mail) = &installation.mail {
        values.push(("REKOMI_SMTP_URL", mail.clone()));
    }
    values
}

/// `owner.env`: what `rekomi migrate` reads.
pub(super) fn owner(installation: &Installation) -> anyhow::Result<String> {
    let section = sections().into_iter().find(|(title, _)| *title == MIGRATION).context("the example's migration")?.1;
    let password = &installation.secrets.app_password;
    let values = vec![("DATABASE_OWNER_URL", installation.owner_url()), ("REKOMI_APP_PASSWORD", password.clone())];
    let mut text = filled(section, values)?;
    if installation.is_compose {
        text.push_str("# The password of compose.yaml's Postgres. It's set when the database is created.\n");
        text.push_str(&format!("POSTGRES_PASSWORD={}\n", installation.secrets.owner_password));
    }
    Ok(text)
}

/// `.env`: what Docker Compose fills in. No secret is among it.
pub(super) fn compose_variables(installation: &Installation) -> String {
    let mut text = format!(
        "# Which version runs, and the host where people reach it.\nVERSION={}\nDOMAIN={}\n",
        env!("CARGO_PKG_VERSION"),
        installation.domain
    );
    if installation.has_edge {
        text.push_str(&format!("# The host of affiliate links.\nLINKS={}\n", installation.links));
        text.push_str("COMPOSE_FILE=compose.yaml:edge.yaml\n");
    }
    text
}

/// `edge.env`: what workerd and `rekomi edge-store` read. The database isn't for workerd.
pub(super) fn edge(installation: &Installation) -> String {
    let ledger = if installation.is_compose { "http://ledger:8080" } else { "http://127.0.0.1:8080" };
    format!(
        "# The edge on this machine (docs/self-hosting/without-cloudflare.md). The same keys as in rekomi.env.\n\
         REKOMI_EDGE_KEYS=1:{}\nLEDGER_URL={ledger}\n",
        installation.secrets.edge_key
    )
}

/// `edge-store.env`: what `rekomi edge-store` reads besides `edge.env`. In `edge.yaml`, its addresses are fixed.
pub(super) fn edge_store(installation: &Installation) -> String {
    let mut text = format!("# The same database as in rekomi.env.\nDATABASE_URL={}\n", installation.app_url());
    let addresses =
        sections().into_iter().filter(|(title, _)| title.starts_with(EDGE_STORE) && !installation.is_compose);
    addresses.for_each(|(_, section)| text.push_str(&format!("\n{}\n", section.trim_end())));
    text
}

/// `Caddyfile`: for the proxy of `compose.yaml`, or for a Caddy on this machine.
pub(super) fn caddyfile(installation: &Installation) -> String {
    let mut text = CADDYFILE.to_owned();
    if installation.has_edge {
        text.push_str(EDGE_CADDYFILE);
    }
    if installation.is_compose {
        return text;
    }
    let own = [
        ("{$DOMAIN}", installation.domain.as_str()),
        ("{$LINKS}", &installation.links),
        ("ledger:8080", "127.0.0.1:8080"),
        ("edge:8081", "127.0.0.1:8081"),
    ];
    own.into_iter().fold(text, |text, (name, value)| text.replace(name, value))
}

/// `create-database.sql`, for a Postgres of one's own.
pub(super) fn create_database(installation: &Installation) -> String {
    let password = &installation.secrets.owner_password;
    format!(
        "-- For a superuser of Postgres, once. Delete this file afterwards.\n\
         create role rekomi_owner login createrole password '{password}';\n\
         -- Needed by an administrator who isn't a superuser, as of managed databases.\n\
         grant rekomi_owner to current_user;\n\
         create database rekomi owner rekomi_owner;\n"
    )
}

/// Title and text of each section of the example. What is above the first one has no title.
fn sections() -> Vec<(&'static str, &'static str)> {
    let mut starts: Vec<usize> = vec![0];
    starts.extend(EXAMPLE.match_indices(RULE).filter(|(at, _)| EXAMPLE[..*at].ends_with('\n')).map(|(at, _)| at));
    let ends = starts.iter().skip(1).copied().chain([EXAMPLE.len()]);
    let texts = starts.iter().zip(ends).filter_map(|(start, end)| EXAMPLE.get(*start..end));
    texts
        .map(|text| {
            let first = text.lines().next().unwrap_or_default();
            (first.strip_prefix(RULE).map_or("", |title| title.trim_end_matches('-').trim_end()), text)
        })
        .collect()
}

/// Sets variables in a text that already has them, perhaps commented out.
///
/// # Errors
/// Names the variable that the text doesn't have exactly once.
fn filled(text: &str, values: Values) -> anyhow::Result<String> {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for (name, value) in values {
        let is_it = |line: &&mut String| {
            line.trim_start_matches('#').strip_prefix(name).is_some_and(|rest| rest.starts_with('='))
        };
        let mut found: Vec<&mut String> = lines.iter_mut().filter(is_it).collect();
        let [line] = found.as_mut_slice() else { anyhow::bail!("the example must have {name} once") };
        **line = format!("{name}={value}");
    }
    let mut text = lines.join("\n");
    text.push('\n');
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{
        super::tests::{installation, installation_with_edge},
        *,
    };

    fn variables(text: &str) -> BTreeMap<&str, &str> {
        text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('=')).collect()
    }

    #[test]
    fn everything_required_is_set_and_the_rest_explained() {
        for compose in [false, true] {
            let installation = installation(compose);
            let text = serving(&installation).unwrap();
            let set = variables(&text);
            for name in ["DATABASE_URL", "REKOMI_EDGE_KEYS", "REKOMI_LEDGER_KEYS", "REKOMI_EDGE_URL", "REKOMI_SMTP_URL"]
            {
                assert!(set.contains_key(name), "{name}");
            }
            assert_eq!(set["REKOMI_EDGE_URL"], "https://go.brand.com");
            assert_eq!(set["REKOMI_FILES"], if compose { "/data/files" } else { "/var/lib/rekomi/files" });
            assert!(text.contains("\n# --- Exchange rates ---") && text.contains("\n#REKOMI_EXCHANGE_RATES=ecb\n"));
            for other in ["REKOMI_ENV", "DATABASE_OWNER_URL", "REKOMI_APP_PASSWORD"] {
                assert!(!text.contains(&format!("{other}=")), "{other} has no place here");
            }
            let keys = [set["REKOMI_EDGE_KEYS"], set["REKOMI_LEDGER_KEYS"]];
            assert_ne!(keys[0], keys[1]);
            let ring = |text| shared::keys::KeyRing::parse(text, shared::keys::Purpose::Internal);
            assert!(keys.iter().all(|keys| ring(keys).is_ok()), "{keys:?}");
        }
    }

    #[test]
    fn the_owner_has_a_file_of_its_own() {
        let installation = installation(true);
        let text = owner(&installation).unwrap();
        let set = variables(&text);
        assert_eq!(set.len(), 3, "{text}");
        assert!(set["DATABASE_OWNER_URL"].contains(set["POSTGRES_PASSWORD"]), "{text}");
        let serving = serving(&installation).unwrap();
        assert!(variables(&serving)["DATABASE_URL"].contains(set["REKOMI_APP_PASSWORD"]), "both have the same");
        assert!(!serving.contains(set["POSTGRES_PASSWORD"]), "never at the serving process");
    }

    #[test]
    fn an_edge_on_this_machine_has_the_ledgers_keys_and_database() {
        for compose in [false, true] {
            let installation = installation_with_edge(compose);
            let (serving, edge, store) =
                (serving(&installation).unwrap(), edge(&installation), edge_store(&installation));
            let ledgers = variables(&serving);
            assert_eq!(variables(&edge)["REKOMI_EDGE_KEYS"], ledgers["REKOMI_EDGE_KEYS"]);
            assert!(!edge.contains(&installation.secrets.ledger_key) && !edge.contains("postgres://"), "{edge}");
            assert_eq!(variables(&store), BTreeMap::from([("DATABASE_URL", ledgers["DATABASE_URL"])]));
            let caddyfile = caddyfile(&installation);
            let hosts: Vec<&str> = caddyfile.lines().filter_map(|line| line.strip_suffix(" {")).collect();
            let hosts: Vec<&str> = hosts.into_iter().filter(|line| !line.starts_with('\t')).collect();
            let expected = if compose { ["{$DOMAIN}", "{$LINKS}"] } else { ["rekomi.brand.com", "go.brand.com"] };
            assert_eq!(hosts, expected, "{caddyfile}");
            assert!(caddyfile.contains("header_up CF-Connecting-IP {remote_host}"), "{caddyfile}");
            let local = ["127.0.0.1:8080", "127.0.0.1:8081"];
            assert!(local.iter().all(|address| caddyfile.contains(address) != compose), "{caddyfile}");
            let files = installation.files().unwrap();
            assert_eq!(files.iter().any(|(name, _)| *name == "edge.yaml"), compose);
            let compose_file = compose_variables(&installation);
            assert_eq!(variables(&compose_file)["COMPOSE_FILE"], "compose.yaml:edge.yaml");
        }
        assert!(!caddyfile(&installation(true)).contains("LINKS"), "Cloudflare answers links");
    }

    #[test]
    fn a_shell_can_read_every_value() {
        let with_edge = installation_with_edge(false);
        for text in [
            serving(&installation(false)).unwrap(),
            owner(&installation(true)).unwrap(),
            edge(&with_edge),
            edge_store(&with_edge),
        ] {
            for (name, value) in variables(&text) {
                assert!(!value.contains([' ', '\'', '"', '$', '`', '\\', '#', '&', ';', '<']), "{name}");
            }
        }
    }

    #[test]
    fn a_variable_that_the_example_lacks_is_named() {
        let error = filled("# a\n#A=1\nB=2\n", vec![("A", "3".to_owned()), ("C", "4".to_owned())]).unwrap_err();
        assert!(error.to_string().contains("C once"), "{error}");
        assert_eq!(filled("# a\n#A=1\nAB=2\n", vec![("A", "3".to_owned())]).unwrap(), "# a\nA=3\nAB=2\n");
    }
}
