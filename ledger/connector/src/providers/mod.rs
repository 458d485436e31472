//! The registry: one line a vendor. The line makes `providers/<name>.rs` part of the crate and its `CONNECTOR` known.

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
    iterable,
    kit,
    klaviyo,
    mailchimp,
    mailerlite,
    omnisend,
    ontraport,
    vero,
}

/// The vendor of that slug. A hyphen or none is the same: `customer-io`, `customerio`.
pub fn named(slug: &str) -> Option<&'static dyn Connector> {
    let plain = |text: &str| text.replace(['-', '_'], "").to_lowercase();
    ALL.iter().copied().find(|one| plain(one.descriptor().slug) == plain(slug))
}
