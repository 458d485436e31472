//! The public status page: whether each part of the installation works, from checks that use it, kept for ninety days.
//!
//! Nothing here belongs to a tenant. The latest results are also kept in memory, so that the page can report a database
//! outage during the outage.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use shared::timestamp::Timestamp;

/// A part of the installation whose failure people would notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Component {
    Api,
    Database,
    Intake,
    Edge,
    EdgeConfig,
    Webhooks,
    Mail,
}

impl Component {
    pub const ALL: [Self; 7] =
        [Self::Api, Self::Database, Self::Intake, Self::Edge, Self::EdgeConfig, Self::Webhooks, Self::Mail];

    /// As the database and the API spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Api => "ledger_api",
            Self::Database => "database",
            Self::Intake => "event_intake",
            Self::Edge => "edge",
            Self::EdgeConfig => "edge_config",
            Self::Webhooks => "webhooks",
            Self::Mail => "mail",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|component| component.as_str() == text)
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::Api => "Ledger API",
            Self::Database => "Database",
            Self::Intake => "Event intake",
            Self::Edge => "Edge",
            Self::EdgeConfig => "Edge configuration",
            Self::Webhooks => "Outgoing webhooks",
            Self::Mail => "Email",
        }
    }

    /// Its purpose, in a few words.
    pub const fn about(self) -> &'static str {
        match self {
            Self::Api => "Dashboard and REST API",
            Self::Database => "Primary database",
            Self::Intake => "Clicks, conversions and gateway events from the edge",
            Self::Edge => "Links, tracking and gateway webhooks",
            Self::EdgeConfig => "Link and program changes sent to the edge",
            Self::Webhooks => "Events sent to your own systems",
            Self::Mail => "Outgoing email",
        }
    }
}

/// The result of one check: no failure, or the failure's stable code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finding {
    pub component: Component,
    pub at: Timestamp,
    pub failure: Option<&'static str>,
}

/// How many failed checks in a row make an incident.
pub const FAILURES: usize = 3;

/// This process's latest findings, and how many in a row failed.
#[derive(Debug, Default)]
pub struct Live(Mutex<BTreeMap<Component, (Finding, usize)>>);

impl Live {
    pub fn note(&self, finding: Finding) {
        let mut found = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let failed_before = found.get(&finding.component).map_or(0, |(_, failed)| *failed);
        let failed = if finding.failure.is_some() { failed_before + 1 } else { 0 };
        found.insert(finding.component, (finding, failed));
    }

    /// For each checked component: the finding, and how many in a row failed.
    pub fn all(&self) -> BTreeMap<Component, (Finding, usize)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_counted_in_a_row() {
        let live = Live::default();
        let find = |failure| {
            live.note(Finding { component: Component::Edge, at: Timestamp::EPOCH, failure });
            live.all()[&Component::Edge].1
        };
        let counts = [Some("no_answer"), Some("no_answer"), None, Some("no_answer")].map(find);
        assert_eq!(counts, [1, 2, 0, 1]);
    }

    #[test]
    fn components_are_spelled_once() {
        for component in Component::ALL {
            assert_eq!(Component::parse(component.as_str()), Some(component));
        }
    }
}
