//! Goal: an installation shows the programs of others that its operator trusts, and nothing that anyone else says in their
//! place.
//! Method: two ledgers in one world, with keys of their own: one lists a program, the other reads its feed. Where an evil
//! installation is needed, a fake stands at the address that the second ledger names as its own, and gives its answers away:
//! as they are, changed, twice, or others instead.
//! Routes: `/.well-known/rekomi-network`, `/network/v1/programs`, `/network/from/{host}/{program}`,
//! `/network/operator/federation`, `/network/operator/federation/peers`, `/network/operator/federation/peers/{id}/{what}`

use serde_json::{Value, json};
use world::{
    Plan, World,
    client::{browser::Browser, dashboard::Marketer},
    fakes::{Answer, Call, FakeServer, Mood, Vendor},
    http::{Request, Response},
    network_fixture,
    settings::{LEDGER_KEYS, free_port},
};

pub(crate) const PLACE: &str = "/network/operator/federation";
const DOCUMENT: &str = "/.well-known/rekomi-network";
const FEED: &str = "/network/v1/programs";

/// A key ring with another current key; the demo's secrets are sealed with the tests' own.
fn keys(digits: &str) -> String {
    format!("2:{},{LEDGER_KEYS}", digits.repeat(32))
}

pub(crate) async fn other_installation() -> World {
    Plan::default().ledger_setting("REKOMI_LEDGER_KEYS", &keys("2b")).start().await
}

pub(crate) async fn operator(world: &World) -> Marketer {
    let mut operator = Marketer::new(&world.ledger.base());
    operator.sign_in(&world.demo["owner"]).await.expect_status(303);
    operator
}

/// Acme lists its program, and the operator approves it.
pub(crate) async fn list(world: &World, title: &str) {
    let path = format!("/programs/{}/network-listing", world.acme.program);
    let listing = json!({
        "title": title, "summary": "Spreadsheets <b>that</b> answer.", "description": "People ask.", "topics": ["Business"],
    });
    let request = Request::post(&format!("/api/v1{path}"), listing.to_string());
    let saved = world.api().send(Request { method: "PUT".to_owned(), ..request }).await.expect_status(200).json();
    // Another title of a listed program is submitted already.
    if saved["status"] != "Submitted" {
        world.api().post(&format!("{path}/submit"), &json!({})).await.expect_status(200);
    }
    network_fixture::approve(&world.acme, &mut operator(world).await).await.expect_status(303);
}

async fn pause(world: &World) {
    let path = format!("/network/operator/{}/{}/pause", world.acme.organization, world.acme.program);
    operator(world).await.submit(&path, &[("reason", "A reason.")]).await.expect_status(303);
}

pub(crate) fn host(base: &str) -> &str {
    base.strip_prefix("http://").unwrap()
}

async fn peer_id(world: &World) -> String {
    let page = operator(world).await.browser.get(PLACE).await.expect_status(200).text();
    let start = page.find("/peers/peer_").expect("a peer on the page") + "/peers/".len();
    page[start..].chars().take_while(|one| *one != '/').collect()
}

pub(crate) async fn act(world: &World, what: &str) -> Response {
    let path = format!("{PLACE}/peers/{}/{what}", peer_id(world).await);
    operator(world).await.submit(&path, &[]).await
}

/// The operator names an installation, compares its fingerprints, and confirms them.
pub(crate) async fn trust(world: &World, base: &str) {
    let mut operator = operator(world).await;
    operator.submit(&format!("{PLACE}/peers"), &[("url", base)]).await.expect_status(303);
    confirm(world).await.expect_status(303);
    // From now on the feed is read only when the test says so: the next time is in a quarter of an hour.
    world.ledger.run_jobs().await;
}

pub(crate) async fn confirm(world: &World) -> Response {
    let mut operator = operator(world).await;
    let page = operator.browser.get(PLACE).await.expect_status(200).text();
    let field = "name=\"fingerprints\" value=\"";
    let start = page.find(field).expect("fingerprints to confirm") + field.len();
    let shown: String = page[start..].chars().take_while(|one| *one != '"').collect();
    let path = format!("{PLACE}/peers/{}/confirm", peer_id(world).await);
    operator.submit(&path, &[("fingerprints", &shown)]).await
}

async fn search(world: &World) -> String {
    Browser::new(world.ledger.base()).get("/network").await.expect_status(200).text()
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_of_a_trusted_installation_are_found() {
    let (home, peer) = tokio::join!(World::start(), other_installation());
    list(&peer, "Acme partners").await;
    let base = peer.ledger.base();
    let mut operator = operator(&home).await;
    let empty = operator.browser.get(PLACE).await.expect_status(200).text();
    assert!(empty.contains("No installation has been added yet."), "{empty}");
    for (typed, problem) in [
        ("", "must be"),
        ("http://10.0.0.1", "private network"),
        ("ftp://a.test", "must"),
        (&format!("{base}/network"), "without a path"),
        (&home.ledger.base(), "address of this installation"),
        (&format!("http://127.0.0.1:{}", free_port()), "can’t be reached"),
    ] {
        let refused = operator.submit(&format!("{PLACE}/peers"), &[("url", typed)]).await.expect_status(400).text();
        assert!(refused.contains("aria-invalid=\"true\"") && refused.contains(problem), "{typed}: {refused}");
    }

    // Named, but not confirmed: nothing is read.
    operator.submit(&format!("{PLACE}/peers"), &[("url", &base)]).await.expect_status(303);
    operator.submit(&format!("{PLACE}/peers"), &[("url", &base)]).await.expect_status(400);
    home.ledger.run_jobs().await;
    assert!(!search(&home).await.contains("Acme partners"));
    let other = peer.ledger.base();
    let own = Marketer::new(&other).browser.get(DOCUMENT).await.expect_status(200).json();
    assert_eq!((&own["installation"], own["keys"].as_array().map(Vec::len)), (&json!(base), Some(2)));
    let path = format!("{PLACE}/peers/{}/confirm", peer_id(&home).await);
    operator.submit(&path, &[("fingerprints", "others")]).await.expect_status(409);
    confirm(&home).await.expect_status(303);
    home.ledger.run_jobs().await;

    let found = search(&home).await;
    assert!(found.contains("Acme partners") && found.contains(&format!("on {}", host(&base))), "{found}");
    assert!(found.contains("Business (1)") && !found.contains("<b>that</b>"), "{found}");
    let start = found.find("/network/from/").expect("a link to the program");
    let link: String = found[start..].chars().take_while(|one| *one != '"').collect();
    let page = Browser::new(home.ledger.base()).get(&link).await.expect_status(200).text();
    for part in [
        format!("rel=\"nofollow noopener\" href=\"{base}/network/acme\""),
        format!("<link rel=\"canonical\" href=\"{base}/network/acme\">"),
        "noindex".to_owned(),
        "20% of every".to_owned(),
        "Spreadsheets &#60;b&#62;that".to_owned(),
    ] {
        assert!(page.contains(&part), "{part}: {page}");
    }
    let german = Browser::new(home.ledger.base()).get(&format!("{link}?lang=de")).await.expect_status(200).text();
    assert!(german.contains("bewerben"), "{german}");
    let nothing = format!("/network/from/{}/prog_none", host(&base));
    for path in [nothing.as_str(), "/network/from/%00/prog_none", "/network/from/a.test/%00"] {
        Browser::new(home.ledger.base()).get(path).await.expect_status(404);
    }

    // What is paused there is gone here with the next reading, and back afterwards.
    pause(&peer).await;
    act(&home, "pull").await.expect_status(303);
    assert!(!search(&home).await.contains("Acme partners"));
    list(&peer, "Acme partners again").await;
    act(&home, "pull").await.expect_status(303);
    assert!(search(&home).await.contains("Acme partners again"));

    // Paused or removed by the operator here, at once.
    act(&home, "pause").await.expect_status(303);
    assert!(!search(&home).await.contains("Acme partners again"));
    act(&home, "pull").await.expect_status(409);
    act(&home, "resume").await.expect_status(303);
    home.ledger.run_jobs().await;
    assert!(search(&home).await.contains("Acme partners again"));
    act(&home, "remove").await.expect_status(303);
    assert!(!search(&home).await.contains("Acme partners again"));
    assert_eq!(home.database.count("select count(*) from network_foreign_listings").await, 0);
    home.finish().await;
    peer.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn new_keys_are_trusted_if_an_old_one_signs_them() {
    let (home, mut peer) = tokio::join!(World::start(), other_installation());
    list(&peer, "Acme partners").await;
    let base = peer.ledger.base();
    trust(&home, &base).await;
    act(&home, "pull").await.expect_status(303);

    // One more key, while the others are still there: nobody needs to do anything.
    peer.ledger.set("REKOMI_LEDGER_KEYS", &format!("3:{},{}", "3c".repeat(32), keys("2b")));
    peer.ledger.stop();
    peer.ledger.start().await;
    list(&peer, "Acme with a third key").await;
    act(&home, "pull").await.expect_status(303);
    assert!(search(&home).await.contains("Acme with a third key"));

    // Only keys that nobody knows: an operator compares them first.
    peer.ledger.set("REKOMI_LEDGER_KEYS", &format!("4:{}", "4d".repeat(32)));
    peer.ledger.stop();
    peer.ledger.start().await;
    let refused = act(&home, "pull").await.expect_status(409).text();
    assert!(refused.contains("new keys that no trusted key signed"), "{refused}");
    confirm(&home).await.expect_status(303);
    home.ledger.run_jobs().await;
    act(&home, "pull").await.expect_status(303);
    home.finish().await;
}

#[derive(Debug)]
struct Nothing;

impl Vendor for Nothing {
    fn answer(&mut self, _: &Call) -> Answer {
        Answer(404, Value::Null)
    }
}

/// The headers that matter, as they came.
fn signed_headers(response: &Response) -> Vec<(&'static str, String)> {
    let names = ["content-type", "content-digest", "date", "signature-input", "signature"];
    names.map(|name| (name, response.header(name).unwrap_or_default().to_owned())).to_vec()
}

/// The address of an installation, and the installation that could speak for it.
struct Stage {
    home: World,
    peer: World,
    fake: FakeServer<Nothing>,
}

impl Stage {
    async fn set() -> Self {
        let fake = FakeServer::of(Nothing);
        let home = Plan::default().ledger_setting("REKOMI_LEDGER_KEYS", &keys("7e"));
        let peer = Plan::default().ledger_setting("REKOMI_LEDGER_KEYS", &keys("2b"));
        let peer = peer.ledger_setting("REKOMI_PUBLIC_URL", fake.base());
        let (home, peer) = tokio::join!(home.start(), peer.start());
        list(&peer, "Acme partners").await;
        Self { home, peer, fake }
    }

    /// What the peer answers now.
    async fn genuine(&self, target: &str) -> Response {
        Request::get(target).send(&self.peer.ledger.base()).await.unwrap().expect_status(200)
    }

    fn says(&self, path: &str, headers: Vec<(&'static str, String)>, body: String) {
        self.fake.when(&format!("GET {path}"), Mood::Writes(200, headers, body));
    }

    async fn passes_on(&self, target: &str) -> Response {
        let genuine = self.genuine(target).await;
        let path = target.split('?').next().unwrap();
        self.says(path, signed_headers(&genuine), genuine.text());
        genuine
    }

    /// The operator pulls, which fails with these words; nothing that was there before changes.
    async fn refused(&self, words: &str) {
        let before = self.home.database.texts("select title, version from network_foreign_listings").await;
        let page = act(&self.home, "pull").await.expect_status(409).text();
        assert!(page.contains(words), "{words}: {page}");
        let after = self.home.database.texts("select title, version from network_foreign_listings").await;
        assert_eq!(before, after, "{words}");
        // A paused peer would say nothing else.
        self.home.database.run("update network_peers set invalid = 0").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_speaks_for_an_installation() {
    let stage = Box::pin(Stage::set()).await;
    let Stage { home, peer, fake } = &stage;
    stage.passes_on(DOCUMENT).await;
    trust(home, fake.base()).await;
    let first = stage.passes_on(FEED).await;
    act(home, "pull").await.expect_status(303);
    assert!(search(home).await.contains("Acme partners"));

    // The same page again answers another question.
    stage.refused("answers another question").await;
    let next = first.json()["next"].as_i64().unwrap();
    let target = format!("{FEED}?after={next}");
    let genuine = stage.passes_on(&target).await;
    act(home, "pull").await.expect_status(303);

    // Another content, with the digest of the first, with its own, and without any signature.
    let evil = genuine.text().replace("\"more\":false", "\"more\":true");
    stage.says(FEED, signed_headers(&genuine), evil.clone());
    stage.refused("digest").await;
    let mut headers = signed_headers(&genuine);
    headers[1].1 = digest(&evil);
    stage.says(FEED, headers.clone(), evil.clone());
    stage.refused("signature doesn’t fit").await;
    headers.truncate(3);
    stage.says(FEED, headers, evil);
    stage.refused("isn’t signed").await;

    // Another installation's answer, signed with a key that isn't this one's.
    let others = Request::get(&target).send(&home.ledger.base()).await.unwrap();
    stage.says(FEED, signed_headers(&others), others.text());
    stage.refused("isn’t one that the host publishes").await;

    // Too much, something else, and elsewhere.
    stage.says(FEED, signed_headers(&genuine), " ".repeat(1_100_000));
    stage.refused("more than 1024 KB").await;
    let mut headers = signed_headers(&genuine);
    headers[0].1 = "text/html".to_owned();
    stage.says(FEED, headers, genuine.text());
    stage.refused("isn’t JSON").await;
    fake.when(&format!("GET {FEED}"), Mood::Redirects("http://169.254.169.254/".to_owned()));
    stage.refused("status 302").await;
    assert!(search(home).await.contains("Acme partners"), "what was read before stays");

    // Three invalid answers in a row pause it, and hide what it lists.
    stage.says(FEED, Vec::new(), "{}".to_owned());
    for _ in 0..3 {
        act(home, "pull").await.expect_status(409);
    }
    assert!(!search(home).await.contains("Acme partners"));
    let page = operator(home).await.browser.get(PLACE).await.text();
    assert!(page.contains("Paused") && page.contains("Resume"), "{page}");
    peer.check().await;
    stage.home.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_has_what_changed_and_is_signed() {
    let world = World::start().await;
    let base = world.ledger.base();
    let feed = async |after: i64| {
        let response = Request::get(&format!("{FEED}?after={after}")).send(&base).await.unwrap().expect_status(200);
        assert_eq!(response.header("content-digest"), Some(digest(&response.text()).as_str()));
        assert!(response.header("signature-input").is_some_and(|input| input.contains("\"content-digest\"")));
        response.json()
    };
    assert_eq!(feed(0).await["items"], json!([]));
    list(&world, "Acme partners").await;
    let first = feed(0).await;
    assert_eq!((&first["items"][0]["title"], &first["more"]), (&json!("Acme partners"), &json!(false)));
    assert_eq!(first["items"][0]["page"], json!(format!("{base}/network/acme")));
    let next = first["next"].as_i64().unwrap();
    assert_eq!(feed(next).await["items"], json!([]));
    pause(&world).await;
    let gone = feed(next).await;
    let id = first["items"][0]["id"].clone();
    let version = gone["items"][0]["version"].clone();
    assert_eq!(gone["items"], json!([{"id": id, "version": version, "removed": true}]));
    assert!(version.as_i64() > Some(next));

    let known = Request::get(FEED).send(&base).await.unwrap();
    let again = Request::get(FEED).header("If-None-Match", known.header("etag").unwrap());
    again.send(&base).await.unwrap().expect_status(304);
    Request::get(&format!("{FEED}?after=-1")).send(&base).await.unwrap().expect_status(400);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_federation_there_is_nothing() {
    let world = Plan::default().ledger_setting("REKOMI_FEDERATION", "off").start().await;
    let mut operator = operator(&world).await;
    for path in [DOCUMENT, FEED, PLACE, "/network/from/a.test/prog_1"] {
        operator.browser.get(path).await.expect_status(404);
    }
    operator.submit(&format!("{PLACE}/peers"), &[("url", "https://a.test")]).await.expect_status(404);
    let page = operator.browser.get("/network/operator").await.expect_status(200).text();
    assert!(!page.contains(PLACE), "{page}");
    world.finish().await;
}

/// `Content-Digest` of a text.
fn digest(text: &str) -> String {
    use base64::{Engine, prelude::BASE64_STANDARD};
    use sha2::{Digest, Sha256};
    format!("sha-256=:{}:", BASE64_STANDARD.encode(Sha256::digest(text.as_bytes())))
}
