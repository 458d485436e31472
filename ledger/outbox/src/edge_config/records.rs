//! Builds the edge's records for a host, link, program, API key or gateway connection from rows.

use shared::{
    config::{
        ApiKeyRecord, AttributionModel, GatewayRecord, GpcMode, HostRecord, LinkRecord, Record, SiteRecord,
        sealed_place,
    },
    event::Gateway,
    id::{AffiliateId, ApiKeyId, GatewayConnectionId, LinkId, OrganizationId, ProgramId},
    keys::{KeyRing, encode_hex},
    seal::{self, SealError, Secret},
    timestamp::Timestamp,
};

#[derive(Debug, Clone)]
pub struct Program {
    pub organization: OrganizationId,
    pub id: ProgramId,
    pub slug: String,
    pub name: String,
    pub attribution_model: AttributionModel,
    pub window_days: u16,
    pub allowed_origins: Vec<String>,
    /// Nothing of the program is in use.
    pub archived: bool,
    pub gpc: GpcMode,
}

#[derive(Debug, Clone)]
pub struct Link {
    pub id: LinkId,
    pub affiliate: AffiliateId,
    pub host: String,
    pub slug: String,
    pub destination: String,
    /// The affiliate was erased.
    pub is_untracked: bool,
}

pub fn host(organization: OrganizationId, brand_name: String, default_destination: Option<String>) -> Record {
    Record::Host(HostRecord { organization_id: organization, default_destination, brand_name })
}

/// What an affiliate shows to everyone who follows their links.
#[derive(Debug, Clone, Default)]
pub struct Shown {
    /// Their code.
    pub coupon: Option<String>,
    pub name: Option<String>,
}

pub fn link(program: &Program, link: &Link, shown: Shown) -> Record {
    Record::Link(LinkRecord {
        organization_id: program.organization,
        program_id: program.id,
        affiliate_id: link.affiliate,
        link_id: link.id,
        slug: link.slug.clone(),
        destination: link.destination.clone(),
        window_days: program.window_days,
        attribution_model: program.attribution_model,
        gpc: if link.is_untracked { GpcMode::Untracked } else { program.gpc },
        coupon: shown.coupon,
        name: shown.name,
    })
}

pub fn site(program: &Program) -> Record {
    Record::Site(SiteRecord {
        organization_id: program.organization,
        program_id: program.id,
        program_slug: program.slug.clone(),
        program_name: program.name.clone(),
        allowed_origins: program.allowed_origins.clone(),
        window_days: program.window_days,
        attribution_model: program.attribution_model,
    })
}

pub fn api_key(
    ring: &KeyRing,
    organization: OrganizationId,
    id: ApiKeyId,
    key: &str,
    writes: bool,
    secrets: &[Secret],
    expires_at: Option<Timestamp>,
) -> Result<Record, SealError> {
    let sealed = secrets.iter().map(|secret| seal_for_edge(ring, organization, key, secret));
    let sealed_secrets = sealed.collect::<Result<_, _>>()?;
    Ok(Record::ApiKey(ApiKeyRecord {
        organization_id: organization,
        api_key_id: id,
        writes,
        sealed_secrets,
        expires_at,
    }))
}

pub fn gateway(
    ring: &KeyRing,
    organization: OrganizationId,
    id: GatewayConnectionId,
    key: &str,
    gateway: Gateway,
    secret: &Secret,
) -> Result<Record, SealError> {
    let sealed_secrets = vec![seal_for_edge(ring, organization, key, secret)?];
    Ok(Record::Gateway(GatewayRecord { organization_id: organization, connection_id: id, gateway, sealed_secrets }))
}

/// Like [`shared::config::api_key_key`], for a bearer of which only the hash is known.
pub fn key_of_bearer_hash(hash: &[u8]) -> String {
    format!("key:{}", encode_hex(hash))
}

fn seal_for_edge(
    ring: &KeyRing,
    organization: OrganizationId,
    key: &str,
    secret: &Secret,
) -> Result<String, SealError> {
    seal::seal(ring, sealed_place(&organization.to_string(), key), rand::random(), secret)
}

#[cfg(test)]
mod tests {
    use shared::keys::Purpose;

    use super::*;

    #[test]
    fn a_bearers_key_is_the_edges() {
        use sha2::{Digest, Sha256};
        let bearer = "rk_live_example";
        assert_eq!(key_of_bearer_hash(&Sha256::digest(bearer)), shared::config::api_key_key(bearer));
    }

    #[test]
    fn a_sealed_secret_opens_at_the_edge_under_its_own_key_only() {
        let ring = KeyRing::parse(&format!("1:{}", "ab".repeat(32)), Purpose::EdgeConfig).unwrap();
        let organization = OrganizationId::v7(1_790_000_000_000, &[1; 10]);
        let secret = Secret::new("rks_x");
        let Record::ApiKey(record) =
            api_key(&ring, organization, ApiKeyId::v7(1, &[2; 10]), "key:1", true, &[secret], None).unwrap()
        else {
            panic!("another kind of record");
        };
        let tenant = organization.to_string();
        let open = |key| seal::open(&ring, sealed_place(&tenant, key), &record.sealed_secrets[0]);
        assert_eq!(open("key:1").unwrap().expose(), "rks_x");
        assert!(open("key:2").is_err());
    }
}
