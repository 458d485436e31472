//! Computes what a CRM should know of an affiliate now: their status, lists and tags, and whether they consented.

use std::collections::BTreeSet;

use connector::{AffiliateStatus, Choice, Consent, Person, split_name};
use shared::{id::AffiliateId, timestamp::Timestamp};

use super::{
    lease_store::Connection,
    person_store::{self, Program, Row},
};
use crate::crm::tags;
use kit::db::TenantTx;

/// The tag of former affiliates. It replaces every tag that we added.
const FORMER: &str = "Rekomi former affiliate";

/// Loads the affiliate as the connection's CRM should know them, and whether they are left alone there; `None` for an
/// erased affiliate.
pub async fn read(
    tx: &mut TenantTx,
    connection: &Connection,
    affiliate: AffiliateId,
    now: Timestamp,
) -> Result<Option<(Person, bool)>, sqlx::Error> {
    let whom = (connection.id, affiliate);
    let row = person_store::read(tx, whom, now).await?;
    let Some(row) = row.filter(|row| row.erased_at.is_none()) else { return Ok(None) };
    let programs = person_store::programs(tx, whom).await?;
    let is_left_alone = row.is_left_alone;
    Ok(Some((of(affiliate, row, &programs, connection), is_left_alone)))
}

fn of(affiliate: AffiliateId, row: Row, programs: &[Program], connection: &Connection) -> Person {
    let affiliate_status = match row.status.as_str() {
        "Approved" => AffiliateStatus::Approved,
        "Banned" => AffiliateStatus::Banned,
        "Rejected" => AffiliateStatus::Rejected,
        _ => AffiliateStatus::Left,
    };
    let approved = affiliate_status == AffiliateStatus::Approved;
    let segment = row.segment.as_deref().filter(|_| connection.segment_tag);
    let extras: Vec<String> = programs.iter().flat_map(|program| &program.tags).cloned().collect();
    let current = tags::tags_of(&connection.tags, &extras, segment);
    let requested = if approved { current } else { vec![FORMER.to_owned()] };
    // An affiliate who was invited by email alone is named after its local part, which isn't a real name to send.
    let unnamed = row.email.split('@').next() == Some(row.name.as_str());
    let our_names = row.synced_names.iter().map(|name| split_name(name).into()).collect();
    let (first_name, last_name) = if unnamed { (None, None) } else { split_name(&row.name) };
    let consent = match (row.terms_granted, row.terms_at) {
        (Some(true), Some(at)) => Some(Consent { at, version: row.terms_version }),
        _ => None,
    };
    let moved_from = row.synced_email.filter(|synced| *synced != row.email);
    // Someone who stays where they are needn't be looked for elsewhere.
    let stays = approved && moved_from.is_none();
    Person {
        id: affiliate.to_string(),
        moved_from,
        email: row.email,
        first_name,
        last_name,
        our_names,
        is_synced: row.is_there,
        affiliate_status,
        joined_at: row.created_at,
        consent,
        lists: if approved { lists(programs, connection) } else { Vec::new() },
        used_lists: if stays { Vec::new() } else { used_lists(row.used_lists, connection) },
        untags: others(row.given, &requested),
        tags: requested,
    }
}

/// A contact with an address that the affiliate no longer has, as the last sync left it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FormerContact {
    pub email: String,
    /// Ids.
    pub lists: Vec<String>,
    pub tags: Vec<String>,
}

/// The person that the CRM should see behind a contact that was left behind: a former affiliate.
pub fn left_behind(person: Person, contact: FormerContact) -> Person {
    Person {
        email: contact.email,
        moved_from: None,
        affiliate_status: AffiliateStatus::Left,
        lists: Vec::new(),
        used_lists: contact.lists,
        untags: contact.tags.into_iter().filter(|tag| tag != FORMER).collect(),
        tags: vec![FORMER.to_owned()],
        ..person
    }
}

/// The person under an address that they no longer have, to delete the contact that was left behind.
pub fn under_former(person: Person, contact: FormerContact) -> Person {
    let used: BTreeSet<String> = person.used_lists.iter().cloned().chain(contact.lists).collect();
    Person { email: contact.email, moved_from: None, used_lists: used.into_iter().collect(), ..person }
}

/// Returns each program's list (its own or the default one), without duplicates.
fn lists(programs: &[Program], connection: &Connection) -> Vec<Choice> {
    let own = |program: &Program| program.list.as_ref().and_then(|list| serde_json::from_value(list.0.clone()).ok());
    let mut lists: Vec<Choice> = Vec::new();
    let requested: Vec<Option<Choice>> =
        if programs.is_empty() { vec![None] } else { programs.iter().map(own).collect() };
    for list in requested.into_iter().filter_map(|list| list.or_else(|| connection.list.clone())) {
        if !lists.iter().any(|known| known.id == list.id) {
            lists.push(list);
        }
    }
    lists
}

/// Returns the tags that aren't requested, without duplicates. Most vendors ignore case, and would remove `vip` as well
/// if they had to remove `VIP`: a tag that is requested in another case isn't removed.
fn others(tags: Vec<String>, requested: &[String]) -> Vec<String> {
    let kept: BTreeSet<String> = requested.iter().map(|tag| tag.to_lowercase()).collect();
    let mut others: Vec<String> = Vec::new();
    for tag in tags {
        if !kept.contains(&tag.to_lowercase()) && !others.contains(&tag) {
            others.push(tag);
        }
    }
    others
}

/// Adds the default list, because a failed sync may have put the affiliate on it.
fn used_lists(mut used: Vec<String>, connection: &Connection) -> Vec<String> {
    let default = connection.list.iter().map(|list| list.id.clone());
    used.extend(default);
    used.sort();
    used.dedup();
    used
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use sqlx::types::Json;
    use uuid::Uuid;

    use super::*;

    fn connection() -> Connection {
        Connection {
            id: Uuid::nil(),
            vendor: "activecampaign".to_owned(),
            tags: vec!["partners".to_owned()],
            segment_tag: false,
            list: Some(Choice { id: "1".to_owned(), name: "All".to_owned() }),
            failures: 0,
            rights_failures: 0,
        }
    }

    fn row(status: &str, given: &[&str]) -> Row {
        Row {
            email: "lauren@creators.test".to_owned(),
            name: "Lauren Vale".to_owned(),
            status: status.to_owned(),
            created_at: Timestamp::EPOCH,
            erased_at: None,
            segment: Some("gold".to_owned()),
            is_there: !given.is_empty(),
            is_left_alone: false,
            synced_email: None,
            synced_names: Vec::new(),
            given: given.iter().map(|tag| (*tag).to_owned()).collect(),
            used_lists: ["3", "1", "3"].map(str::to_owned).to_vec(),
            terms_granted: None,
            terms_version: None,
            terms_at: None,
        }
    }

    fn program(list: Option<&str>, tags: &[&str]) -> Program {
        let list = list.map(|id| Json(json!({"id": id, "name": "Own"})));
        Program { list, tags: tags.iter().map(|tag| (*tag).to_owned()).collect() }
    }

    fn ids(person: &Person) -> Vec<&str> {
        person.lists.iter().map(|list| list.id.as_str()).collect()
    }

    #[test]
    fn tags_are_the_systems_the_accounts_and_the_programs() {
        let programs = [program(None, &["spring"]), program(Some("2"), &["spring", "vip"])];
        let person = of(AffiliateId::new(Uuid::nil()), row("Approved", &["autumn", "vip"]), &programs, &connection());
        assert_eq!(person.tags, ["Rekomi affiliate", "partners", "spring", "vip"]);
        assert_eq!(person.untags, ["autumn"]);
        assert_eq!(ids(&person), ["1", "2"]);
        assert!(person.used_lists.is_empty(), "only who left is looked for");
        assert_eq!(person.consent, None);
    }

    #[test]
    fn a_tag_that_is_requested_in_another_case_is_not_removed() {
        let given = ["Partners", "AUTUMN", "Übersee"];
        let programs = [program(None, &["übersee"])];
        let person = of(AffiliateId::new(Uuid::nil()), row("Approved", &given), &programs, &connection());
        assert_eq!(person.tags, ["Rekomi affiliate", "partners", "übersee"]);
        assert_eq!(person.untags, ["AUTUMN"]);
        let person = of(AffiliateId::new(Uuid::nil()), row("Banned", &given), &programs, &connection());
        assert_eq!(person.untags, given);
    }

    #[test]
    fn a_changed_address_comes_with_the_one_that_was_synced() {
        let moved = |synced: Option<&str>| {
            let row = Row { synced_email: synced.map(str::to_owned), ..row("Approved", &[]) };
            of(AffiliateId::new(Uuid::nil()), row, &[], &connection()).moved_from
        };
        assert_eq!(moved(None), None);
        assert_eq!(moved(Some("lauren@creators.test")), None);
        assert_eq!(moved(Some("old@creators.test")).as_deref(), Some("old@creators.test"));
    }

    #[test]
    fn a_changed_address_comes_with_the_lists_of_the_old_contact() {
        let row = Row { synced_email: Some("old@creators.test".to_owned()), ..row("Approved", &[]) };
        let person = of(AffiliateId::new(Uuid::nil()), row, &[], &connection());
        assert_eq!(person.used_lists, ["1", "3"], "each list that we used, once, and the default one");
    }

    #[test]
    fn a_contact_that_is_left_behind_loses_our_tags() {
        let person =
            of(AffiliateId::new(Uuid::nil()), row("Approved", &["vip"]), &[program(None, &["x"])], &connection());
        let left = FormerContact {
            email: "old@creators.test".to_owned(),
            lists: vec!["1".to_owned()],
            tags: ["Rekomi affiliate", "vip"].map(str::to_owned).to_vec(),
        };
        let former = left_behind(person, left);
        assert_eq!((former.email.as_str(), former.moved_from), ("old@creators.test", None));
        assert_eq!(former.affiliate_status, AffiliateStatus::Left);
        assert_eq!((former.tags, former.untags.len()), (vec![FORMER.to_owned()], 2));
        assert!(former.lists.is_empty() && former.used_lists == ["1"]);
    }

    #[test]
    fn an_override_takes_the_default_lists_place() {
        let person = of(AffiliateId::new(Uuid::nil()), row("Approved", &[]), &[program(Some("2"), &[])], &connection());
        assert_eq!(ids(&person), ["2"]);
        let person = of(AffiliateId::new(Uuid::nil()), row("Approved", &[]), &[], &connection());
        assert_eq!(ids(&person), ["1"]);
    }

    #[test]
    fn who_leaves_loses_our_tags_and_no_others() {
        let given = ["Rekomi affiliate", "partners"];
        for (status, affiliate_status) in [
            ("Banned", AffiliateStatus::Banned),
            ("Archived", AffiliateStatus::Left),
            ("Rejected", AffiliateStatus::Rejected),
        ] {
            let person =
                of(AffiliateId::new(Uuid::nil()), row(status, &given), &[program(None, &["x"])], &connection());
            assert_eq!(person.affiliate_status, affiliate_status);
            assert_eq!(person.tags, [FORMER]);
            assert_eq!(person.untags, given);
            assert!(person.lists.is_empty());
            assert_eq!(person.used_lists, ["1", "3"], "each list that we used, once, and the default one");
        }
    }

    #[test]
    fn the_beginning_of_an_address_is_no_name() {
        let named = |name: &str| {
            let row = Row { name: name.to_owned(), ..row("Approved", &[]) };
            of(AffiliateId::new(Uuid::nil()), row, &[], &connection()).first_name
        };
        assert_eq!(named("lauren"), None);
        assert_eq!(named("Lauren").as_deref(), Some("Lauren"));
    }

    #[test]
    fn names_of_earlier_syncs_are_ours() {
        let row = Row { synced_names: vec!["Lauren Stone".to_owned()], ..row("Approved", &[]) };
        let person = of(AffiliateId::new(Uuid::nil()), row, &[], &connection());
        let name = |last: &str| [Some("Lauren".to_owned()), Some(last.to_owned())];
        assert_eq!(person.our_names, [name("Stone")]);
    }

    #[test]
    fn consent_is_what_was_said_last() {
        let message = |granted| Row {
            terms_granted: Some(granted),
            terms_version: Some("2".to_owned()),
            terms_at: Some(Timestamp::EPOCH),
            ..row("Approved", &[])
        };
        let consent = |row| of(AffiliateId::new(Uuid::nil()), row, &[], &connection()).consent;
        assert_eq!(consent(message(true)).and_then(|consent| consent.version).as_deref(), Some("2"));
        assert_eq!(consent(message(false)), None);
    }
}
