//! Verifies the ownership of a host by a DNS record that names the organization.
//!
//! Either of two records at `_rekomi.<host>` is enough: a TXT with the organization's id, or a CNAME to a name that
//! begins with it. That a host points to the edge proves nothing, because every brand's host does. [`needs_none`] says which
//! hosts need no record.

use shared::id::OrganizationId;
use url::Url;

use super::dns::{self, Answer};
use identity::organization;
use kit::{
    config::{Config, Environment, SignUp},
    db::TenantTx,
};

/// A DNS record to set for the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub kind: &'static str,
    pub name: String,
    pub value: String,
}

/// Why a host isn't verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// No record exists.
    NotFound,
    /// A record exists, but is someone else's or misspelled.
    OtherValue,
    /// The DNS didn't answer.
    Unavailable,
}

impl Problem {
    const ALL: [Self; 3] = [Self::NotFound, Self::OtherValue, Self::Unavailable];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::OtherValue => "other_value",
            Self::Unavailable => "unavailable",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|problem| problem.as_str() == text)
    }

    /// The message for the person who set the record.
    pub const fn message(self) -> &'static str {
        match self {
            Self::NotFound => "We found no record yet. A new record can take a few minutes to appear.",
            Self::OtherValue => "We found a record with another value. Copy the value exactly as shown.",
            Self::Unavailable => "Your DNS didn't answer. Try again in a minute.",
        }
    }
}

/// The records, one of which proves that the host is the organization's; the first is recommended.
pub fn records(config: &Config, organization: OrganizationId, host: &str) -> Vec<Record> {
    let name = format!("_rekomi.{host}");
    let text = Record { kind: "TXT", name: name.clone(), value: text_value(organization) };
    let alias = alias(config, organization).map(|value| Record { kind: "CNAME", name, value });
    [text].into_iter().chain(alias).collect()
}

fn text_value(organization: OrganizationId) -> String {
    format!("rekomi-organization={organization}")
}

/// The CNAME target: a name below the edge's own, which no one else can have; it needn't exist.
fn alias(config: &Config, organization: OrganizationId) -> Option<String> {
    let edge = Url::parse(&config.edge_url).ok()?;
    edge.domain().map(|edge| format!("{organization}.{edge}"))
}

/// Whether the transaction's organization needs no record for the host: it is a local name in development, or the edge's own
/// host, and the organization is the installation's first one. Everyone else needs one for that host, too: strangers may have
/// claimed it while they could sign up.
pub async fn needs_none(tx: &mut TenantTx, config: &Config, host: &str) -> Result<bool, sqlx::Error> {
    if is_local(config, host) {
        return Ok(true);
    }
    Ok(own_host(config).is_some_and(|own| own == host) && organization::store::is_first(tx).await?)
}

/// Whether the host is a local name in development. It may lead nowhere, and no one else knows it.
pub fn is_local(config: &Config, host: &str) -> bool {
    config.environment.is_development() && is_local_name(host)
}

pub(super) fn is_local_name(host: &str) -> bool {
    let name = host.split(':').next().unwrap_or_default();
    ["localhost", "127.0.0.1"].contains(&name) || name.ends_with(".localhost") || name.ends_with(".test")
}

/// The edge's own host, unless anyone can sign up: the first organization is then that of the operator, who controls its DNS.
pub fn own_host(config: &Config) -> Option<String> {
    let is_open = config.signup == SignUp::Open;
    Url::parse(&config.edge_url).ok().filter(|_| !is_open)?.domain().map(str::to_owned)
}

/// Whether this is the ledger's own host, which can't serve links. The edge's own host can: the operator controls its
/// DNS.
pub fn is_reserved(config: &Config, host: &str) -> bool {
    let Ok(own) = Url::parse(&config.public_url) else { return false };
    let Some(name) = own.host_str() else { return false };
    let with_port = own.port().map(|port| format!("{name}:{port}"));
    with_port.as_deref() == Some(host) || (name == host && (with_port.is_none() || is_production(config)))
}

const fn is_production(config: &Config) -> bool {
    matches!(config.environment, Environment::Production)
}

/// Looks up the DNS records and compares them.
///
/// # Errors
/// The [`Problem`] if the host isn't verified.
pub async fn look(config: &Config, organization: OrganizationId, host: &str) -> Result<(), Problem> {
    let requested = records(config, organization, host);
    let answer = dns::resolve(config.fake_dns, &format!("_rekomi.{host}")).await.map_err(|error| {
        tracing::warn!(event = "link_host.lookup_failed", host, "The DNS lookup for a link host failed: {error}");
        Problem::Unavailable
    })?;
    judge(&requested, &answer)
}

fn judge(requested: &[Record], answer: &Answer) -> Result<(), Problem> {
    let is_there = |record: &Record| match record.kind {
        "TXT" => answer.texts.iter().any(|text| text.trim() == record.value),
        _ => answer.aliases.contains(&record.value),
    };
    if requested.iter().any(is_there) {
        Ok(())
    } else if answer.texts.is_empty() && answer.aliases.is_empty() {
        Err(Problem::NotFound)
    } else {
        Err(Problem::OtherValue)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn requested() -> Vec<Record> {
        let organization = OrganizationId::v7(1, &[1; 10]);
        let name = "_rekomi.go.brand.com".to_owned();
        vec![
            Record { kind: "TXT", name: name.clone(), value: text_value(organization) },
            Record { kind: "CNAME", name, value: format!("{organization}.edge.example") },
        ]
    }

    fn judged(texts: &[&str], aliases: &[&str]) -> Result<(), Problem> {
        let owned = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
        judge(&requested(), &Answer { texts: owned(texts), aliases: owned(aliases) })
    }

    #[test]
    fn either_record_of_the_organization_proves_the_host() {
        let expected = requested();
        let (text, alias) = (expected[0].value.as_str(), expected[1].value.as_str());
        assert_eq!(judged(&[text], &[]), Ok(()));
        assert_eq!(judged(&["v=spf1 -all", text], &[]), Ok(()), "among others");
        assert_eq!(judged(&[], &[alias]), Ok(()));
        assert_eq!(judged(&[], &[]), Err(Problem::NotFound));
        let other = text_value(OrganizationId::v7(2, &[2; 10]));
        for (texts, aliases) in [
            (vec![other.as_str()], vec![]),
            (vec![&text[..text.len() - 1]], vec![]),
            (vec![alias], vec![]),
            (vec![], vec!["edge.example"]),
        ] {
            assert_eq!(judged(&texts, &aliases), Err(Problem::OtherValue), "{texts:?} {aliases:?}");
        }
    }

    #[test]
    fn a_problem_is_read_back_as_it_was_kept() {
        assert!(Problem::ALL.into_iter().all(|problem| Problem::parse(problem.as_str()) == Some(problem)));
    }
}
