//! The demo's ids and secrets, all derived from one key.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use shared::{
    event::Gateway,
    id::{
        AffiliateId, ApiKeyId, CouponId, GatewayConnectionId, Id, Kind, LinkId, OrganizationId, PlanVersionId,
        ProgramId, UserId,
    },
    keys::{KeyRing, encode_hex},
    seal::Secret,
};

/// 2026-01-01: ids sort by time, so the demo's ids come before those created later.
const MADE_AT_MS: u64 = 1_767_225_600_000;

#[derive(Debug)]
pub(super) struct Credentials {
    pub(super) owner: UserId,
    pub(super) owner_email: String,
    pub(super) owner_password: Secret,
    pub(super) acme: Brand,
    pub(super) globex: Brand,
    pub(super) coupon: CouponId,
    pub(super) stripe: GatewayAccount,
    pub(super) paddle: GatewayAccount,
    pub(super) braintree: GatewayAccount,
}

/// A gateway connection of the first brand, whose webhooks are signed with the secret. Braintree's secret has the form
/// `public key|private key`.
#[derive(Debug)]
pub(super) struct GatewayAccount {
    pub(super) gateway: Gateway,
    pub(super) id: GatewayConnectionId,
    pub(super) environment: &'static str,
    pub(super) secret: Secret,
}

/// One organization with a program, an affiliate, its link and an API key.
#[derive(Debug)]
pub(super) struct Brand {
    pub(super) slug: String,
    /// Its own site is at this name below `.test`.
    pub(super) site: &'static str,
    pub(super) name: &'static str,
    pub(super) organization: OrganizationId,
    pub(super) program: ProgramId,
    pub(super) program_slug: &'static str,
    pub(super) program_name: &'static str,
    pub(super) plan: PlanVersionId,
    pub(super) public_key: String,
    pub(super) affiliate: AffiliateId,
    pub(super) affiliate_slug: &'static str,
    pub(super) affiliate_name: &'static str,
    pub(super) affiliate_email: String,
    /// Every host serves the affiliate's link; the first one is displayed.
    pub(super) links: Vec<(String, LinkId)>,
    pub(super) api_key: ApiKeyId,
    pub(super) bearer: Secret,
    pub(super) signing_secret: Secret,
}

impl Credentials {
    /// `suffix` tells the organizations of one call from those of another: it is part of every name that no two
    /// organizations may share. Empty for the usual two.
    pub(super) fn derive(ring: &KeyRing, port: u16, suffix: &str) -> Self {
        let source = Source { key: *ring.current().bytes(), suffix: suffix.to_owned() };
        let (hosts, other_hosts) = if suffix.is_empty() {
            (vec![format!("127.0.0.1:{port}"), format!("localhost:{port}")], vec![format!("globex.localhost:{port}")])
        } else {
            let host = |site: &str| format!("{site}-{suffix}.localhost:{port}");
            (vec![host("acme"), host("www.acme")], vec![host("globex")])
        };
        let mut acme = source.brand("acme", hosts);
        acme.name = "Acme SaaS";
        acme.program_name = "Partner program";
        acme.affiliate_slug = "lauren";
        acme.affiliate_name = "Lauren Vale";
        acme.affiliate_email = source.address("lauren", "creators.test");
        let mut globex = source.brand("globex", other_hosts);
        globex.name = "Globex";
        globex.program_name = "Globex partners";
        globex.affiliate_slug = "hank";
        globex.affiliate_name = "Hank Scorpio";
        globex.affiliate_email = source.address("hank", "creators.test");
        Self {
            owner: source.id("owner"),
            owner_email: source.address("owner", "acme.test"),
            owner_password: Secret::new(format!("demo-{}", &source.text("owner password")[..16])),
            acme,
            globex,
            coupon: source.id("coupon"),
            stripe: source.gateway(Gateway::Stripe, "test", format!("whsec_{}", &source.text("stripe secret")[..32])),
            paddle: source.gateway(Gateway::Paddle, "sandbox", format!("pdl_ntfset_{}", source.hex("paddle secret"))),
            braintree: source.gateway(Gateway::Braintree, "sandbox", source.braintree_keys()),
        }
    }
}

struct Source {
    key: [u8; 32],
    suffix: String,
}

impl Source {
    fn bytes(&self, label: &str) -> [u8; 32] {
        // HMAC accepts keys of any length, so the other arm is unreachable.
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).unwrap_or_else(|_| Hmac::new(&Default::default()));
        mac.update(label.as_bytes());
        if !self.suffix.is_empty() {
            mac.update(b"/");
            mac.update(self.suffix.as_bytes());
        }
        mac.finalize().into_bytes().into()
    }

    fn text(&self, label: &str) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.bytes(label))
    }

    fn id<K: Kind>(&self, label: &str) -> Id<K> {
        let bytes = self.bytes(&format!("{} {label}", K::PREFIX));
        let mut random = [0; 10];
        random.copy_from_slice(&bytes[..10]);
        Id::v7(MADE_AT_MS, &random)
    }

    fn with_suffix(&self, name: &str) -> String {
        if self.suffix.is_empty() { name.to_owned() } else { format!("{name}-{}", self.suffix) }
    }

    fn address(&self, name: &str, domain: &str) -> String {
        format!("{}@{domain}", self.with_suffix(name))
    }

    fn hex(&self, label: &str) -> String {
        encode_hex(&self.bytes(label))
    }

    /// As long as Braintree's real keys.
    fn braintree_keys(&self) -> String {
        let (public, private) = (self.hex("braintree public key"), self.hex("braintree private key"));
        format!("{}|{}", &public[..16], &private[..32])
    }

    fn gateway(&self, gateway: Gateway, environment: &'static str, secret: String) -> GatewayAccount {
        let id = self.id(&format!("{} connection", gateway.as_str()));
        GatewayAccount { gateway, id, environment, secret: Secret::new(secret) }
    }

    fn brand(&self, site: &'static str, hosts: Vec<String>) -> Brand {
        // 26 characters of the alphabet of ids.
        let public_key = self.id::<shared::id::Program>(&format!("{site} public key")).to_string();
        Brand {
            slug: self.with_suffix(site),
            site,
            name: site,
            organization: self.id(site),
            program: self.id(site),
            program_slug: "partners",
            program_name: site,
            plan: self.id(site),
            public_key: public_key.replacen("prog_", "pk_", 1),
            affiliate: self.id(site),
            affiliate_slug: site,
            affiliate_name: site,
            affiliate_email: String::new(),
            links: hosts.into_iter().map(|host| (host.clone(), self.id(&format!("{site} {host}")))).collect(),
            api_key: self.id(site),
            bearer: Secret::new(format!("rk_live_{}", self.text(&format!("{site} bearer")))),
            signing_secret: Secret::new(format!("rks_{}", self.text(&format!("{site} signing secret")))),
        }
    }
}

#[cfg(test)]
mod tests {
    use shared::keys::Purpose;

    use super::*;

    #[test]
    fn the_same_key_gives_the_same_credentials_and_no_two_are_equal() {
        let ring = |digit: &str| KeyRing::parse(&format!("1:{}", digit.repeat(64)), Purpose::Demo).unwrap();
        let (one, again, two) = (
            Credentials::derive(&ring("1"), 1, ""),
            Credentials::derive(&ring("1"), 1, ""),
            Credentials::derive(&ring("2"), 1, ""),
        );
        assert_eq!(one.acme.bearer.expose(), again.acme.bearer.expose());
        assert_eq!(one.acme.program, again.acme.program);
        assert_ne!(one.acme.bearer.expose(), two.acme.bearer.expose());
        assert_ne!(one.acme.bearer.expose(), one.globex.bearer.expose());
        assert_ne!(one.acme.organization, one.globex.organization);
        assert_eq!(one.acme.public_key.len(), 29);
        assert_eq!(one.paddle.secret, again.paddle.secret);
        assert_ne!(one.stripe.id, one.paddle.id);
        assert_eq!(one.braintree.secret.expose().len(), 16 + 1 + 32);
        assert_eq!(one.acme.bearer.expose().len(), "rk_live_".len() + 43);
    }

    #[test]
    fn another_pair_shares_no_name_with_the_usual_one() {
        let ring = KeyRing::parse(&format!("1:{}", "1".repeat(64)), Purpose::Demo).unwrap();
        let (usual, other) = (Credentials::derive(&ring, 1, ""), Credentials::derive(&ring, 1, "x"));
        assert_eq!((usual.owner_email.as_str(), other.owner_email.as_str()), ("owner@acme.test", "owner-x@acme.test"));
        assert_eq!((usual.acme.slug.as_str(), other.acme.slug.as_str()), ("acme", "acme-x"));
        assert_eq!(usual.acme.affiliate_email, "lauren@creators.test");
        assert_ne!(usual.acme.organization, other.acme.organization);
        assert_ne!(usual.stripe.id, other.stripe.id);
        let is_known = |host: &str| usual.acme.links.iter().any(|(known, _)| known == host);
        assert!(other.acme.links.iter().all(|(host, _)| !is_known(host)));
    }
}
