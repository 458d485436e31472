//! Goal: a contact's name that came from somewhere else stays, an empty one is filled, and one that we wrote follows a
//! change, even if the sync that wrote it failed afterwards.
//! Method: CRMs of different kinds, each with a contact that a connector wrote without the ledger, as if the brand had.

use connector::{Person, Task};
use serde_json::json;
use world::{
    crm_fixture::{ConnectedCrm, CrmFixture},
    fakes::{
        Mood,
        crm::rehearsal::{connected, person, run},
    },
};

const CRMS: [&str; 6] = ["activecampaign", "customer-io", "klaviyo", "mailchimp", "ontraport", "moosend"];

/// The brand has a contact of that name, or of none.
async fn is_known(crm: &ConnectedCrm, email: &str, name: Option<[&str; 2]>) {
    let account = connected(&crm.vendor).await;
    let [first_name, last_name] = name.map_or([None, None], |name| name.map(|part| Some(part.to_owned())));
    let known = Person { first_name, last_name, ..person(&crm.vendor, email) };
    let done = run(&crm.vendor, &account, &Task::Sync(known), 0).await;
    assert!(done.is_success(), "{}: {:?}", crm.slug, done.faults);
    crm.vendor.forget_calls();
}

fn is_named(crm: &ConnectedCrm, email: &str, name: [&str; 2]) {
    let contact = crm.holds(email);
    let has = [contact.first_name.as_deref(), contact.last_name.as_deref()];
    assert_eq!(has, name.map(Some), "{}", crm.slug);
}

async fn rename(fixture: &CrmFixture, affiliate: &str, name: &str) {
    fixture.api().patch(&format!("/affiliates/{affiliate}"), &json!({"name": name})).await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_from_somewhere_else_stays() {
    let fixture = CrmFixture::of(&CRMS).await;
    let email = "katherine@creators.test";
    for crm in &fixture.crms {
        is_known(crm, email, Some(["Katherine", "Smith"])).await;
    }
    let affiliate = fixture.approve_once("Kat Lifts", email).await;
    fixture.arrive(&affiliate).await;
    rename(&fixture, &affiliate, "Kat Lifts Daily").await;
    fixture.arrive(&affiliate).await;
    for crm in &fixture.crms {
        is_named(crm, email, ["Katherine", "Smith"]);
    }
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_name_is_filled_and_ours_follows_a_change() {
    let fixture = CrmFixture::of(&CRMS).await;
    let (known, new) = ("known@creators.test", "new@creators.test");
    for crm in &fixture.crms {
        is_known(crm, known, None).await;
    }
    for email in [known, new] {
        let affiliate = fixture.approve_once("Lauren Vale", email).await;
        fixture.arrive(&affiliate).await;
        for crm in &fixture.crms {
            is_named(crm, email, ["Lauren", "Vale"]);
        }
        for name in [["Lauren", "Stone"], ["Laura", "Stone"]] {
            rename(&fixture, &affiliate, &name.join(" ")).await;
            fixture.arrive(&affiliate).await;
            for crm in &fixture.crms {
                is_named(crm, email, name);
            }
        }
    }
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_a_failed_sync_wrote_is_ours() {
    let fixture = CrmFixture::of(&["activecampaign"]).await;
    let (crm, email) = (fixture.crm("activecampaign"), "vale@creators.test");
    crm.vendor.when("POST /api/3/contactTags", Mood::Says(422, json!({"errors": [{"title": "No more tags."}]})));
    let affiliate = fixture.approve_once("Lauren Vale", email).await;
    let failed = fixture.ended(crm, &affiliate).await;
    assert_eq!(failed["state"], "Failed", "{failed}");
    assert_eq!(crm.contact(email).unwrap().last_name.as_deref(), Some("Vale"));
    crm.vendor.recover();
    rename(&fixture, &affiliate, "Lauren Stone").await;
    let sync = fixture.ended(crm, &affiliate).await;
    assert_eq!(sync["state"], "Succeeded", "{}", fixture.details(&sync).await);
    is_named(crm, email, ["Lauren", "Stone"]);
    fixture.finish().await;
}
