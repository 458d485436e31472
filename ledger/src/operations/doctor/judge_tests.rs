//! What passes, and what fails with which cure.

use super::*;
use crate::operations::doctor::finding::Outcome;

/// The cure of a failed check; `None` if it passed.
fn cure(finding: &Finding) -> Option<&str> {
    match &finding.outcome {
        Outcome::Warned { cure, .. } | Outcome::Failed { cure, .. } => Some(cure),
        Outcome::Passed { .. } | Outcome::Skipped { .. } => None,
    }
}

fn has_cure(finding: &Finding, part: &str) {
    assert!(cure(finding).is_some_and(|cure| cure.contains(part)), "{finding:?}");
}

fn passes(finding: &Finding) {
    assert_eq!(cure(finding), None, "{finding:?}");
}

#[test]
fn keys_are_secret_and_different() {
    let (one, two) = ("ab".repeat(32), "cd".repeat(32));
    passes(&keys(&format!("2:{one},1:{}", "ef".repeat(32)), &format!("1:{two}")));
    has_cure(&keys(&format!("1:{one}"), &format!("1:{}", one.to_uppercase())), "keep the old one");
    has_cure(&keys(&format!("1:{}", "0".repeat(64)), &format!("1:{two}")), "keep the old one");
    // They are being changed.
    has_cure(&keys(&format!("1:{one}"), &format!("2:{two},1:{}", one.to_uppercase())), "remove the unsafe key");
    has_cure(&keys(&format!("2:{one},1:{}", "0".repeat(64)), &format!("1:{two}")), "remove the unsafe key");
    has_cure(&keys(&format!("1:{one}"), &format!("1:{}", "1".repeat(64))), "keep the old one");
}

#[test]
fn a_database_that_refuses_us_says_why() {
    for (code, part) in [
        (None, "start Postgres"),
        (Some("28P01"), "REKOMI_APP_PASSWORD"),
        (Some("28000"), "rekomi migrate"),
        (Some("3D000"), "create the database"),
        (Some("53300"), "max_connections"),
        (Some("57P03"), "start Postgres"),
    ] {
        has_cure(&unreachable_database(code, "refused"), part);
    }
}

#[test]
fn a_role_that_could_read_across_organizations_is_refused() {
    let plain = Role { name: "rekomi_app".to_owned(), ..Role::default() };
    passes(&role(&plain));
    for strong in [
        Role { superuser: true, ..plain.clone() },
        Role { bypass: true, ..plain.clone() },
        Role { create_role: true, ..plain.clone() },
        Role { owner: true, ..plain },
    ] {
        has_cure(&role(&strong), "rekomi_app");
    }
}

#[test]
fn every_table_is_protected() {
    let table = |name: &str, is_protected| TenantTable { name: name.to_owned(), is_protected };
    passes(&row_security(&[table("links", true)]));
    has_cure(&row_security(&[]), "rekomi migrate");
    has_cure(&row_security(&[table("links", true), table("clicks", false)]), "alter table clicks");
    let many: Vec<TenantTable> = (0..8).map(|number| table(&format!("t{number}"), false)).collect();
    assert!(format!("{:?}", row_security(&many)).contains("t4 and 3 more"));
}

#[test]
fn the_schema_has_every_migration_of_this_build() {
    passes(&schema(&[1, 2], Some(&[1, 2])));
    passes(&schema(&[1, 2], Some(&[1, 2, 3])));
    has_cure(&schema(&[1, 2], Some(&[1])), "rekomi migrate");
    has_cure(&schema(&[1, 2], None), "rekomi migrate");
}

#[test]
fn postgres_has_enough_connections() {
    passes(&connections(16, 97));
    passes(&connections(16, 16));
    has_cure(&connections(100, 97), "max_connections");
    has_cure(&connections(4, -1), "max_connections");
}

#[test]
fn clocks_agree_within_half_a_minute() {
    let at = |seconds: i64| Timestamp::EPOCH.plus_millis(seconds * 1_000);
    let moment = Duration::from_millis(20);
    for apart in [-30, 0, 30] {
        passes(&clock("edge clock", at(1_000), at(1_000 + apart), moment));
    }
    for (apart, word) in [(-60, "behind"), (60, "ahead of")] {
        let finding = clock("edge clock", at(1_000), at(1_000 + apart), moment);
        has_cure(&finding, "chrony");
        assert!(format!("{finding:?}").contains(word), "{finding:?}");
    }
    // A slow answer is no wrong clock.
    passes(&clock("edge clock", at(1_000), at(965), Duration::from_secs(8)));
}

#[test]
fn the_edge_says_what_is_wrong_with_our_request() {
    passes(&signed_request(200, None));
    has_cure(&signed_request(401, Some("signature_invalid")), "wrangler secret put REKOMI_EDGE_KEYS");
    has_cure(&signed_request(401, Some("signature_expired")), "chrony");
    has_cure(&signed_request(503, Some("not_configured")), "LEDGER_URL");
    has_cure(&signed_request(503, Some("store_unavailable")), "CONFIG");
    has_cure(&signed_request(500, None), "wrangler tail");
}

#[test]
fn the_machine_has_room() {
    passes(&open_files(65_536));
    has_cure(&open_files(256), "LimitNOFILE");
    passes(&disk("/data", 2 << 30, 8 << 30));
    has_cure(&disk("/data", 5 << 20, 8 << 30), "REKOMI_FILES");
}

#[test]
fn a_million_clicks_without_a_partition_are_a_warning() {
    passes(&other_clicks(None));
    passes(&other_clicks(Some(1_000_000)));
    let many = other_clicks(Some(1_000_001));
    has_cure(&many, "rekomi clicks archive");
    assert!(!many.is_failed());
}

#[test]
fn a_probe_that_never_arrives_says_where_to_look() {
    passes(&unsent_probe("queue", 404));
    has_cure(&unsent_probe("queue", 503), "EVENTS");
    has_cure(&unsent_probe("queue", 500), "wrangler tail");
    has_cure(&lost_probe("queue", Duration::from_secs(30)), "LEDGER_URL");
}

#[test]
fn hosts_of_crms_can_be_reached() {
    passes(&crm_hosts("CRM hosts", 0, &[], 0));
    passes(&crm_hosts("CRM hosts", 2, &[], 0));
    has_cure(&crm_hosts("CRM hosts", 2, &["https://crm.test (couldn't connect)".to_owned()], 1), "port 443");
    has_cure(&crm_hosts("CRM hosts", 2, &[], 1), "rotate-keys");
}
