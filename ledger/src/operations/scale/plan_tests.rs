//! The steps, from a whole schema and from a part of one.

use super::{
    super::catalog::{ForeignKey, Table, Unique},
    *,
};

fn table(name: &str, kind: Kind) -> Table {
    Table { name: name.to_owned(), kind }
}

fn key(table: &str, name: &str, target: &str) -> ForeignKey {
    ForeignKey { table: table.to_owned(), name: name.to_owned(), target: target.to_owned() }
}

fn catalog(kind: Kind, global: Kind) -> Catalog {
    Catalog {
        version: Some("14.0".to_owned()),
        wal_level: Some("logical".to_owned()),
        tables: ["api_keys", "click_totals", "clicks", "links", "memberships", "organizations"]
            .map(|name| table(name, kind))
            .into(),
        global: ["tenants", "users"].map(|name| table(name, global)).into(),
        partitioned: vec!["clicks".to_owned()],
        foreign_keys: vec![
            key("api_keys", "api_keys_fkey", "links"),
            key("links", "links_fkey", "organizations"),
            key("memberships", "memberships_user_id_fkey", "users"),
            key("organizations", "organizations_organization_id_fkey", "tenants"),
        ],
        unique: vec![Unique {
            table: "api_keys".to_owned(),
            name: "api_keys_bearer".to_owned(),
            definition: "CREATE UNIQUE INDEX api_keys_bearer ON public.api_keys USING btree (bearer_hash) WHERE (a)"
                .to_owned(),
            is_constraint: false,
        }],
        delegated: DELEGATED
            .map(|(name, _)| name.to_owned())
            .into_iter()
            .filter(|name| name != "rekomi_search_texts")
            .collect(),
        ..Catalog::default()
    }
}

#[test]
fn a_table_follows_those_that_its_keys_lead_to() {
    let steps = plan(&catalog(Kind::Local, Kind::Local), 32);
    let sql: Vec<String> = steps.iter().map(|step| step.statements.join("; ")).collect();
    assert_eq!(
        sql,
        [
            "alter table memberships drop constraint memberships_user_id_fkey",
            "alter table organizations drop constraint organizations_organization_id_fkey",
            "call rekomi_write_policies()",
            "grant update on tenants to rekomi_app",
            "select create_distributed_table('public.organizations', 'organization_id', shard_count => 32)",
            "call rekomi_claim_names()",
            "begin; drop index api_keys_bearer; CREATE UNIQUE INDEX api_keys_bearer ON public.api_keys USING btree \
             (organization_id, bearer_hash) WHERE (a); create index if not exists api_keys_bearer_by_name on api_keys \
             using btree (bearer_hash) WHERE (a); commit",
            "select create_distributed_table_concurrently('public.click_totals', 'organization_id', \
             colocate_with => 'organizations')",
            "select create_distributed_table('public.clicks', 'organization_id', colocate_with => 'organizations')",
            "select create_distributed_table('public.memberships', 'organization_id', colocate_with => 'organizations')",
            "select create_distributed_table('public.links', 'organization_id', colocate_with => 'organizations')",
            "select create_distributed_table('public.api_keys', 'organization_id', colocate_with => 'organizations')",
            "select create_reference_table('public.tenants')",
            "select create_reference_table('public.users')",
            "alter table organizations add constraint organizations_organization_id_fkey foreign key (organization_id) \
             references tenants",
            "alter table memberships add constraint memberships_user_id_fkey foreign key (user_id) references users",
            "select create_distributed_function('public.rekomi_search_texts(uuid, text[])', distribution_arg_name => \
             'organization', colocate_with => 'public.organizations', force_delegation => true)",
        ]
    );
}

#[test]
fn functions_are_copied_first_and_without_the_tables_that_they_name() {
    let created_before = Catalog { missing_functions: 47, ..catalog(Kind::Local, Kind::Local) };
    let steps = plan(&created_before, 32);
    let copied = steps[0].statements.join("; ");
    assert!(copied.starts_with("begin; set local check_function_bodies = off; select create_dist"), "{copied}");
    assert!(copied.ends_with("; commit"), "{copied}");
    assert_eq!(steps[1..], plan(&Catalog { missing_functions: 0, ..created_before }, 32));
}

#[test]
fn nothing_is_left_to_do_twice() {
    let mut done = catalog(Kind::Distributed, Kind::Reference);
    done.unique.clear();
    done.delegated.push("rekomi_search_texts".to_owned());
    assert!(plan(&done, 32).is_empty());
    // Interrupted before the last step.
    done.foreign_keys.retain(|key| key.table != "memberships");
    let steps = plan(&done, 32);
    assert_eq!(steps.len(), 1);
    assert!(steps[0].statements[0].starts_with("alter table memberships add constraint"), "{steps:?}");
}

#[test]
fn names_are_claimed_while_the_tables_that_have_them_are_here() {
    let claims = |distributed: &[&str]| {
        let mut begun = catalog(Kind::Local, Kind::Local);
        for table in begun.tables.iter_mut().filter(|table| distributed.contains(&table.name.as_str())) {
            table.kind = Kind::Distributed;
        }
        plan(&begun, 32).iter().any(|step| step.statements[0].contains("rekomi_claim_names"))
    };
    assert!(claims(&["organizations"]), "interrupted after the first table");
    assert!(!claims(&["organizations", "clicks"]), "interrupted later");
}
