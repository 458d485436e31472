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
    let rows = table(&[
        [domain, "A, AAAA", "this server, or the proxy in front of it"],
        [links, "-", "none: deploying the edge creates it; its zone must be in your Cloudflare account"],
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

fn compose_commands(installation: &Installation) -> String {
    format!(
        "Next, in this folder:\n\
         \x20 1. docker compose up --detach        creates the database, then starts Rekomi and a proxy with TLS\n\
         \x20 2. deploy the edge with REKOMI_EDGE_KEYS of rekomi.env (docs/self-hosting/deploy.md)\n\
         \x20 3. docker compose exec ledger /rekomi doctor\n\
         \x20 4. sign up at https://{}/signup: the first person becomes the owner\n",
        installation.domain
    )
}

fn commands(installation: &Installation) -> String {
    format!(
        "Next, in this folder:\n\
         \x20 1. sudo -u postgres psql --set ON_ERROR_STOP=1 < create-database.sql && rm create-database.sql\n\
         \x20 2. (set -a; . ./owner.env; rekomi migrate)\n\
         \x20 3. (set -a; . ./rekomi.env; rekomi serve)      or as a service: docs/self-hosting/deploy.md\n\
         \x20 4. deploy the edge with REKOMI_EDGE_KEYS of rekomi.env (docs/self-hosting/deploy.md)\n\
         \x20 5. (set -a; . ./rekomi.env; rekomi doctor)\n\
         \x20 6. sign up at https://{}/signup: the first person becomes the owner\n",
        installation.domain
    )
}

#[cfg(test)]
mod tests {
    use super::{super::tests::installation, *};

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
    fn it_names_files_hosts_and_commands_but_no_secret() {
        for compose in [false, true] {
            let installation = installation(compose);
            let files = installation.files().unwrap();
            let text = text(&installation, Path::new("/etc/rekomi"), &files);
            for part in ["/etc/rekomi/rekomi.env", "go.brand.com", "TXT", "rekomi doctor", "rekomi.brand.com/signup"] {
                assert!(text.contains(part), "{part}: {text}");
            }
            assert_eq!(text.contains("docker compose up"), compose);
            let secrets = &installation.secrets;
            for secret in [&secrets.edge_key, &secrets.owner_password, &secrets.app_password, &secrets.metrics_token] {
                assert!(!text.contains(secret.as_str()));
            }
            assert!(!text.contains("canary"), "the email password");
        }
    }
}
