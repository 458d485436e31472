//! `rekomi init`: writes a complete configuration with fresh keys, and prints what to do next.
//!
//! The text is that of `.env.example`, filled in: an installation's file and the example never say different things.

mod next_steps;
mod template;

use std::{
    fs,
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use clap::Args;
use kit::config::mail::smtp_url;
use shared::keys::encode_hex;
use url::{Host, Url};

/// The subnet of `compose.yaml`'s network; a proxy in it is trusted.
const COMPOSE_NETWORK: &str = "172.30.77.0/24";

#[derive(Debug, Args)]
pub struct Options {
    /// The host where people reach the ledger, such as rekomi.brand.com.
    #[arg(long)]
    domain: String,
    /// The host of affiliate links, such as go.brand.com.
    #[arg(long)]
    links: String,
    /// The email server, such as smtps://user:password@mail.brand.com. Without one, emails wait in the database.
    #[arg(long)]
    mail: Option<String>,
    /// Host and port of Postgres, localhost:5432 by default.
    #[arg(long)]
    database: Option<String>,
    /// Where to write the files.
    #[arg(long, default_value = ".")]
    folder: PathBuf,
    /// Also write compose.yaml, and everything else that Docker Compose needs.
    #[arg(long)]
    compose: bool,
    /// Also write what the edge needs to run on this machine, without Cloudflare.
    #[arg(long)]
    without_cloudflare: bool,
}

/// What the files contain, all of it checked.
#[derive(Debug)]
struct Installation {
    domain: String,
    links: String,
    mail: Option<String>,
    /// Host and port.
    database: String,
    is_compose: bool,
    /// Whether the edge runs on this machine, instead of at Cloudflare.
    has_edge: bool,
    secrets: Secrets,
}

/// Fresh random values, in hexadecimal digits.
#[derive(Debug)]
struct Secrets {
    edge_key: String,
    ledger_key: String,
    owner_password: String,
    app_password: String,
    metrics_token: String,
}

impl Secrets {
    fn fresh() -> Self {
        let fresh = || encode_hex(&rand::random::<[u8; 32]>());
        Self {
            edge_key: fresh(),
            ledger_key: fresh(),
            owner_password: fresh(),
            app_password: fresh(),
            metrics_token: fresh(),
        }
    }
}

impl Installation {
    /// # Errors
    /// Names the option with an invalid value.
    fn new(options: &Options, secrets: Secrets) -> anyhow::Result<Self> {
        let domain = host("--domain", &options.domain)?;
        let links = host("--links", &options.links)?;
        if domain == links {
            bail!("--links must be another host than --domain: links are answered by the edge");
        }
        if options.compose && options.database.is_some() {
            bail!("--database and --compose exclude each other: compose.yaml has a Postgres of its own");
        }
        let local = if options.compose { "db:5432" } else { "localhost:5432" };
        Ok(Self {
            domain,
            links,
            mail: options.mail.as_deref().map(mail).transpose()?,
            database: database(options.database.as_deref().unwrap_or(local))?,
            is_compose: options.compose,
            has_edge: options.without_cloudflare,
            secrets,
        })
    }

    fn app_url(&self) -> String {
        format!("postgres://rekomi_app:{}@{}/rekomi", self.secrets.app_password, self.database)
    }

    fn owner_url(&self) -> String {
        format!("postgres://rekomi_owner:{}@{}/rekomi", self.secrets.owner_password, self.database)
    }

    /// Name and content of each file.
    fn files(&self) -> anyhow::Result<Vec<(&'static str, String)>> {
        let mut files = vec![("rekomi.env", template::serving(self)?), ("owner.env", template::owner(self)?)];
        if self.has_edge {
            files.push(("edge.env", template::edge(self)));
            files.push(("edge-store.env", template::edge_store(self)));
        }
        files.push(("Caddyfile", template::caddyfile(self)));
        if self.is_compose {
            files.push((".env", template::compose_variables(self)));
            files.push(("compose.yaml", template::COMPOSE.to_owned()));
        } else {
            files.push(("create-database.sql", template::create_database(self)));
        }
        if self.is_compose && self.has_edge {
            files.push(("edge.yaml", template::EDGE_COMPOSE.to_owned()));
        }
        Ok(files)
    }
}

/// # Errors
/// If an option is invalid, a file exists already, or one can't be written.
#[expect(clippy::print_stdout, reason = "a command's result")]
pub fn run(options: &Options) -> anyhow::Result<()> {
    let installation = Installation::new(options, Secrets::fresh())?;
    let files = installation.files()?;
    write(&options.folder, &files)?;
    print!("{}", next_steps::text(&installation, &options.folder, &files));
    Ok(())
}

/// Writes all files or, if one of them exists already, none.
fn write(folder: &Path, files: &[(&'static str, String)]) -> anyhow::Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("can't create {} (--folder)", folder.display()))?;
    for (name, _) in files {
        let path = folder.join(name);
        if path.symlink_metadata().is_ok() {
            bail!("{} exists already: its keys may be in use, so it isn't overwritten", path.display());
        }
    }
    for (name, content) in files {
        let path = folder.join(name);
        match create_private(&path).and_then(|mut file| file.write_all(content.as_bytes())) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => bail!("{} exists already", path.display()),
            outcome => outcome.with_context(|| format!("can't write {}", path.display()))?,
        }
    }
    Ok(())
}

/// Creates a file that only its owner can read.
fn create_private(path: &Path) -> std::io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn host(option: &str, text: &str) -> anyhow::Result<String> {
    let wrong = || format!("{option} must be a host such as go.brand.com, not {text:?}");
    match Host::parse(text.trim_end_matches('.')) {
        Ok(Host::Domain(domain)) if domain.contains('.') && is_plain(&domain) => Ok(domain),
        _ => bail!(wrong()),
    }
}

/// Host and port, with Postgres' own port if there is none.
fn database(text: &str) -> anyhow::Result<String> {
    let wrong = || format!("--database must be a host, perhaps with a port, such as db.internal:5432, not {text:?}");
    let url = Url::parse(&format!("postgres://{text}")).ok().filter(|_| is_plain(text)).with_context(wrong)?;
    let named = url.host_str().filter(|host| !host.is_empty() && url.path().is_empty() && url.username().is_empty());
    Ok(format!("{}:{}", named.with_context(wrong)?, url.port().unwrap_or(5432)))
}

/// The files are read by shells, systemd and Docker, each with its own quoting: values need none.
fn mail(url: &str) -> anyhow::Result<String> {
    smtp_url(false, url).map_err(|error| {
        let reason = error.to_string();
        anyhow::anyhow!("--mail: {}", reason.strip_prefix("REKOMI_SMTP_URL ").unwrap_or(&reason))
    })?;
    if !is_plain(url) {
        bail!("--mail: write special characters in the password percent-encoded, such as %24 for $");
    }
    Ok(url.to_owned())
}

fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~:/@%+=,[]".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn options(compose: bool) -> Options {
        Options {
            domain: "Rekomi.Brand.com".to_owned(),
            links: "go.brand.com".to_owned(),
            mail: Some("smtps://user:canary%24@mail.brand.com:465".to_owned()),
            database: None,
            folder: std::env::temp_dir().join(format!("rekomi-init-{:016x}", rand::random::<u64>())),
            compose,
            without_cloudflare: false,
        }
    }

    pub(super) fn installation(compose: bool) -> Installation {
        Installation::new(&options(compose), Secrets::fresh()).unwrap()
    }

    pub(super) fn installation_with_edge(compose: bool) -> Installation {
        let options = Options { without_cloudflare: true, ..options(compose) };
        Installation::new(&options, Secrets::fresh()).unwrap()
    }

    #[test]
    fn files_are_private_and_never_overwritten() {
        let options = options(true);
        run(&options).unwrap();
        let path = options.folder.join("rekomi.env");
        let first = fs::read_to_string(&path).unwrap();
        assert!(first.contains("\nREKOMI_PUBLIC_URL=https://rekomi.brand.com\n"), "{first}");
        for name in ["rekomi.env", "owner.env", ".env", "compose.yaml", "Caddyfile"] {
            let metadata = fs::metadata(options.folder.join(name)).unwrap();
            #[cfg(unix)]
            assert_eq!(std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777, 0o600, "{name}");
            assert!(metadata.len() > 0, "{name}");
        }
        // One that is left is enough.
        fs::remove_file(options.folder.join("owner.env")).unwrap();
        let error = run(&options).unwrap_err().to_string();
        assert!(error.contains("rekomi.env exists already"), "{error}");
        assert!(!options.folder.join("owner.env").exists(), "all files or none");
        assert_eq!(fs::read_to_string(&path).unwrap(), first);
        fs::remove_dir_all(options.folder).unwrap();
    }

    #[test]
    fn what_cant_be_used_is_named() {
        type Change = fn(&mut Options);
        let cases: [(Change, &str); 10] = [
            (|options| options.domain = "https://rekomi.brand.com".to_owned(), "--domain"),
            (|options| options.domain = "192.0.2.7".to_owned(), "--domain"),
            (|options| options.domain = "rekomi".to_owned(), "--domain"),
            (|options| options.links = "go.brand.com/x".to_owned(), "--links"),
            (|options| options.links = "rekomi.brand.com".to_owned(), "--links"),
            (|options| options.mail = Some("mail.brand.com".to_owned()), "--mail: must look like smtp://"),
            (|options| options.mail = Some("smtps://user:can$ary@mail.brand.com".to_owned()), "--mail"),
            (|options| options.database = Some("postgres://db/rekomi".to_owned()), "--database"),
            (|options| options.database = Some("user@db".to_owned()), "--database"),
            (
                |options| (options.database, options.compose) = (Some("db.internal".to_owned()), true),
                "--database and --compose exclude each other",
            ),
        ];
        for (change, name) in cases {
            let mut options = options(false);
            change(&mut options);
            let error = Installation::new(&options, Secrets::fresh()).unwrap_err().to_string();
            assert!(error.starts_with(name) && !error.contains("can$ary"), "{name}: {error}");
        }
    }

    #[test]
    fn a_database_has_a_port() {
        assert_eq!(database("db.internal").unwrap(), "db.internal:5432");
        assert_eq!(database("db.internal:6432").unwrap(), "db.internal:6432");
        assert_eq!(installation(true).database, "db:5432");
    }
}
