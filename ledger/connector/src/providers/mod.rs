//! The registry, one line per vendor: each adds `providers/<name>.rs` to the crate and its `CONNECTOR` to [`ALL`].

use crate::Connector;

macro_rules! vendors {
    ($($name:ident),* $(,)?) => {
        $(pub mod $name;)*

        /// Every vendor, in the order of the registry.
        pub const ALL: &[&dyn Connector] = &[$(&$name::CONNECTOR),*];
    };
}

vendors! {
    activecampaign,
    beehiiv,
    braze,
    brevo,
    customerio,
    drip,
    emailoctopus,
    getresponse,
    iterable,
    keap,
    kit,
    klaviyo,
    mailchimp,
    mailerlite,
    omnisend,
    ontraport,
    pipedrive,
    salesforce,
    vero,
    zohocrm,
}

/// Finds a vendor by slug. Hyphens are ignored: `customer-io` equals `customerio`.
pub fn named(slug: &str) -> Option<&'static dyn Connector> {
    let plain = |text: &str| text.replace(['-', '_'], "").to_lowercase();
    ALL.iter().copied().find(|one| plain(one.descriptor().slug) == plain(slug))
}
