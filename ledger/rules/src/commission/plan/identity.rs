//! Identifies the components of a plan across versions by their ids, which the caller sets or which are found here.
//! Decisions about a component's commission, and payments of it, refer to the id. Pure.

use super::{Component, Pays};

/// Long enough to identify a component.
pub(super) const ID_MAX: usize = 40;

/// Whether a text may be the id of a component.
pub(super) fn is_id(text: &str) -> bool {
    (1..=ID_MAX).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// Gives an id to each component without one: that of the matching component in the scope's previous version, which has
/// the same type and the same name, or else the same position among those of its type; otherwise its type and number.
pub fn identify(components: &mut [Component], before: &[Component]) {
    let known = ids(before);
    let mut taken: Vec<String> = components.iter().filter_map(|component| component.id.clone()).collect();
    for by_name in [true, false] {
        for at in 0..components.len() {
            let Some(component) = components.get(at).filter(|component| component.id.is_none()) else { continue };
            let place = place(components, at);
            let is_it = |(other, earlier): &(usize, &Component)| {
                earlier.pays.kind() == component.pays.kind()
                    && if by_name {
                        component.name.is_some() && earlier.name == component.name
                    } else {
                        self::place(before, *other) == place
                    }
            };
            let found = before.iter().enumerate().find(is_it).and_then(|(other, _)| known.get(other));
            if let Some(id) = found.filter(|id| !taken.contains(id)).cloned() {
                taken.push(id.clone());
                set(components, at, id);
            }
        }
    }
    // A new component never gets the id of a removed one.
    let fresh = |taken: &[String], id: &String| !taken.contains(id) && !known.contains(id);
    for at in 0..components.len() {
        let Some(component) = components.get(at).filter(|component| component.id.is_none()) else { continue };
        let kind = component.pays.kind();
        let id = (1..).map(|number| numbered(kind, number)).find(|id| fresh(&taken, id)).unwrap_or_default();
        taken.push(id.clone());
        set(components, at, id);
    }
}

/// Returns the ids of a version's components: in versions stored before components had ids, type and number.
pub(super) fn ids(components: &[Component]) -> Vec<String> {
    let own = |at: usize, component: &Component| {
        component.id.clone().unwrap_or_else(|| numbered(component.pays.kind(), place(components, at)))
    };
    components.iter().enumerate().map(|(at, component)| own(at, component)).collect()
}

/// Returns the components with their ids.
pub fn with_ids(mut components: Vec<Component>) -> Vec<Component> {
    if components.iter().any(|component| component.id.is_none()) {
        let ids = ids(&components);
        components.iter_mut().zip(ids).for_each(|(component, id)| component.id = Some(id));
    }
    components
}

fn set(components: &mut [Component], at: usize, id: String) {
    if let Some(component) = components.get_mut(at) {
        component.id = Some(id);
    }
}

/// The position, from 1, among those of its type.
fn place(components: &[Component], at: usize) -> usize {
    let kind = components.get(at).map(|component| component.pays.kind());
    components.iter().take(at + 1).filter(|component| Some(component.pays.kind()) == kind).count()
}

fn numbered(kind: &str, number: usize) -> String {
    if number == 1 { kind.to_owned() } else { format!("{kind}_{number}") }
}

impl Pays {
    /// The name of its type in a plan's JSON.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Percentage { .. } => "percentage",
            Self::Flat(_) => "flat",
            Self::Tiers(_) => "tiers",
            Self::FirstConversion(_) => "first_conversion",
            Self::PerLead(_) => "per_lead",
            Self::PerClick(_) => "per_click",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(json: &str) -> Vec<Component> {
        serde_json::from_str(json).unwrap()
    }

    fn identified(json: &str, before: &[Component]) -> Vec<Component> {
        let mut components = plan(json);
        identify(&mut components, before);
        components
    }

    const SHARE: &str = r#"{"type":"percentage","ratePercent":"10"}"#;
    const FLAT: &str = r#"{"type":"flat","amountCents":500,"currency":"USD"}"#;

    #[test]
    fn the_first_version_goes_by_type_and_number() {
        let made = identified(&format!("[{SHARE},{FLAT},{SHARE}]"), &[]);
        assert_eq!(ids(&made), ["percentage", "flat", "percentage_2"]);
        assert_eq!(ids(&plan(&format!("[{SHARE},{FLAT},{SHARE}]"))), ids(&made), "as one that was stored without ids");
    }

    #[test]
    fn a_component_keeps_its_id_where_it_moves_or_changes_its_amount() {
        let before = identified(&format!("[{SHARE},{FLAT}]"), &[]);
        let other = r#"{"type":"flat","amountCents":700,"currency":"EUR"}"#;
        assert_eq!(ids(&identified(&format!("[{other},{SHARE}]"), &before)), ["flat", "percentage"]);
    }

    #[test]
    fn a_name_goes_before_a_place_and_a_given_id_before_both() {
        let named = |name: &str| format!(r#"{{"type":"percentage","ratePercent":"10","name":"{name}"}}"#);
        let before = identified(&format!("[{},{}]", named("New"), named("Renewals")), &[]);
        let after = identified(&format!("[{},{}]", named("Renewals"), named("New")), &before);
        assert_eq!(ids(&after), ["percentage_2", "percentage"]);
        let given = r#"{"type":"percentage","ratePercent":"10","id":"percentage"}"#;
        assert_eq!(ids(&identified(&format!("[{SHARE},{given}]"), &before)), ["percentage_3", "percentage"]);
    }

    #[test]
    fn another_component_is_not_taken_for_one_that_went() {
        let before = identified(&format!("[{SHARE},{SHARE}]"), &[]);
        assert_eq!(ids(&identified(&format!("[{FLAT}]"), &before)), ["flat"]);
        assert_eq!(ids(&identified(&format!("[{SHARE},{SHARE},{SHARE}]"), &before))[2], "percentage_3");
    }

    #[test]
    fn what_an_id_may_be() {
        assert!(is_id("renewals_2"));
        for not in ["", "Renewals", "a-b", "a b", "ü", &"x".repeat(41)] {
            assert!(!is_id(not), "{not}");
        }
    }
}
