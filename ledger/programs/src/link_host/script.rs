//! From which host a brand's pages load the script. Pure.

use url::Url;

use super::{route::Route, store::Row, verification::is_local_name};
use kit::config::Config;

/// The base URLs that serve the script, first the one to use. A link host that leads to the edge comes first, so that script
/// and cookie are first-party on the brand's site: the one whose name has most in common with an allowed origin, then the one
/// with most links. The edge's own URL is the last one, unless its host is among the link hosts.
pub fn bases(config: &Config, hosts: &[Row], origins: &[String]) -> Vec<String> {
    all(hosts, origins, config.edge_url.trim_end_matches('/'), config.environment.is_development())
}

fn all(hosts: &[Row], origins: &[String], edge: &str, is_development: bool) -> Vec<String> {
    // In development, a local name may lead nowhere.
    let is_usable = |row: &&Row| is_served(row) && !(is_development && is_local_name(&row.host));
    let mut bases: Vec<String> = ordered(hosts.iter().filter(is_usable).collect(), origins).collect();
    if !bases.iter().any(|base| base == edge) {
        bases.push(edge.to_owned());
    }
    bases
}

fn is_served(row: &Row) -> bool {
    row.verified_at.is_some() && row.route == Some(Route::Active)
}

fn ordered(mut hosts: Vec<&Row>, origins: &[String]) -> impl Iterator<Item = String> {
    hosts.sort_by_key(|row| std::cmp::Reverse((common(&row.host, origins), row.links)));
    hosts.into_iter().map(|row| format!("https://{}", row.host))
}

/// How many labels, from the end, the host shares with the origin that shares most: `go.brand.com` shares two with
/// `https://www.brand.com`.
fn common(host: &str, origins: &[String]) -> usize {
    let shared = |origin: &String| {
        let origin = Url::parse(origin).ok()?;
        let labels = origin.host_str()?.rsplit('.').zip(host.rsplit('.'));
        Some(labels.take_while(|(one, other)| one == other).count())
    };
    origins.iter().filter_map(shared).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use shared::timestamp::Timestamp;

    use super::*;

    fn row(host: &str, links: i64) -> Row {
        let now = Timestamp::from_millis(0).unwrap();
        Row {
            host: host.to_owned(),
            default_destination: None,
            created_at: now,
            links,
            verified_at: Some(now),
            checked_at: None,
            problem: None,
            route: Some(Route::Active),
        }
    }

    #[test]
    fn the_host_that_is_most_like_the_site_comes_first() {
        let origins = ["https://www.brand.com".to_owned()];
        let (other, own) = (row("go.other.com", 9), row("go.brand.com", 1));
        let urls = ["https://go.brand.com", "https://go.other.com"];
        assert_eq!(ordered(vec![&other, &own], &origins).collect::<Vec<_>>(), urls);
        assert_eq!(ordered(vec![&own, &other], &[]).collect::<Vec<_>>(), [urls[1], urls[0]], "most links");
    }

    #[test]
    fn the_edges_own_host_has_its_place_among_the_others() {
        let (other, own) = (row("go.other.com", 9), row("go.brand.com", 1));
        let bases = |hosts: &[Row], site: &str| all(hosts, &[site.to_owned()], "https://go.brand.com", false);
        let urls = ["https://go.brand.com", "https://go.other.com"];
        assert_eq!(bases(&[other.clone(), own.clone()], "https://brand.com"), urls);
        assert_eq!(bases(&[other.clone(), own], "https://other.com"), [urls[1], urls[0]]);
        assert_eq!(bases(&[other], "https://brand.com"), [urls[1], urls[0]], "last if it isn't a link host");
    }

    #[test]
    fn local_names_are_left_out_in_development() {
        let hosts = [row("go.brand.test", 1)];
        let (local, edge) = ("https://go.brand.test", "http://127.0.0.1:8787");
        assert_eq!(all(&hosts, &[], edge, true), [edge]);
        assert_eq!(all(&hosts, &[], edge, false), [local, edge]);
    }

    #[test]
    fn a_host_serves_the_script_once_it_is_verified_and_leads_to_the_edge() {
        let host = row("go.brand.com", 1);
        assert!(is_served(&host));
        assert!(!is_served(&Row { verified_at: None, ..host.clone() }));
        for route in [None, Some(Route::Missing), Some(Route::NoAnswer)] {
            assert!(!is_served(&Row { route, ..host.clone() }), "{route:?}");
        }
    }
}
