//! Goal: a tag, a group or a field that is missing is created once, however many people are synced at once, and
//! although the answer to its creation is lost.
//! Method: everybody is re-synced into fake servers that know none of the tags and fields yet, and take the same name
//! twice where their vendors do.

use std::collections::BTreeMap;

use serde_json::json;
use world::{
    crm_fixture::{ConnectedCrm, CrmFixture, Line, text},
    fakes::Mood,
    wait,
};

const PEOPLE: usize = 25;

/// Vendors where something must be created before people can have it, and how the calls for that begin.
const CREATED: [(&str, &str); 6] = [
    ("activecampaign", "/api/3/tags"),
    ("beehiiv", "/v2/publications/pub_11111111-2222-4333-8444-555555555555/custom_fields"),
    ("brevo", "/v3/contacts/attributes/normal/"),
    ("kit", "/v4/custom_fields"),
    ("mailerlite", "/api/groups"),
    ("ontraport", "/1/Tags"),
];

async fn fixture() -> CrmFixture {
    CrmFixture::of(&CREATED.map(|(slug, _)| slug)).await
}

/// Checks that something was created there, and nothing twice.
fn created_once(crm: &ConnectedCrm, start: &str) {
    let mut created: BTreeMap<(String, String), usize> = BTreeMap::new();
    let is_creation = |line: &Line| line.method == "POST" && line.path.starts_with(start);
    for line in crm.since(0).into_iter().filter(is_creation) {
        *created.entry((line.path, line.body)).or_default() += 1;
    }
    assert!(!created.is_empty(), "{}: nothing was created", crm.slug);
    assert!(created.values().all(|count| *count == 1), "{}: {created:#?}", crm.slug);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_people_at_once_create_each_once() {
    let fixture = fixture().await;
    let organization = fixture.world.acme.organization.uuid();
    let many = format!(
        "insert into affiliates (organization_id, id, slug, email, name, status, created_at)
         select '{organization}', gen_random_uuid(), 'many-' || n, 'many-' || n || '@creators.test', 'Many Comer',
                'Approved', now()
         from generate_series(1, {PEOPLE}) n"
    );
    fixture.world.database.run(&many).await;
    let mut batches = Vec::new();
    for crm in &fixture.crms {
        let path = format!("/connections/{}/resync", crm.connection);
        batches.push(text(&fixture.api().post(&path, &json!({})).await.expect_status(202).json()["id"]));
    }
    for ((crm, batch), (_, start)) in fixture.crms.iter().zip(&batches).zip(CREATED) {
        let path = format!("/connections/{}/resyncs/{batch}", crm.connection);
        let done = wait::until("everybody to be there", 120, async || {
            let progress = fixture.api().get(&path).await.expect_status(200).json();
            (progress["percent"] == 100).then_some(progress)
        })
        .await;
        assert_eq!(done["succeeded"], done["total"], "{}: {done}", crm.slug);
        created_once(crm, start);
        for number in 1..=PEOPLE {
            crm.holds(&format!("many-{number}@creators.test"));
        }
    }
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_creates_nothing_twice() {
    let fixture = fixture().await;
    for (crm, (_, start)) in fixture.crms.iter().zip(CREATED) {
        crm.vendor.once(&format!("POST {start}"), Mood::Breaks);
    }
    let affiliate = fixture.approve_once("Lauren van Vale", "vale@creators.test").await;
    fixture.arrive(&affiliate).await;
    for (crm, (_, start)) in fixture.crms.iter().zip(CREATED) {
        created_once(crm, start);
        crm.holds("vale@creators.test");
    }
    fixture.finish().await;
}
