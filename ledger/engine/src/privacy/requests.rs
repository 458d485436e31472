//! Extends plan conditions to sales whose buyers were erased: for each text that a condition lists, adds the form that
//! an erasure leaves of it. Such a sale then earns what it earned with its buyer's original values.

use std::collections::BTreeSet;

use shared::{
    id::OrganizationId,
    keys::{Key, KeyRing},
};

use super::{
    personal::{is_personal, names_customer},
    pseudonym::{Erased, Name},
    redact::{Walk, candidates},
    store,
};
use kit::db::TenantsTx;
use rules::commission::plan::{Component, PlanVersion};

/// Extends the plans by which histories of these organizations are priced. Costs nothing if no plan has a condition on
/// metadata.
pub async fn of_erased(
    tx: &mut TenantsTx,
    ring: &KeyRing,
    organizations: &BTreeSet<OrganizationId>,
    versions: &mut [PlanVersion],
) -> Result<(), sqlx::Error> {
    let asking: Vec<&mut PlanVersion> =
        versions.iter_mut().filter(|version| version.components.iter().flatten().any(asks)).collect();
    if asking.is_empty() {
        return Ok(());
    }
    let organizations = store::with_erased(tx, &organizations.iter().copied().collect::<Vec<_>>()).await?;
    if organizations.is_empty() {
        return Ok(());
    }
    let programs: Vec<_> = asking.iter().map(|version| version.program_id).collect();
    let owners = store::owners_of(tx, &organizations, &programs).await?;
    for version in asking {
        let Some(organization) = owners.get(&version.program_id) else { continue };
        version.components.iter_mut().flatten().for_each(|component| complete(component, *organization, ring));
    }
    Ok(())
}

fn asks(component: &Component) -> bool {
    !component.when.metadata.is_empty()
}

/// Extends one component, for sales of this organization.
pub fn complete(component: &mut Component, organization: OrganizationId, ring: &KeyRing) {
    for (key, texts) in &mut component.when.metadata {
        let mut erased: BTreeSet<String> = BTreeSet::new();
        for text in texts.iter().filter(|text| may_be_erased(key, text)) {
            erased.extend(ring.iter().flat_map(|ring_key| forms(key, text, organization, ring_key)));
        }
        texts.extend(erased);
    }
}

fn may_be_erased(key: &str, text: &str) -> bool {
    is_personal("metadata", key) || names_customer("metadata", key) || text.contains('@')
}

/// The forms of the text in an event of an erased person, and in one that only mentions them.
fn forms(key: &str, text: &str, organization: OrganizationId, ring_key: &Key) -> Vec<String> {
    let mut erased = Erased::of(organization, ring_key);
    for name in candidates(text, None).into_iter().chain([Name::of_customer(text)]) {
        let hash = name.hash(organization, ring_key);
        erased.add(name, hash, ring_key.clone());
    }
    let forms = [true, false].map(|own| Walk::new(&erased, own).field("metadata", key, text));
    forms.into_iter().filter(|form| form != text).collect()
}

#[cfg(test)]
mod tests {
    use shared::keys::Purpose;

    use super::*;

    fn ring(text: &str) -> KeyRing {
        KeyRing::parse(text, Purpose::Pseudonym).unwrap()
    }

    fn requested(condition: &str, ring: &KeyRing) -> Vec<String> {
        let json = format!(r#"{{"type":"percentage","ratePercent":"30","when":{{"metadata":{condition}}}}}"#);
        let mut component: Component = serde_json::from_str(&json).unwrap();
        complete(&mut component, OrganizationId::from_bytes([1; 16]), ring);
        component.when.metadata.into_values().next().unwrap()
    }

    #[test]
    fn texts_of_personal_fields_are_also_compared_as_hashes() {
        let old = format!("1:{}", "ab".repeat(32));
        let rotated = ring(&format!("2:{},{old}", "cd".repeat(32)));
        let texts = requested(r#"{"company":["yes","no"]}"#, &rotated);
        assert_eq!(texts.len(), 2 + 4, "two texts under two keys: {texts:?}");
        for ring_key in rotated.iter() {
            let erased = Erased::of(OrganizationId::from_bytes([1; 16]), ring_key);
            assert!(texts.contains(&Walk::new(&erased, true).field("metadata", "company", "yes")));
        }
        assert_eq!(requested(r#"{"plan":["pro"]}"#, &rotated), ["pro"], "no erasure takes it out");
    }

    #[test]
    fn addresses_and_ids_are_also_compared_as_pseudonyms() {
        let ring = ring(&format!("1:{}", "ab".repeat(32)));
        for condition in [r#"{"owner":["ann@x.test"]}"#, r#"{"accountId":["acme-1"]}"#] {
            let texts = requested(condition, &ring);
            assert_eq!(texts.len(), 2, "{texts:?}");
            assert!(texts[1].starts_with("erased-"), "{texts:?}");
        }
    }
}
