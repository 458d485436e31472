//! What `rekomi init` prints: the files it wrote, the DNS records to set, and the next commands.

use std::path::Path;

use super::Installation;

pub(super) fn text(installation: &Installation, folder: &Path, files: &[(&'static str, String)]) -> String {
    let written = files.iter().map(|(name, _)| format!("  {}\n", folder.join(name).display()));
    let written: String = written.collect();
    format!(
        "Written, for you only (mode 0600):\n{written}\n\
         Back up the keys in rekomi.env apart from the database: without them, encrypted data can't be read.\n\
         \n{}\n{}",
        records(installation),
        if installation.is_compose { compose_commands(installation) } else { commands(installation) },
    )
}

/// The DNS records to set.
fn records(installation: &Installation) -> String {
    let (domain, links) = (installation.domain.as_str(), installation.links.as_str());
    let dmarc = format!("_dmarc.{domain}");
    let server = "this server, or the proxy in front of it";
    // Docker's network is IPv4 only: everyone who came by IPv6 would have the address of its gateway.
    let kind = if installation.is_compose { "A" } else { "A, AAAA" };
    let link_host = if installation.has_edge {
        [links, kind, server]
    } else {
        [links, "-", "none: deploying the edge creates it; its zone must be in your Cloudflare account"]
    };
    let rows = table(&[
        [domain, kind, server],
        link_host,
        [domain, "TXT", "v=spf1 include:<your email provider> -all, as your provider says, and its DKIM records"],
        [dmarc.as_str(), "TXT", "v=DMARC1; p=quarantine"],
    ]);
    format!("DNS records to set:\n{rows}Emails come from noreply@{domain}, unless you set REKOMI_MAIL_FROM.\n")
}

/// One line per row. The first two columns are as wide as their widest cell.
fn table(rows: &[[&str; 3]]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let (first, second) = (width(0), width(1));
    rows.iter().map(|[name, kind, value]| format!("  {name:first$}  {kind:second$}  {value}\n")).collect()
}

const AT_CLOUDFLARE: &str = "deploy the edge with REKOMI_EDGE_KEYS of rekomi.env (docs/self-hosting/deploy.md)";
const WITHOUT_CLOUDFLARE: &str = "docs/self-hosting/without-cloudflare.md";

fn compose_commands(installation: &Installation) -> String {
    let start =
        "docker compose up --detach        creates the database, then starts Rekomi and a proxy with TLS".to_owned();
    let edge = if installation.has_edge {
        [format!("put the folder `edge` of the release and the program `workerd` here ({WITHOUT_CLOUDFLARE})"), start]
    } else {
        [start, AT_CLOUDFLARE.to_owned()]
    };
    let doctor = "docker compose exec ledger /rekomi doctor".to_owned();
    numbered(edge.into_iter().chain([doctor, sign_up(installation)]))
}

fn commands(installation: &Installation) -> String {
    let edge = if installation.has_edge {
        [format!("start the edge and a proxy with the Caddyfile ({WITHOUT_CLOUDFLARE})")]
    } else {
        [AT_CLOUDFLARE.to_owned()]
    };
    let ledger = [
        format!(
            "{} --set ON_ERROR_STOP=1 < create-database.sql && rm create-database.sql",
            superuser(&installation.database)
        ),
        "(set -a; . ./owner.env; rekomi migrate)".to_owned(),
        "(set -a; . ./rekomi.env; rekomi serve)      or as a service: docs/self-hosting/deploy.md".to_owned(),
    ];
    let doctor = "(set -a; . ./rekomi.env; rekomi doctor)".to_owned();
    numbered(ledger.into_iter().chain(edge).chain([doctor, sign_up(installation)]))
}

/// How a superuser of the Postgres at `database` runs psql.
fn superuser(database: &str) -> String {
    let (host, port) = database.rsplit_once(':').unwrap_or((database, "5432"));
    let host = host.trim_matches(['[', ']']);
    let port = if port == "5432" { String::new() } else { format!(" --port {port}") };
    if ["localhost", "127.0.0.1", "::1"].contains(&host) {
        format!("sudo -u postgres psql{port}")
    } else {
        format!("psql --host {host}{port} --username postgres --dbname postgres")
    }
}

fn sign_up(installation: &Installation) -> String {
    format!("sign up at https://{}/signup: the first person becomes the owner", installation.domain)
}

fn numbered(steps: impl Iterator<Item = String>) -> String {
    let steps: String = steps.zip(1..).map(|(step, number)| format!("  {number}. {step}\n")).collect();
    format!("Next, in this folder and as the same user:\n{steps}")
}

#[cfg(test)]
mod tests {
    use super::{
        super::tests::{installation, installation_with_edge},
        *,
    };

    #[test]
    fn columns_line_up() {
        let rows = [["go.a.b", "A, AAAA", "one"], ["_dmarc.a.b", "-", "two"]];
        assert_eq!(table(&rows), "  go.a.b      A, AAAA  one\n  _dmarc.a.b  -        two\n");
        let text = records(&installation(false));
        let ends: Vec<usize> = text
            .lines()
            .filter(|line| line.starts_with("  "))
            .filter_map(|line| {
                ["this server", "none: ", "v=spf1", "v=DMARC1"].iter().find_map(|value| line.find(*value))
            })
            .collect();
        assert!(ends.len() == 4 && ends.iter().all(|end| *end == ends[0]), "{text}");
    }

    #[test]
    fn the_database_is_created_where_it_is() {
        assert_eq!(superuser("localhost:5432"), "sudo -u postgres psql");
        assert_eq!(superuser("[::1]:5433"), "sudo -u postgres psql --port 5433");
        assert_eq!(superuser("db.internal:5432"), "psql --host db.internal --username postgres --dbname postgres");
    }

    #[test]
    fn it_names_files_hosts_and_commands_but_no_secret() {
        let with_edge = [false, true].map(|compose| (compose, installation_with_edge(compose)));
        for (compose, installation) in
            [false, true].map(|compose| (compose, installation(compose))).into_iter().chain(with_edge)
        {
            let files = installation.files().unwrap();
            let text = text(&installation, Path::new("/etc/rekomi"), &files);
            for part in ["/etc/rekomi/rekomi.env", "go.brand.com", "TXT", "rekomi doctor", "rekomi.brand.com/signup"] {
                assert!(text.contains(part), "{part}: {text}");
            }
            assert_eq!(text.contains("docker compose up"), compose);
            assert_eq!(text.contains("without-cloudflare.md"), installation.has_edge);
            assert_ne!(text.contains("Cloudflare account"), installation.has_edge);
            let secrets = &installation.secrets;
            for secret in [&secrets.edge_key, &secrets.owner_password, &secrets.app_password, &secrets.metrics_token] {
                assert!(!text.contains(secret.as_str()));
            }
            assert!(!text.contains("canary"), "the email password");
        }
    }
}
