//! Goal: operators decide what brands and creators report and what looks wrong; a suspended creator is hidden and keeps their
//! data; a flag hides no one, and only makes a new profile wait; floods leave one note; a track record follows sales and ends
//! with consent.
//! Method: creators and the operator use the pages; what a brand does, and sales, are written into the database.
//! Routes: `/network/operator/reports`, `/network/operator/reports/{organization}/{report}/{what}`,
//! `/network/operator/creators/{creator}/{what}`, `/network/operator/flags/{flag}/{what}`,
//! `/network/operator/brands/{organization}/{what}`

use serde_json::json;
use shared::id::{CreatorId, NetworkContactId, NetworkMessageId};
use uuid::Uuid;
use world::{
    World,
    client::{browser::Browser, dashboard::Marketer, mailbox},
    creator_fixture::{enter, listed},
    http::Request,
    network_fixture,
};

const REPORTS: &str = "/network/operator/reports";
const BIO: &str = "I have reviewed spreadsheets, databases and the people who love them for eleven years, and every week \
                   I write down what broke, what held, and what I would buy again with my own money.";

async fn operator(world: &World) -> Marketer {
    let mut operator = Marketer::new(&world.ledger.base());
    operator.sign_in(&world.demo["owner"]).await.expect_status(303);
    operator
}

async fn page(browser: &mut Marketer, path: &str) -> String {
    browser.browser.get(path).await.expect_status(200).text()
}

async fn uuid(world: &World, query: &str) -> Uuid {
    world.database.texts(query).await.concat().remove(0).parse().unwrap()
}

async fn creator(world: &World, email: &str) -> CreatorId {
    CreatorId::new(uuid(world, &format!("select id::text from creators where email = '{email}'")).await)
}

/// Acme's program is listed.
async fn list_program(world: &World, operator: &mut Marketer) {
    let path = format!("/api/v1/programs/{}/network-listing", world.acme.program);
    let text = json!({"title": "Acme partner program", "summary": "Spreadsheets.", "topics": ["Developers"],
                      "sharesFigures": true, "searchesCreators": true});
    let put = Request { method: "PUT".to_owned(), ..Request::post(&path, text.to_string()) };
    world.api().send(put).await.expect_status(200);
    let submit = format!("/programs/{}/network-listing/submit", world.acme.program);
    world.api().post(&submit, &json!({})).await.expect_status(200);
    network_fixture::approve(&world.acme, operator).await.expect_status(303);
}

/// What the operator decides about Acme's listing.
fn decision(world: &World, what: &str) -> String {
    format!("/network/operator/{}/{}/{what}", world.acme.organization, world.acme.program)
}

/// Acme does something with its listing, which then has this status.
async fn has_after(world: &World, step: &str, status: &str) {
    let path = format!("/programs/{}/network-listing/{step}", world.acme.program);
    let listing = world.api().post(&path, &json!({})).await.expect_status(200).json();
    assert_eq!(listing["status"], status, "{listing}");
}

/// Acme invited the creator.
async fn invite(world: &World, creator: CreatorId) -> NetworkContactId {
    let id = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001);
    let (organization, program) = (world.acme.organization.uuid(), world.acme.program.uuid());
    world
        .database
        .run(&format!(
            "insert into network_contacts (organization_id, id, program_id, creator_id, status, invited_at, expires_at,
                 emailed_at, created_at, changed_at)
             values ('{organization}', '{id}', '{program}', '{}', 'Invited', now(), now() + interval '9 days', now(), now(), now())",
            creator.uuid()
        ))
        .await;
    NetworkContactId::new(id)
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_of_both_sides_are_decided() {
    let world = World::start().await;
    let mut operator = operator(&world).await;
    assert!(page(&mut operator, REPORTS).await.contains("No report is open."));
    list_program(&world, &mut operator).await;
    let mut nina = listed(&world, "nina@creators.test", "Nina Berg").await;
    let id = creator(&world, "nina@creators.test").await;
    let contact = invite(&world, id).await;
    let reason = [("reason", "They write every day.")];
    nina.submit(&format!("/a/network/contacts/{contact}/report"), &reason).await.expect_status(303);
    let by_brand = NetworkMessageId::new(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0002));
    let organization = world.acme.organization;
    world
        .database
        .run(&format!(
            "insert into network_reports (organization_id, id, creator_id, by_brand, reason, created_at)
             values ('{}', '{}', '{}', true, 'Sells our coupons.', now())",
            organization.uuid(),
            by_brand.uuid(),
            id.uuid()
        ))
        .await;
    let shown = page(&mut operator, REPORTS).await;
    for part in ["Nina Berg reports Acme", "They write every day.", "reports Nina Berg", "Sells our coupons."] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(!shown.contains("nina@creators.test"), "operators need no address");

    let of_creator = uuid(&world, "select id::text from network_reports where not by_brand").await;
    let of_creator = format!("{REPORTS}/{organization}/{}", NetworkMessageId::new(of_creator));
    let refused = operator.submit(&format!("{of_creator}/uphold"), &[("note", " ")]).await.expect_status(400).text();
    assert!(refused.contains("aria-invalid=\"true\""), "{refused}");
    operator.submit(&format!("{of_creator}/uphold"), &[("note", "Ten letters in a week.")]).await.expect_status(303);
    operator.submit(&format!("{of_creator}/dismiss"), &[("note", "Again.")]).await.expect_status(404);
    let of_brand = format!("{REPORTS}/{organization}/{by_brand}/dismiss");
    operator.submit(&of_brand, &[("note", "It was another Nina.")]).await.expect_status(303);
    let decided =
        world.database.texts("select upheld || ' ' || note || ' ' || decided_by from network_reports order by 1");
    let expected = ["false It was another Nina. owner@acme.test", "true Ten letters in a week. owner@acme.test"];
    assert_eq!(decided.await.concat(), expected);
    let log = "select action from audit_log where action like 'network_report.%' order by id";
    assert_eq!(world.database.texts(log).await.concat(), ["network_report.upheld", "network_report.dismissed"]);

    // All of a brand's listings are paused at once.
    let pause = format!("/network/operator/brands/{organization}/pause");
    let mut visitor = Browser::new(world.ledger.base());
    visitor.get("/network/acme").await.expect_status(200);
    operator.submit(&pause, &[("note", "")]).await.expect_status(400);
    operator.submit(&pause, &[("note", "Creators complained.")]).await.expect_status(303);
    visitor.get("/network/acme").await.expect_status(404);
    operator.submit(&pause, &[("note", "Creators complained.")]).await.expect_status(409);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_brand_that_hides_its_listing_needs_approval_again() {
    let world = World::start().await;
    let mut operator = operator(&world).await;
    list_program(&world, &mut operator).await;
    listed(&world, "nina@creators.test", "Nina Berg").await;
    let (organization, nina) = (world.acme.organization, creator(&world, "nina@creators.test").await);
    let id = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0003);
    let report = format!(
        "insert into network_reports (organization_id, id, creator_id, by_brand, reason, created_at)
         values ('{}', '{id}', '{}', false, 'They write every day.', now())",
        organization.uuid(),
        nina.uuid()
    );
    world.database.run(&report).await;

    // The brand pauses it first.
    has_after(&world, "pause", "Paused").await;
    assert!(page(&mut operator, REPORTS).await.contains("Pause the brand’s listings"));
    let pause = format!("/network/operator/brands/{organization}/pause");
    operator.submit(&pause, &[("note", "Creators complained.")]).await.expect_status(303);
    operator.submit(&pause, &[("note", "Creators complained.")]).await.expect_status(409);
    let emails = mailbox::read_emails(&world.ledger.base(), "owner@acme.test").await;
    assert_eq!(emails.iter().filter(|email| email["kind"] == "network_listing").count(), 2, "{emails:?}");
    has_after(&world, "submit", "Submitted").await;

    // It withdraws it first.
    network_fixture::approve(&world.acme, &mut operator).await.expect_status(303);
    has_after(&world, "withdraw", "Draft").await;
    assert!(page(&mut operator, "/network/operator").await.contains("Take approval back"));
    operator.submit(&decision(&world, "pause"), &[("reason", "Creators complained.")]).await.expect_status(303);
    assert!(!page(&mut operator, "/network/operator").await.contains("Take approval back"));
    has_after(&world, "submit", "Submitted").await;
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_creator_is_hidden_and_keeps_their_data() {
    let world = World::start().await;
    let mut operator = operator(&world).await;
    list_program(&world, &mut operator).await;
    let mut nina = listed(&world, "nina@creators.test", "Nina Berg").await;
    let id = creator(&world, "nina@creators.test").await;
    let contact = invite(&world, id).await;
    let suspend = format!("/network/operator/creators/{id}/suspend");
    operator.submit(&suspend, &[("note", "")]).await.expect_status(400);
    operator.submit(&suspend, &[("note", "You sold coupons.")]).await.expect_status(303);
    operator.submit(&suspend, &[("note", "You sold coupons.")]).await.expect_status(409);
    let mut brand = world.database.connect_as_app().await;
    let bound = format!("set rekomi.tenants = '{}'", world.acme.organization.uuid());
    world::database::run(&mut brand, &bound).await;
    let seen = "select count(*) from creator_profiles";
    assert_eq!(sqlx::query_scalar::<_, i64>(seen).fetch_one(&mut brand).await.unwrap(), 0);

    let own = page(&mut nina, "/a/network/visibility").await;
    assert!(own.contains("hid your profile from all brands: You sold coupons."), "{own}");
    let message = [("message", "Hello?")];
    nina.submit(&format!("/a/network/contacts/{contact}/message"), &message).await.expect_status(403);
    let form = [("f_name", "Nina Berg"), ("terms", "yes"), ("terms_version", "1")];
    nina.submit("/a/network/apply/acme", &form).await.expect_status(403);
    nina.submit("/a/network/visibility/list", &[("listed", "yes")]).await.expect_status(303);
    assert_eq!(world.database.count("select count(*) from creator_profiles where listed_at is not null").await, 0);
    let file = nina.browser.get("/a/network/data/export").await.expect_status(200).json();
    assert_eq!(file["account"]["suspendedBecause"], "You sold coupons.");
    assert_eq!(file["contacts"][0]["status"], "Invited", "{file}");

    let shown = page(&mut operator, REPORTS).await;
    assert!(shown.contains("Suspended: Nina Berg") && shown.contains("You sold coupons."), "{shown}");
    operator.submit(&format!("/network/operator/creators/{id}/restore"), &[]).await.expect_status(303);
    nina.submit("/a/network/visibility/list", &[("listed", "yes")]).await.expect_status(303);
    assert_eq!(sqlx::query_scalar::<_, i64>(seen).fetch_one(&mut brand).await.unwrap(), 1);
    nina.submit("/a/network/data/erase", &[("sure", "yes")]).await.expect_status(303);
    assert_eq!(world.database.count("select count(*) from network_contacts").await, 0);
    let log = world.database.texts("select action from creator_decisions where creator_id is null order by id").await;
    assert_eq!(log.concat(), ["Suspended", "Restored"]);
    world.finish().await;
}

/// A creator with that bio and channel, who asked to be listed.
async fn with_bio(world: &World, email: &str, (bio, site): (&str, &str)) -> Marketer {
    let mut browser = enter(world, email).await;
    let name = email.split('@').next().unwrap();
    let profile = [("name", name), ("topics", "Developers"), ("bio", bio)];
    browser.submit("/a/network/profile", &profile).await.expect_status(303);
    let channel = [("kind", "Website"), ("url", site), ("audience", "From10k")];
    browser.submit("/a/network/profile/channels", &channel).await.expect_status(303);
    browser.submit("/a/network/visibility/list", &[("listed", "yes")]).await.expect_status(303);
    browser
}

#[tokio::test(flavor = "multi_thread")]
async fn what_looks_wrong_waits_for_the_operator() {
    let world = World::start().await;
    let mut operator = operator(&world).await;
    let names = "select name from creator_profiles where listed_at is not null order by 1";
    with_bio(&world, "nina@creators.test", (BIO, "https://nina.test")).await;
    let copy = BIO.replace("eleven", "twelve");
    let mut copier = with_bio(&world, "copier@creators.test", (&copy, "https://copier.test")).await;
    let mut rival = with_bio(&world, "rival@creators.test", ("Short.", "https://nina.test")).await;
    with_bio(&world, "thrown@mailinator.com", ("Short.", "https://thrown.test")).await;
    assert_eq!(world.database.texts(names).await.concat(), ["nina"]);
    assert!(page(&mut copier, "/a/network/visibility").await.contains("waiting for review by the network’s operator"));
    let shown = page(&mut operator, REPORTS).await;
    for part in ["The bio is like another creator’s", "Another creator has the same channel", "mailinator.com"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let flag = async |reason: &str| {
        uuid(&world, &format!("select id::text from creator_flags where reason = '{reason}' and decided_at is null"))
            .await
    };
    let copied = flag("CopiedProfile").await;
    operator.submit(&format!("/network/operator/flags/{copied}/clear"), &[]).await.expect_status(303);
    operator.submit(&format!("/network/operator/flags/{copied}/clear"), &[]).await.expect_status(404);
    assert_eq!(world.database.texts(names).await.concat(), ["copier", "nina"]);
    // What was cleared isn't noted again about the same two.
    world.ledger.run_jobs().await;
    assert_eq!(world.database.count("select count(*) from creator_flags where reason = 'CopiedProfile'").await, 1);

    // Another channel settles it, without the operator.
    let shown = page(&mut rival, "/a/network/profile").await;
    let channel = shown.split("/a/network/profile/channels/").nth(1).and_then(|rest| rest.split('/').next()).unwrap();
    let another = [("kind", "Website"), ("url", "https://rival.test"), ("audience", "From10k")];
    rival.submit("/a/network/profile/channels", &another).await.expect_status(303);
    rival.submit(&format!("/a/network/profile/channels/{channel}/remove"), &[]).await.expect_status(303);
    world.ledger.run_jobs().await;
    assert_eq!(world.database.texts(names).await.concat(), ["copier", "nina", "rival"]);

    let disposable = flag("DisposableAddress").await;
    operator.submit(&format!("/network/operator/flags/{disposable}/confirm"), &[]).await.expect_status(303);
    assert_eq!(world.database.texts(names).await.concat(), ["copier", "nina", "rival"]);
    let log = world.database.texts("select action from creator_decisions order by id").await.concat();
    assert_eq!(log, ["FlagCleared", "FlagUpheld"]);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_adds_a_channel_later_shares_it() {
    let world = World::start().await;
    let mut older = with_bio(&world, "older@creators.test", ("Short.", "https://older.test")).await;
    with_bio(&world, "younger@creators.test", ("Short.", "https://younger.test")).await;
    let channel = [("kind", "Website"), ("url", "https://younger.test"), ("audience", "From10k")];
    older.submit("/a/network/profile/channels", &channel).await.expect_status(303);
    world.database.run("delete from creator_checks").await;
    world.ledger.run_jobs().await;
    let flagged = "select c.email from creator_flags f join creators c on c.id = f.creator_id";
    assert_eq!(world.database.texts(flagged).await.concat(), ["older@creators.test"]);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_sign_ups_leaves_one_note() {
    let world = World::start().await;
    let mut stranger = Marketer::new(&world.ledger.base());
    let mut refused = 0;
    for number in 0..25 {
        let email = format!("flood{number}@creators.test");
        let answer = stranger.submit("/network/join", &[("email", &email)]).await;
        refused += u32::from(answer.status == 429);
    }
    assert!(refused > 0, "the network's limit");
    assert_eq!(world.database.count("select count(*) from creator_flags where reason = 'TooManySignUps'").await, 1);
    let shown = page(&mut operator(&world).await, REPORTS).await;
    assert!(shown.contains("More requests for sign-in links than allowed"), "{shown}");
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_operators_see_the_page() {
    let world = World::start().await;
    let id = listed_id(&world).await;
    let mut owner = Marketer::new(&world.ledger.base());
    world.database.run("update users set email = 'someone@acme.test' where email = 'owner@acme.test'").await;
    let account = json!({"email": "someone@acme.test", "password": world.demo["owner"]["password"]});
    owner.sign_in(&account).await.expect_status(303);
    owner.browser.get(REPORTS).await.expect_status(404);
    let (organization, report) =
        (world.acme.organization, NetworkMessageId::new(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0002)));
    let note = [("note", "Mine.")];
    for path in [
        format!("{REPORTS}/{organization}/{report}/uphold"),
        format!("/network/operator/creators/{id}/suspend"),
        format!("/network/operator/flags/{}/clear", Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0002)),
        format!("/network/operator/brands/{organization}/pause"),
    ] {
        owner.submit(&path, &note).await.expect_status(404);
    }
    assert_eq!(world.database.count("select count(*) from creators where suspended_at is not null").await, 0);
    world.finish().await;
}

async fn listed_id(world: &World) -> CreatorId {
    listed(world, "nina@creators.test", "Nina Berg").await;
    creator(world, "nina@creators.test").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_track_record_comes_from_three_brands_and_ends_with_consent() {
    let world = World::start().await;
    let mut nina = listed(&world, "nina@creators.test", "Nina Berg").await;
    let id = creator(&world, "nina@creators.test").await.uuid();
    let choices = [("sharesReputation", "yes"), ("weeklyInvitationsMax", "10")];
    nina.submit("/a/network/visibility/choices", &choices).await.expect_status(303);
    // Three brands, each with seven sales of hers, four imported ones, and commissions of four that went to others: no books.
    let brands = |count: i32| {
        format!(
            "insert into tenants (id, created_at)
             select md5('track' || n)::uuid, now() from generate_series(1, {count}) n on conflict do nothing;
             insert into organizations (organization_id, slug, name, time_zone, created_at)
             select md5('track' || n)::uuid, 'track-' || n, 'Track', 'UTC', now() from generate_series(1, {count}) n
             on conflict do nothing;
             insert into network_listings (organization_id, program_id, status, handle, brand, title, topics, shares_figures,
                 listed_at, created_at, updated_at)
             select md5('track' || n)::uuid, md5('track' || n)::uuid, 'Listed', 'track-' || n, 'Brand', 'Title',
                    array['Developers'], true, now(), now(), now() from generate_series(1, {count}) n on conflict do nothing;
             insert into network_contacts (organization_id, id, program_id, creator_id, status, affiliate_id, created_at,
                 changed_at)
             select md5('track' || n)::uuid, gen_random_uuid(), md5('track' || n)::uuid, '{id}', 'Joined',
                    md5('track' || n)::uuid, now(), now() from generate_series(1, {count}) n on conflict do nothing;
             insert into conversions (organization_id, id, event_id, external_id, source, verified, kind, status, affiliate_id,
                 program_id, amount, paid, currency, occurred_at, details, created_at, updated_at)
             select md5('track' || n)::uuid, md5(n || '/' || s)::uuid, md5(n || '/' || s)::uuid, 'track-' || s, 'S2s', true,
                 'Sale', case when s > 7 then 'Refunded' else 'Approved' end, md5('track' || n)::uuid, md5('track' || n)::uuid,
                 500, 500, 'USD', now(), case when s > 7 then jsonb_build_object('past', jsonb_build_object()) end, now(), now()
             from generate_series(1, {count}) n, generate_series(1, 11) s on conflict do nothing;
             insert into commissions (organization_id, id, kind, conversion_id, affiliate_id, program_id, component,
                 amount, earned, currency, status, hold_until, happened_at, reason, created_at, updated_at)
             select md5('track' || n)::uuid, md5(n || '/' || s)::uuid, 'Conversion', md5(n || '/' || s)::uuid,
                    md5('track' || n)::uuid, md5('track' || n)::uuid, 0, 0, 100, 'USD', 'Denied', now(), now(), 'test',
                    now(), now() from generate_series(1, {count}) n, generate_series(12, 15) s on conflict do nothing"
        )
    };
    world.database.run_untriggered(&brands(2)).await;
    world.ledger.run_jobs().await;
    let points = "select topic || ' ' || points from creator_tracks";
    assert!(world.database.texts(points).await.is_empty(), "two brands say something about each other");
    world.database.run_untriggered(&brands(3)).await;
    world.database.run("update creator_checks set track_at = null").await;
    // A process knows of new tenants within seconds.
    world::wait::until("the record is counted", 30, async || {
        world.ledger.run_jobs().await;
        world.database.run("update creator_checks set track_at = null").await;
        (world.database.texts(points).await.concat() == ["Developers 16"]).then_some(())
    })
    .await;
    let file = nina.browser.get("/a/network/data/export").await.expect_status(200).json();
    assert_eq!(file["trackRecord"], json!({"Developers": 16}));
    nina.submit("/a/network/visibility/choices", &[("weeklyInvitationsMax", "10")]).await.expect_status(303);
    assert!(world.database.texts(points).await.is_empty(), "at once");
    world.ledger.run_jobs().await;
    assert!(world.database.texts(points).await.is_empty());
    // The brands of this test have no books that could be checked.
    world
        .database
        .run_untriggered(
            "delete from commissions where reason = 'test'; delete from conversions where external_id like 'track-%';
             delete from network_contacts; delete from network_listings; delete from organizations where slug like 'track-%';
             delete from tenants where id::text in (select md5('track' || n)::uuid::text from generate_series(1, 3) n)",
        )
        .await;
    world.finish().await;
}
