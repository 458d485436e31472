//! `cargo xtask screens`: takes the screenshots of `docs/screens/` from a private ledger with the seeded brand.

use crate::brand::Visit;
use anyhow::Result;

pub(crate) fn run() -> Result<()> {
    Visit { name: "screenshots", script: "screens.mjs", output: "docs/screens", profile: "debug" }.run()
}
