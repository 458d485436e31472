//! Runs measurements that are tests of the suites but too long for every day. They fail if something is lost or
//! duplicated, sent too fast, delays others, or if memory grows.
//!
//! `bench crm`: syncs ten thousand affiliates into a CRM that accepts ten calls per second, with both sides sped up by
//! the same factor. `bench payouts`: sends ten thousand payouts in one run to Stripe's fake server, at fifty times the
//! pace that Stripe allows.

use crate::{check, programs};
use anyhow::Result;

/// Runs the tests of this suite whose names contain `test`.
pub(crate) fn run(suite: &str, test: &str) -> Result<()> {
    programs::build(&["rekomi"])?;
    let arguments = ["--package", "rekomi-tests", "--test", suite, "--", "--ignored", "--nocapture", test];
    check::run(&check::Options::measurement(&arguments))
}
