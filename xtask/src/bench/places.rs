//! Lists what `bench dashboard` requests: the pages and files in the router, so that none can be forgotten, and the
//! same pages with other filters. Pages of one item are requested for the newest one; those of an affiliate, for the
//! one with the most clicks.

use super::visitor::Visitor;
use crate::repo;
use anyhow::{Context, Result};
use serde_json::Value;
use std::fs;

/// Paths that the router lists under GET and that aren't pages on their own.
const NO_PAGES: &[&str] = &[
    "/dashboard/events",
    "/dashboard/settings/export",
    "/dashboard/settings/audit-log/export",
    "/a/payouts/setup/go",
    "/a/payouts/setup/return",
];
/// The dashboard's pages with other filters; `{affiliate}` and `{program}` are ids.
const CHOICES: &[&str] = &[
    "/dashboard?span=7d",
    "/dashboard?span=90d",
    "/dashboard?span=12m",
    "/dashboard?program={program}",
    "/dashboard?span=12m&program={program}",
    "/dashboard?affiliate={affiliate}",
    "/dashboard?span=12m&affiliate={affiliate}",
    "/dashboard?country=DE",
    "/dashboard?span=12m&country=DE",
    "/dashboard?span=12m&device=mobile&by=device",
    "/dashboard?span=12m&source=youtube.com",
    "/dashboard?program={program}&country=DE",
    "/dashboard?span=12m&program={program}&country=DE",
    "/dashboard?span=7d&country=DE&device=mobile",
    "/dashboard?span=12m&country=DE&device=mobile",
    "/dashboard?affiliate={affiliate}&country=DE",
    "/dashboard?currency=EUR",
    "/dashboard/figures.csv?span=12m&country=DE",
    "/dashboard/analysis/cohorts?show=revenue",
    "/dashboard/analysis/leaderboard?span=12m",
    "/dashboard/analysis/leaderboard?by=sales&program={program}",
    "/dashboard/analysis/cohorts?program={program}",
    "/dashboard/analysis/cohorts?affiliate={affiliate}",
    "/dashboard/search?q=creator-1",
    "/dashboard/search?q=customer-12",
    "/dashboard/search.json?q=creator-1",
    "/dashboard/search.json?q=customer-12",
    "/dashboard/pick.json?q=creator-1",
    "/dashboard/conversions?program={program}",
    "/dashboard/affiliates?sort=name",
    "/dashboard/affiliates?sort=-clicks",
    "/dashboard/affiliates?sort=clicks",
    "/dashboard/affiliates?sort=-sales",
    "/dashboard/affiliates?sort=-revenue",
    "/dashboard/affiliates?sort=-earnings",
    "/dashboard/affiliates?sort=joined",
    "/dashboard/affiliates?days=90",
    "/dashboard/affiliates?days=90&sort=-clicks",
    "/dashboard/affiliates?page=50",
    "/dashboard/affiliates?sort=-clicks&page=50",
    "/dashboard/affiliates?q=creator-7",
    "/dashboard/affiliates?status=Pending",
    "/dashboard/affiliates?program={program}",
    "/dashboard/conversions?show=sales",
    "/dashboard/conversions?show=leads",
    "/dashboard/conversions?span=12m",
    "/dashboard/conversions?span=12m&status=Refunded",
    "/dashboard/conversions?span=12m&status=Denied",
    "/dashboard/conversions?span=12m&affiliate={affiliate}",
    "/dashboard/conversions?span=12m&q=customer-12",
    "/dashboard/conversions?country=DE",
    "/dashboard/conversions?span=12m&country=DE",
    "/dashboard/conversions?span=12m&country=FJ",
    "/dashboard/conversions?span=12m&device=mobile",
    "/dashboard/conversions?span=12m&source=youtube.com",
    "/dashboard/conversions?span=12m&source=nowhere.test",
    "/dashboard/conversions?span=12m&country=DE&device=mobile&source=youtube.com",
    "/dashboard/conversions?span=12m&country=unknown",
    "/dashboard/conversions?span=12m&currency=EUR",
    "/dashboard/conversions?span=12m&currency=JPY",
    "/dashboard/conversions?span=12m&segment=gold",
    "/dashboard/conversions?span=12m&link=creator-1",
    "/dashboard/commissions?country=DE",
    "/dashboard/commissions?country=FJ",
    "/dashboard/commissions?device=mobile",
    "/dashboard/commissions?source=youtube.com",
    "/dashboard/commissions?source=nowhere.test",
    "/dashboard/commissions?currency=EUR",
    "/dashboard/commissions?currency=JPY",
    "/dashboard/commissions?segment=gold",
    "/dashboard/commissions?link=creator-1",
    "/dashboard/conversions?sort=date",
    "/dashboard/conversions?span=12m&sort=date",
    "/dashboard/commissions?sort=date",
    "/dashboard/commissions?sort=date&status=Approved",
    "/dashboard/customers?sort=date",
    "/dashboard/customers?program={program}",
    "/dashboard/customers?affiliate={affiliate}",
    "/dashboard/customers?segment=gold",
    "/dashboard/customers?link=creator-1",
    "/dashboard/customers?country=DE",
    "/dashboard/customers?country=FJ",
    "/dashboard/customers?device=mobile",
    "/dashboard/customers?source=youtube.com",
    "/dashboard/customers?currency=JPY",
    "/dashboard/affiliates?country=DE",
    "/dashboard/affiliates?segment=gold",
    "/dashboard/affiliates/{affiliate}/statement?span=12m",
    "/dashboard/commissions?status=Pending",
    "/dashboard/commissions?status=Approved",
    "/dashboard/commissions?status=Paid",
    "/dashboard/commissions?status=Refunded",
    "/dashboard/commissions?status=Denied",
    "/dashboard/commissions?kind=Conversion",
    "/dashboard/commissions?kind=Bonus",
    "/dashboard/commissions?affiliate={affiliate}",
    "/dashboard/commissions?program={program}",
    "/dashboard/customers?q=customer-12",
    "/dashboard/customers?q=customer-12%40seed.test",
    "/dashboard/programs?sort=-clicks",
    "/dashboard/programs/{program}/links?sort=-clicks",
    "/dashboard/programs/{program}/links?q=creator-7",
    "/dashboard/payouts?tab=upcoming",
    "/dashboard/payouts?tab=in-progress",
    "/dashboard/payouts?tab=paid",
];
/// The portal's pages with other filters, for the affiliate with the most clicks.
const OWN_CHOICES: [&str; 7] = [
    "/a?span=90d",
    "/a?span=12m",
    "/a/sales?span=12m",
    "/a/sales?span=12m&status=Refunded",
    "/a/clicks?span=12m",
    "/a/links?span=12m",
    "/a/payouts?span=12m",
];
/// The items that have pages of their own, as the API names their lists.
const THINGS: [&str; 6] = ["affiliates", "programs", "conversions", "commissions", "customers", "payouts"];

/// Paths, and whether each is a file.
pub(super) type Places = Vec<(String, bool)>;

/// The affiliate whose pages are requested.
#[derive(Debug)]
pub(super) struct Busiest {
    pub(super) id: String,
    pub(super) email: String,
}

/// Finds the affiliate with the most clicks.
pub(super) fn busiest(owner: &mut Visitor, bearer: &str) -> Result<Busiest> {
    let list = owner.get("/dashboard/affiliates?sort=-clicks")?;
    let html = String::from_utf8_lossy(&list.body).into_owned();
    let id = first_id(&html, "/dashboard/affiliates/aff_").context("the list of affiliates is empty")?;
    let reported = owner.api(bearer, &format!("affiliates/{id}"))?;
    let email = reported.get("email").and_then(Value::as_str).context("an affiliate has no email address")?.to_owned();
    Ok(Busiest { id, email })
}

/// Returns the id at the end of the first link that begins like this.
fn first_id(html: &str, begins: &str) -> Option<String> {
    let (_, rest) = html.split_once(begins)?;
    let prefix = begins.rsplit('/').next()?;
    let end = rest.find(|character: char| !character.is_ascii_alphanumeric()).unwrap_or(rest.len());
    Some(format!("{prefix}{}", rest.get(..end)?))
}

/// Lists the owner's pages and the program's public page.
pub(super) fn of_owner(owner: &mut Visitor, bearer: &str, busiest: &Busiest, handle: &str) -> Result<Places> {
    let program = owner.newest(bearer, "programs?perPage=1")?.context("there's no program")?;
    let filled = |path: &str| path.replace("{affiliate}", &busiest.id).replace("{program}", &program);
    let mut places: Places = CHOICES.iter().map(|path| (filled(path), is_file(path))).collect();
    for path in listed("/dashboard")? {
        let filled = match thing(&path) {
            Some("affiliates") => Some(path.replace("{id}", &busiest.id)),
            Some(noun) => owner.newest(bearer, &format!("{noun}?perPage=1"))?.map(|id| path.replace("{id}", &id)),
            None => Some(path).filter(|path| !path.contains('{')),
        };
        places.extend(filled.map(|path| (path.clone(), is_file(&path))));
    }
    places.push((format!("/p/{handle}"), false));
    Ok(sorted(places))
}

/// Lists the portal's pages for the affiliate with the most clicks.
pub(super) fn of_affiliate(owner: &mut Visitor, bearer: &str, busiest: &Busiest) -> Result<Places> {
    let mut places: Places = OWN_CHOICES.iter().map(|path| ((*path).to_owned(), false)).collect();
    let earning = owner.newest(bearer, &format!("commissions?perPage=1&affiliateId={}", busiest.id))?;
    places.extend(earning.map(|id| (format!("/a/sales/{id}"), false)));
    let own = listed("/a")?.into_iter().filter(|path| !path.contains('{'));
    places.extend(own.map(|path| (path.clone(), is_file(&path))));
    Ok(sorted(places))
}

fn sorted(mut places: Places) -> Places {
    places.sort();
    places.dedup();
    places
}

fn is_file(path: &str) -> bool {
    let path = path.split('?').next().unwrap_or_default();
    [".csv", ".json", ".zip"].iter().any(|ending| path.ends_with(ending))
}

/// Lists all paths in the router under a path.
fn listed(under: &str) -> Result<Vec<String>> {
    let mut paths = Vec::new();
    let crates = fs::read_dir(repo::at("ledger"))?.flatten().map(|entry| entry.path().join("src/router"));
    for folder in crates.chain([repo::at("ledger/src/router")]) {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            paths.extend(routes(&fs::read_to_string(entry?.path())?, under));
        }
    }
    Ok(paths)
}

/// Finds the pages and files in a source file of the router.
fn routes(source: &str, under: &str) -> Vec<String> {
    let routes = source.split(".route(").skip(1).filter_map(|route| {
        let path = route.split('"').nth(1)?;
        let is_under = path.strip_prefix(under).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        (route.contains("get(") && is_under && !NO_PAGES.contains(&path)).then(|| path.to_owned())
    });
    routes.collect()
}

/// Returns the kind of item that a page shows: `/dashboard/affiliates/{id}` shows one of the `affiliates`.
fn thing(path: &str) -> Option<&'static str> {
    let noun = path.strip_prefix("/dashboard/")?.split('/').next()?;
    let is_one = path.matches('{').count() == 1 && path.contains(&format!("/{noun}/{{id}}"));
    THINGS.into_iter().find(|known| is_one && *known == noun)
}

#[cfg(test)]
mod tests {
    use super::{first_id, is_file, routes, thing};

    #[test]
    fn places_are_those_of_the_router() {
        let source = r#".route("/dashboard", get(a)) .route("/dashboard/x/{id}", get(b).post(c)) .route("/dashboard/y", post(d))
                        .route("/dashboard/z.csv", get(e)) .route("/a", get(f)) .route("/dashboard/events", get(g))
                        .route("/assets/{name}", get(h))"#;
        assert_eq!(routes(source, "/dashboard"), ["/dashboard", "/dashboard/x/{id}", "/dashboard/z.csv"]);
        assert_eq!(routes(source, "/a"), ["/a"]);
    }

    #[test]
    fn data_for_a_script_is_a_file() {
        assert!(
            ["/dashboard/payouts.csv", "/dashboard/search.json?q=a", "/a/assets/kit.zip"].map(is_file) == [true; 3]
        );
        assert!(!is_file("/dashboard/search?q=a.csv"));
    }

    #[test]
    fn a_thing_is_named_by_its_list() {
        assert_eq!(thing("/dashboard/affiliates/{id}/links"), Some("affiliates"));
        let others = ["/dashboard/crms/{id}", "/dashboard/affiliates", "/dashboard/payouts/runs/{id}"];
        assert!(others.iter().all(|path| thing(path).is_none()));
    }

    #[test]
    fn an_id_is_read_from_an_address() {
        let html = r#"<a href="/dashboard/affiliates/new">x</a> <a href="/dashboard/affiliates/aff_01abc?x=1">y</a>"#;
        assert_eq!(first_id(html, "/dashboard/affiliates/aff_").as_deref(), Some("aff_01abc"));
        assert_eq!(first_id("", "/x/aff_"), None);
    }
}
