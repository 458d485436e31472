//! Goal: test mode is separate: neither side sees the other, by page or by API. It starts with a copy of the live
//! programs, and a test sale and a new start take a button each.
//! Method: a button creates the test organization; programs are created on both sides and looked for from the other.
//! Routes: `/dashboard/test-mode`, `/dashboard/test-mode/reset`, `/dashboard/test-mode/sample`, `/dashboard/test-sale`

use serde_json::json;
use world::{
    World,
    client::mailbox::read_email,
    http::Request,
    organization_fixture::{key, owner},
};

#[tokio::test(flavor = "multi_thread")]
async fn test_mode_is_apart() {
    let world = World::shared().await;
    let mut owner = owner(&world).await;
    let live = world.acme.organization.to_string();
    let page = owner.browser.get("/dashboard").await.text();
    assert!(page.contains("action=\"/dashboard/test-mode\""));
    let places = requested_twice(&mut owner, &live).await;
    assert_eq!(places[0], places[1], "there is one test mode, however often it is asked for");
    let twin = places[0].split_once("organization=").unwrap().1.to_owned();
    let page = owner.browser.get(&places[0]).await.expect_status(200).text();
    assert!(page.contains("Acme SaaS (test)") && page.contains("<strong>Test mode</strong>"), "{page}");
    assert!(page.contains(&format!("organization={live}\">Exit test mode")), "and the way back");
    assert!(page.contains("<title>Test \u{b7} Overview"), "a tab says that it is test mode: {page}");
    let page = owner.browser.get("/dashboard").await.text();
    assert!(!page.contains("<strong>Test mode</strong>") && page.contains("<title>Overview"), "live comes first");
    assert!(page.contains(&format!("organization={twin}\">Test mode")));

    let (api, test) = (world.api(), key(&world, &twin, "rk_test_twin", "owner").await);
    assert_eq!(test.get("/organization").await.json()["mode"], "test");
    let copied = test.all("/programs").await;
    assert!(copied.len() == 1 && copied[0]["id"] != json!(world.acme.program.to_string()), "{copied:?}");
    let body =
        json!({"name": "Try-out", "slug": "try-out", "components": [{"type": "percentage", "ratePpm": 100_000}]});
    let made = test.post("/programs", &body).await.expect_status(201).json();
    let id = made["id"].as_str().unwrap();
    assert_eq!(api.get(&format!("/programs/{id}")).await.status, 404);
    assert_eq!(test.get(&format!("/programs/{}", world.acme.program)).await.status, 404);
    assert!(!api.all("/programs").await.iter().any(|program| program["id"] == made["id"]));

    // Its emails say so, and those of the live organization don't.
    for (side, program, subject) in
        [(&test, id.to_owned(), "[Test] You’re in!"), (&api, world.acme.program.to_string(), "You’re in!")]
    {
        let to = world.own(if program == id { "tim@new.test" } else { "liv@new.test" });
        let body = json!({"programId": program, "affiliates": [{"email": to}]});
        side.post("/affiliates/bulk-invite", &body).await.expect_status(200);
        let email = read_email(&world.ledger.base(), &to, "application_approved").await;
        assert!(email["subject"].as_str().unwrap().starts_with(subject), "{email}");
    }

    let again = owner.submit("/dashboard/test-mode", &[("organization", twin.as_str())]).await;
    assert_eq!(again.status, 409, "a test mode has none of its own");
    let other = world.globex.organization.to_string();
    assert_eq!(owner.submit("/dashboard/test-mode", &[("organization", other.as_str())]).await.status, 404);
    world.finish().await;
}

async fn requested_twice(owner: &mut world::client::dashboard::Marketer, live: &str) -> Vec<String> {
    let mut places = Vec::new();
    for _ in 0..2 {
        let there = owner.submit("/dashboard/test-mode", &[("organization", live)]).await.expect_status(303);
        places.push(there.header("location").unwrap().to_owned());
    }
    places
}

/// The members of the test organization are those of the live one, with their current role there.
#[tokio::test(flavor = "multi_thread")]
async fn its_people_are_those_of_the_live_organization() {
    let world = World::start().await;
    let mut owner = owner(&world).await;
    let live = world.acme.organization.to_string();
    let there = owner.submit("/dashboard/test-mode", &[("organization", live.as_str())]).await.expect_status(303);
    let twin = there.header("location").unwrap().split_once("organization=").unwrap().1.to_owned();
    let settings = format!("/dashboard/settings?organization={twin}");
    assert!(owner.browser.get(&settings).await.expect_status(200).text().contains("Download export"));
    world.database.set_member_roles("viewer").await;
    let page = owner.browser.get(&settings).await.expect_status(200).text();
    assert!(
        !page.contains("Download export") && !page.contains("<form method=\"post\" action=\"/dashboard/settings\"")
    );
    world.database.run_untriggered("delete from memberships").await;
    assert_eq!(owner.browser.get(&settings).await.status, 404);
    world.finish().await;
}

/// Opens test mode; returns its id.
async fn open(world: &World, owner: &mut world::client::dashboard::Marketer) -> String {
    let live = world.acme.organization.to_string();
    let there = owner.submit("/dashboard/test-mode", &[("organization", live.as_str())]).await.expect_status(303);
    there.header("location").unwrap().split_once("organization=").unwrap().1.to_owned()
}

/// The copy has the program's rules, plan and page, and one affiliate whom nothing is ever sent to.
#[tokio::test(flavor = "multi_thread")]
async fn it_starts_as_a_copy() {
    let world = World::shared().await;
    let mut owner = owner(&world).await;
    let live = world.api();
    let config = |program: &str| format!("/programs/{program}/sub-affiliate-config");
    let own = config(&world.acme.program.to_string());
    let recruiters = json!({"enabled": true, "percent": 12.5, "months": 6}).to_string();
    let request = Request::post(&format!("/api/v1{own}"), recruiters);
    live.send(Request { method: "PUT".to_owned(), ..request }).await.expect_status(200);
    let twin = open(&world, &mut owner).await;
    let test = key(&world, &twin, "rk_test_copy", "owner").await;
    let (original, copy) = (live.all("/programs").await.remove(0), test.all("/programs").await.remove(0));
    for same in ["name", "slug", "allowedOrigins", "cookieWindowDays", "attributionModel", "review", "claimedSales"] {
        assert_eq!(copy[same], original[same], "{same}");
    }
    assert_ne!(copy["publicKey"], original["publicKey"]);
    let plan = async |api: &world::client::api::Api, program: &serde_json::Value| {
        let path = format!("/programs/{}/plans", program["id"].as_str().unwrap());
        api.all(&path).await.remove(0)
    };
    let (of_live, of_test) = (plan(&live, &original).await, plan(&test, &copy).await);
    assert_eq!((&of_test["components"], &of_test["holdDays"]), (&of_live["components"], &of_live["holdDays"]));
    let copied = test.get(&config(copy["id"].as_str().unwrap())).await.expect_status(200).json();
    assert_eq!((&copied["enabled"], &copied["percent"], &copied["months"]), (&json!(true), &json!(12.5), &json!(6)));
    let handle = world.own("acme");
    let pages =
        format!("select count(*) from program_pages where published_at is null and handle like '{handle}-test-%'");
    assert_eq!(world.database.count(&pages).await, 1, "the page is a draft");
    let affiliates = test.all("/affiliates").await;
    assert_eq!((affiliates.len(), &affiliates[0]["email"]), (1, &json!("sam@sample.invalid")));
    assert_eq!(test.all("/links").await.len(), 1);

    let body = json!({"name": "Later", "slug": "later", "components": [{"type": "percentage", "ratePercent": "5"}]});
    live.post("/programs", &body).await.expect_status(201);
    assert_eq!(open(&world, &mut owner).await, twin);
    assert_eq!(test.all("/programs").await.len(), 1, "it is copied once");
    world.finish().await;
}

/// A test sale takes one button, and no email is written to the affiliate whom it credits.
#[tokio::test(flavor = "multi_thread")]
async fn a_test_sale_is_one_button() {
    let world = World::shared().await;
    let mut owner = owner(&world).await;
    let live = world.acme.organization.to_string();
    let refused = owner.submit("/dashboard/test-sale", &[("organization", live.as_str())]).await;
    assert!(refused.expect_status(409).text().contains("only in test mode"));
    let twin = open(&world, &mut owner).await;
    let page = owner.browser.get(&format!("/dashboard/test-mode?organization={twin}")).await.expect_status(200).text();
    assert!(
        page.matches(">Send test sale</button>").count() == 2 && page.contains("action=\"/dashboard/test-sale\""),
        "{page}"
    );
    let page = owner.browser.get(&format!("/dashboard?organization={twin}")).await.text();
    assert!(page.contains("Get your first sale") && page.matches(">Send test sale</button>").count() == 2, "{page}");
    let page = owner.browser.get(&format!("/dashboard?organization={live}")).await.text();
    assert!(page.contains(">Try it in test mode</a>") && !page.contains(">Send test sale</button>"), "{page}");
    let test = key(&world, &twin, "rk_test_sale", "owner").await;
    let unknown = [("organization", twin.as_str()), ("program", "prog_01kdvdna00fnwvvrwp1y42fmbq")];
    assert_eq!(owner.submit("/dashboard/test-sale", &unknown).await.status, 409);
    let sent = owner.submit("/dashboard/test-sale", &[("organization", twin.as_str())]).await.expect_status(303);
    let page = owner.browser.get(sent.header("location").unwrap()).await.expect_status(200).text();
    assert!(page.contains("Test sale of $99.00 sent."), "{page}");
    let sales = test.all("/conversions").await;
    assert_eq!((sales.len(), sales[0]["amountCents"].as_i64()), (1, Some(9_900)));
    let earned = test.all("/commissions").await;
    assert_eq!((earned.len(), earned[0]["amountCents"].as_i64()), (1, Some(1_980)), "20% of it");
    assert!(world.api().all("/conversions").await.is_empty(), "nothing of it is in the live books");
    assert_eq!(world.database.count_emails("recipient like '%@sample.invalid'").await, 0);
    world.finish().await;
}

/// A new start closes the old test mode for good, and copies the live programs again.
#[tokio::test(flavor = "multi_thread")]
async fn it_can_start_over() {
    let world = World::shared().await;
    let mut owner = owner(&world).await;
    let live = world.acme.organization.to_string();
    let old = open(&world, &mut owner).await;
    let test = key(&world, &old, "rk_test_old", "owner").await;
    let host = test.all("/links").await[0]["host"].clone();
    owner.submit("/dashboard/test-sale", &[("organization", old.as_str())]).await.expect_status(303);
    let refused = owner.submit("/dashboard/test-mode/reset", &[("organization", live.as_str())]).await;
    assert_eq!(refused.status, 409, "the live organization has nothing to throw away");
    let reset = owner.submit("/dashboard/test-mode/reset", &[("organization", old.as_str())]).await.expect_status(303);
    let place = reset.header("location").unwrap().to_owned();
    let page = owner.browser.get(&place).await.expect_status(200).text();
    assert!(page.contains("Test mode starts over"), "{page}");
    let new = place.split_once("organization=").unwrap().1.split('&').next().unwrap().to_owned();
    assert_ne!(new, old);
    assert_eq!(open(&world, &mut owner).await, new);
    let fresh = key(&world, &new, "rk_test_new", "owner").await;
    assert_eq!((fresh.all("/programs").await.len(), fresh.all("/conversions").await.len()), (1, 0));
    assert_eq!(fresh.all("/links").await[0]["host"], host, "its domain is still its own");
    assert_eq!(test.get("/programs").await.status, 401, "its keys are refused");
    assert_eq!(owner.browser.get(&format!("/dashboard?organization={old}")).await.status, 404);
    assert_eq!(owner.submit("/dashboard/test-mode/reset", &[("organization", old.as_str())]).await.status, 404);
    world.api().get("/programs").await.expect_status(200);
    world.finish().await;
}

/// Sample data fills the pages once, says what it is, is sent to no one, and goes with a new start.
#[tokio::test(flavor = "multi_thread")]
async fn sample_data_can_be_thrown_away() {
    let world = World::shared().await;
    let mut owner = owner(&world).await;
    let (fill, live) = ("/dashboard/test-mode/sample", world.acme.organization.to_string());
    assert_eq!(owner.submit(fill, &[("organization", live.as_str())]).await.status, 409);
    let twin = open(&world, &mut owner).await;
    let page = owner.browser.get(&format!("/dashboard?organization={twin}")).await.text();
    assert!(!page.contains(">Sample data</span>"), "{page}");
    for _ in 0..2 {
        owner.submit(fill, &[("organization", twin.as_str())]).await.expect_status(303);
    }
    let test = key(&world, &twin, "rk_test_sample", "owner").await;
    let sales = test.all("/conversions").await;
    assert_eq!(sales.len(), 40);
    assert!(sales.iter().all(|sale| sale["affiliateId"].is_string()), "{sales:?}");
    let affiliates = test.all("/affiliates").await;
    let samples = affiliates.iter().filter(|one| one["name"].as_str().unwrap().ends_with("(sample)")).count();
    assert_eq!((affiliates.len(), samples), (7, 6));
    assert_eq!(world.database.count("select count(*) from clicks").await, 420);
    for path in ["/dashboard", "/dashboard/affiliates", "/dashboard/test-mode"] {
        let page = owner.browser.get(&format!("{path}?organization={twin}")).await.expect_status(200).text();
        assert!(page.contains(">Sample data</span>"), "{path}: {page}");
    }
    assert_eq!(world.database.count_emails("recipient like '%@sample.invalid'").await, 0);
    assert!(world.api().all("/conversions").await.is_empty(), "nothing of it is in the live books");

    let reset = owner.submit("/dashboard/test-mode/reset", &[("organization", twin.as_str())]).await.expect_status(303);
    let page = owner.browser.get(reset.header("location").unwrap()).await.expect_status(200).text();
    assert!(page.contains("Fill with sample data") && !page.contains(">Sample data</span>"), "{page}");
    world.finish().await;
}

/// An organization without programs opens an empty test mode, and copies into it once there is something to copy.
#[tokio::test(flavor = "multi_thread")]
async fn an_empty_one_is_filled_later() {
    let world = World::start().await;
    let mut owner = owner(&world).await;
    let fields = [("name", "Brand New"), ("timeZone", "UTC")];
    let made = owner.submit("/dashboard/organizations/new", &fields).await.expect_status(303);
    let live = made.header("location").unwrap().split_once("organization=").unwrap().1.to_owned();
    let places = requested_twice(&mut owner, &live).await;
    let twin = places[1].split_once("organization=").unwrap().1.to_owned();
    let page = owner.browser.get(&format!("/dashboard/test-mode?organization={twin}")).await.expect_status(200).text();
    assert!(page.contains("Copy your live programs"), "{page}");
    let sale = owner.submit("/dashboard/test-sale", &[("organization", twin.as_str())]).await.expect_status(409).text();
    assert!(sale.contains("A test sale needs a program."), "{sale}");
    let body = json!({"name": "First", "components": [{"type": "percentage", "ratePercent": "5"}]});
    key(&world, &live, "rk_live_first", "owner").await.post("/programs", &body).await.expect_status(201);
    requested_twice(&mut owner, &live).await;
    let test = key(&world, &twin, "rk_test_first", "owner").await;
    assert_eq!((test.all("/programs").await.len(), test.all("/affiliates").await.len()), (1, 1));
    owner.submit("/dashboard/test-sale", &[("organization", twin.as_str())]).await.expect_status(303);
    world.finish().await;
}
