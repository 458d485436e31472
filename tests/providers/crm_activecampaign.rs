//! Goal: ActiveCampaign's documented calls are enough, and whatever else is missing there, nobody is subscribed again who
//! said no or hasn't said yes.

use connector::{Account, FaultKind, Person, Task};
use serde_json::{Value, json};
use world::fakes::{
    Call, FakeServer, Mood,
    crm::{
        self, Crm,
        activecampaign::ActiveCampaign,
        rehearsal::{Outcome, connected, former, person, run},
    },
};

type World = FakeServer<Box<dyn Crm>>;

const EMAIL: &str = "lauren@creators.test";
const JOIN: &str = "POST /api/3/contactLists";

/// With somebody on the list already, in that state.
async fn world(status: Option<u8>) -> (World, Account, Person) {
    let inside = match status {
        Some(status) => ActiveCampaign::default().with(EMAIL, status),
        None => ActiveCampaign::default(),
    };
    let crm = crm::start(Box::new(inside));
    let account = connected(&crm).await;
    let person = person(&crm, EMAIL);
    (crm, account, person)
}

async fn sync(crm: &World, account: &Account, person: &Person) -> Outcome {
    run(crm, account, &Task::Sync(person.clone()), 0).await
}

/// Without those of the test call.
fn lines(crm: &World) -> Vec<String> {
    crm.calls().iter().map(Call::line).filter(|line| !line.ends_with("/users/me")).collect()
}

#[tokio::test]
async fn a_first_sync_is_what_the_product_page_promises() {
    let (crm, account, person) = world(None).await;
    let one = Person { tags: vec!["Rekomi affiliate".to_owned()], ..person };
    assert!(sync(&crm, &account, &one).await.is_success());
    let guard = "GET /api/3/contacts/101/contactLists";
    let tag = ["GET /api/3/tags", "POST /api/3/tags", "POST /api/3/contactTags"];
    let [find, save] = ["GET /api/3/contacts", "POST /api/3/contact/sync"];
    assert_eq!(lines(&crm), [find, save, guard, JOIN, tag[0], tag[1], tag[2]]);
    let bodies: Vec<Value> = crm.calls().iter().filter_map(Call::json).collect();
    assert_eq!(
        bodies,
        [
            json!({"contact": {"email": EMAIL, "firstName": "Lauren", "lastName": "van Vale"}}),
            json!({"contactList": {"list": "2", "contact": "101", "status": 1}}),
            json!({"tag": {"tag": "Rekomi affiliate", "tagType": "contact", "description": ""}}),
            json!({"contactTag": {"contact": "101", "tag": "103"}}),
        ]
    );
    assert!(sync(&crm, &account, &one).await.is_success());
    let tag = ["GET /api/3/tags", "POST /api/3/contactTags"];
    assert_eq!(lines(&crm).split_off(7), [find, guard, save, JOIN, tag[0], tag[1]], "read before anything is written");
}

#[tokio::test]
async fn no_one_is_added_only_to_be_marked_as_gone() {
    let (crm, account, person) = world(None).await;
    assert!(sync(&crm, &account, &former(&person)).await.is_success());
    assert_eq!(lines(&crm), ["GET /api/3/contacts"]);
    assert_eq!(crm.with(|crm| crm.contacts()), 0);
    // The same if the brand deleted them in the meantime.
    assert!(sync(&crm, &account, &person).await.is_success());
    assert!(run(&crm, &account, &Task::Forget(person.clone()), 0).await.is_success());
    assert!(sync(&crm, &account, &former(&person)).await.is_success());
    assert_eq!(crm.with(|crm| crm.contacts()), 0);
}

#[tokio::test]
async fn a_tag_is_found_in_another_case_and_among_many() {
    let many = (0..150).map(|number| format!("Partner {number}")).chain(["Partner".to_owned()]);
    let crm = crm::start(Box::new(ActiveCampaign::default().with_tags(many)));
    let account = connected(&crm).await;
    let tags = ["Rekomi affiliate", "vip", "Partner"].map(str::to_owned).to_vec();
    let person = Person { tags, ..person(&crm, EMAIL) };
    assert!(sync(&crm, &account, &person).await.is_success());
    let made = |crm: &World| lines(crm).iter().filter(|line| *line == "POST /api/3/tags").count();
    assert_eq!(made(&crm), 1, "only the tag that is missing");
    let expected = ["Partner", "Rekomi affiliate", "VIP"];
    assert!(crm.with(|crm| crm.contact(EMAIL)).unwrap().tags.iter().map(String::as_str).eq(expected));
    // It was created in between.
    crm.nth("GET /api/3/tags", 1, Mood::Says(200, json!({"tags": []})));
    assert!(sync(&crm, &account, &person).await.is_success());
    assert_eq!(made(&crm), 2);
    assert!(crm.with(|crm| crm.contact(EMAIL)).unwrap().tags.iter().map(String::as_str).eq(expected));
}

#[tokio::test]
async fn the_documented_calls_are_enough() {
    for status in [404, 405] {
        let (crm, account, person) = world(None).await;
        crm.when("GET /api/3/contacts", Mood::Says(status, Value::Null));
        // In the sheet, unlike the search by address that its path begins with.
        let guard = json!({"contactLists": [{"list": "1", "contact": "101", "status": "2"}]});
        crm.when("GET /api/3/contacts/101/contactLists", Mood::Says(200, guard));
        crm.when("GET /api/3/contacts/101/contactTags", Mood::Says(status, Value::Null));
        crm.when("DELETE /api/3/contactTags", Mood::Says(status, Value::Null));
        for _ in 0..2 {
            let done = sync(&crm, &account, &person).await;
            assert!(done.is_success(), "{:?}", done.faults);
            let contact = crm.with(|crm| crm.contact(EMAIL)).unwrap();
            assert!(contact.lists.contains("2"), "{contact:?}");
            assert!(person.tags.iter().all(|tag| contact.tags.contains(tag)), "{contact:?}");
        }
        let done = sync(&crm, &account, &former(&person)).await;
        assert!(done.is_success(), "{:?}", done.faults);
    }
}

#[tokio::test]
async fn whoever_unsubscribed_stays_so_where_nobody_can_be_looked_up() {
    for status in [2, 3] {
        let (crm, account, person) = world(Some(status)).await;
        crm.once("GET /api/3/contacts", Mood::Says(404, Value::Null));
        let done = sync(&crm, &account, &person).await;
        assert!(done.left_alone.is_some_and(|why| why.contains("unsubscribed")), "{:?}", done.faults);
        assert!(!lines(&crm).iter().any(|line| line == JOIN || line.contains("Tags")), "{:?}", lines(&crm));
        let (crm, account, person) = world(Some(status)).await;
        assert!(sync(&crm, &account, &person).await.left_alone.is_some());
        assert!(lines(&crm).iter().all(|line| line.starts_with("GET ")), "nothing is written where they can be");
    }
}

#[tokio::test]
async fn without_an_answer_of_the_guard_nobody_is_put_on_the_list() {
    let (crm, account, person) = world(Some(2)).await;
    crm.when("GET /api/3/contacts/101/contactLists", Mood::Says(404, Value::Null));
    assert!(sync(&crm, &account, &person).await.ended);
    assert!(!lines(&crm).iter().any(|line| line == JOIN));
}

#[tokio::test]
async fn whoever_is_to_confirm_is_tagged_and_not_confirmed_by_us() {
    let (crm, account, person) = world(Some(0)).await;
    for consent in [None, person.consent.clone()] {
        let done = sync(&crm, &account, &Person { consent, ..person.clone() }).await;
        assert!(done.is_success(), "{:?}", done.faults);
        let contact = crm.with(|crm| crm.contact(EMAIL)).unwrap();
        assert!(contact.lists.is_empty() && contact.tags.contains("Rekomi affiliate"), "{contact:?}");
    }
    assert!(!lines(&crm).iter().any(|line| line == JOIN));
}

#[tokio::test]
async fn answers_may_be_as_short_as_they_are_documented() {
    let (crm, account, person) = world(None).await;
    for request in [JOIN, "POST /api/3/contactTags"] {
        crm.when(request, Mood::Says(200, json!({})));
    }
    assert!(sync(&crm, &account, &person).await.is_success());
    for request in [JOIN, "POST /api/3/contactTags"] {
        crm.once(request, Mood::Says(200, Value::Null));
        let fault = sync(&crm, &account, &person).await.faults.pop().unwrap();
        assert_eq!((fault.kind, fault.code), (FaultKind::Passing, "unreadable_answer"), "{request}: nothing came back");
    }
    let page = |from: u32, to: u32| {
        let rows: Vec<Value> = (from..to).map(|id| json!({"id": id.to_string(), "name": format!("L{id}")})).collect();
        Mood::Says(200, json!({"lists": rows}))
    };
    // What is said last happens first.
    crm.once("GET /api/3/lists", page(101, 105));
    crm.once("GET /api/3/lists", page(1, 101));
    let picked = run(&crm, &account, &Task::Lists, 0).await;
    assert_eq!((picked.is_success(), picked.known.choices().len()), (true, 104), "{:?}", picked.faults);
}
