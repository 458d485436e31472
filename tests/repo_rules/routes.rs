//! Goal: the API's description lists every route: nothing under `/api/v1` is reached that it doesn't tell of.
//! Method: the router's files are read. A route given as a text is one without a description, so none of them may be the API's, except
//! those named here; the API's own come from `routes!`, which takes path and method from the description itself.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use world::settings;

/// Routes without a description, each with its reason.
const NAMED: [(&str, &str); 1] = [("/api/v1/openapi.json", "is the description")];
/// Paths that are no texts in the router, and what they are.
const CONSTANTS: [&str; 2] = ["shared::batch::BATCH_PATH", "shared::config::READ_PATH"];

/// The first argument of every `.route(` and its kind.
pub(crate) fn given(source: &str) -> Vec<(&str, &str)> {
    let ways = [".route(", ".route_service(", ".nest(", ".nest_service("];
    let calls =
        ways.iter().flat_map(|way| source.match_indices(way).map(move |(at, _)| (*way, &source[at + way.len()..])));
    calls.map(|(way, rest)| (way, rest.trim_start().split([',', ')']).next().unwrap_or_default().trim())).collect()
}

fn undescribed(source: &str) -> Vec<String> {
    let fine = |way: &str, argument: &str| match argument.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(path) => way == ".route(" && (!path.starts_with("/api") || NAMED.iter().any(|(known, _)| *known == path)),
        None => CONSTANTS.contains(&argument),
    };
    given(source)
        .into_iter()
        .filter(|(way, argument)| !fine(way, argument))
        .map(|(way, argument)| format!("{way}{argument}"))
        .collect()
}

#[test]
fn every_route_of_the_api_is_described() {
    let source = settings::router_source(false);
    assert!(source.matches(".routes(routes!(").count() > 30);
    let hidden = undescribed(&source);
    assert!(hidden.is_empty(), "give these to `operations()` with `routes!`:\n  {}", hidden.join("\n  "));
    for path in [shared::batch::BATCH_PATH, shared::config::READ_PATH] {
        assert!(!path.starts_with("/api"), "{path}");
    }
}

#[test]
fn a_hidden_route_is_found() {
    for hidden in [
        r#".route("/api/v1/secret", get(x))"#,
        r#".route(SOME_PATH, get(x))"#,
        ".route(\n    \"/api/v2\",\n    get(x))",
        r#".nest("/admin", other)"#,
    ] {
        assert_eq!(undescribed(hidden).len(), 1, "{hidden}");
    }
    assert!(undescribed(r#".route("/login", get(x)).route("/api/v1/openapi.json", get(y))"#).is_empty());
}

/// Names under which types stand in the description: the last one of a name would silently take all others' place.
#[test]
fn no_two_types_have_one_name() {
    let mut files = Vec::new();
    crate::sources::files(&settings::root().join("ledger"), &mut files);
    let mut seen = BTreeMap::<String, Vec<String>>::new();
    for path in files {
        let text = fs::read_to_string(&path).unwrap();
        for declared in text.split("#[derive(").skip(1) {
            if let Some(name) = described_as(declared) {
                seen.entry(name.to_owned()).or_default().push(path.display().to_string());
            }
        }
    }
    assert!(seen.len() > 60, "{}", seen.len());
    seen.retain(|_, places| places.len() > 1);
    assert!(seen.is_empty(), "{seen:#?}");
}

/// The type's name in the description, where it is there; `declared` begins with what it derives.
fn described_as(declared: &str) -> Option<&str> {
    let words = ["pub struct ", "pub enum ", "pub(crate) struct ", "struct ", "enum "];
    let (at, word) = words.iter().filter_map(|word| Some((declared.find(word)?, word))).min()?;
    let (head, rest) = (&declared[..at], &declared[at + word.len()..]);
    if !head.split(')').next()?.contains("ToSchema") {
        return None;
    }
    let own = rest.split(|c: char| !c.is_alphanumeric()).next();
    head.split("schema(as = ").nth(1).and_then(|rest| rest.split([',', ')']).next()).or(own)
}

/// The first parts of the paths that the edge's router answers itself.
fn edge_paths(source: &str) -> BTreeSet<String> {
    let router = source.split("async fn dispatch(").nth(1).expect("the edge's router");
    let router = router.split("\n}\n").next().unwrap_or_default();
    router.split("[\"").skip(1).filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())).collect()
}

#[test]
fn the_edges_own_paths_are_the_reserved_slugs() {
    let read = |path: &str| fs::read_to_string(settings::root().join(path)).unwrap();
    let (router, entry) = (read("edge/src/lib.rs"), read("edge/entry.mjs"));
    let own = edge_paths(&router);
    assert!(own.len() >= 4, "{own:?}");
    for path in &own {
        assert!(shared::config::is_reserved(path), "/{path} is the edge's: name it in RESERVED_SLUGS");
    }
    let fast = entry.split("const RESERVED = /^\\/(").nth(1).and_then(|rest| rest.split_once(')')).unwrap().0;
    assert_eq!(fast.split('|').collect::<Vec<_>>(), shared::config::RESERVED_SLUGS, "edge/entry.mjs");
    let emails = entry.split("if (\"").nth(1).and_then(|rest| rest.split_once('"')).unwrap().0;
    for slug in shared::config::RESERVED_SLUGS {
        assert!(emails.contains(&slug[..1]), "edge/entry.mjs passes over {slug}");
    }
}
