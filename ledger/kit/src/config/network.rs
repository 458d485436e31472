//! Settings of the creator network.

use anyhow::bail;

use crate::email_address;

/// Whether this installation has a creator network, and who curates it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NetworkSettings {
    /// `REKOMI_NETWORK=on`. Otherwise the network's pages and operations answer 404.
    pub enabled: bool,
    /// `REKOMI_NETWORK_OPERATORS`: the email addresses of the people who approve listings and handle reports, in lower
    /// case. They sign in as usual, with a confirmed address. Without any, listings are shown without approval.
    pub operators: Vec<String>,
    /// `REKOMI_FEDERATION=on`: listed programs are published for other installations, and those of installations that an
    /// operator trusts are shown here.
    pub federation: bool,
}

impl NetworkSettings {
    pub(super) fn from_env() -> anyhow::Result<Self> {
        Self::read(super::optional)
    }

    fn read(variable: impl Fn(&str) -> Option<String>) -> anyhow::Result<Self> {
        let enabled = match variable("REKOMI_NETWORK").as_deref() {
            None | Some("off") => false,
            Some("on") => true,
            Some(other) => bail!("REKOMI_NETWORK must be on or off, not {other:?}"),
        };
        let named = variable("REKOMI_NETWORK_OPERATORS").unwrap_or_default();
        let mut operators = Vec::new();
        for text in named.split(',').map(str::trim).filter(|text| !text.is_empty()) {
            match email_address::parse(text) {
                Some(address) => operators.push(address),
                None => bail!("REKOMI_NETWORK_OPERATORS must be email addresses separated by commas, not {text:?}"),
            }
        }
        let federation = match variable("REKOMI_FEDERATION").as_deref() {
            None | Some("off") => false,
            Some("on") if enabled => true,
            Some("on") => bail!("REKOMI_FEDERATION=on needs REKOMI_NETWORK=on"),
            Some(other) => bail!("REKOMI_FEDERATION must be on or off, not {other:?}"),
        };
        Ok(Self { enabled, operators, federation })
    }
}

#[cfg(test)]
mod tests {
    use super::NetworkSettings;

    fn read(network: Option<&str>, operators: Option<&str>) -> anyhow::Result<NetworkSettings> {
        NetworkSettings::read(|name| {
            let value = match name {
                "REKOMI_NETWORK" => network,
                "REKOMI_NETWORK_OPERATORS" => operators,
                _ => None,
            };
            value.map(str::to_owned)
        })
    }

    #[test]
    fn it_is_off_until_someone_switches_it_on() {
        assert_eq!(read(None, None).unwrap(), NetworkSettings::default());
        assert!(read(Some("on"), None).unwrap().enabled);
        assert!(read(Some("yes"), None).unwrap_err().to_string().starts_with("REKOMI_NETWORK must be"));
    }

    #[test]
    fn operators_are_addresses() {
        let settings = read(Some("on"), Some("Una@example.com, ben@example.com")).unwrap();
        assert_eq!(settings.operators, ["una@example.com", "ben@example.com"]);
        assert!(read(Some("on"), Some("una")).is_err());
    }

    #[test]
    fn federation_needs_a_network() {
        let read = |network: &str, federation: &str| {
            let set = [("REKOMI_NETWORK", network), ("REKOMI_FEDERATION", federation)];
            NetworkSettings::read(|name| set.iter().find(|(one, _)| *one == name).map(|(_, value)| (*value).to_owned()))
        };
        assert!(read("on", "on").unwrap().federation && !read("on", "off").unwrap().federation);
        assert!(read("off", "on").unwrap_err().to_string().contains("needs REKOMI_NETWORK=on"));
        assert!(read("on", "yes").is_err());
    }
}
