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
    attio,
    aweber,
    beehiiv,
    bento,
    braze,
    brevo,
    campaignmonitor,
    constantcontact,
    custom,
    customerio,
    drip,
    emailoctopus,
    encharge,
    flodesk,
    getresponse,
    highlevel,
    hubspot,
    intercom,
    iterable,
    keap,
    kit,
    klaviyo,
    listmonk,
    loops,
    mailchimp,
    mailerlite,
    mailjet,
    mautic,
    moosend,
    omnisend,
    ontraport,
    ortto,
    pipedrive,
    resend,
    sailthru,
    salesforce,
    sendgrid,
    sendlane,
    userlist,
    vero,
    zohocrm,
}

/// Finds a vendor by slug. Hyphens are ignored: `customer-io` equals `customerio`.
pub fn named(slug: &str) -> Option<&'static dyn Connector> {
    let plain = |text: &str| text.replace(['-', '_'], "").to_lowercase();
    ALL.iter().copied().find(|one| plain(one.descriptor().slug) == plain(slug))
}
