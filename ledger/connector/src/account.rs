//! A brand's account at a vendor: the credentials that were pasted, and what was found out about it.

use std::{collections::BTreeMap, fmt};

use crate::{Fault, Known};

/// Credentials by the descriptor's field names, and what [`crate::Task::Check`] learned, with what syncs have learned
/// since that holds for the whole account ([`crate::Connector::remembers`]).
#[derive(Clone, Default)]
pub struct Account {
    pub credentials: BTreeMap<String, String>,
    pub found: Known,
}

/// Omits the secrets.
impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("found", &self.found).finish_non_exhaustive()
    }
}

impl Account {
    /// Returns a credential that the vendor requires.
    ///
    /// # Errors
    /// A [`Fault`] that names the missing field.
    pub fn get(&self, name: &str) -> Result<&str, Fault> {
        self.maybe(name).ok_or_else(|| Fault::credentials(format!("{name} is missing. Reconnect to add it")))
    }

    pub fn maybe(&self, name: &str) -> Option<&str> {
        self.credentials.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}
