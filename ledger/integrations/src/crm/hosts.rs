//! The hosts that a connection's calls go to, for `rekomi doctor`. Nothing is sent to them here.

use std::collections::BTreeSet;

use connector::{Account, Request, Task, Walk, providers};
use shared::timestamp::Timestamp;
use url::Url;

use super::{encryption, hosts_store::Connected};
use kit::config::Config;

/// Where the test call and the picker of lists begin, and where their access tokens come from: such as
/// `https://a.klaviyo.com`. `None` if the credentials, which may name the host, can't be decrypted.
pub fn of(config: &Config, connection: &Connected, now: Timestamp) -> Option<BTreeSet<String>> {
    let Connected { organization, id, sealed_credentials, .. } = connection;
    let mut credentials = encryption::open(&config.keys, *organization, *id, sealed_credentials).ok()?;
    credentials.extend(connection.settings.clone());
    let account = Account { credentials, found: connection.found.clone() };
    let Some(connector) = providers::named(&connection.vendor) else { return Some(BTreeSet::new()) };
    let origin = |request: &Request| origin(&request.url(config.vendor_bases.of(request.host.name)));
    let mut hosts = BTreeSet::new();
    for task in [Task::Check, Task::Lists] {
        let Ok(Some(request)) = Walk::new(connector, &account, &task).next(now) else { continue };
        hosts.extend(origin(&request));
        hosts.extend(request.login.as_ref().and_then(|login| origin(&login.request)));
    }
    Some(hosts)
}

fn origin(url: &str) -> Option<String> {
    Url::parse(url).ok().map(|url| url.origin().ascii_serialization())
}
