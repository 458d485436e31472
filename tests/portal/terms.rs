//! Goal: the portal asks an affiliate once to accept the program's terms, and records it with time, version and
//! evidence. Without terms there is nothing to accept. In the network, a creator accepts only what the form showed.
//! Method: the demo's affiliate in the portal, and a creator who applies; consents and the audit log are read by API.

use serde_json::{Value, json};
use world::{
    World,
    client::{
        api::Api,
        dashboard::Marketer,
        mailbox::{link, token},
    },
    network_fixture as network, organization_fixture,
};

use crate::fixture::{address, enter, join, page};

async fn consents(api: &Api, affiliate: &Value) -> Vec<Value> {
    api.all(&format!("/consents?kind=program_terms&affiliateId={}", affiliate.as_str().unwrap())).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_portal_asks_once() {
    let world = World::shared().await;
    let (base, api) = (world.ledger.base(), world.api());
    let email = world.demo["affiliate"]["email"].as_str().unwrap();
    let lauren = json!(world.acme.partner.affiliate.to_string());
    let known = consents(&api, &lauren).await.len();
    assert_eq!(known, 0, "the demo's affiliate hasn't accepted anything yet");
    let mut browser = Marketer::new(&base);
    // A person who isn't signed in accepts nothing.
    let stranger = browser.submit("/a/terms", &[("accept", "yes")]).await;
    assert_eq!((stranger.status, stranger.header("location")), (303, Some("/a/link")));
    browser.submit("/a/link", &[("email", email)]).await.expect_status(303);
    let entry = link(&base, email, "affiliate_link").await;
    browser.submit("/a/enter", &[("token", token(&entry))]).await.expect_status(303);
    let page = browser.browser.get("/a").await.expect_status(200).text();
    assert!(page.contains("I accept the terms of") && page.contains("action=\"/a/terms\""), "{page}");
    assert!(
        page.contains("Be honest") && page.contains("name=\"version\" value=\"partners v1\""),
        "the program's own: {page}"
    );
    let accepted = [("accept", "yes"), ("version", "partners v1")];
    let stale = browser.submit("/a/terms", &[("accept", "yes"), ("version", "partners v0")]).await;
    assert!(stale.expect_status(400).text().contains("have changed"));
    let unticked = browser.submit("/a/terms", &[]).await.expect_status(400).text();
    assert!(unticked.contains("Check the box"), "{unticked}");
    assert!(consents(&api, &lauren).await.is_empty());
    for _ in 0..2 {
        browser.submit("/a/terms", &accepted).await.expect_status(303);
    }
    let kept = consents(&api, &lauren).await;
    assert_eq!(kept.len(), 1, "{kept:?}");
    assert_eq!(
        (&kept[0]["granted"], kept[0]["actor"].as_str()),
        (&json!(true), Some(format!("affiliate:{}", lauren.as_str().unwrap()).as_str()))
    );
    assert!(kept[0]["version"] == "partners v1" && kept[0]["evidence"].as_str().unwrap().contains("portal"));
    let audited = api.all("/audit-log?action=consent.recorded").await;
    assert_eq!((audited.len(), &audited[0]["actor"]), (1, &kept[0]["actor"]));
    let theirs = api.all(&format!("/audit-log?actor={}", lauren.as_str().unwrap())).await;
    assert_eq!((theirs.len(), &theirs[0]["actorName"]), (1, &json!("affiliate Lauren Vale")));
    let page = browser.browser.get("/a").await.expect_status(200).text();
    assert!(page.contains("(partners v1) on") && !page.contains("action=\"/a/terms\""), "{page}");
    // An affiliate who withdrew isn't asked again, and an old form doesn't restore what they withdrew.
    let back = json!({"affiliateId": lauren, "kind": "program_terms", "granted": false});
    api.post("/consents", &back).await.expect_status(201);
    let page = browser.browser.get("/a").await.expect_status(200).text();
    assert!(page.contains("You withdrew your acceptance") && !page.contains("action=\"/a/terms\""), "{page}");
    browser.submit("/a/terms", &accepted).await.expect_status(303);
    assert_eq!(consents(&api, &lauren).await[0]["granted"], false);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_terms_the_portal_asks_nothing() {
    let world = World::shared().await;
    let api = world.api();
    let early = join(&world, "early").await;
    let affiliate = json!(early.affiliate.to_string());
    let (editor, mut owner) =
        (format!("/dashboard/programs/{}/page", world.acme.program), organization_fixture::owner(&world).await);
    let mut browser = enter(&world, &address(&world, "early")).await;
    assert!(page(&mut browser, "/a").await.contains("action=\"/a/terms\""));

    // The brand withdraws its terms.
    let organization = world.acme.organization.to_string();
    owner.submit(&editor, &[("organization", &organization), ("terms", "")]).await.expect_status(303);
    let home = page(&mut browser, "/a").await;
    assert!(!home.contains("/a/terms") && !home.contains("the terms of"), "{home}");
    let settings = page(&mut browser, "/a/settings").await;
    assert!(!settings.contains("<dt>Terms</dt>"), "{settings}");
    // Neither an old form nor an empty one records an acceptance.
    for fields in [&[("accept", "yes"), ("version", "partners v1")][..], &[("accept", "yes")], &[]] {
        let answer = browser.submit("/a/terms", fields).await.expect_status(303);
        assert_eq!(answer.header("location"), Some("/a"));
    }
    assert!(consents(&api, &affiliate).await.is_empty());

    // An acceptance that was given elsewhere stays.
    let given = json!({"affiliateId": affiliate, "kind": "program_terms", "version": "2026-07", "granted": true});
    api.post("/consents", &given).await.expect_status(201);
    assert!(page(&mut browser, "/a").await.contains("(2026-07) on"));
    assert!(page(&mut browser, "/a/settings").await.contains("<dt>Terms</dt><dd>Accepted on"));
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_creator_accepts_only_the_terms_that_the_form_showed() {
    let world = network::world().await;
    let api = world.api();
    let (mut nina, id) = network::creator(&world, "Nina Berg").await;
    let target = "/a/network/apply/acme";
    let form = page(&mut nina, target).await;
    assert!(form.contains("name=\"terms_version\" value=\"1\""), "{form}");
    // Meanwhile, the brand publishes other terms.
    let path = format!("/programs/{}/terms", world.acme.program);
    api.post(&path, &json!({"body": "You may not advertise."})).await.expect_status(201);
    let usual = [("f_name", "Nina Berg"), ("f_website", "nina.blog"), ("terms", "yes")];
    for version in [&[("terms_version", "1")][..], &[]] {
        let refused = nina.submit(target, &[&usual[..], version].concat()).await.expect_status(400).text();
        assert!(refused.contains("The terms changed while you filled in the form."), "{refused}");
        assert!(refused.contains("You may not advertise.") && refused.contains("value=\"2\""), "{refused}");
    }
    let contacts = format!("/network/contacts?creatorId={id}");
    assert!(api.all(&contacts).await.is_empty(), "nothing is recorded");

    let seen = [&usual[..], &[("terms_version", "2")]].concat();
    nina.submit(target, &seen).await.expect_status(303);
    let contact = api.all(&contacts).await.remove(0);
    assert_eq!(consents(&api, &contact["affiliateId"]).await[0]["version"], "partners v2", "{contact}");
    world.finish().await;
}
