//! Measurements that are tests of the suites, too long for every day: they fail where something is lost or doubled, comes
//! too fast, makes others wait, or lets memory grow.
//!
//! `bench crm`: ten thousand affiliates into a CRM that takes ten calls a second, both made faster by the same factor.
//! `bench payouts`: ten thousand payouts in one run, against Stripe's fake server, at fifty times the pace that Stripe allows.

use crate::{check, programs};
use anyhow::Result;

/// Of that suite, whatever of it is called so.
pub(crate) fn run(suite: &str, test: &str) -> Result<()> {
    programs::build(&["ledger"])?;
    let arguments = ["--package", "rekomi-tests", "--test", suite, "--", "--ignored", "--nocapture", test];
    check::run(&check::Options::measurement(&arguments))
}
