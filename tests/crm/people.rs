//! Goal: who unsubscribed is left alone, and the sync says so; names and addresses of every kind arrive; consent is told when
//! there is one, and not before.
//! Method: all vendors at once; people who were there before, people with one name or a foreign one, addresses with every
//! character that URLs and JSON trip over.

use serde_json::json;
use world::{
    stage::{Stage, text},
    vendors::crm::Subscribed,
};

#[tokio::test(flavor = "multi_thread")]
async fn who_unsubscribed_is_left_alone_and_it_is_said() {
    let stage = Stage::all().await;
    let email = "gone@creators.test";
    for desk in &stage.desks {
        desk.vendor.with(|crm| crm.unsubscribed(email));
    }
    let before: Vec<_> = stage.desks.iter().map(|desk| desk.contact(email)).collect();
    let affiliate = stage.approve_once("Gone Vale", email).await;
    for (desk, before) in stage.desks.iter().zip(before) {
        let sync = stage.ended(desk, &affiliate).await;
        let contact = desk.contact(email);
        assert_eq!(contact.as_ref().map(|contact| contact.subscribed), Some(Subscribed::No), "{}", desk.slug);
        if !desk.vendor.with(|crm| crm.tells_consent()) {
            continue;
        }
        assert_eq!((&sync["state"], &sync["code"]), (&json!("Failed"), &json!("left_alone")), "{}: {sync}", desk.slug);
        assert!(text(&sync["message"]).contains("unsubscribed"), "{}: {sync}", desk.slug);
        assert_eq!(contact, before, "{}", desk.slug);
        let retry = stage.api().post(&format!("/syncs/{}/retry", text(&sync["id"])), &json!({})).await;
        assert_eq!(retry.refusal(), (409, "not_retryable".to_owned()), "{}", desk.slug);
    }
    let failed = stage.api().all("/syncs?state=Failed").await;
    assert!(failed.iter().all(|sync| sync["code"] == "left_alone"), "{failed:?}");
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn names_and_addresses_of_every_kind() {
    let stage = Stage::all().await;
    let people = [
        ("Cher", "a+b@creators.test", Some("Cher"), None),
        ("Ana Maria Lopez", "50%25@creators.test", None, None),
        ("\u{674e}\u{5c0f}\u{9f99}", "sales/eu@creators.test", None, None),
        ("Se\u{e1}n O\u{2019}Neil \"Jr\" <b>", "o'neil&co=x?#@creators.test", None, None),
        ("J\u{f6}rg van der Berg", "j\u{f6}rg@m\u{fc}ller.test", Some("J\u{f6}rg"), Some("van der Berg")),
    ];
    for (name, email, ..) in people {
        let made = stage.api().post("/affiliates", &json!({"name": name, "email": email})).await;
        // What isn't an address here can't become one there.
        if made.status == 400 {
            continue;
        }
        let affiliate = text(&made.expect_status(201).json()["id"]);
        stage.arrive(&affiliate).await;
    }
    for (name, email, first, last) in people {
        let known = stage.api().all(&format!("/affiliates?email={}", escaped(email))).await;
        if known.is_empty() {
            continue;
        }
        for desk in &stage.desks {
            let contact = desk.holds(email);
            if first.is_some() {
                assert_eq!(
                    (contact.first_name.as_deref(), contact.last_name.as_deref()),
                    (first, last),
                    "{} {name}",
                    desk.slug
                );
            }
            assert!(contact.first_name.is_some_and(|first| !first.is_empty()), "{} {name}", desk.slug);
        }
    }
    stage.finish().await;
}

fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn consent_that_comes_later_is_told_later() {
    let stage = Stage::all().await;
    let email = "quiet@creators.test";
    let before: Vec<usize> = stage.desks.iter().map(|desk| desk.count()).collect();
    let affiliate = stage.approve_silently("Quiet Vale", email).await;
    stage.arrive(&affiliate).await;
    for (desk, before) in stage.desks.iter().zip(&before) {
        let sync = &stage.syncs(desk, &affiliate).await[0];
        assert_eq!(sync["code"], "no_consent", "{}: {sync}", desk.slug);
        for line in desk.since(*before) {
            for word in ["SUBSCRIBED", "\"granted\"", "opted_in", "\"subscribed\"", "consented"] {
                assert!(!line.body.contains(word), "{} told of consent: {}", desk.slug, line.body);
            }
        }
    }
    let silent: Vec<_> = stage.desks.iter().map(|desk| desk.contact(email).unwrap().subscribed).collect();
    stage.accept_terms(&affiliate).await;
    stage.arrive(&affiliate).await;
    let mut told = 0;
    for (desk, silent) in stage.desks.iter().zip(silent) {
        let sync = &stage.syncs(desk, &affiliate).await[0];
        assert_eq!((&sync["reason"], &sync["code"]), (&json!("consent"), &json!(null)), "{}: {sync}", desk.slug);
        let now = desk.holds(email).subscribed;
        told += usize::from(now != silent);
        assert_ne!(now, Subscribed::No, "{}", desk.slug);
    }
    assert!(told >= 2, "{told} vendors learned of the consent");
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_approved_before_a_list_was_chosen_is_synced_once_it_is() {
    let stage = Stage::of(&["activecampaign"]).await;
    let desk = stage.desk("activecampaign");
    let connection = format!("/connections/{}", desk.connection);
    stage.api().patch(&connection, &json!({"list": null})).await.expect_status(200);
    let affiliate = stage.approve_once("Early Vale", "early@creators.test").await;
    let failed = stage.ended(desk, &affiliate).await;
    assert_eq!((&failed["state"], &failed["code"]), (&json!("Failed"), &json!("list_not_chosen")), "{failed}");
    assert_eq!(desk.contact("early@creators.test"), None);
    let list = desk.vendor.with(|crm| crm.list()).unwrap();
    stage.api().patch(&connection, &json!({"list": list.id})).await.expect_status(200);
    let done = stage.ended(desk, &affiliate).await;
    assert_eq!((&done["id"], &done["state"]), (&failed["id"], &json!("Succeeded")), "{done}");
    assert!(desk.holds("early@creators.test").lists.contains(&list.id));
    stage.finish().await;
}
