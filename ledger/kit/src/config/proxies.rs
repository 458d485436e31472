//! Settings of the proxies in front of this process: `REKOMI_TRUSTED_PROXIES`.

use std::net::IpAddr;

use anyhow::Context;
use ipnet::IpNet;

/// The networks of the proxies in front of this process, whose `X-Forwarded-For` is trusted.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// Parses a comma-separated list such as `10.0.0.0/8, 2001:db8::/32, 192.0.2.7`.
    ///
    /// # Errors
    /// Names the entry that isn't a network.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        let network = |entry: &str| {
            let network = entry.parse().ok().or_else(|| entry.parse().ok().map(|address: IpAddr| address.into()));
            network.with_context(|| format!("{entry:?} is neither an address nor a network such as 10.0.0.0/8"))
        };
        entries.map(network).collect::<anyhow::Result<_>>().map(Self)
    }

    /// Whether the address is a proxy's.
    pub fn include(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_network_is_named() {
        for bad in ["10.0.0.0/33", "proxy.internal", "10.0.0.0/8;127.0.0.1"] {
            assert!(TrustedProxies::parse(bad).unwrap_err().to_string().contains(bad), "{bad}");
        }
    }
}
