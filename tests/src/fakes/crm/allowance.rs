//! How many calls vendors take within a window of time, and whether that was kept.

use std::time::{Duration, Instant};

use connector::Descriptor;

use crate::fakes::Call;

/// A limit as its vendor publishes it.
#[derive(Debug, Clone, Copy)]
pub struct Allowance {
    /// The pace that the connector gives the counted calls; empty for the general one.
    pub pace: &'static str,
    /// A part of the counted calls' lines, such as `GET /v3/account`; empty for all.
    pub line: &'static str,
    pub most: u64,
    pub seconds: u64,
}

const fn all(most: u64, seconds: u64) -> Allowance {
    Allowance { pace: "", line: "", most, seconds }
}

const fn some(pace: &'static str, line: &'static str, most: u64, seconds: u64) -> Allowance {
    Allowance { pace, line, most, seconds }
}

/// The vendors' limits, as their documentation has them. Vendors that publish none have no row.
const PUBLISHED: &[(&str, &[Allowance])] = &[
    // developers.activecampaign.com, "Rate limits": for the account, whatever the key.
    ("activecampaign", &[all(5, 1)]),
    // api.aweber.com, "Rate limits": for the customer's account.
    ("aweber", &[all(120, 60)]),
    // developers.beehiiv.com, "Rate limiting": for the organization.
    ("beehiiv", &[all(180, 60)]),
    // braze.com/docs/api/api_limits: older accounts than those of August 22, 2024 may export 2,500 a minute.
    ("braze", &[all(3_000, 3), some("export", "POST /users/export/ids", 250, 60)]),
    // developers.brevo.com, "Rate limits": 10 a second for contacts and as many for events; the account is among the
    // rest.
    ("brevo", &[all(10, 1), some("account", "GET /v3/account", 100, 3_600)]),
    // developer.constantcontact.com, "Rate limits": for the API key.
    ("constant-contact", &[all(4, 1)]),
    // docs.customer.io: the Track API's fair use, and the App API, whose paths don't begin with /api.
    ("customer-io", &[all(1_000, 1), some("app", "GET /v1/", 10, 1)]),
    // developer.drip.com, "Rate limiting".
    ("drip", &[all(3_600, 3_600)]),
    // emailoctopus.com/api-documentation, "Rate limiting": a bucket of 100 that gets 10 a second.
    ("emailoctopus", &[all(110, 1), all(700, 60)]),
    // api.iterable.com/api/docs: that of the slowest of the calls that are made, for the project.
    ("iterable", &[all(5, 1)]),
    // developers.kit.com, "Rate limits": in any 60 seconds.
    ("kit", &[all(120, 60)]),
    // developers.klaviyo.com, "Rate limits, status codes, and errors". The subscribe call may be made more often; what
    // we promise is one a second.
    (
        "klaviyo",
        &[
            all(75, 1),
            all(750, 60),
            some("subscribe", "POST /api/profile-subscription-bulk-create-jobs", 1, 1),
            some("list", "POST /api/lists/", 10, 1),
            some("list", "POST /api/lists/", 150, 60),
            some("account", "GET /api/accounts", 1, 1),
            some("account", "GET /api/accounts", 15, 60),
            some("delete", "POST /api/data-privacy-deletion-jobs", 3, 1),
            some("delete", "POST /api/data-privacy-deletion-jobs", 60, 60),
        ],
    ),
    // developers.mailerlite.com, "Rate limits": for the account, whatever the token.
    ("mailerlite", &[all(120, 60)]),
    // api-docs.omnisend.com, "Rate limits": for the brand.
    ("omnisend", &[all(400, 60), some("tags", " /api/contacts/tags", 60, 60)]),
    // api.ontraport.com/doc, "Rate limiting": a rolling minute, for the account.
    ("ontraport", &[all(180, 60)]),
    // docs.attio.com, "Rate limiting": writes; reads may be four times as many.
    ("attio", &[all(25, 1)]),
    // docs.bentonow.com, "Rate limits": for reading, and for imports.
    ("bento", &[all(100, 60)]),
    // developers.flodesk.com, "Rate limits".
    ("flodesk", &[all(100, 60)]),
    // apidocs.getresponse.com, "Limits and throttling".
    ("getresponse", &[all(80, 1), all(30_000, 600)]),
    // marketplace.gohighlevel.com/docs, "Rate limits": for a sub-account.
    ("highlevel", &[all(100, 10)]),
    // developers.hubspot.com, "Usage guidelines": the smaller plans.
    ("hubspot", &[all(100, 10)]),
    // developer.keap.com, "Throttling": for a token or key.
    ("keap", &[all(10, 1), all(240, 60)]),
    // loops.so/docs, "Rate limiting": for the team.
    ("loops", &[all(10, 1)]),
    // help.ortto.com, "API rate limits": the Professional plan.
    ("ortto", &[all(10, 1)]),
    // resend.com/docs, "Rate limit": older teams.
    ("resend", &[all(2, 1)]),
    // sendlane.com/api, "Rate limiting": for the account.
    ("sendlane", &[all(240, 60)]),
];

/// A vendor's published limits.
pub fn published(slug: &str) -> &'static [Allowance] {
    PUBLISHED.iter().find(|(vendor, _)| *vendor == slug).map_or(&[], |(_, limits)| *limits)
}

/// What a connector promises for all of its calls, which holds for vendors without limits too.
fn promised(descriptor: &Descriptor) -> Vec<Allowance> {
    let most = |seconds| descriptor.pace("").map(|pace| pace.most_within(Duration::from_secs(seconds)));
    [1, 60].into_iter().filter_map(|seconds| Some(all(most(seconds)?, seconds))).collect()
}

/// Which windows held more calls than allowed, as sentences. `factor` says how many times faster than vendors allow the
/// calls were to come: windows are that much shorter.
pub fn exceeded(descriptor: &Descriptor, calls: &[Call], factor: u32) -> Vec<String> {
    let mut found = Vec::new();
    for limit in published(descriptor.slug).iter().copied().chain(promised(descriptor)) {
        let times = calls.iter().filter(|call| call.line().contains(limit.line)).map(|call| call.at).collect();
        let held = fullest(times, Duration::from_secs(limit.seconds) / factor);
        if held > limit.most {
            found.push(format!("{}: {held} calls in a window of {limit:?}", descriptor.slug));
        }
    }
    found
}

/// The most that any window of this length holds. The moment in which it ends isn't part of it.
fn fullest(mut times: Vec<Instant>, window: Duration) -> u64 {
    times.sort_unstable();
    let mut from = 0;
    let held = times.iter().enumerate().map(|(at, time)| {
        while *time - times[from] >= window {
            from += 1;
        }
        at - from + 1
    });
    u64::try_from(held.max().unwrap_or_default()).unwrap()
}
