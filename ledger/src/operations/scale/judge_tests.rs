//! What each fact leads to.

use super::{
    super::catalog::{ForeignKey, Node, Table},
    *,
};

fn node(host: &str, is_coordinator: bool) -> Node {
    Node { host: host.to_owned(), port: 5432, is_coordinator, is_active: true, responds: true }
}

fn cluster() -> Catalog {
    let table = |name: &str, kind| Table { name: name.to_owned(), kind };
    Catalog {
        version: Some("14.0".to_owned()),
        is_available: true,
        set_commands: Some("local".to_owned()),
        unsafe_triggers: Some("on".to_owned()),
        nodes: vec![node("one", true), node("two", false), node("three", false)],
        tables: vec![table("organizations", Kind::Distributed), table("links", Kind::Distributed)],
        global: vec![table("tenants", Kind::Reference), table("users", Kind::Reference)],
        delegated: [
            "rekomi_delete_old",
            "rekomi_redact_addresses",
            "rekomi_redact_event",
            "rekomi_redact_searched_texts",
            "rekomi_search_texts",
        ]
        .map(str::to_owned)
        .into(),
        ..Catalog::default()
    }
}

fn failed(catalog: &Catalog) -> Vec<String> {
    findings(catalog).iter().filter(|finding| finding.is_failed()).map(Finding::line).collect()
}

#[test]
fn a_whole_cluster_has_no_fault() {
    assert!(failed(&cluster()).is_empty());
    assert!(obstacles(&cluster()).is_empty());
}

#[test]
fn a_cluster_may_wait_for_its_first_table() {
    let mut waiting = cluster();
    waiting.tables.iter_mut().for_each(|table| table.kind = Kind::Local);
    waiting.foreign_keys.push(ForeignKey {
        table: "organizations".to_owned(),
        name: "organizations_organization_id_fkey".to_owned(),
        target: "tenants".to_owned(),
    });
    assert!(failed(&waiting).is_empty());
}

#[test]
fn one_server_is_no_fault_but_an_obstacle() {
    let single = Catalog { version: None, is_available: false, ..cluster() };
    assert!(failed(&single).is_empty());
    let obstacles = obstacles(&single);
    assert_eq!(obstacles.len(), 1);
    assert!(obstacles[0].line().contains("install Citus"), "{obstacles:?}");
}

#[test]
fn each_fault_is_named_with_its_cure() {
    type Change = fn(&mut Catalog);
    let faults: [(Change, &str, &str); 12] = [
        (|catalog| catalog.set_commands = Some("none".to_owned()), "propagate_set_commands", "alter database"),
        (|catalog| catalog.unsafe_triggers = Some("off".to_owned()), "enable_unsafe_triggers", "as a superuser"),
        (|catalog| catalog.nodes.truncate(1), "no workers", "citus_add_node"),
        (|catalog| catalog.nodes[2].responds = false, "three:5432", "citus_update_node"),
        (|catalog| catalog.nodes[1].is_active = false, "two:5432", "citus_activate_node"),
        (|catalog| catalog.without_login.push("two:5432".to_owned()), "can't log in on two:5432", "rekomi migrate"),
        (|catalog| catalog.tables[1].kind = Kind::Local, "but not links", "scale distribute"),
        (
            |catalog| catalog.tables.iter_mut().for_each(|table| table.kind = Kind::Local),
            "interrupted before its first table",
            "scale distribute",
        ),
        (|catalog| catalog.global[1].kind = Kind::Local, "users", "scale distribute"),
        (|catalog| catalog.subquery_policies = 3, "3 have a subquery", "scale distribute"),
        (|catalog| catalog.missing_functions = 2, "2 are only on this server", "scale distribute"),
        (|catalog| catalog.delegated.truncate(4), "not delegated: rekomi_search_texts", "scale distribute"),
    ];
    for (change, problem, cure) in faults {
        let mut catalog = cluster();
        change(&mut catalog);
        let lines = failed(&catalog);
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(lines[0].contains(problem) && lines[0].contains(cure), "{problem}: {lines:?}");
    }
}
