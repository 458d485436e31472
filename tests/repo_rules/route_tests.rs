//! Goal: the tests of a route are found by its path: every operation of the API is named in its noun's file of
//! `tests/api`, every page in a file of `tests/dashboard`, `tests/portal` or `tests/public`, and every route of the edge in
//! a file of `tests/edge`.
//! Method: the routes are read from the handlers' descriptions and from the routers. A file names a route where its text has
//! the path, with any value in the place of a parameter. What another file tests, a line of the head names with that file:
//! `Elsewhere: tests/fault/reconciliation.rs:` and the paths in backticks; that file must name them.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use world::settings;

use crate::{routes, sources};

/// Pages of developers, which a ledger in production doesn't have.
const DEVELOPMENT: &str = "/dev/";
/// Where the API's paths begin.
const API: &str = "/api/v1";
const ELSEWHERE: &str = "//! Elsewhere: ";

/// What a folder's tests say: each file's path below the folder, and its text.
struct Folder {
    files: Vec<(String, String)>,
}

impl Folder {
    fn read(name: &str) -> Self {
        let root = settings::root().join("tests").join(name);
        let mut paths = Vec::new();
        sources::files(&root, &mut paths);
        assert!(!paths.is_empty(), "tests/{name} has no files");
        let below = |path: &PathBuf| path.strip_prefix(&root).unwrap().display().to_string();
        Self { files: paths.iter().map(|path| (below(path), fs::read_to_string(path).unwrap())).collect() }
    }

    /// The text of the files that `belongs` takes, by their path below the folder.
    fn text(&self, belongs: impl Fn(&str) -> bool) -> String {
        let texts: Vec<&str> =
            self.files.iter().filter(|(file, _)| belongs(file)).map(|(_, text)| text.as_str()).collect();
        texts.join("\n")
    }

    /// The text of `<noun>.rs`, of what is in `<noun>/`, and of the head of the folder.
    fn noun(&self, noun: &str) -> String {
        let (file, folder) = (format!("{noun}.rs"), format!("{noun}/"));
        self.text(|path| path == file || path.starts_with(&folder) || path == "main.rs")
    }
}

/// The paths of the API's operations, as the handlers' descriptions have them.
fn operations() -> BTreeSet<String> {
    let mut files = Vec::new();
    sources::files(&settings::root().join("ledger"), &mut files);
    let mut paths = BTreeSet::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        for described in text.split("#[utoipa::path(").skip(1) {
            let path = described.split("path = \"").nth(1).and_then(|rest| rest.split('"').next());
            paths.extend(path.map(str::to_owned));
        }
    }
    paths
}

/// The paths of the ledger's other routes.
fn pages() -> BTreeSet<String> {
    let source = settings::router_source(false);
    let arguments = routes::given(&source).into_iter().map(|(_, argument)| argument.trim_matches('"').to_owned());
    arguments.filter(|path| path.starts_with('/') && !path.starts_with(API) && !path.starts_with(DEVELOPMENT)).collect()
}

/// The routes of the edge's router; `..` of it is a parameter here.
fn edge_routes(source: &str) -> BTreeSet<String> {
    let router = source.split("async fn dispatch(").nth(1).expect("the edge's router");
    let router = router.split("\n}\n").next().unwrap_or_default();
    let patterns = router.split("[\"").skip(1).filter_map(|rest| rest.split_once(']')).map(|(pattern, _)| pattern);
    patterns
        .map(|pattern| format!("/{}", pattern.split(", ").map(edge_segment).collect::<Vec<_>>().join("/")))
        .collect()
}

fn edge_segment(part: &str) -> String {
    // The first one has lost its quote to the search.
    if part.ends_with('"') { part.trim_matches('"').to_owned() } else { "{any}".to_owned() }
}

/// What a text says of paths: from each slash to the end of the word.
fn named_paths(text: &str) -> BTreeSet<&str> {
    let ends = |sign: char| sign.is_whitespace() || "\"`?#&,)|\\;".contains(sign);
    let starts = text.match_indices('/').map(|(at, _)| at);
    // Within a longer path a slash begins nothing.
    let whole =
        starts.filter(|at| !text[..*at].ends_with(|sign: char| sign.is_alphanumeric() || "/}._-".contains(sign)));
    whole.map(|at| text[at..].split(ends).next().unwrap_or_default()).collect()
}

/// Whether a path in a test is that route, of the API with or without its beginning.
fn is_route(path: &str, route: &str) -> bool {
    let path = if route.starts_with(API) { path.strip_prefix(API).unwrap_or(path) } else { path };
    let route = route.strip_prefix(API).unwrap_or(route);
    let (parts, of_route): (Vec<&str>, Vec<&str>) = (path.split('/').collect(), route.split('/').collect());
    parts.len() == of_route.len()
        && parts.iter().zip(&of_route).all(
            |(part, expected)| {
                if expected.starts_with('{') { !part.is_empty() } else { part == expected }
            },
        )
}

/// The paths that a text names, and those that it says another file names.
struct Named<'t> {
    own: BTreeSet<&'t str>,
    elsewhere: Vec<(&'t str, BTreeSet<&'t str>)>,
}

impl<'t> Named<'t> {
    fn by(text: &'t str) -> Self {
        let (lines, own): (Vec<&str>, Vec<&str>) = text.lines().partition(|line| line.starts_with(ELSEWHERE));
        let elsewhere = lines.into_iter().filter_map(|line| {
            let (file, paths) = line.strip_prefix(ELSEWHERE)?.split_once(": ")?;
            Some((file, named_paths(paths)))
        });
        Self { elsewhere: elsewhere.collect(), own: own.into_iter().flat_map(named_paths).collect() }
    }

    /// `other` reads another file.
    fn has(&self, route: &str, other: &impl Fn(&str) -> String) -> bool {
        let says = |paths: &BTreeSet<&str>| paths.iter().any(|path| is_route(path, route));
        let in_file = |file: &str| says(&Named::by(&other(file)).own);
        says(&self.own) || self.elsewhere.iter().any(|(file, paths)| says(paths) && in_file(file))
    }
}

fn read(file: &str) -> String {
    fs::read_to_string(settings::root().join(Path::new(file))).unwrap_or_default()
}

/// The folder of a page's tests.
fn folder_of(page: &str) -> &'static str {
    match page.split('/').nth(1) {
        Some("dashboard") => "dashboard",
        Some("a") => "portal",
        _ => "public",
    }
}

fn unnamed_operations(operations: &BTreeSet<String>, api: &Folder) -> Vec<String> {
    let noun = |path: &str| path.strip_prefix(API)?.split('/').nth(1).map(|noun| noun.replace('-', "_"));
    let is_named = |path: &str| noun(path).is_none_or(|noun| Named::by(&api.noun(&noun)).has(path, &read));
    operations.iter().filter(|path| !is_named(path)).cloned().collect()
}

fn unnamed_in(routes: &BTreeSet<String>, folder: &Folder) -> Vec<String> {
    let text = folder.text(|_| true);
    let named = Named::by(&text);
    routes.iter().filter(|route| !named.has(route, &read)).cloned().collect()
}

/// All routes that nothing names.
fn unnamed() -> Vec<String> {
    let (operations, mut pages) = (operations(), pages());
    assert!(operations.len() > 100 && pages.len() > 150, "{} and {}", operations.len(), pages.len());
    let mut missing = unnamed_operations(&operations, &Folder::read("api"));
    // The status of the service is an operation of no noun.
    pages.extend(operations.into_iter().filter(|path| !path.starts_with(API)));
    for folder in ["dashboard", "portal", "public"] {
        let own = pages.iter().filter(|page| folder_of(page) == folder).cloned().collect();
        missing.extend(unnamed_in(&own, &Folder::read(folder)));
    }
    let edge = edge_routes(&read("edge/src/lib.rs"));
    assert!(edge.len() > 6, "{edge:?}");
    missing.extend(unnamed_in(&edge, &Folder::read("edge")));
    missing
}

#[test]
fn every_route_is_named_by_a_test() {
    let missing = unnamed();
    assert!(missing.is_empty(), "name these in a test of their noun (docs/contributing/testing.md):\n  {missing:#?}");
}

#[test]
fn every_line_about_another_file_is_true() {
    let mut wrong = Vec::new();
    for name in ["api", "dashboard", "portal", "public", "edge"] {
        let beginning = if name == "api" { API } else { "" };
        for (file, text) in &Folder::read(name).files {
            for (other, paths) in Named::by(text).elsewhere {
                let in_other = read(other);
                let named = Named::by(&in_other).own;
                for path in paths {
                    let route = format!("{beginning}{path}");
                    if !named.iter().any(|one| is_route(one, &route)) {
                        wrong.push(format!("tests/{name}/{file}: {other} doesn't name {path}"));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_route_without_a_test_is_found() {
    let made_up: BTreeSet<String> =
        ["/api/v1/coupons", "/api/v1/coupons/{id}/melt", "/api/v1/ghosts"].map(str::to_owned).into();
    assert_eq!(unnamed_operations(&made_up, &Folder::read("api")), ["/api/v1/coupons/{id}/melt", "/api/v1/ghosts"]);
    let page: BTreeSet<String> = ["/a/links".to_owned(), "/a/ghosts".to_owned()].into();
    assert_eq!(unnamed_in(&page, &Folder::read("portal")), ["/a/ghosts"]);
    let api = Folder { files: vec![("ghosts.rs".to_owned(), "get(\"/ghosts/{id}\")".to_owned())] };
    let ghosts: BTreeSet<String> = ["/api/v1/ghosts", "/api/v1/ghosts/{id}"].map(str::to_owned).into();
    assert_eq!(unnamed_operations(&ghosts, &api), ["/api/v1/ghosts"], "another file of the folder names it, or none");
    let router = "async fn dispatch() {\n    match x {\n        ([\"api\", \"ghost\"] | [\"hooks\", gateway, id], \"POST\") => a(),\n\
                  ([\"internal\", ..], _) => b(),\n    }\n}\n";
    let routes: BTreeSet<String> = ["/api/ghost", "/hooks/{any}/{any}", "/internal/{any}"].map(str::to_owned).into();
    assert_eq!(edge_routes(router), routes);
}

#[test]
fn a_path_is_compared_part_by_part() {
    let yes = [
        ("/coupons/{}/archive", "/api/v1/coupons/{id}/archive"),
        ("/api/v1/coupons/cou_1", "/api/v1/coupons/{id}"),
        ("/dashboard/payouts/{run}", "/dashboard/payouts/{id}"),
    ];
    assert!(yes.iter().all(|(path, route)| is_route(path, route)));
    let no = [
        ("/coupons/{id}/{what}", "/api/v1/coupons/{id}/archive"),
        ("/coupons/", "/api/v1/coupons/{id}"),
        ("/dashboard/coupons", "/api/v1/coupons"),
    ];
    assert!(no.iter().all(|(path, route)| !is_route(path, route)));
    let text = "get(\"/a/b?c=/d\") `/e/{f}`, https://g.test/h";
    assert_eq!(named_paths(text), BTreeSet::from(["/a/b", "/d", "/e/{f}", "//g.test/h"]));
    let line = format!("{ELSEWHERE}tests/x.rs: `/coupons`");
    let with = |other: &str| Named::by(&line).has("/api/v1/coupons", &|_: &str| other.to_owned());
    assert!(with("get(\"/coupons\")") && !with("get(\"/links\")"));
}
