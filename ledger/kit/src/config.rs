//! The ledger's settings, all from the environment, read once at startup.

pub mod billing;
pub mod copilot;
pub mod docs;
pub mod edge_store;
pub mod exchange_rates;
pub mod files;
pub mod keys;
pub mod log;
pub mod mail;
pub mod network;
pub mod proxies;
pub mod traces;
pub mod variable;

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use anyhow::{Context, bail};
use shared::{event::Gateway, seal::Secret};

use self::{
    billing::BillingSettings, copilot::CopilotSettings, exchange_rates::RateSource, files::FileSettings,
    mail::MailSettings, network::NetworkSettings, proxies::TrustedProxies, traces::TraceSettings, variable::optional,
};

pub use self::{keys::Keys, variable::required};

const DRAIN_SECONDS_DEFAULT: u64 = 5;
const DRAIN_SECONDS_MAX: u64 = 300;
const RATE_LIMIT_DEFAULT: u32 = 600;
const UNSOLICITED_EMAILS_DEFAULT: u32 = 2_000;

/// Where this process runs. `Dev` and `Test` enable development features (clock, fake servers, loopback webhooks).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    Dev,
    Test,
    Production,
}

impl Environment {
    pub const fn is_development(self) -> bool {
        matches!(self, Self::Dev | Self::Test)
    }
}

/// Whether people may create an account and an organization without an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignUp {
    Open,
    /// Until the first account exists: the operator's.
    UntilFirstOwner,
    Closed,
}

/// `docs/self-hosting/configuration.md` documents each variable; an invalid value stops the start with its name.
#[derive(Debug, Clone)]
pub struct Config {
    pub environment: Environment,
    /// `DATABASE_URL`, with the serving role (`rekomi_app`).
    pub database_url: Secret,
    pub database_connections: u32,
    pub listen: SocketAddr,
    /// `REKOMI_DRAIN_SECONDS`: how long a stopping process goes on taking requests, while `/readyz` returns 503.
    pub drain: Duration,
    /// Base URL of the edge, without a trailing slash.
    pub edge_url: String,
    /// Base URL under which people reach this ledger, without a trailing slash.
    pub public_url: String,
    /// `REKOMI_TRUSTED_PROXIES`: the proxies whose `X-Forwarded-For` is trusted; none by default.
    pub trusted_proxies: TrustedProxies,
    /// `REKOMI_METRICS_TOKEN`: lets a scraper read `/metrics`.
    pub metrics_token: Option<Secret>,
    /// `OTEL_EXPORTER_OTLP_ENDPOINT` and others: where spans go; `None` if nothing is traced.
    pub traces: Option<TraceSettings>,
    /// `REKOMI_RATE_LIMIT_PER_MINUTE`: for each API key, and for each network without one; 0 means no limit.
    pub rate_limit_per_minute: u32,
    /// `REKOMI_UNSOLICITED_EMAILS_PER_DAY`: how many emails an organization may send within a day to people who asked
    /// for none.
    pub unsolicited_emails_per_day: u32,
    /// `REKOMI_DNS_STAND_IN`, in development only: the name server used instead of this machine's.
    pub fake_dns: Option<SocketAddr>,
    /// `REKOMI_PLAN_GATES=on`: this installation sells plans, and enforces their limits.
    pub plan_gates: bool,
    /// `REKOMI_NETWORK`, `REKOMI_NETWORK_OPERATORS` and `REKOMI_FEDERATION`: the creator network.
    pub network: NetworkSettings,
    /// `REKOMI_BILLING_…`: how plans are billed; `None` if nothing is.
    pub billing: Option<BillingSettings>,
    /// `REKOMI_ASSISTANT_…`: the model that the co-pilot of every organization may use; `None` if each connects its own.
    pub copilot: Option<CopilotSettings>,
    /// Fake servers of payment gateways, in development only.
    pub gateway_bases: GatewayBases,
    pub mail: MailSettings,
    /// `REKOMI_FILES` and `REKOMI_S3_…`: where tax forms are stored.
    pub files: FileSettings,
    /// `REKOMI_CLICK_ARCHIVE_AFTER_MONTHS`: after how many months clicks go to the file storage; `None` leaves them in the
    /// database.
    pub click_archive_after_months: Option<u32>,
    /// `REKOMI_DOCS`: the folder of the documentation served at `/docs`; `None` if there is none.
    pub docs: Option<PathBuf>,
    /// Fake servers of CRMs and other vendors, in development only.
    pub vendor_bases: VendorBases,
    /// `REKOMI_EXCHANGE_RATES`: where reference exchange rates come from.
    pub exchange_rates: RateSource,
    /// `REKOMI_SIGNUP`: whether strangers may create organizations here.
    pub signup: SignUp,
    /// `REKOMI_SECURITY_CONTACT`: where people report vulnerabilities, as a URI.
    pub security_contact: Option<String>,
    /// `REKOMI_STATUS_SECONDS`, in development only: how often the status page's checks run.
    pub status_seconds: u32,
    /// `REKOMI_CRM_PACE_FACTOR`, in development only: how many times faster than the vendors allow we call CRMs.
    pub crm_pace_factor: u32,
    /// `REKOMI_PAYOUT_PACE_FACTOR`, in development only: how many times faster than 20 requests a second we call
    /// Stripe.
    pub payout_pace_factor: u32,
    /// Jobs look for due work about every second, since developers move the clock manually: in development, unless
    /// `REKOMI_MAINTENANCE` is `steady`.
    frequent_maintenance: bool,
    pub keys: Keys,
}

/// `REKOMI_STRIPE_API_BASE` and similar: the base of a gateway's API, if it isn't the gateway's own address. The
/// gateway's paths stay the same.
#[derive(Debug, Clone, Default)]
pub struct GatewayBases {
    stripe: Option<String>,
    paddle: Option<String>,
    braintree: Option<String>,
    dodo: Option<String>,
    creem: Option<String>,
}

impl GatewayBases {
    pub fn of(&self, gateway: Gateway) -> Option<&str> {
        match gateway {
            Gateway::Stripe => self.stripe.as_deref(),
            Gateway::Paddle => self.paddle.as_deref(),
            Gateway::Braintree => self.braintree.as_deref(),
            Gateway::Dodo => self.dodo.as_deref(),
            Gateway::Creem => self.creem.as_deref(),
            // We only receive from it.
            Gateway::Shopify => None,
        }
    }

    /// Outside development a key must go only to its gateway, whatever the environment says.
    fn from_env(environment: Environment) -> anyhow::Result<Self> {
        let base = |name: &str| match optional(name) {
            Some(_) if environment.is_development() => base_url(name).map(Some),
            _ => Ok(None),
        };
        Ok(Self {
            stripe: base("REKOMI_STRIPE_API_BASE")?,
            paddle: base("REKOMI_PADDLE_API_BASE")?,
            braintree: base("REKOMI_BRAINTREE_API_BASE")?,
            dodo: base("REKOMI_DODO_API_BASE")?,
            creem: base("REKOMI_CREEM_API_BASE")?,
        })
    }
}

const VENDOR_BASE: &str = "REKOMI_VENDOR_BASE_";

/// `REKOMI_VENDOR_BASE_KLAVIYO` and similar: the base of a vendor's API, if it isn't the vendor's own address.
#[derive(Debug, Clone, Default)]
pub struct VendorBases(HashMap<String, String>);

impl VendorBases {
    /// `vendor` is spelled as in the variable, such as `CUSTOMERIO_EU`. For a vendor with two regions one base is
    /// enough: nothing meant for a fake server goes to the vendor itself.
    pub fn of(&self, vendor: &str) -> Option<&str> {
        let base = |name: &str| self.0.get(name).map(String::as_str);
        let regional = |region: &str, other: &str| {
            let plain = vendor.strip_suffix(region)?;
            base(plain).or_else(|| base(&format!("{plain}{other}")))
        };
        base(vendor).or_else(|| regional("_US", "_EU")).or_else(|| regional("_EU", "_US"))
    }

    /// Outside development a key must go only to its vendor, whatever the environment says.
    fn from_env(environment: Environment) -> anyhow::Result<Self> {
        if !environment.is_development() {
            return Ok(Self::default());
        }
        // A variable that isn't valid text isn't ours.
        let texts =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        let set = texts.filter_map(|(name, value)| {
            let vendor = name.strip_prefix(VENDOR_BASE).filter(|_| !value.trim().is_empty())?;
            Some(base_url(&name).map(|base| (vendor.to_owned(), base)))
        });
        set.collect::<anyhow::Result<HashMap<_, _>>>().map(Self)
    }
}

impl Config {
    /// # Errors
    /// Names the variable that is missing or malformed.
    pub fn from_env() -> anyhow::Result<Self> {
        variable::check_files()?;
        log::filter()?;
        let environment = environment()?;
        let public_url = origin("REKOMI_PUBLIC_URL")?;
        let vendor_bases = VendorBases::from_env(environment)?;
        let plan_gates = match optional("REKOMI_PLAN_GATES").as_deref() {
            Some("on") => true,
            Some("off") | None => false,
            Some(other) => bail!("REKOMI_PLAN_GATES must be on or off, not {other:?}"),
        };
        let files = FileSettings::from_env()?;
        let connections = optional("REKOMI_DATABASE_CONNECTIONS").unwrap_or_else(|| "16".to_owned());
        Ok(Self {
            environment,
            database_url: Secret::new(required("DATABASE_URL")?),
            database_connections: connections
                .parse()
                .ok()
                .filter(|count| (4..=500).contains(count))
                .context("REKOMI_DATABASE_CONNECTIONS must be a number from 4 to 500")?,
            listen: listen()?,
            drain: drain(environment)?,
            edge_url: origin("REKOMI_EDGE_URL")?,
            mail: MailSettings::from_env(environment.is_development(), &public_url)?,
            click_archive_after_months: files::click_archive_after_months(&files, environment)?,
            files,
            docs: docs::folder(optional("REKOMI_DOCS").as_deref(), std::env::current_exe().ok().as_deref()),
            signup: match optional("REKOMI_SIGNUP").as_deref() {
                None if environment.is_development() => SignUp::Open,
                None => SignUp::UntilFirstOwner,
                Some("open") => SignUp::Open,
                Some("closed") => SignUp::Closed,
                Some(other) => bail!("REKOMI_SIGNUP must be open or closed, not {other:?}"),
            },
            public_url,
            trusted_proxies: TrustedProxies::parse(&optional("REKOMI_TRUSTED_PROXIES").unwrap_or_default())
                .context("REKOMI_TRUSTED_PROXIES")?,
            metrics_token: optional("REKOMI_METRICS_TOKEN").map(Secret::new),
            traces: TraceSettings::from_env()?,
            rate_limit_per_minute: optional("REKOMI_RATE_LIMIT_PER_MINUTE")
                .map_or(Ok(RATE_LIMIT_DEFAULT), |text| text.parse())
                .context("REKOMI_RATE_LIMIT_PER_MINUTE must be a number, 0 for no limit")?,
            unsolicited_emails_per_day: optional("REKOMI_UNSOLICITED_EMAILS_PER_DAY")
                .map_or(Ok(UNSOLICITED_EMAILS_DEFAULT), |text| text.parse())
                .context("REKOMI_UNSOLICITED_EMAILS_PER_DAY must be a number")?,
            fake_dns: fake_dns(environment)?,
            plan_gates,
            network: NetworkSettings::from_env()?,
            billing: BillingSettings::from_env(plan_gates)?,
            copilot: CopilotSettings::from_env()?,
            gateway_bases: GatewayBases::from_env(environment)?,
            exchange_rates: RateSource::from_env(environment.is_development(), &vendor_bases)?,
            vendor_bases,
            security_contact: security_contact()?,
            status_seconds: status_seconds(environment)?,
            crm_pace_factor: pace_factor("REKOMI_CRM_PACE_FACTOR", environment)?,
            payout_pace_factor: pace_factor("REKOMI_PAYOUT_PACE_FACTOR", environment)?,
            frequent_maintenance: match optional("REKOMI_MAINTENANCE").as_deref() {
                None | Some("eager") => environment.is_development(),
                Some("steady") => false,
                Some(other) => bail!("REKOMI_MAINTENANCE must be eager or steady, not {other:?}"),
            },
            keys: if environment.is_development() { Keys::from_env()? } else { Keys::for_production()? },
        })
    }

    /// How often a job looks for due work.
    pub const fn maintenance_every(&self, steady: Duration, eager: Duration) -> Duration {
        if self.frequent_maintenance { eager } else { steady }
    }
}

/// `REKOMI_LISTEN`: the address and port of this process.
///
/// # Errors
/// If it isn't an address with a port.
pub fn listen() -> anyhow::Result<SocketAddr> {
    let address = optional("REKOMI_LISTEN").unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    address.parse().context("REKOMI_LISTEN must be an address such as 127.0.0.1:8080")
}

/// Nothing balances the load of a developer's ledger, which should stop at once.
fn drain(environment: Environment) -> anyhow::Result<Duration> {
    let default = if environment.is_development() { 0 } else { DRAIN_SECONDS_DEFAULT };
    let seconds = optional("REKOMI_DRAIN_SECONDS").map_or(Some(default), |text| text.parse().ok());
    let seconds = seconds.filter(|seconds| *seconds <= DRAIN_SECONDS_MAX);
    seconds.map(Duration::from_secs).context("REKOMI_DRAIN_SECONDS must be a number from 0 to 300")
}

/// The base URL of the process that listens there, as another one on the same machine reaches it.
pub fn own_url(mut listen: SocketAddr) -> String {
    if listen.ip().is_unspecified() {
        let local: IpAddr = if listen.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() };
        listen.set_ip(local);
    }
    format!("http://{listen}")
}

fn environment() -> anyhow::Result<Environment> {
    match optional("REKOMI_ENV").as_deref() {
        Some("dev") => Ok(Environment::Dev),
        Some("test") => Ok(Environment::Test),
        Some("production") | None => Ok(Environment::Production),
        Some(other) => bail!("REKOMI_ENV must be dev, test or production, not {other:?}"),
    }
}

/// RFC 9116 §2.5.3 requires a URI; an email address needs the prefix `mailto:`.
fn security_contact() -> anyhow::Result<Option<String>> {
    let Some(contact) = optional("REKOMI_SECURITY_CONTACT") else { return Ok(None) };
    let contact = contact.trim();
    let uri =
        if contact.contains('@') && !contact.contains(':') { format!("mailto:{contact}") } else { contact.to_owned() };
    let known = ["mailto:", "https://", "tel:"].iter().any(|scheme| uri.starts_with(scheme));
    if !known || uri.chars().any(|character| character.is_control() || character.is_whitespace()) {
        bail!("REKOMI_SECURITY_CONTACT must be an email address, or a mailto:, https:// or tel: address");
    }
    Ok(Some(uri))
}

fn pace_factor(name: &str, environment: Environment) -> anyhow::Result<u32> {
    match optional(name) {
        Some(factor) if environment.is_development() => {
            let factor = factor.parse().ok().filter(|factor| (1..=10_000).contains(factor));
            factor.with_context(|| format!("{name} must be a number from 1 to 10000"))
        }
        _ => Ok(1),
    }
}

fn fake_dns(environment: Environment) -> anyhow::Result<Option<SocketAddr>> {
    let given = optional("REKOMI_DNS_STAND_IN").filter(|_| environment.is_development());
    given.map(|text| text.parse().context("REKOMI_DNS_STAND_IN must be an address such as 127.0.0.1:5353")).transpose()
}

fn status_seconds(environment: Environment) -> anyhow::Result<u32> {
    match optional("REKOMI_STATUS_SECONDS") {
        Some(seconds) if environment.is_development() => {
            let seconds = seconds.parse().ok().filter(|seconds| (1..=3_600).contains(seconds));
            seconds.context("REKOMI_STATUS_SECONDS must be a number from 1 to 3600")
        }
        _ => Ok(30),
    }
}

fn base_url(name: &str) -> anyhow::Result<String> {
    let value = required(name)?;
    let url = url::Url::parse(&value).with_context(|| format!("{name} must be a URL such as https://go.brand.com"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        bail!("{name} must start with https:// (or http:// on a private network)");
    }
    Ok(value.trim_end_matches('/').to_owned())
}

/// A base URL to which whole paths are added.
fn origin(name: &str) -> anyhow::Result<String> {
    check_origin(name, base_url(name)?)
}

fn check_origin(name: &str, base: String) -> anyhow::Result<String> {
    let is_origin = url::Url::parse(&base).is_ok_and(|url| {
        let is_host_only = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        is_host_only && url.username().is_empty() && url.password().is_none()
    });
    if !is_origin {
        bail!("{name} must be a URL without a path, such as https://go.brand.com");
    }
    Ok(base)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_paths_are_added_to_has_none() {
        let check = |base: &str| check_origin("REKOMI_PUBLIC_URL", base.to_owned()).map_err(|error| error.to_string());
        for base in ["https://rekomi.brand.com", "http://127.0.0.1:8080", "http://[::1]:8080"] {
            assert_eq!(check(base), Ok(base.to_owned()));
        }
        for end in ["/app", "?", "?x=1", "/app?x=1", "#", "#top"] {
            let refused = check(&format!("https://rekomi.brand.com{end}")).unwrap_err();
            assert!(refused.starts_with("REKOMI_PUBLIC_URL must be a URL without a path"), "{end}: {refused}");
        }
        let refused = check("https://ann:canary@rekomi.brand.com").unwrap_err();
        assert!(!refused.contains("canary"), "{refused}");
    }
}
