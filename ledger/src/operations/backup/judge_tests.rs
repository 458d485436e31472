//! What passes, and what fails with which cure.

use super::*;
use crate::operations::doctor::finding::Outcome;

fn has_cure(finding: &Finding, part: &str) {
    let Outcome::Failed { cure, .. } = &finding.outcome else { panic!("{finding:?}") };
    assert!(cure.contains(part), "{finding:?}");
}

fn passes(finding: &Finding, part: &str) {
    let Outcome::Passed { message } = &finding.outcome else { panic!("{finding:?}") };
    assert!(message.contains(part), "{finding:?}");
}

#[test]
fn schemas_are_the_same_older_or_newer() {
    for (applied, expected) in [
        (Some([1, 2, 3].as_slice()), Schema::Same(3)),
        (Some([1].as_slice()), Schema::Older(2)),
        (Some([1, 2, 3, 4].as_slice()), Schema::Newer(1)),
        (Some([1, 4].as_slice()), Schema::Newer(1)),
        (Some([].as_slice()), Schema::Absent),
        (None, Schema::Absent),
    ] {
        assert_eq!(Schema::of(&[1, 2, 3], applied), expected, "{applied:?}");
    }
    passes(&schema(Schema::Older(2)), "rekomi migrate");
    has_cure(&schema(Schema::Newer(1)), "the version of rekomi");
    has_cure(&schema(Schema::Absent), "rekomi migrate");
}

#[test]
fn a_dump_that_cant_be_restored_says_why() {
    for (error, part) in [
        ("pg_restore failed: ERROR: role \"reports\" does not exist", "--role reports"),
        ("/usr/bin has no program pg_restore", "client programs"),
        ("pg_restore failed: unsupported version (1.16) in file header", "newer Postgres"),
        ("ERROR: extension \"pg_trgm\" is not available", "postgresql-contrib"),
        (
            "ERROR: permission denied to create extension \"pg_stat_statements\"; HINT: Must be superuser to create it",
            "create it in the database postgres",
        ),
        ("could not extend file: No space left on device", "--scratch"),
        ("the file is empty", "another dump"),
    ] {
        has_cure(&not_restored(&anyhow::anyhow!("{error}")), part);
    }
    has_cure(&unreadable("schema", &anyhow::anyhow!("database \"rekomi\" does not exist")), "--database");
}

#[test]
fn other_keys_are_named_with_their_setting() {
    let mut tally = Tally::default();
    assert!(!opens_nothing(&tally));
    tally.broken("api_keys.sealed_secret", "org_1", "key_1", "altered");
    has_cure(&keys("ledger keys", "REKOMI_LEDGER_KEYS", &tally), "REKOMI_LEDGER_KEYS");
    assert!(opens_nothing(&tally));
    tally.found("api_keys.sealed_secret", 1);
    assert!(!opens_nothing(&tally), "one row alone may be damaged");
}

#[test]
fn a_backup_without_rows_was_made_by_another_role() {
    let now = Timestamp::from_seconds(1_800_000_000).unwrap();
    let mut total = Total::default();
    has_cure(&contents(total, now), "rekomi_backup");
    total.add(Contents { events: 3, newest: Some(now.plus_days(-3)), is_complete: true });
    total.add(Contents { events: 1_000, newest: None, is_complete: true });
    passes(&contents(total, now), "2 organizations, 1,003 events, the newest from");
    passes(&contents(total, now), "3 days ago");
    total.add(Contents { events: 0, newest: None, is_complete: false });
    has_cure(&contents(total, now), "rekomi_backup");
    assert_eq!([59, 3_600, 7_200].map(age), ["59 seconds", "60 minutes", "2 hours"].map(str::to_owned));
}
