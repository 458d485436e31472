//! Goal: a creator of one installation applies to a program of another, follows the application and takes it back; what the
//! other installation gets is its sender's word only, once, and nobody is an affiliate by it.
//! Method: two ledgers in one world trust each other; one of them stops and comes back. For what no honest installation
//! sends, the test signs with the sender's key itself.
//! Routes: `/a/network/send/{host}/{program}`, `/a/network/applications/elsewhere`,
//! `/a/network/applications/elsewhere/{id}/withdraw`, `/network/v1/inbox`

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use shared::keys::{KeyRing, Purpose, encode_hex};
use world::{
    World,
    client::{
        dashboard::Marketer,
        mailbox::{link, read_emails, token},
    },
    creator_fixture::{enter, listed},
    http::{Request, Response},
    program_page_fixture::affiliates,
    settings::LEDGER_KEYS,
    wait,
};

use crate::network_federation::{PLACE, act, confirm, host, list, operator, other_installation, trust};

const INBOX: &str = "/network/v1/inbox";
const ELSEWHERE: &str = "/a/network/applications/elsewhere";
const NINA: &str = "nina@creators.test";
const FORM: [(&str, &str); 4] =
    [("f_name", "Nina Berg"), ("f_website", "nina.blog"), ("terms", "yes"), ("terms_version", "1")];

/// The form for acme's program at the peer.
async fn form(home: &World, base: &str) -> String {
    let programs = home.database.texts("select program from network_foreign_listings").await.concat();
    format!("/a/network/send/{}/{}", host(base), programs.first().expect("a program of the peer"))
}

/// Some time passes at the creator's installation, and its job sends what is due.
async fn a_day_later(home: &World) {
    Request::post("/dev/clock", r#"{"advanceDays":1}"#).send(&home.ledger.base()).await.unwrap().expect_status(200);
    home.ledger.run_jobs().await;
}

async fn elsewhere(creator: &mut Marketer) -> String {
    creator.browser.get(ELSEWHERE).await.expect_status(200).text()
}

/// The creator withdraws their newest application.
async fn withdraw(home: &World, creator: &mut Marketer) {
    let newest = "select id::text from creator_passports order by created_at desc limit 1";
    let id = home.database.texts(newest).await.concat().concat();
    let mut other = enter(home, "ben@creators.test").await;
    other.submit(&format!("{ELSEWHERE}/{id}/withdraw"), &[]).await.expect_status(404);
    creator.submit(&format!("{ELSEWHERE}/{id}/withdraw"), &[]).await.expect_status(303);
    creator.submit(&format!("{ELSEWHERE}/{id}/withdraw"), &[]).await.expect_status(404);
    home.ledger.run_jobs().await;
}

/// The creator follows the emailed link at the peer, and is signed in there. Returns their form.
async fn follow_link(peer: &World, email: &str) -> (Marketer, String) {
    let base = peer.ledger.base();
    let entry = link(&base, email, "creator_link").await;
    let next = entry.split_once("&next=").expect("a link to the form").1.replace("%2F", "/");
    let next = next.replace("%3F", "?").replace("%3D", "=");
    assert!(next.starts_with("/a/network/apply/acme?from="), "{next}");
    let mut there = Marketer::new(&base);
    let entered = there.submit("/network/enter", &[("token", token(&entry)), ("next", &next)]).await.expect_status(303);
    assert_eq!(entered.header("location"), Some(next.as_str()));
    let from = next.split_once("from=").unwrap().1.to_owned();
    (there, from)
}

async fn emails(peer: &World) -> i64 {
    peer.database.count("select count(*) from mails where kind = 'creator_link'").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_creator_applies_on_another_installation() {
    let (home, mut peer) = tokio::join!(World::start(), other_installation());
    list(&peer, "Acme partners").await;
    let base = peer.ledger.base();
    trust(&home, &base).await;
    trust(&peer, &home.ledger.base()).await;
    act(&home, "pull").await.expect_status(303);
    let mut nina = listed(&home, NINA, "Nina Berg").await;
    let send = form(&home, &base).await;
    let page = nina.browser.get(&send.replace("/a/network/send", "/network/from")).await.expect_status(200).text();
    assert!(page.contains(&send), "{page}");
    let shown = nina.browser.get(&send).await.expect_status(200).text();
    for part in [NINA, "Nina Berg", "https://nina.creator.test", "Acme partners", "Software development"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    nina.browser.get(&format!("{send}x")).await.expect_status(404);
    assert!(elsewhere(&mut nina).await.contains("You haven’t sent your profile"));

    // The peer is down, and comes back: the application arrives once.
    peer.ledger.kill();
    nina.submit(&send, &[]).await.expect_status(303);
    let again = nina.submit(&send, &[]).await.expect_status(303);
    assert_eq!(again.header("location"), Some(format!("{ELSEWHERE}?done=known").as_str()));
    home.ledger.run_jobs().await;
    let waiting = elsewhere(&mut nina).await;
    assert!(waiting.contains("can’t be reached at the moment"), "{waiting}");
    peer.ledger.start().await;
    a_day_later(&home).await;
    assert_eq!(emails(&peer).await, 1);
    let sent = elsewhere(&mut nina).await;
    assert!(sent.contains("Open its link to finish your application."), "{sent}");
    assert_eq!(home.database.count("select count(*) from creator_passports where person is not null").await, 0);
    let known = "select count(*) from affiliates where email = 'nina@creators.test'";
    assert_eq!(peer.database.count(known).await, 0, "nobody is an affiliate by a peer's word");

    // Taken back before anybody followed the link: nothing is left there.
    let entry = link(&base, NINA, "creator_link").await;
    withdraw(&home, &mut nina).await;
    assert!(elsewhere(&mut nina).await.contains("no longer has your profile"));
    Marketer::new(&base).submit("/network/enter", &[("token", token(&entry))]).await.expect_status(410);
    for left in [
        "select count(*) from creator_arrivals where email is not null or person is not null",
        "select count(*) from creator_links",
    ] {
        assert_eq!(peer.database.count(left).await, 0, "{left}");
    }
    assert_eq!(emails(&peer).await, 0);

    // Sent anew. The owner of the address finds the form filled in, and sends it.
    nina.submit(&send, &[]).await.expect_status(303);
    home.ledger.run_jobs().await;
    let (mut there, from) = follow_link(&peer, NINA).await;
    let alone = there.browser.get("/a/network/apply/acme").await.expect_status(200).text();
    assert!(!alone.contains("value=\"Nina Berg\""), "only with the link: {alone}");
    let apply = there.browser.get(&format!("/a/network/apply/acme?from={from}")).await.expect_status(200).text();
    for part in ["value=\"Nina Berg\"", "https://nina.creator.test", &format!("name=\"from\" value=\"{from}\"")] {
        assert!(apply.contains(part), "{part}: {apply}");
    }
    assert!(apply.contains(&format!("{} sent your profile", host(&home.ledger.base()))), "{apply}");
    // The link is of no use to anybody else.
    let mut ben = enter(&peer, "ben@creators.test").await;
    let others = ben.browser.get(&format!("/a/network/apply/acme?from={from}")).await.expect_status(200).text();
    assert!(!others.contains("Nina"), "{others}");
    let with_it = [FORM.as_slice(), &[("from", from.as_str())]].concat();
    there.submit("/a/network/apply/acme", &with_it).await.expect_status(303);
    assert_eq!(peer.database.count(known).await, 1);
    assert_eq!(peer.database.count("select count(*) from creator_arrivals where person is not null").await, 0);
    a_day_later(&home).await;
    let applied = elsewhere(&mut nina).await;
    assert!(applied.contains("The brand is looking at your application."), "{applied}");

    // Withdrawn at home, it is withdrawn there.
    withdraw(&home, &mut nina).await;
    let own = there.browser.get("/a/network/applications").await.expect_status(200).text();
    assert!(own.contains("Withdrawn"), "{own}");
    assert_eq!(affiliates(&peer, NINA).await[0]["status"], "Archived");

    // A third time; now the brand decides, and that stays.
    nina.submit(&send, &[]).await.expect_status(303);
    home.ledger.run_jobs().await;
    let (mut there, from) = follow_link(&peer, NINA).await;
    let with_it = [FORM.as_slice(), &[("from", from.as_str())]].concat();
    there.submit("/a/network/apply/acme", &with_it).await.expect_status(303);
    let affiliate = affiliates(&peer, NINA).await[0]["id"].as_str().unwrap().to_owned();
    peer.api().post(&format!("/affiliates/{affiliate}/approve"), &json!({})).await.expect_status(200);
    a_day_later(&home).await;
    let joined = elsewhere(&mut nina).await;
    assert!(joined.contains("Accepted") && joined.matches("Withdraw from").count() == 0, "{joined}");
    let file = nina.browser.get("/a/network/data/export").await.expect_status(200).json();
    let statuses: Vec<&Value> =
        file["applicationsElsewhere"].as_array().unwrap().iter().map(|application| &application["status"]).collect();
    assert_eq!(statuses, ["Withdrawn", "Withdrawn", "Joined"]);

    // Who erases their account takes back what waits elsewhere.
    let mut cleo = listed(&home, "cleo@creators.test", "Cleo Roth").await;
    cleo.submit(&send, &[]).await.expect_status(303);
    home.ledger.run_jobs().await;
    let announced = "select count(*) from creator_arrivals where email = 'cleo@creators.test'";
    assert_eq!(peer.database.count(announced).await, 1);
    cleo.submit("/a/network/data/erase", &[("sure", "yes")]).await.expect_status(303);
    home.ledger.run_jobs().await;
    assert_eq!(peer.database.count(announced).await, 0);
    assert_eq!(home.database.count("select count(*) from creator_passports where creator_id is null").await, 0);
    home.finish().await;
    peer.finish().await;
}

/// Signs as an installation with these keys does.
fn sign(keys: &str, typ: &str, claims: &Value) -> String {
    let ring = KeyRing::parse(keys, Purpose::Federation).unwrap();
    let key = ring.current();
    let pair = Ed25519KeyPair::from_seed_unchecked(key.bytes()).unwrap();
    let name = encode_hex(&Sha256::digest(pair.public_key().as_ref())[..4]);
    let header = json!({"alg": "EdDSA", "kid": format!("k{}-{name}", key.id), "typ": typ}).to_string();
    let signed =
        format!("{}.{}", BASE64_URL_SAFE_NO_PAD.encode(header), BASE64_URL_SAFE_NO_PAD.encode(claims.to_string()));
    format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(pair.sign(signed.as_bytes())))
}

/// What an installation tells the peer.
struct Sender {
    home: String,
    peer: World,
}

impl Sender {
    fn claims(&self, jti: &str) -> Value {
        let now = wait::now().seconds();
        let program = format!("{}/{}", host(&self.peer.ledger.base()), self.peer.acme.program);
        json!({"iss": self.home, "aud": self.peer.ledger.base(), "jti": jti, "iat": now, "exp": now + 600,
               "program": program, "creator": {"email": NINA, "name": "Nina Berg"}})
    }

    async fn post(&self, message: &str) -> Response {
        let request = Request { body: message.as_bytes().to_vec(), ..Request::new("POST", INBOX) };
        request.header("Content-Type", "application/jose").send(&self.peer.ledger.base()).await.unwrap()
    }

    async fn send_as(&self, kind: &str, claims: &Value) -> Response {
        self.post(&sign(LEDGER_KEYS, &format!("rekomi-{kind}+jws"), claims)).await
    }

    /// A passport with some other claims.
    async fn passport(&self, jti: &str, others: Value) -> Response {
        let mut claims = self.claims(jti);
        claims.as_object_mut().unwrap().extend(others.as_object().unwrap().clone());
        self.send_as("passport", &claims).await
    }

    /// The answer's status.
    async fn status(&self, kind: &str, jti: &str) -> Value {
        let answer = self.send_as(kind, &self.claims(jti)).await.expect_status(200);
        assert!(answer.header("signature").is_some() && answer.header("content-digest").is_some());
        let answer = answer.json();
        assert_eq!((&answer["format"], &answer["application"]), (&json!("rekomi-network-application/1"), &json!(jti)));
        answer["status"].clone()
    }
}

fn refused(answer: &Response, status: u16, code: &str) {
    assert_eq!(answer.refusal(), (status, code.to_owned()), "{}", answer.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_its_senders_word_only() {
    let (home, peer) = tokio::join!(World::start(), other_installation());
    list(&peer, "Acme partners").await;
    let sender = Sender { home: home.ledger.base(), peer };
    let peer = &sender.peer;

    // Only an installation that an operator confirmed, and whose applications are taken, is heard.
    refused(&sender.passport("app-1", json!({})).await, 403, "unknown_peer");
    let mut at_peer = operator(peer).await;
    at_peer.submit(&format!("{PLACE}/peers"), &[("url", &sender.home)]).await.expect_status(303);
    refused(&sender.passport("app-1", json!({})).await, 403, "unknown_peer");
    confirm(peer).await.expect_status(303);
    act(peer, "refuse").await.expect_status(303);
    refused(&sender.passport("app-1", json!({})).await, 403, "unknown_peer");
    act(peer, "take").await.expect_status(303);
    for other in ["https://evil.test", "\0"] {
        refused(&sender.passport("app-1", json!({"iss": other})).await, 403, "unknown_peer");
    }

    let claims = sender.claims("app-1");
    let forged = sign(&format!("9:{}", "5e".repeat(32)), "rekomi-passport+jws", &claims);
    refused(&sender.post(&forged).await, 403, "unknown_key");
    let good = sign(LEDGER_KEYS, "rekomi-passport+jws", &claims);
    let [header, payload, _] = good.split('.').collect::<Vec<_>>().try_into().unwrap();
    let signature = forged.rsplit_once('.').unwrap().1;
    refused(&sender.post(&format!("{header}.{payload}.{signature}")).await, 401, "signature_invalid");
    for nonsense in ["", "a.b.c", "{}", &sign(LEDGER_KEYS, "JWT", &claims)] {
        refused(&sender.post(nonsense).await, 400, "message_malformed");
    }
    refused(&sender.post(&"a".repeat(50_000)).await, 413, "payload_too_large");
    let now = wait::now().seconds();
    for (others, code) in [
        (json!({"aud": sender.home}), "wrong_audience"),
        (json!({"iat": now - 700, "exp": now - 100}), "message_expired"),
        (json!({"exp": now + 700}), "message_expired"),
        (json!({"iat": now + 300}), "message_expired"),
        (json!({"jti": "a b"}), "message_malformed"),
        (json!({"creator": {"email": "nobody"}}), "message_malformed"),
        (json!({"program": format!("other.test/{}", peer.acme.program)}), "wrong_host"),
    ] {
        refused(&sender.passport("app-1", others).await, 400, code);
    }
    let unlisted = format!("{}/{}", host(&peer.ledger.base()), peer.globex.program);
    refused(&sender.passport("app-1", json!({"program": unlisted})).await, 404, "not_found");
    assert_eq!(emails(peer).await, 0);
    assert_eq!(peer.database.count("select count(*) from creator_arrivals").await, 0);
    let counted = peer.database.texts("select code || ' ' || count from network_refusals order by 1").await.concat();
    for count in ["message_expired 3", "message_malformed 6", "unknown_key 1", "unknown_peer 5", "wrong_host 1"] {
        assert!(counted.iter().any(|one| one == count), "{count}: {counted:?}");
    }
    let page = at_peer.browser.get(PLACE).await.expect_status(200).text();
    assert!(page.contains("<code>wrong_audience</code>"), "{page}");

    // The same again, the very same or signed anew because an answer was lost, is the same application: one email.
    sender.post(&good).await.expect_status(200);
    sender.post(&good).await.expect_status(200);
    assert_eq!(sender.status("passport", "app-1").await, "Sent");
    assert_eq!(read_emails(&peer.ledger.base(), NINA).await.len(), 1);
    let other = sender.passport("app-1", json!({"creator": {"email": "ben@creators.test"}})).await;
    refused(&other, 409, "application_differs");
    assert_eq!(emails(peer).await, 1);
    assert_eq!(sender.status("status-request", "app-1").await, "Sent");
    refused(&sender.send_as("status-request", &sender.claims("app-2")).await, 404, "not_found");

    // Taken back, it is gone, and doesn't come again; not even one that arrives after that.
    for _ in 0..2 {
        assert_eq!(sender.status("revocation", "app-1").await, "Withdrawn");
    }
    assert_eq!(emails(peer).await, 0);
    refused(&sender.post(&good).await, 410, "application_revoked");
    assert_eq!(sender.status("revocation", "app-3").await, "Withdrawn");
    refused(&sender.passport("app-3", json!({})).await, 410, "application_revoked");
    assert_eq!(emails(peer).await, 0);

    // As many as a peer may name within a day.
    peer.database
        .run(
            "insert into creator_arrivals (id, peer_id, jti, created_at, revoked_at)
             select gen_random_uuid(), (select id from network_peers), 'many-' || n, now(), now()
             from generate_series(1, 198) n",
        )
        .await;
    refused(&sender.passport("app-4", json!({})).await, 429, "too_many_requests");
    assert_eq!(sender.status("status-request", "app-1").await, "Withdrawn");

    // Removed by the operator, the sender has nothing here.
    act(peer, "remove").await.expect_status(303);
    assert_eq!(peer.database.count("select count(*) from creator_arrivals").await, 0);
    refused(&sender.send_as("status-request", &sender.claims("app-1")).await, 403, "unknown_peer");
    home.finish().await;
    sender.peer.finish().await;
}
