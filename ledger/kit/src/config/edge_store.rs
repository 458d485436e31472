//! Settings of `rekomi edge-store`: `REKOMI_EDGE_STORE_LISTEN` and `REKOMI_EDGE_DELIVERY_URL`, and the few others that it
//! needs. It works without the ledger's own keys.

use std::net::{IpAddr, SocketAddr};

use anyhow::{Context, ensure};
use shared::{
    keys::{KeyRing, Purpose},
    seal::Secret,
};
use url::{Host, Url};

use super::{Environment, environment, log, optional, required};

const LISTEN_DEFAULT: &str = "127.0.0.1:8082";
const DELIVERY_DEFAULT: &str = "http://127.0.0.1:8083";

/// `docs/self-hosting/configuration.md` documents each variable.
#[derive(Debug, Clone)]
pub struct EdgeStoreSettings {
    pub environment: Environment,
    /// `DATABASE_URL`, with the serving role.
    pub database_url: Secret,
    pub listen: SocketAddr,
    /// Where the Worker takes batches: the socket `delivery` of `edge/self_hosted/workerd.capnp`.
    pub delivery_url: String,
    /// Derives the bearer token that both sides present.
    pub keys: KeyRing,
}

impl EdgeStoreSettings {
    /// # Errors
    /// Names the variable that is missing or has an invalid value.
    pub fn from_env() -> anyhow::Result<Self> {
        log::filter()?;
        let keys = KeyRing::parse(&required("REKOMI_EDGE_KEYS")?, Purpose::EdgeStore).context("REKOMI_EDGE_KEYS")?;
        Ok(Self {
            environment: environment()?,
            database_url: Secret::new(required("DATABASE_URL")?),
            listen: listen(&optional("REKOMI_EDGE_STORE_LISTEN").unwrap_or_else(|| LISTEN_DEFAULT.to_owned()))?,
            delivery_url: delivery(
                &optional("REKOMI_EDGE_DELIVERY_URL").unwrap_or_else(|| DELIVERY_DEFAULT.to_owned()),
            )?,
            keys,
        })
    }
}

fn listen(text: &str) -> anyhow::Result<SocketAddr> {
    let address: SocketAddr =
        text.parse().context("REKOMI_EDGE_STORE_LISTEN must be an address such as 127.0.0.1:8082")?;
    ensure!(
        is_private(address.ip()),
        "REKOMI_EDGE_STORE_LISTEN must be on this machine or a private network, not {address}: the connection isn't encrypted"
    );
    Ok(address)
}

fn delivery(text: &str) -> anyhow::Result<String> {
    let url: Url = text.parse().context("REKOMI_EDGE_DELIVERY_URL must be a URL such as http://127.0.0.1:8083")?;
    let is_near = match url.host() {
        Some(Host::Ipv4(address)) => is_private(address.into()),
        Some(Host::Ipv6(address)) => is_private(address.into()),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    ensure!(
        is_near && url.scheme() == "http",
        "REKOMI_EDGE_DELIVERY_URL must be http:// with localhost or an address on this machine or a private network: the \
         connection isn't encrypted"
    );
    Ok(text.trim_end_matches('/').to_owned())
}

/// Loopback, and the networks that no one outside can reach (RFC 1918, RFC 4193).
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(four) => four.is_loopback() || four.is_private(),
        IpAddr::V6(six) => six.is_loopback() || six.is_unique_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_near_addresses() {
        for near in ["127.0.0.1:8082", "[::1]:8082", "10.0.0.7:1", "192.168.1.1:1", "172.16.0.1:1", "[fd00::1]:1"] {
            assert_eq!(listen(near).unwrap().to_string(), near);
        }
        for far in ["0.0.0.0:8082", "[::]:8082", "203.0.113.7:8082", "172.32.0.1:1", "169.254.1.1:1", "localhost:1", ""]
        {
            let refused = listen(far).unwrap_err().to_string();
            assert!(refused.starts_with("REKOMI_EDGE_STORE_LISTEN must be"), "{far}: {refused}");
        }
    }

    #[test]
    fn batches_stay_near_too() {
        assert_eq!(delivery("http://127.0.0.1:8083/").unwrap(), "http://127.0.0.1:8083");
        assert!(delivery("http://localhost:8083").is_ok() && delivery("http://[::1]:8083").is_ok());
        for far in ["http://go.brand.com", "http://203.0.113.7:8083", "https://127.0.0.1:8083", "127.0.0.1:8083", "x"] {
            let refused = delivery(far).unwrap_err().to_string();
            assert!(refused.starts_with("REKOMI_EDGE_DELIVERY_URL must be"), "{far}: {refused}");
        }
    }
}
