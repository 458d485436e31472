//! Goal: a creator whom a brand knows already, as an affiliate of any status, gets what an application or invitation in
//! the network promises, and nothing that the brand refused them.
//! Method: affiliates with the creators' addresses are created by API or on the program's page; then the creators send
//! the form of `/a/network/apply/{handle}`.

use serde_json::{Value, json};
use world::{
    World,
    client::{dashboard::Marketer, mailbox},
    network_fixture as network,
    program_page_fixture::{affiliates, forms},
};

use crate::fixture::page;

/// A world whose program has a landing page, and so links for those who join.
async fn world() -> World {
    let world = network::world().await;
    change(&world, &json!({"destination": "https://acme.test/start"})).await;
    world
}

async fn change(world: &World, body: &Value) {
    world.api().patch(&format!("/programs/{}", world.acme.program), body).await.expect_status(200);
}

fn address(name: &str) -> String {
    format!("{}@creators.test", name.split(' ').next().unwrap_or_default().to_lowercase())
}

/// The brand knows someone with the creator's address; returns their id.
async fn known(world: &World, name: &str, status: &str) -> String {
    let first = if matches!(status, "Pending" | "Rejected") { "Pending" } else { "Approved" };
    let new = json!({"name": "Known Before", "email": address(name), "status": first});
    let made = world.api().post("/affiliates", &new).await.expect_status(201).json();
    let path = format!("/affiliates/{}", made["id"].as_str().unwrap());
    match status {
        "Rejected" => {
            world.api().post(&format!("{path}/reject"), &json!({"notify": false})).await.expect_status(200);
        }
        "Archived" | "Banned" => {
            world.api().patch(&path, &json!({"status": status})).await.expect_status(200);
        }
        _ => {}
    }
    made["id"].as_str().unwrap().to_owned()
}

async fn apply(creator: &mut Marketer, name: &str, handle: &str, expected: u16) -> String {
    let form = [("f_name", name), ("f_promotion", "With videos."), ("terms", "yes"), ("terms_version", "1")];
    creator.submit(&format!("/a/network/apply/{handle}"), &form).await.expect_status(expected).text()
}

/// The creator's contact with the brand about a program.
async fn contact(world: &World, creator: &str, program: &str) -> Value {
    let found = world.api().all(&format!("/network/contacts?creatorId={creator}&programId={program}")).await;
    assert_eq!(found.len(), 1, "{found:?}");
    found[0].clone()
}

async fn status_of(world: &World, affiliate: &str) -> String {
    let found = world.api().get(&format!("/affiliates/{affiliate}")).await.expect_status(200).json();
    found["status"].as_str().unwrap().to_owned()
}

/// The webhooks about an affiliate, in order.
async fn announced(world: &World, affiliate: &str) -> Vec<String> {
    let messages = format!("select kind from messages where data::json ->> 'id' = '{affiliate}' order by id");
    world.database.texts(&messages).await.concat()
}

/// How many links an affiliate has in a program.
async fn links(world: &World, affiliate: &str, program: &str) -> usize {
    world.api().all(&format!("/links?affiliateId={affiliate}&programId={program}")).await.len()
}

/// The subjects of the emails about applications that the brand's owner got.
async fn news(world: &World) -> Vec<String> {
    world.ledger.run_jobs().await;
    let owner = world.demo["owner"]["email"].as_str().unwrap();
    let all = mailbox::read_emails(&world.ledger.base(), owner).await;
    let found = all.iter().filter(|email| email["kind"] == "application_new");
    found.map(|email| email["subject"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_an_affiliate_can_be_invited_again() {
    let world = world().await;
    let program = world.acme.program.to_string();
    let (mut nina, id) = network::creator(&world, "Nina Berg").await;
    network::invite(&world, &id).await.expect_status(201);
    apply(&mut nina, "Nina Berg", "acme", 303).await;
    let joined = contact(&world, &id, &program).await;
    assert_eq!(joined["status"], "Joined", "{joined}");
    let affiliate = joined["affiliateId"].as_str().unwrap();
    let set = async |status: &str| {
        let body = json!({"status": status});
        world.api().patch(&format!("/affiliates/{affiliate}"), &body).await.expect_status(200);
        contact(&world, &id, &program).await["status"].clone()
    };

    assert_eq!(set("Archived").await, "Rejected");
    assert!(page(&mut nina, "/a/network/applications").await.contains("Declined by the brand"));
    let refused = apply(&mut nina, "Nina Berg", "acme", 409).await;
    assert!(refused.contains("already made a decision about you"), "{refused}");
    let early = network::invite(&world, &id).await.expect_status(409).text();
    assert!(early.contains("180 days"), "{early}");

    let later = "update network_contacts set changed_at = changed_at - interval '181 days',
                     invited_at = invited_at - interval '181 days'";
    world.database.run(later).await;
    let found = format!("/network/creators?programId={program}");
    assert_eq!(world.api().all(&found).await.len(), 1, "they are suggested again");
    assert_eq!(set("Approved").await, "Joined");
    assert_eq!(world.api().all(&found).await.len(), 0);
    assert_eq!(set("Banned").await, "Rejected");
    assert_eq!(world.api().all(&found).await.len(), 0);
    let banned = network::invite(&world, &id).await.expect_status(409).text();
    assert!(banned.contains("You banned this creator as an affiliate."), "{banned}");
    set("Approved").await;
    set("Archived").await;
    network::invite(&world, &id).await.expect_status(201);
    apply(&mut nina, "Nina Berg", "acme", 303).await;
    assert_eq!(contact(&world, &id, &program).await["status"], "Joined");
    assert_eq!(status_of(&world, affiliate).await, "Approved");

    // Whose affiliate was erased begins as someone new.
    let reason = json!({"reason": "They asked for it."});
    world.api().post(&format!("/affiliates/{affiliate}/erase"), &reason).await.expect_status(200);
    assert_eq!(contact(&world, &id, &program).await["status"], "Expired");
    apply(&mut nina, "Nina Berg", "acme", 303).await;
    let anew = contact(&world, &id, &program).await;
    assert!(anew["status"] == "Applied" && anew["affiliateId"] != affiliate, "{anew}");
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_admits_whom_the_brand_knows() {
    let world = world().await;
    let program = world.acme.program.to_string();
    let (applied, approved) = ("affiliate_applied", "affiliate_approved");
    for (name, status, expected) in [
        ("Nina Berg", "Rejected", [applied, "affiliate_rejected", approved].as_slice()),
        ("Ben Ode", "Pending", &[applied, approved]),
        ("Cleo Ray", "Archived", &[approved, "affiliate_reinstated"]),
    ] {
        let (mut creator, id) = network::creator(&world, name).await;
        network::invite(&world, &id).await.expect_status(201);
        let affiliate = known(&world, name, status).await;
        apply(&mut creator, name, "acme", 303).await;
        assert_eq!(contact(&world, &id, &program).await["status"], "Joined", "{status}");
        assert_eq!(status_of(&world, &affiliate).await, "Approved", "{status}");
        assert_eq!(announced(&world, &affiliate).await, expected, "{status}");
        assert_eq!(links(&world, &affiliate, &program).await, 1, "{status}");
        let audit = format!("/audit-log?target={affiliate}&action=affiliate.approved");
        let audit = world.api().all(&audit).await;
        assert_eq!((audit.len(), &audit[0]["before"]["status"]), (1, &json!(status)), "{audit:?}");
    }
    assert_eq!(news(&world).await, ["Known Before joined your program"; 3]);

    // An invitation lifts no ban: the brand didn't see whom it invited.
    let (mut dora, id) = network::creator(&world, "Dora Lind").await;
    network::invite(&world, &id).await.expect_status(201);
    let banned = known(&world, "Dora Lind", "Banned").await;
    let refused = apply(&mut dora, "Dora Lind", "acme", 409).await;
    assert!(refused.contains("already made a decision about you"), "{refused}");
    assert_eq!(contact(&world, &id, &program).await["status"], "Invited");
    assert_eq!(status_of(&world, &banned).await, "Banned");
    world.finish().await;
}

/// The brand rejected them for another program, too, and now invites them to one that has no links.
#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_gives_no_links_of_other_programs() {
    let world = network::world().await;
    let body = json!({"name": "Second", "destination": "https://acme.test/second",
                      "components": [{"type": "percentage", "ratePercent": "10"}]});
    let second = world.api().post("/programs", &body).await.expect_status(201).json();
    let second: shared::id::ProgramId = second["id"].as_str().unwrap().parse().unwrap();
    let (mut nina, id) = network::creator(&world, "Nina Berg").await;
    network::invite(&world, &id).await.expect_status(201);
    let affiliate = known(&world, "Nina Berg", "Rejected").await;
    let applied = format!(
        "update programs set destination = null where id = '{}';
         insert into applications (organization_id, affiliate_id, program_id, created_at, awaits_entry)
         select organization_id, id, '{}', now(), false from affiliates where email = '{}'",
        world.acme.program.uuid(),
        second.uuid(),
        address("Nina Berg"),
    );
    world.database.run(&applied).await;
    apply(&mut nina, "Nina Berg", "acme", 303).await;
    assert_eq!(status_of(&world, &affiliate).await, "Approved");
    assert_eq!(world.api().all(&format!("/links?affiliateId={affiliate}")).await.len(), 0);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_invitation_the_brand_decides() {
    let world = world().await;
    let program = world.acme.program.to_string();
    for (name, status, expected) in
        [("Nina Berg", "Pending", "affiliate_approved"), ("Ben Ode", "Archived", "affiliate_reinstated")]
    {
        let (mut creator, id) = network::creator(&world, name).await;
        let affiliate = known(&world, name, status).await;
        apply(&mut creator, name, "acme", 303).await;
        assert_eq!(contact(&world, &id, &program).await["status"], "Applied", "{status}");
        assert_eq!(status_of(&world, &affiliate).await, "Pending", "{status}");
        let emails = mailbox::read_emails(&world.ledger.base(), &address(name)).await;
        assert!(emails.iter().any(|email| email["kind"] == "application_received"), "{emails:?}");
        world.api().post(&format!("/affiliates/{affiliate}/approve"), &json!({})).await.expect_status(200);
        assert_eq!(announced(&world, &affiliate).await.last().unwrap(), expected, "{status}");
    }
    assert_eq!(news(&world).await, ["New application from Known Before"; 2]);
    let (mut cleo, _) = network::creator(&world, "Cleo Ray").await;
    let rejected = known(&world, "Cleo Ray", "Rejected").await;
    apply(&mut cleo, "Cleo Ray", "acme", 409).await;
    assert_eq!(status_of(&world, &rejected).await, "Rejected");
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proved_address_ends_the_wait_for_its_confirmation() {
    let world = world().await;
    change(&world, &json!({"autoApprove": true})).await;
    let program = world.acme.program.to_string();
    // Anyone may have typed the address there.
    let mut visitor = Marketer::new(&world.ledger.base());
    let token = forms(&mut visitor, "acme", 1).await.remove(0);
    let email = address("Nina Berg");
    let form = [("shown", token.as_str()), ("f_email", email.as_str()), ("f_name", "Some Stranger"), ("terms", "yes")];
    visitor.submit("/p/acme", &form).await.expect_status(303);
    let waits = affiliates(&world, &email).await.remove(0);
    assert_eq!(waits["status"], "Pending", "{waits}");

    let (mut nina, id) = network::creator(&world, "Nina Berg").await;
    apply(&mut nina, "Nina Berg", "acme", 303).await;
    assert_eq!(contact(&world, &id, &program).await["status"], "Joined");
    let nina = affiliates(&world, &email).await.remove(0);
    assert_eq!((&nina["id"], &nina["status"]), (&waits["id"], &json!("Approved")), "{nina}");
    assert_eq!(
        (&nina["emailConfirmed"], &nina["name"]),
        (&json!(true), &json!("Nina Berg")),
        "not the stranger's name"
    );
    assert_eq!(links(&world, nina["id"].as_str().unwrap(), &program).await, 1);
    assert_eq!(news(&world).await, ["Nina Berg joined your program"]);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_affiliate_joins_another_program() {
    let world = world().await;
    let program = world.acme.program.to_string();
    let (mut nina, id) = network::creator(&world, "Nina Berg").await;
    let affiliate = known(&world, "Nina Berg", "Approved").await;
    let (api, path) = (world.api(), format!("/affiliates/{affiliate}"));
    api.patch(&path, &json!({"application": {"Favorite color": "Green"}})).await.expect_status(200);
    apply(&mut nina, "Nina Berg", "acme", 303).await;
    assert_eq!(contact(&world, &id, &program).await["status"], "Joined");
    assert_eq!(links(&world, &affiliate, &program).await, 1);
    let found = api.get(&path).await.expect_status(200).json();
    let answers = json!({"Favorite color": "Green", "How will you promote us?": "With videos."});
    assert_eq!((&found["application"], &found["name"]), (&answers, &json!("Known Before")), "{found}");
    let consents = api.all(&format!("/consents?affiliateId={affiliate}")).await;
    assert_eq!(
        consents.iter().map(|consent| consent["version"].as_str().unwrap()).collect::<Vec<_>>(),
        ["partners v1"]
    );
    assert_eq!(news(&world).await, ["Known Before joined your program"]);
    let owner = world.demo["owner"]["email"].as_str().unwrap();
    let news = mailbox::read_email(&world.ledger.base(), owner, "application_new").await["text"].clone();
    let news = news.as_str().unwrap();
    assert!(news.contains("With videos.") && !news.contains("Favorite color"), "this application's answers: {news}");
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_gives_the_links_of_all_programs_that_were_applied_to() {
    let world = world().await;
    let api = world.api();
    let (first, second) = (world.acme.program.to_string(), network::program(&world.api(), "acme-tools").await);
    for (name, withdraws, expected) in [("Ben Ode", false, [1, 1]), ("Cleo Ray", true, [0, 1])] {
        let (mut creator, id) = network::creator(&world, name).await;
        for handle in ["acme", "acme-tools"] {
            apply(&mut creator, name, handle, 303).await;
        }
        let applied = contact(&world, &id, &first).await;
        if withdraws {
            let withdraw = format!("/a/network/contacts/{}/withdraw", applied["id"].as_str().unwrap());
            creator.submit(&withdraw, &[]).await.expect_status(303);
        }
        let affiliate = applied["affiliateId"].as_str().unwrap();
        assert_eq!(status_of(&world, affiliate).await, "Pending", "{name}");
        api.post(&format!("/affiliates/{affiliate}/approve"), &json!({})).await.expect_status(200);
        let given = [links(&world, affiliate, &first).await, links(&world, affiliate, &second).await];
        assert_eq!(given, expected, "{name}");
        assert_eq!(contact(&world, &id, &second).await["status"], "Joined", "{name}");
    }
    assert_eq!(news(&world).await.len(), 4, "the brand is asked about each application");
    world.finish().await;
}
