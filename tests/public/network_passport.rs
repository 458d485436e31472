//! Goal: a creator applies to a program of another installation with their profile, which is that installation's word and
//! nothing more: without the owner of the address nothing begins, and whatever was sent can be taken back.
//! Method: two ledgers with keys of their own; a creator sends their profile, follows the link that the other one emails, and
//! looks at what became of it. Passports on their way are caught at a fake, and come changed, twice, and from strangers.
//! Routes: `/network/v1/applications`, `/network/v1/applications/{receipt}`
//! Elsewhere, in this file too: `/a/network/send/{host}/{program}`, `/a/network/elsewhere`,
//! `/a/network/elsewhere/{id}/withdraw`

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use world::{
    World,
    client::{
        dashboard::Marketer,
        mailbox::{link, read_emails, token},
    },
    creator_fixture::{enter, listed},
    fakes::Mood,
    http::{Request, Response},
    program_page_fixture::affiliates,
};

use crate::network_federation::{DOCUMENT, FEED, Stage, act, host, list, other_installation, trust};

const INBOX: &str = "/network/v1/applications";
const NINA: &str = "nina@creators.test";

/// The form for acme's program at the peer.
async fn form(home: &World, base: &str) -> String {
    let programs = home.database.texts("select program from network_foreign_listings").await.concat();
    format!("/a/network/send/{}/{}", host(base), programs.first().expect("a program of the peer"))
}

/// The creator follows the emailed link at the peer, and is signed in there.
async fn follow_link(peer: &World, email: &str) -> Marketer {
    let base = peer.ledger.base();
    let entry = link(&base, email, "creator_link").await;
    assert!(entry.ends_with("&next=%2Fa%2Fnetwork%2Fapply%2Facme"), "{entry}");
    let token = token(&entry).split('&').next().unwrap().to_owned();
    let mut there = Marketer::new(&base);
    let entered = there.submit("/network/enter", &[("token", &token), ("next", "/a/network/apply/acme")]).await;
    assert_eq!(entered.expect_status(303).header("location"), Some("/a/network/apply/acme"));
    there
}

/// An hour or more passes at the creator's installation, and its jobs ask what became of applications.
async fn a_day_later(home: &World) {
    Request::post("/dev/clock", r#"{"advanceDays":1}"#).send(&home.ledger.base()).await.unwrap().expect_status(200);
    home.ledger.run_jobs().await;
}

async fn emails(world: &World, to: &str) -> usize {
    read_emails(&world.ledger.base(), to).await.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_creator_applies_on_another_installation() {
    let (home, peer) = tokio::join!(World::start(), other_installation());
    list(&peer, "Acme partners").await;
    let base = peer.ledger.base();
    trust(&home, &base).await;
    act(&home, "pull").await.expect_status(303);
    let mut nina = listed(&home, NINA, "Nina Berg").await;
    let send = form(&home, &base).await;
    let page = nina.browser.get(&send.replace("/a/network/send", "/network/from")).await.expect_status(200).text();
    assert!(page.contains(&send), "{page}");
    let shown = nina.browser.get(&send).await.expect_status(200).text();
    for part in [NINA, "Nina Berg", "https://creator.test", "Acme partners"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }

    // Until an operator there takes applications from here, nothing arrives.
    nina.submit(&send, &[]).await.expect_status(502);
    trust(&peer, &home.ledger.base()).await;
    nina.submit(&send, &[]).await.expect_status(502);
    assert_eq!(emails(&peer, NINA).await, 0);
    act(&peer, "take").await.expect_status(303);
    let sent = nina.submit(&send, &[]).await.expect_status(303);
    assert_eq!(sent.header("location"), Some("/a/network/elsewhere?done=sent"));
    // Once more: it is the same application.
    nina.submit(&send, &[]).await.expect_status(303);
    assert_eq!(emails(&peer, NINA).await, 1);
    let known = "select count(*) from affiliates where email = 'nina@creators.test'";
    assert_eq!(peer.database.count(known).await, 0, "nobody is an affiliate by a peer's word");
    a_day_later(&home).await;
    let waiting = nina.browser.get("/a/network/elsewhere").await.expect_status(200).text();
    assert!(waiting.contains("Open the link in your email") && waiting.contains(host(&base)), "{waiting}");

    // The owner of the address finds the form filled in, and sends it.
    let mut there = follow_link(&peer, NINA).await;
    let apply = there.browser.get("/a/network/apply/acme").await.expect_status(200).text();
    for part in ["Nina Berg", "https://creator.test", host(&home.ledger.base())] {
        assert!(apply.contains(part), "{part}: {apply}");
    }
    let answers = [("f_name", "Nina Berg"), ("terms", "yes")];
    there.submit("/a/network/apply/acme", &answers).await.expect_status(303);
    assert_eq!(peer.database.count(known).await, 1);
    a_day_later(&home).await;
    let applied = nina.browser.get("/a/network/elsewhere").await.expect_status(200).text();
    assert!(applied.contains("Applied"), "{applied}");
    let affiliate = affiliates(&peer, NINA).await[0]["id"].as_str().unwrap().to_owned();
    peer.api().post(&format!("/affiliates/{affiliate}/approve"), &json!({})).await.expect_status(200);
    a_day_later(&home).await;
    let joined = nina.browser.get("/a/network/elsewhere").await.expect_status(200).text();
    assert!(joined.contains("Accepted"), "{joined}");
    home.finish().await;
    peer.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_is_taken_back() {
    let (home, peer) = tokio::join!(World::start(), other_installation());
    list(&peer, "Acme partners").await;
    let base = peer.ledger.base();
    trust(&home, &base).await;
    trust(&peer, &home.ledger.base()).await;
    act(&peer, "take").await.expect_status(303);
    act(&home, "pull").await.expect_status(303);
    let send = form(&home, &base).await;
    let kept = "select count(*) from creator_arrivals where email <> ''";
    for leaves in [false, true] {
        let mut nina = listed(&home, NINA, "Nina Berg").await;
        nina.submit(&send, &[]).await.expect_status(303);
        assert_eq!(peer.database.count(kept).await, 1);
        if leaves {
            nina.submit("/a/network/data/erase", &[("sure", "yes")]).await.expect_status(303);
            a_day_later(&home).await;
        } else {
            let id = home.database.texts("select id::text from creator_passports").await.concat().concat();
            let mut ben = enter(&home, "ben@creators.test").await;
            ben.submit(&format!("/a/network/elsewhere/{id}/withdraw"), &[]).await.expect_status(404);
            nina.submit(&format!("/a/network/elsewhere/{id}/withdraw"), &[]).await.expect_status(303);
            home.ledger.run_jobs().await;
        }
        assert_eq!(peer.database.count(kept).await, 0, "the peer forgets what it was sent");
        assert_eq!(home.database.count("select count(*) from creator_passports").await, 0);
    }
    home.finish().await;
    peer.finish().await;
}

async fn post(peer: &World, passport: &str) -> Response {
    let request = Request { body: passport.as_bytes().to_vec(), ..Request::new("POST", INBOX) };
    request.header("Content-Type", "application/jose").send(&peer.ledger.base()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passport_is_its_senders_word_only() {
    let stage = Stage::set().await;
    let Stage { home, peer, fake } = &stage;
    stage.passes_on(DOCUMENT).await;
    trust(home, fake.base()).await;
    stage.passes_on(FEED).await;
    act(home, "pull").await.expect_status(303);
    let mut nina = listed(home, NINA, "Nina Berg").await;
    fake.when(&format!("POST {INBOX}"), Mood::Says(503, Value::Null));
    nina.submit(&form(home, fake.base()).await, &[]).await.expect_status(502);
    let calls = fake.calls();
    let passport = calls.iter().find(|call| call.method == "POST").expect("a passport on its way");
    let passport = String::from_utf8(passport.body.clone()).unwrap();

    post(peer, &passport).await.expect_status(403);
    trust(peer, &home.ledger.base()).await;
    post(peer, &passport).await.expect_status(403);
    act(peer, "take").await.expect_status(303);
    // Somebody else's words in it, or in the name of somebody whom nobody knows here.
    let parts: Vec<&str> = passport.split('.').collect();
    let claims: Value = serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
    for (field, value) in [("program", json!("prog_other")), ("iss", json!("https://evil.test"))] {
        let mut changed = claims.clone();
        changed[field] = value;
        let changed = BASE64_URL_SAFE_NO_PAD.encode(changed.to_string());
        post(peer, &format!("{}.{changed}.{}", parts[0], parts[2])).await.expect_status(403);
    }
    for nonsense in ["", "a.b.c", &"a".repeat(20_000), "{}"] {
        post(peer, nonsense).await.expect_status(400);
    }
    assert_eq!(emails(peer, NINA).await, 0);

    // As it was sent; and once more, which is the same application, and sends nothing.
    let receipt = post(peer, &passport).await.expect_status(200).json();
    assert_eq!((&receipt["status"], &receipt["format"]), (&json!("Sent"), &json!("rekomi-network-application/1")));
    assert_eq!(post(peer, &passport).await.expect_status(200).json(), receipt);
    assert_eq!(emails(peer, NINA).await, 1);
    let address = receipt["receipt"].as_str().unwrap().strip_prefix(fake.base()).unwrap().to_owned();
    let base = peer.ledger.base();
    Request::get(&address).send(&base).await.unwrap().expect_status(200);
    Request::get(&format!("{INBOX}/{}", "A".repeat(43))).send(&base).await.unwrap().expect_status(404);

    // Removed by the operator, the sender knows nothing any more, and has nothing here.
    act(peer, "remove").await.expect_status(303);
    Request::get(&address).send(&base).await.unwrap().expect_status(404);
    assert_eq!(peer.database.count("select count(*) from creator_arrivals").await, 0);
    post(peer, &passport).await.expect_status(403);
}
