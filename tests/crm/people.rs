//! Goal: who unsubscribed is left alone, and the sync says so; names and addresses of every kind arrive; consent is told when
//! there is one, and not before.
//! Method: all vendors at once; people who were there before, people with one name or a foreign one, addresses with every
//! character that URLs and JSON trip over.

use serde_json::json;
use world::{
    crm_fixture::{CrmFixture, text},
    fakes::crm::{self, Subscribed},
    http::Request,
    program_fixture::send,
    wait,
};

#[tokio::test(flavor = "multi_thread")]
async fn who_unsubscribed_is_left_alone_and_it_is_said() {
    let fixture = CrmFixture::all().await;
    let email = "gone@creators.test";
    for crm in &fixture.crms {
        crm.vendor.with(|crm| crm.unsubscribed(email));
    }
    let before: Vec<_> = fixture.crms.iter().map(|crm| crm.contact(email)).collect();
    let affiliate = fixture.approve_once("Gone Vale", email).await;
    for (crm, before) in fixture.crms.iter().zip(before) {
        let sync = fixture.ended(crm, &affiliate).await;
        let contact = crm.contact(email);
        assert_eq!(contact.as_ref().map(|contact| contact.subscribed), Some(Subscribed::No), "{}", crm.slug);
        if !crm.vendor.with(|crm| crm.reports_consent()) {
            continue;
        }
        assert_eq!((&sync["state"], &sync["code"]), (&json!("Failed"), &json!("left_alone")), "{}: {sync}", crm.slug);
        assert!(text(&sync["message"]).contains("unsubscribed"), "{}: {sync}", crm.slug);
        assert_eq!(contact, before, "{}", crm.slug);
        let retry = fixture.api().post(&format!("/syncs/{}/retry", text(&sync["id"])), &json!({})).await;
        assert_eq!(retry.refusal(), (409, "not_retryable".to_owned()), "{}", crm.slug);
    }
    let failed = fixture.api().all("/syncs?state=Failed").await;
    assert!(failed.iter().all(|sync| sync["code"] == "left_alone"), "{failed:?}");
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn names_and_addresses_of_every_kind() {
    let fixture = CrmFixture::all().await;
    let people = [
        ("Cher", "a+b@creators.test", Some("Cher"), None),
        ("Ana Maria Lopez", "50%25@creators.test", None, None),
        ("\u{674e}\u{5c0f}\u{9f99}", "sales/eu@creators.test", None, None),
        ("Se\u{e1}n O\u{2019}Neil \"Jr\" <b>", "o'neil&co=x?#@creators.test", None, None),
        ("J\u{f6}rg van der Berg", "j\u{f6}rg@m\u{fc}ller.test", Some("J\u{f6}rg"), Some("van der Berg")),
    ];
    for (name, email, ..) in people {
        let made = fixture.api().post("/affiliates", &json!({"name": name, "email": email})).await;
        // What isn't an address here can't become one there.
        if made.status == 400 {
            continue;
        }
        let affiliate = text(&made.expect_status(201).json()["id"]);
        fixture.arrive(&affiliate).await;
    }
    for (name, email, first, last) in people {
        let known = fixture.api().all(&format!("/affiliates?email={}", escaped(email))).await;
        if known.is_empty() {
            continue;
        }
        for crm in &fixture.crms {
            let contact = crm.holds_tags(email);
            let is_moved = last.is_none() && crm.vendor.with(|crm| crm.needs_last_name());
            let expected = if is_moved { (None, first) } else { (first, last) };
            if first.is_some() {
                let names = (contact.first_name.as_deref(), contact.last_name.as_deref());
                assert_eq!(names, expected, "{} {name}", crm.slug);
            }
            let begins = contact.first_name.or(contact.last_name.filter(|_| is_moved));
            assert!(begins.is_some_and(|name| !name.is_empty()), "{} {name}", crm.slug);
        }
    }
    fixture.finish().await;
}

fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn consent_that_comes_later_is_told_later() {
    let vendors = crm::all().into_iter().filter(|crm| crm.takes_later_consent());
    let slugs: Vec<&str> = vendors.map(|crm| crm.slug()).collect();
    let fixture = CrmFixture::of(&slugs).await;
    let email = "quiet@creators.test";
    let before: Vec<usize> = fixture.crms.iter().map(|crm| crm.count()).collect();
    let affiliate = fixture.approve_silently("Quiet Vale", email).await;
    fixture.arrive(&affiliate).await;
    for (crm, before) in fixture.crms.iter().zip(&before) {
        let sync = &fixture.syncs(crm, &affiliate).await[0];
        assert_eq!(sync["code"], "no_consent", "{}: {sync}", crm.slug);
        for line in crm.since(*before) {
            for word in ["SUBSCRIBED", "\"granted\"", "opted_in", "\"subscribed\"", "consented"] {
                assert!(!line.body.contains(word), "{} told of consent: {}", crm.slug, line.body);
            }
        }
    }
    let silent: Vec<_> = fixture.crms.iter().map(|crm| crm.contact(email).unwrap().subscribed).collect();
    fixture.accept_terms(&affiliate).await;
    fixture.arrive(&affiliate).await;
    let mut details = 0;
    for (crm, silent) in fixture.crms.iter().zip(silent) {
        let sync = &fixture.syncs(crm, &affiliate).await[0];
        assert_eq!((&sync["reason"], &sync["code"]), (&json!("consent"), &json!(null)), "{}: {sync}", crm.slug);
        let now = crm.holds(email).subscribed;
        details += usize::from(now != silent);
        assert_ne!(now, Subscribed::No, "{}", crm.slug);
    }
    assert!(details >= 2, "{details} vendors learned of the consent");
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_approved_before_a_list_was_chosen_is_synced_once_it_is() {
    let fixture = CrmFixture::of(&["activecampaign"]).await;
    let crm = fixture.crm("activecampaign");
    let connection = format!("/connections/{}", crm.connection);
    fixture.api().patch(&connection, &json!({"list": null})).await.expect_status(200);
    let affiliate = fixture.approve_once("Early Vale", "early@creators.test").await;
    let failed = fixture.ended(crm, &affiliate).await;
    assert_eq!((&failed["state"], &failed["code"]), (&json!("Failed"), &json!("list_not_chosen")), "{failed}");
    assert_eq!(crm.contact("early@creators.test"), None);
    let list = crm.vendor.with(|crm| crm.list()).unwrap();
    fixture.api().patch(&connection, &json!({"list": list.id})).await.expect_status(200);
    let done = fixture.ended(crm, &affiliate).await;
    assert_eq!((&done["id"], &done["state"]), (&failed["id"], &json!("Succeeded")), "{done}");
    assert!(crm.holds("early@creators.test").lists.contains(&list.id));
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sample_affiliate_is_in_no_crm() {
    let fixture = CrmFixture::of(&["activecampaign"]).await;
    let crm = fixture.crm("activecampaign");
    let email = "sam@sample.invalid";
    let affiliate = fixture.approve_once("Sam (sample)", email).await;
    let body = json!({"connectionId": crm.connection, "affiliateId": affiliate});
    assert_eq!(fixture.api().post("/syncs", &body).await.refusal(), (409, "not_an_affiliate".to_owned()));
    let all = fixture.api().post(&format!("/connections/{}/resync", crm.connection), &json!({})).await;
    assert_eq!(all.expect_status(202).json()["total"], 1, "the demo's own alone");
    wait::until("the re-sync to end", 30, async || {
        let open = "select count(*) from crm_syncs where next_at is not null";
        (fixture.world.database.count(open).await == 0).then_some(())
    })
    .await;
    assert_eq!(fixture.syncs(crm, &affiliate).await.len(), 0);
    assert_eq!(crm.contact(email), None);
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_segment_with_a_future_date_is_a_tag_from_that_date() {
    let fixture = CrmFixture::of(&["activecampaign"]).await;
    let crm = fixture.crm("activecampaign");
    let email = "rising@creators.test";
    let connection = format!("/connections/{}", crm.connection);
    fixture.api().patch(&connection, &json!({"segmentTag": true})).await.expect_status(200);
    let affiliate = fixture.approve_once("Rising Vale", email).await;
    fixture.arrive(&affiliate).await;
    let path = format!("/affiliates/{affiliate}/segment");
    let tomorrow = wait::now().plus_days(1).to_string();
    for body in [json!({"segment": "bronze"}), json!({"segment": "gold", "effectiveAt": tomorrow})] {
        send(&fixture.api(), "PUT", &path, &body).await.expect_status(200);
        fixture.world.ledger.run_jobs().await;
        fixture.arrive(&affiliate).await;
        assert!(crm.contact(email).unwrap().tags.contains("Rekomi segment: bronze"), "{body}");
    }
    let before = fixture.syncs(crm, &affiliate).await.len();
    let clock = Request::post("/dev/clock", json!({"advanceDays": 2}).to_string());
    clock.send(&fixture.world.ledger.base()).await.unwrap().expect_status(200);
    fixture.world.ledger.run_jobs().await;
    fixture.arrive(&affiliate).await;
    let tags = crm.contact(email).unwrap().tags;
    assert!(tags.contains("Rekomi segment: gold") && !tags.contains("Rekomi segment: bronze"), "{tags:?}");
    fixture.world.ledger.run_jobs().await;
    let syncs = fixture.syncs(crm, &affiliate).await;
    assert_eq!((syncs.len(), &syncs[0]["reason"]), (before + 1, &json!("segment")), "once: {syncs:?}");
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archived_programs_own_tag_goes_and_comes_back() {
    let fixture = CrmFixture::of(&["activecampaign"]).await;
    let crm = fixture.crm("activecampaign");
    let (email, program) = ("spring@creators.test", fixture.world.acme.program.to_string());
    let own = format!("/connections/{}/programs/{program}", crm.connection);
    send(&fixture.api(), "PUT", &own, &json!({"tags": ["ambassadors"]})).await.expect_status(200);
    let body = json!({"name": "Spring Vale", "email": email, "slug": "spring", "programId": program,
                      "destination": "https://acme.test/"});
    let affiliate = text(&fixture.api().post("/affiliates", &body).await.expect_status(201).json()["id"]);
    fixture.arrive(&affiliate).await;
    assert!(crm.contact(email).unwrap().tags.contains("ambassadors"));
    for archived in [true, false] {
        let path = format!("/programs/{program}");
        fixture.api().patch(&path, &json!({"archived": archived})).await.expect_status(200);
        fixture.arrive(&affiliate).await;
        assert_eq!(crm.contact(email).unwrap().tags.contains("ambassadors"), !archived);
    }
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_banned_after_they_left_is_banned_there() {
    let fixture = CrmFixture::of(&["custom", "userlist"]).await;
    let email = "vale@creators.test";
    let affiliate = fixture.approve_once("Lauren Vale", email).await;
    fixture.arrive(&affiliate).await;
    for (status, expected) in [("Archived", "left"), ("Banned", "banned")] {
        fixture.api().patch(&format!("/affiliates/{affiliate}"), &json!({"status": status})).await.expect_status(200);
        fixture.arrive(&affiliate).await;
        for crm in &fixture.crms {
            assert_eq!(crm.contact(email).unwrap().status.as_deref(), Some(expected), "{}", crm.slug);
        }
    }
    fixture.finish().await;
}
