//! Goal: an affiliate with a new address is one contact where the vendor's API can change it, and else leaves no contact
//! behind that still looks like an affiliate.
//!
//! Method: the table of all vendors, each against its fake server: a person is synced, gets a new address, and is synced
//! again; the contact that is left behind, if there is one, is synced as a former affiliate, as the ledger does.

use connector::{Account, NewAddress, Person, Tagging, Task, moving::leaves_old_contact};
use world::fakes::{
    FakeServer, Mood,
    crm::{
        self, Contact, Crm, Subscribed,
        attio::Attio,
        campaignmonitor::CampaignMonitor,
        intercom::Intercom,
        pipedrive::Pipedrive,
        rehearsal::{connected, connector_of, former, person, run},
    },
};

type FakeCrm = FakeServer<Box<dyn Crm>>;

const OLD: &str = "lauren@creators.test";
const NEW: &str = "vale@creators.test";
const SECOND: &str = "studio@creators.test";
/// Vendors whose contacts belong to lists.
const BY_LIST: [&str; 4] = ["aweber", "campaign-monitor", "emailoctopus", "mailchimp"];

async fn start(slug: &str) -> (FakeCrm, Account, Person) {
    started(crm::of(slug)).await
}

async fn started(crm: Box<dyn Crm>) -> (FakeCrm, Account, Person) {
    let crm = crm::start(crm);
    let account = connected(&crm).await;
    let person = person(&crm, OLD);
    (crm, account, person)
}

fn moved(person: &Person) -> Person {
    Person { email: NEW.to_owned(), moved_from: Some(OLD.to_owned()), ..person.clone() }
}

fn contact(crm: &FakeCrm, email: &str) -> Option<Contact> {
    crm.with(|crm| {
        crm.settle();
        crm.contact(email)
    })
}

/// Syncs them, and returns whether a contact with the old address stays behind.
async fn sync(crm: &FakeCrm, account: &Account, person: &Person) -> bool {
    let done = run(crm, account, &Task::Sync(person.clone()), 1).await;
    assert!(done.is_success(), "{:?}: {:?} {:?}", connector_of(crm), done.faults, done.left_alone);
    leaves_old_contact(person, &done.known)
}

fn slugs(moves: bool) -> Vec<&'static str> {
    let is = |slug: &&'static str| {
        let descriptor = connector::providers::named(slug).unwrap().descriptor();
        moves == matches!(descriptor.new_address, NewAddress::Moves(_))
    };
    crm::all().iter().map(|crm| crm.slug()).filter(is).collect()
}

/// The contact was moved, and none has the former address.
fn is_moved(crm: &FakeCrm, context: &str) -> Contact {
    assert_eq!(contact(crm, OLD), None, "{context}");
    contact(crm, NEW).unwrap_or_else(|| panic!("{context}: no contact"))
}

#[test]
fn what_a_page_says_is_what_is_done() {
    for connector in connector::providers::ALL {
        let says = matches!(connector.descriptor().new_address, NewAddress::Moves(_));
        assert_eq!(says, connector.mover().is_some(), "{}", connector.descriptor().slug);
    }
    assert!(slugs(true).len() >= 24);
}

#[tokio::test]
async fn a_contact_gets_the_new_address_where_the_vendor_can() {
    for slug in slugs(true) {
        let (crm, account, person) = start(slug).await;
        sync(&crm, &account, &person).await;
        let before = contact(&crm, OLD).unwrap();
        let count = crm.with(|crm| crm.contacts());
        // A second time, as after a crash: nothing is left to be moved.
        for _ in 0..2 {
            assert!(!sync(&crm, &account, &moved(&person)).await, "{slug}");
            let after = is_moved(&crm, slug);
            assert_eq!(after, Contact { email: NEW.to_owned(), ..before.clone() }, "{slug}");
            assert_eq!(crm.with(|crm| crm.contacts()), count, "{slug}");
        }
    }
}

/// Whether a call is the one that a page names: `PUT /contacts/{id}`.
fn is_named(line: &str, named: &str) -> bool {
    let (parts, names): (Vec<&str>, Vec<&str>) = (line.split('/').collect(), named.split('/').collect());
    let is = |(part, name): (&&str, &&str)| {
        name.split_once('{').map_or(part == name, |(start, _)| part.len() > start.len() && part.starts_with(start))
    };
    parts.len() == names.len() && parts.iter().zip(&names).all(is)
}

#[tokio::test]
async fn the_call_that_a_page_names_is_the_one_that_is_made() {
    for slug in slugs(true) {
        let (crm, account, person) = start(slug).await;
        sync(&crm, &account, &person).await;
        let NewAddress::Moves(named) = connector_of(&crm).descriptor().new_address else { continue };
        let before = crm.calls().len();
        sync(&crm, &account, &moved(&person)).await;
        // After two looks.
        let line = crm.calls()[before + 2].line();
        assert!(is_named(&line, named), "{slug}: {line} isn't {named}");
    }
}

#[tokio::test]
async fn a_new_address_that_someone_else_has_there_stays_theirs() {
    for slug in slugs(true) {
        let (crm, account, person) = start(slug).await;
        sync(&crm, &account, &person).await;
        sync(&crm, &account, &Person { email: NEW.to_owned(), ..person.clone() }).await;
        assert!(sync(&crm, &account, &moved(&person)).await, "{slug}");
        assert!(contact(&crm, OLD).is_some() && contact(&crm, NEW).is_some(), "{slug}");
    }
}

#[tokio::test]
async fn a_move_that_is_refused_or_interrupted_ends_well() {
    for slug in slugs(true) {
        // Two looks, and the change.
        for (call, mood) in (0..3).flat_map(|call| {
            let moods = [Mood::Says(500, serde_json::Value::Null), Mood::Breaks, Mood::Garbage];
            moods.map(|mood| (call, mood))
        }) {
            let context = format!("{slug}: call {call} under {mood:?}");
            let (crm, account, person) = start(slug).await;
            sync(&crm, &account, &person).await;
            contact(&crm, OLD).unwrap();
            let count = crm.with(|crm| crm.contacts());
            crm.nth("", call, mood);
            assert!(!sync(&crm, &account, &moved(&person)).await, "{context}");
            is_moved(&crm, &context);
            assert_eq!(crm.with(|crm| crm.contacts()), count, "{context}");
        }
        let (crm, account, person) = start(slug).await;
        sync(&crm, &account, &person).await;
        crm.nth("", 2, Mood::Says(400, serde_json::json!({"message": "not this one"})));
        assert!(sync(&crm, &account, &moved(&person)).await, "{slug}: the old one is left behind");
        assert!(contact(&crm, OLD).is_some() && contact(&crm, NEW).is_some(), "{slug}");
    }
}

#[tokio::test]
async fn who_unsubscribed_stays_so_under_the_new_address() {
    for slug in slugs(true) {
        let (crm, account, person) = start(slug).await;
        sync(&crm, &account, &person).await;
        crm.with(|crm| crm.unsubscribed(OLD));
        let person = moved(&person);
        let done = run(&crm, &account, &Task::Sync(person.clone()), 1).await;
        assert!(!done.ended && !leaves_old_contact(&person, &done.known), "{slug}: {:?}", done.faults);
        assert_eq!(is_moved(&crm, slug).subscribed, Subscribed::No, "{slug}");
    }
}

#[tokio::test]
async fn a_contact_is_moved_on_each_list_and_a_list_that_is_gone_stops_nothing() {
    for slug in BY_LIST {
        let (crm, account, person) = start(slug).await;
        sync(&crm, &account, &person).await;
        // No longer on the program's list: only the lists that were used before say where the contact is.
        let used_lists = vec!["gone000001".to_owned(), person.lists[0].id.clone()];
        let moved = Person { used_lists, ..moved(&former(&person)) };
        assert!(!sync(&crm, &account, &moved).await, "{slug}");
        is_moved(&crm, slug);
        assert_eq!(crm.with(|crm| crm.contacts()), 1, "{slug}");
    }
}

#[tokio::test]
async fn a_person_with_several_addresses_keeps_them() {
    let two = |emails: [&str; 2]| Attio::default().knowing(&emails, ("Lauren", "Vale"), 1);
    let (crm, account, person) = started(Box::new(two([OLD, SECOND]))).await;
    assert!(sync(&crm, &account, &moved(&person)).await, "the change would drop the second address");
    assert!([OLD, SECOND, NEW].iter().all(|email| contact(&crm, email).is_some()));
    let (crm, account, person) = started(Box::new(two([OLD, NEW]))).await;
    assert!(!sync(&crm, &account, &moved(&person)).await, "it is one person, who is still an affiliate");
    assert_eq!(crm.with(|crm| crm.contacts()), 1);
}

#[tokio::test]
async fn a_bounce_stays_with_the_old_address() {
    let bounced: [Box<dyn Crm>; 2] = [
        Box::new(CampaignMonitor::default().with_member(OLD, "Bounced")),
        Box::new(Intercom::default().with_contact(OLD, "user", true)),
    ];
    for crm in bounced {
        let (crm, account, person) = started(crm).await;
        assert!(sync(&crm, &account, &moved(&person)).await, "{:?}", connector_of(&crm));
        assert!(contact(&crm, OLD).is_some());
        assert!(contact(&crm, NEW).unwrap().tags.contains("Rekomi affiliate"));
    }
}

#[tokio::test]
async fn of_two_people_with_the_address_the_one_that_syncs_use_is_moved() {
    let mut twins = Pipedrive::default();
    twins.add(OLD, "no_consent");
    twins.add(OLD, "no_consent");
    let (crm, account, person) = started(Box::new(twins)).await;
    sync(&crm, &account, &person).await;
    assert!(!sync(&crm, &account, &moved(&person)).await);
    assert!(contact(&crm, NEW).unwrap().tags.contains("Rekomi affiliate"));
    assert!(contact(&crm, OLD).unwrap().tags.is_empty(), "nothing of ours was there");
}

#[tokio::test]
async fn without_the_key_that_reads_no_one_is_moved() {
    let (crm, mut account, person) = start("customer-io").await;
    account.credentials.remove("appApiKey");
    sync(&crm, &account, &person).await;
    contact(&crm, OLD).unwrap();
    assert!(sync(&crm, &account, &moved(&person)).await);
    assert!(contact(&crm, OLD).is_some() && contact(&crm, NEW).is_some());
}

#[tokio::test]
async fn who_cannot_be_read_is_not_moved() {
    let (crm, account, person) = start("customer-io").await;
    sync(&crm, &account, &person).await;
    contact(&crm, OLD).unwrap();
    crm.when("GET /v1/customers/", Mood::Says(405, serde_json::Value::Null));
    assert!(sync(&crm, &account, &moved(&person)).await);
    assert!(contact(&crm, OLD).is_some() && contact(&crm, NEW).is_some());
}

#[tokio::test]
async fn what_is_left_behind_is_marked_as_former() {
    for slug in slugs(false) {
        let (crm, account, person) = start(slug).await;
        if matches!(connector_of(&crm).descriptor().new_address, NewAddress::ById) {
            continue;
        }
        sync(&crm, &account, &person).await;
        assert!(sync(&crm, &account, &moved(&person)).await, "{slug}");
        sync(&crm, &account, &former(&person)).await;
        let (old, new) = (contact(&crm, OLD).unwrap(), contact(&crm, NEW).unwrap());
        assert!(new.tags.contains("Rekomi affiliate"), "{slug}: {new:?}");
        let marked = old.status.as_deref() == Some("left") || old.tags.contains("Rekomi former affiliate");
        assert!(marked, "{slug}: {old:?}");
        if !matches!(connector_of(&crm).descriptor().tags, Tagging::Kept) {
            assert!(!old.tags.contains("Rekomi affiliate"), "{slug}: {old:?}");
        }
    }
}
