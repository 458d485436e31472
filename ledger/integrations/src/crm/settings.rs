//! Checks a connection's settings before they are saved: tags and events.

use axum::http::StatusCode;
use connector::{Account, Connector, Descriptor, Tagging};
use serde_json::json;
use shared::id::OrganizationId;

use super::{
    lint::{self, Against},
    pick,
};
use kit::{
    api::finding::Finding,
    error::{Code, Error, Result},
    state::AppState,
};

pub const TAGS_MAX: usize = 50;
/// The events that can be sent, with their descriptions.
pub const EVENTS: [(&str, &str); 5] = [
    ("affiliate_approved", "An affiliate is approved"),
    ("first_click", "An affiliate gets their first click in a program"),
    ("first_conversion", "An affiliate gets their first sale in a program"),
    ("commission_earned", "An affiliate earns a commission"),
    ("payout_sent", "A payout is on its way"),
];

/// Each event with its description and whether it is selected, for a form; empty if the vendor takes no events.
pub(super) fn choices(descriptor: &Descriptor, selected: &[String]) -> Vec<(&'static str, &'static str, bool)> {
    let offered = EVENTS.into_iter().filter(|_| descriptor.events.is_some());
    offered.map(|(name, words)| (name, words, selected.iter().any(|event| event == name))).collect()
}

/// What tags are compared with in addition to the vendor's own tags.
#[derive(Debug, Clone, Copy, Default)]
pub struct Own<'a> {
    /// The account's default tags, where a program's tags are checked.
    pub defaults: &'a [String],
    /// Tags that are already saved.
    pub kept: &'a [String],
}

/// The result of a check of tags.
#[derive(Debug)]
pub struct TagFindings {
    pub findings: Vec<Finding>,
    /// The list with every fix applied.
    pub mended: Vec<String>,
    /// Whether the vendor's own tags could be loaded for comparison.
    pub compared: bool,
}

/// Returns each event once, in the order of [`EVENTS`].
///
/// # Errors
/// 400 naming `events`.
pub fn events(descriptor: &Descriptor, requested: &[String]) -> Result<Vec<String>> {
    if requested.is_empty() {
        return Ok(Vec::new());
    }
    if descriptor.events.is_none() {
        return Err(Error::field("events", format!("{} doesn't accept events from Rekomi", descriptor.name)));
    }
    let known = EVENTS.map(|(name, _)| name);
    if let Some(unknown) = requested.iter().find(|name| !known.contains(&name.as_str())) {
        return Err(Error::field("events", format!("{unknown} isn't a known event. Choose from {}", known.join(", "))));
    }
    Ok(known
        .into_iter()
        .filter(|name| requested.iter().any(|requested| requested == name))
        .map(str::to_owned)
        .collect())
}

/// Checks tags. If the vendor can't be reached, people can still save: then only the list itself is checked.
pub async fn look(
    state: &AppState,
    organization: OrganizationId,
    connector: &dyn Connector,
    account: &Account,
    tags: &[String],
    own: Own<'_>,
) -> TagFindings {
    let (existing, verified_changes) = match pick::tags(state, organization, connector, account).await {
        Ok(choices) => (choices.into_iter().map(|choice| choice.name).collect::<Vec<_>>(), true),
        Err(fault) => {
            tracing::info!(
                event = "crm.tags_unavailable",
                vendor = connector.descriptor().slug,
                code = fault.code,
                "the CRM's tags can't be loaded right now"
            );
            (Vec::new(), false)
        }
    };
    let joined = matches!(connector.descriptor().tags, Tagging::Field(_));
    let against = Against { existing: &existing, defaults: own.defaults, kept: own.kept, joined };
    let findings = lint::findings(tags, &against);
    let mended = if findings.is_empty() { tags.to_vec() } else { lint::mended(tags, &against) };
    let compared = verified_changes && matches!(connector.descriptor().tags, Tagging::Tags { listed: true });
    TagFindings { findings, mended, compared }
}

/// Refuses tags with findings that block, or that only ask and weren't accepted.
///
/// # Errors
/// 400 for too many, 422 `tags_need_attention` with the findings.
pub async fn tags(
    state: &AppState,
    organization: OrganizationId,
    connector: &dyn Connector,
    account: &Account,
    (tags, own): (&[String], Own<'_>),
    accept: bool,
) -> Result<()> {
    if tags.len() > TAGS_MAX {
        return Err(Error::field("tags", format!("tags must have at most {TAGS_MAX} entries")));
    }
    if tags == own.kept {
        return Ok(());
    }
    let looked = look(state, organization, connector, account, tags, own).await;
    let open: Vec<Finding> = looked.findings.into_iter().filter(|found| found.blocks || !accept).collect();
    let Some(first) = open.first() else { return Ok(()) };
    let message = format!("{} Send the fixed list from `mended`{}.", first.message, or_accept(&open));
    let details = json!({"findings": open, "mended": looked.mended});
    let error = Error::new(StatusCode::UNPROCESSABLE_ENTITY, Code::TagsNeedAttention, message);
    Err(error.with_field("tags").with(details))
}

fn or_accept(open: &[Finding]) -> &'static str {
    if open.iter().any(|found| found.blocks) { "" } else { ", or send `acceptTags: true` to keep it" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initial_events_are_among_those_that_can_be_sent() {
        for descriptor in connector::providers::ALL.iter().map(|one| one.descriptor()) {
            let initial: Vec<String> = descriptor.initial_events.iter().copied().map(str::to_owned).collect();
            assert_eq!(events(descriptor, &initial).unwrap(), initial, "{}", descriptor.slug);
        }
        for slug in ["braze", "customer-io", "vero"] {
            let descriptor = connector::providers::named(slug).unwrap().descriptor();
            assert_eq!(descriptor.initial_events, ["affiliate_approved"], "{slug}");
        }
    }

    #[test]
    fn events_go_to_vendors_that_have_them() {
        let without = connector::providers::named("activecampaign").unwrap().descriptor();
        assert!(events(without, &[]).unwrap().is_empty());
        let refused = events(without, &["payout_sent".to_owned()]).unwrap_err();
        assert_eq!(refused.body().field.as_deref(), Some("events"));
        for descriptor in
            connector::providers::ALL.iter().map(|one| one.descriptor()).filter(|one| one.events.is_some())
        {
            let expected = ["payout_sent", "affiliate_approved", "payout_sent"].map(str::to_owned);
            assert_eq!(events(descriptor, &expected).unwrap(), ["affiliate_approved", "payout_sent"]);
            assert!(events(descriptor, &["sale".to_owned()]).is_err());
        }
    }
}
