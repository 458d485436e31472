//! For tests that try many cases by chance in one world: a seed that is printed and taken again, and forgetting.

use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use sqlx::PgConnection;

use crate::database::run_untriggered;

/// From `REKOMI_TEST_SEED`, or any; it is printed either way.
pub fn seed() -> u64 {
    let given = std::env::var("REKOMI_TEST_SEED").ok();
    let seed = given.map_or_else(rand::random, |text| text.parse().expect("REKOMI_TEST_SEED is a number"));
    println!("REKOMI_TEST_SEED={seed}");
    seed
}

/// Begins at [`seed`].
pub fn runner(config: Config) -> TestRunner {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed().to_le_bytes());
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}

/// From `REKOMI_TEST_CASES`, or as many.
pub fn cases(otherwise: u32) -> u32 {
    std::env::var("REKOMI_TEST_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// Everything that was told, decided and booked. Brands, programs, plans and affiliates stay.
const HAPPENED: &[&str] = &[
    "clicks",
    "click_hours",
    "click_days",
    "click_days_until",
    "click_facets",
    "click_day_facets",
    "click_origins",
    "milestones",
    "conversion_facets",
    "facet_fills",
    "events",
    "quarantine",
    "touches",
    "customers",
    "customer_emails",
    "conversions",
    "repeated_reports",
    "sale_buyers",
    "customer_joins",
    "erased_identities",
    "affiliate_emails",
    "sale_aliases",
    "refunds",
    "disputes",
    "decisions",
    "commissions",
    "conversion_days",
    "conversion_hours",
    "transfers",
    "accounts",
    "payout_items",
    "payout_attempts",
    "payout_exclusions",
    "stripe_notifications",
    "payout_differences",
    "payout_reconciliations",
    "payout_holds",
    "payout_returns",
    "payout_result_files",
    "payouts",
    "payout_runs",
    "idempotency_keys",
];

/// Forgets what happened, so that one world serves many cases. Only a superuser in replica mode gets past the triggers.
pub async fn forget(connection: &mut PgConnection) {
    let statements: String = HAPPENED.iter().map(|table| format!("delete from {table};")).collect();
    // A job that adds up clicks meanwhile would write days that are gone: it takes this lock, too.
    let quiet = "select pg_advisory_xact_lock(hashtextextended('click_days/' || id, 0)) from tenants order by id;";
    run_untriggered(connection, &format!("{quiet} {statements}")).await;
}
