//! Goal: a creator finds programs that suit them with the reasons, applies once with what their profile says, follows and
//! withdraws applications, and answers, mutes, stops or reports invitations; nobody else's contacts exist for them.
//! Method: creators in browsers of their own; the brands invite and decide by API.
//! Routes: `/a/network`, `/a/network/apply/{handle}`, `/a/network/applications`, `/a/network/invitations`,
//! `/a/network/invitations/stop`, `/a/network/contacts/{id}`, `/a/network/contacts/{id}/{what}`,
//! `/a/network/visibility/emails`, `/unsubscribe/messages/{token}`

use serde_json::{Value, json};
use world::{
    World,
    client::{dashboard::Marketer, mailbox},
    http::Request,
    network_fixture as network,
    organization_fixture::pass_days,
};

use crate::fixture::page;

const FORM: [(&str, &str); 4] =
    [("f_name", "Nina Berg"), ("f_website", "nina.blog"), ("terms", "yes"), ("terms_version", "1")];

/// The only contact of a creator with acme.
async fn contact(world: &World, creator: &str) -> Value {
    let mut found = world.api().all(&format!("/network/contacts?creatorId={creator}")).await;
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

async fn act(creator: &mut Marketer, contact: &Value, what: &str, fields: &[(&str, &str)]) -> u16 {
    let target = format!("/a/network/contacts/{}/{what}", contact["id"].as_str().unwrap());
    creator.submit(&target, fields).await.status
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_are_found_with_reasons_and_applied_to_once() {
    let world = network::world().await;
    network::program(&world.other_api(), "globex-tools").await;
    let (mut nina, id) = network::creator(&world, "Nina Berg").await;
    let programs = page(&mut nina, "/a/network").await;
    for part in
        ["Programs for you", "/a/network/apply/acme", "/a/network/apply/globex-tools", "Topics in common", " of 100"]
    {
        assert!(programs.contains(part), "{part}: {programs}");
    }
    assert!(!page(&mut nina, "/a/network?search=pottery").await.contains("/a/network/apply/acme"));
    assert!(!page(&mut nina, "/a/network?topic=Travel").await.contains("/a/network/apply/acme"));

    // What the profile knows is filled in.
    let form = page(&mut nina, "/a/network/apply/acme").await;
    assert!(form.contains("value=\"Nina Berg\"") && form.contains("nina@creators.test"), "{form}");
    let refused = nina.submit("/a/network/apply/acme", &FORM[..2]).await.expect_status(400).text();
    assert!(refused.contains("Check the box to accept"), "{refused}");
    let spoofed = [FORM.as_slice(), &[("f_email", "someone@else.test")]].concat();
    nina.submit("/a/network/apply/acme", &spoofed).await.expect_status(303);
    // As after twenty applications within a day.
    world.database.run("update attempt_limits set tokens = 0").await;
    let many = nina.submit("/a/network/apply/globex-tools", &FORM).await.expect_status(429).text();
    assert!(many.contains("applied to many programs today"), "{many}");
    let flagged = "select count(*) from creator_flags where reason = 'TooManyApplications' and decided_at is null";
    assert_eq!(world.database.count(flagged).await, 1, "the operator sees it");
    world.database.run("update attempt_limits set tokens = burst").await;
    nina.submit("/a/network/apply/globex-tools", &FORM).await.expect_status(303);
    for _ in 0..2 {
        nina.submit("/a/network/apply/acme", &FORM).await.expect_status(303);
    }
    let own = "select count(*) from affiliates where email = 'nina@creators.test'";
    assert_eq!(world.database.count(own).await, 2, "one of each brand");
    assert_eq!(world.database.count("select count(*) from affiliates where email like '%else.test'").await, 0);
    let applications = page(&mut nina, "/a/network/applications").await;
    assert_eq!(applications.matches("Withdraw application").count(), 2, "{applications}");
    assert!(!page(&mut nina, "/a/network").await.contains("/a/network/apply/acme"), "it isn't suggested again");
    nina.browser.get("/a/network/apply/acme").await.expect_status(303);
    nina.browser.get("/a/network/apply/nothing").await.expect_status(404);

    let applied = contact(&world, &id).await;
    assert_eq!((applied["status"].as_str(), applied["invitedAt"].is_null()), (Some("Applied"), true), "{applied}");
    // The brand's reason for a refusal is shown.
    let reject = format!("/affiliates/{}/reject", applied["affiliateId"].as_str().unwrap());
    world.api().post(&reject, &json!({"reason": "We only work with shops."})).await.expect_status(200);
    let applications = page(&mut nina, "/a/network/applications").await;
    assert!(applications.contains("We only work with shops."), "{applications}");
    let over = nina.submit("/a/network/apply/acme", &FORM).await.expect_status(409).text();
    assert!(over.contains("already made a decision about you"), "{over}");

    // The other one is withdrawn, and its affiliate with it.
    let other = world.other_api().all("/network/contacts").await.remove(0);
    let first = other["id"].as_str().unwrap().parse::<shared::id::NetworkContactId>().unwrap();
    let second = world
        .other_api()
        .post("/programs", &json!({"name": "Second", "components": [{"type": "percentage", "ratePercent": "10"}]}))
        .await
        .expect_status(201)
        .json();
    let program = second["id"].as_str().unwrap().parse::<shared::id::ProgramId>().unwrap();
    let both = format!(
        "insert into network_contacts (organization_id, id, program_id, creator_id, status, affiliate_id, created_at, changed_at)
         select organization_id, gen_random_uuid(), '{}', creator_id, status, affiliate_id, now(), now()
         from network_contacts where id = '{}'",
        program.uuid(),
        first.uuid()
    );
    world.database.run(&both).await;
    let archived = "select count(*) from affiliates where email = 'nina@creators.test' and status = 'Archived'";
    let contacts = world.other_api().all("/network/contacts").await;
    let later = contacts.iter().find(|one| one["programId"] == second["id"]).unwrap();
    assert_eq!(act(&mut nina, &other, "withdraw", &[]).await, 303);
    assert_eq!(world.database.count(archived).await, 0, "the other application still waits");
    assert_eq!(act(&mut nina, later, "withdraw", &[]).await, 303);
    assert_eq!(act(&mut nina, later, "withdraw", &[]).await, 409);
    assert_eq!(world.database.count(archived).await, 1);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn invitations_are_answered() {
    let world = network::world().await;
    let (mut nina, accepts) = network::creator(&world, "Nina Berg").await;
    let (mut ben, declines) = network::creator(&world, "Ben Ode").await;
    assert!(page(&mut nina, "/a/network/invitations").await.contains("Nothing here yet."));
    for creator in [&accepts, &declines] {
        network::invite(&world, creator).await.expect_status(201);
    }
    let shown = page(&mut nina, "/a/network/invitations").await;
    for part in ["We like your reviews.", "/a/network/apply/acme", "Decline", "Mute ", "Stop all invitations"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(page(&mut nina, "/a/network/apply/acme").await.contains("We like your reviews."));
    nina.submit("/a/network/apply/acme", &FORM).await.expect_status(303);
    assert_eq!(contact(&world, &accepts).await["status"], "Joined");

    let invited = contact(&world, &declines).await;
    assert_eq!(act(&mut nina, &invited, "decline", &[]).await, 404, "it is Ben's");
    nina.browser.get(&format!("/a/network/contacts/{}", invited["id"].as_str().unwrap())).await.expect_status(404);
    for what in ["mute", "message", "report"] {
        assert_eq!(act(&mut nina, &invited, what, &[("message", "x"), ("reason", "x")]).await, 404, "{what}");
    }
    assert_eq!(act(&mut ben, &invited, "decline", &[]).await, 303);
    assert_eq!(act(&mut ben, &invited, "decline", &[]).await, 409);
    assert_eq!(act(&mut ben, &invited, "accept", &[]).await, 404, "accepting is applying");
    assert_eq!(contact(&world, &declines).await["status"], "Declined");
    let again = network::invite(&world, &declines).await;
    assert_eq!(again.refusal(), (409, "wrong_status".to_owned()));
    assert!(again.text().contains("180 days"), "{}", again.text());
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_banned_mailbox_is_not_admitted_under_another_spelling() {
    let world = network::world().await;
    let api = world.api();
    let program = format!("/programs/{}", world.acme.program);
    api.patch(&program, &json!({"autoApprove": true})).await.expect_status(200);
    for email in ["nina+old@creators.test", "cleo+old@creators.test"] {
        let banned = api.post("/affiliates", &json!({"name": "Bad", "email": email})).await.expect_status(201).json();
        let path = format!("/affiliates/{}", banned["id"].as_str().unwrap());
        api.patch(&path, &json!({"status": "Banned", "reason": "Spam"})).await.expect_status(200);
    }
    let (mut nina, same) = network::creator(&world, "Nina Berg").await;
    let (mut ben, other) = network::creator(&world, "Ben Ode").await;
    let (mut cleo, invited) = network::creator(&world, "Cleo Ray").await;
    // The brand doesn't see the address of whom it invites, so an invitation lifts no ban.
    network::invite(&world, &invited).await.expect_status(201);
    for (creator, name, id, status, affiliate) in [
        (&mut nina, "Nina Berg", &same, "Applied", "Pending"),
        (&mut ben, "Ben Ode", &other, "Joined", "Approved"),
        (&mut cleo, "Cleo Ray", &invited, "Applied", "Pending"),
    ] {
        let form = [("f_name", name), FORM[1], FORM[2], FORM[3]];
        creator.submit("/a/network/apply/acme", &form).await.expect_status(303);
        let contact = contact(&world, id).await;
        assert_eq!(contact["status"], status, "{contact}");
        let path = format!("/affiliates/{}", contact["affiliateId"].as_str().unwrap());
        assert_eq!(api.get(&path).await.expect_status(200).json()["status"], affiliate, "{contact}");
    }
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_brand_is_muted_and_all_are_stopped() {
    let world = network::world().await;
    let (mut nina, mutes) = network::creator(&world, "Nina Berg").await;
    let (mut ben, stops) = network::creator(&world, "Ben Ode").await;
    for creator in [&mutes, &stops] {
        network::invite(&world, creator).await.expect_status(201);
    }
    let invited = contact(&world, &mutes).await;
    assert_eq!(act(&mut nina, &invited, "mute", &[]).await, 303);
    let muted = contact(&world, &mutes).await;
    assert_eq!((&muted["status"], &muted["creatorName"]), (&json!("Declined"), &Value::Null));
    assert_eq!(network::invite(&world, &mutes).await.status, 404, "who muted a brand isn't there for it");

    let theirs = network::program(&world.other_api(), "globex-tools").await;
    let list = format!("/network/creators?programId={theirs}");
    assert_eq!(world.other_api().all(&list).await.len(), 2, "other brands see both");
    ben.submit("/a/network/invitations/stop", &[]).await.expect_status(303);
    assert_eq!(contact(&world, &stops).await["status"], "Declined");
    let left = world.other_api().all(&list).await;
    assert_eq!(left.len(), 1, "{left:?}");
    let body = json!({"programId": theirs, "creatorId": stops, "message": "Hi"});
    assert_eq!(world.other_api().post("/network/contacts", &body).await.status, 404);
    world.finish().await;
}

/// How many emails of a kind someone has, and the last of them.
async fn emails(world: &World, to: &str, kind: &str) -> (usize, Value) {
    world.ledger.run_jobs().await;
    let all = mailbox::read_emails(&world.ledger.base(), to).await;
    let found: Vec<Value> = all.into_iter().filter(|email| email["kind"] == kind).collect();
    (found.len(), found.first().cloned().unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn each_side_is_emailed_about_messages_that_it_has_not_read() {
    let world = network::world().await;
    let (base, owner) = (world.ledger.base(), world.demo["owner"]["email"].as_str().unwrap().to_owned());
    let (mut nina, id) = network::creator(&world, "Nina Berg").await;
    nina.submit("/a/network/apply/acme", &FORM).await.expect_status(303);
    let own = contact(&world, &id).await;
    let thread = format!("/a/network/contacts/{}", own["id"].as_str().unwrap());
    let messages = format!("/network/creators/{id}/messages");
    let brand = async |message: &str| {
        world.api().post(&messages, &json!({"message": message})).await.expect_status(201);
    };
    let (to_brand, to_creator) = ("network_message_new", "network_message");

    // One email for all that is unread, to the people who decide about applications.
    for message in ["May I ask something?", "Do you ship to Spain?"] {
        assert_eq!(act(&mut nina, &own, "message", &[("message", message)]).await, 303);
    }
    let (count, email) = emails(&world, &owner, to_brand).await;
    assert_eq!((count, email["subject"].as_str()), (1, Some("New message from Nina Berg")), "{email}");
    let text = email["text"].as_str().unwrap();
    assert!(text.contains("Do you ship to Spain?") && text.contains(&format!("/dashboard/network/contacts/{id}")));
    assert_eq!(act(&mut nina, &own, "message", &[("message", "Or to France?")]).await, 303);
    assert_eq!(emails(&world, &owner, to_brand).await.0, 1, "the first ones are still unread");

    // Who answers has read; then the creator has something to read.
    brand("To both.").await;
    let unread = "select count(*) from network_messages where not from_brand and read_at is null";
    assert_eq!(world.database.count(unread).await, 0);
    let (count, email) = emails(&world, "nina@creators.test", to_creator).await;
    let text = email["text"].as_str().unwrap_or_default();
    assert!(count == 1 && text.contains("To both.") && text.contains(&thread), "{email}");
    brand("Shall we send you some?").await;
    assert_eq!(emails(&world, "nina@creators.test", to_creator).await.0, 1, "not while she hasn't read");
    assert!(page(&mut nina, &thread).await.contains("Shall we send you some?"));
    brand("Blue or green?").await;
    assert_eq!(emails(&world, "nina@creators.test", to_creator).await.0, 1, "not twice within the hour");
    pass_days(&world, 1).await;
    let (count, email) = emails(&world, "nina@creators.test", to_creator).await;
    assert!(count == 2 && email["text"].as_str().unwrap().contains("Blue or green?"), "{email}");

    // One click ends them, and a box on her page starts them again.
    let end = email["unsubscribe"].as_str().unwrap().strip_prefix(&base).unwrap().to_owned();
    assert!(end.starts_with("/unsubscribe/messages/"), "{end}");
    let question = Request::get(&end).send(&base).await.unwrap().expect_status(200).text();
    assert!(question.contains("Stop these emails"), "looking ends nothing: {question}");
    let ticked = "name=\"messages\" value=\"yes\" checked";
    assert!(page(&mut nina, "/a/network/visibility").await.contains(ticked));
    Request::new("POST", &end).send(&base).await.unwrap().expect_status(200);
    for forged in ["/unsubscribe/messages/x".to_owned(), end.replace("/messages/", "/invitations/")] {
        assert_eq!(Request::new("POST", &forged).send(&base).await.unwrap().status, 404, "{forged}");
    }
    assert!(!page(&mut nina, "/a/network/visibility").await.contains(ticked));
    assert_eq!(act(&mut nina, &own, "message", &[("message", "Blue.")]).await, 303);
    pass_days(&world, 1).await;
    brand("Sent.").await;
    assert_eq!(emails(&world, "nina@creators.test", to_creator).await.0, 2);
    nina.submit("/a/network/visibility/emails", &[("messages", "yes")]).await.expect_status(303);
    assert!(page(&mut nina, "/a/network/visibility").await.contains(ticked));
    assert!(page(&mut nina, &thread).await.contains("Sent."));
    brand("It arrives tomorrow.").await;
    assert_eq!(emails(&world, "nina@creators.test", to_creator).await.0, 2, "the hour since the last one");
    pass_days(&world, 1).await;
    assert_eq!(emails(&world, "nina@creators.test", to_creator).await.0, 3);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_brand_learns_of_all_creators_who_write_at_once() {
    let world = network::world().await;
    let owner = world.demo["owner"]["email"].as_str().unwrap().to_owned();
    network::many(&world, 8).await;
    let (organization, program) = (world.acme.organization.uuid(), world.acme.program.uuid());
    let written = format!(
        "insert into network_contacts (organization_id, id, program_id, creator_id, status, invited_at, expires_at,
             emailed_at, created_at, changed_at)
         select '{organization}', gen_random_uuid(), '{program}', id, 'Invited', now(), now() + interval '9 days', now(), now(), now()
         from creators;
         insert into network_messages (organization_id, id, creator_id, from_brand, body, created_at)
         select '{organization}', gen_random_uuid(), id, false, 'Do you ship to Spain?', now() from creators"
    );
    world.database.run(&written).await;
    assert_eq!(emails(&world, &owner, "network_message_new").await.0, 5, "as many at once");
    // As after an hour.
    world.database.run("update attempt_limits set tokens = burst").await;
    assert_eq!(emails(&world, &owner, "network_message_new").await.0, 8);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thread_is_written_and_reported() {
    let world = network::world().await;
    let (mut nina, id) = network::creator(&world, "Nina Berg").await;
    nina.submit("/a/network/apply/acme", &FORM).await.expect_status(303);
    let own = contact(&world, &id).await;
    let thread = format!("/a/network/contacts/{}", own["id"].as_str().unwrap());
    assert!(page(&mut nina, &thread).await.contains("No messages yet."));
    assert_eq!(act(&mut nina, &own, "message", &[("message", " ")]).await, 400);
    assert_eq!(act(&mut nina, &own, "message", &[("message", "<b>Hi</b>")]).await, 303);
    let messages = format!("/network/creators/{id}/messages");
    world.api().post(&messages, &json!({"message": "Hello Nina."})).await.expect_status(201);
    let shown = page(&mut nina, &thread).await;
    assert!(shown.contains("Hello Nina.") && !shown.contains("<b>Hi</b>"), "{shown}");
    assert_eq!(act(&mut nina, &own, "report", &[("reason", "")]).await, 400);
    for _ in 0..2 {
        assert_eq!(act(&mut nina, &own, "report", &[("reason", "They ask for money.")]).await, 303);
    }
    let reports = "select count(*) from network_reports where not by_brand";
    assert_eq!(world.database.count(reports).await, 1, "one open report of a pair");
    // As after fifty messages within a day.
    world.database.run("update attempt_limits set tokens = 0").await;
    let target = format!("{thread}/message");
    let many = nina.submit(&target, &[("message", "And another thing")]).await.expect_status(429).text();
    assert!(many.contains("You can send 50 messages a day"), "{many}");
    assert_eq!(world.database.count("select count(*) from network_messages where not from_brand").await, 1);
    world.database.run("update attempt_limits set tokens = burst").await;
    // After the application was withdrawn, nothing more is said.
    assert_eq!(act(&mut nina, &own, "withdraw", &[]).await, 303);
    assert_eq!(act(&mut nina, &own, "message", &[("message", "Bye")]).await, 409);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ended_contact_leaves_the_thread_of_an_open_one_open() {
    let world = network::world().await;
    let (mut nina, id) = network::creator(&world, "Nina Berg").await;
    nina.submit("/a/network/apply/acme", &FORM).await.expect_status(303);
    let open = contact(&world, &id).await;
    let other = network::program(&world.api(), "acme-tools").await;
    let invitation = json!({"programId": other, "creatorId": id, "message": "Would you like this one, too?"});
    let ended = world.api().post("/network/contacts", &invitation).await.expect_status(201).json();
    assert_eq!(act(&mut nina, &ended, "decline", &[]).await, 303);

    // The newest contact has ended, so the email leads to the one that can be answered.
    let message = json!({"message": "What is your size?"});
    world.api().post(&format!("/network/creators/{id}/messages"), &message).await.expect_status(201);
    let thread = format!("/a/network/contacts/{}", open["id"].as_str().unwrap());
    let (_, email) = emails(&world, "nina@creators.test", "network_message").await;
    assert!(email["text"].as_str().unwrap_or_default().contains(&thread), "{email}");
    // The thread is the same one from either contact.
    let declined = format!("/a/network/contacts/{}", ended["id"].as_str().unwrap());
    assert!(page(&mut nina, &declined).await.contains("name=\"message\""));
    assert_eq!(act(&mut nina, &ended, "message", &[("message", "Medium.")]).await, 303);

    // What is refused isn't lost, and the reason is in her language.
    world.database.run("update creators set language = 'de'").await;
    let long = "x".repeat(2_001);
    let target = format!("{thread}/message");
    let refused = nina.submit(&target, &[("message", &long)]).await.expect_status(400).text();
    assert!(refused.contains(&long) && refused.contains("Schreib 1 bis"), "{refused}");
    assert_eq!(act(&mut nina, &open, "withdraw", &[]).await, 303);
    let shown = page(&mut nina, &thread).await;
    assert!(!shown.contains("name=\"message\"") && shown.contains("Dieser Kontakt ist beendet."), "{shown}");
    let refused = nina.submit(&target, &[("message", "Adiós")]).await.expect_status(409).text();
    assert!(refused.contains("Adiós") && refused.contains("Dieser Kontakt ist beendet."), "{refused}");
    let again = format!("{thread}/withdraw");
    let refused = nina.submit(&again, &[]).await.expect_status(409).text();
    assert!(refused.contains("Darüber wurde schon entschieden."), "{refused}");
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_affiliate_may_apply_with_their_own_link_name() {
    let world = network::world().await;
    let (mut nina, affiliate) = network::creator(&world, "Nina Berg").await;
    let (mut ben, stranger) = network::creator(&world, "Ben Ode").await;
    for creator in [&affiliate, &stranger] {
        network::invite(&world, creator).await.expect_status(201);
    }
    world.acme.join_as(&world.database, "nina", "nina@creators.test").await;
    let form = [FORM.as_slice(), &[("f_alias", "nina")]].concat();
    // For anyone else the name is taken, and the invitation's text stays on the page.
    for fields in [&form[..2], form.as_slice()] {
        let refused = ben.submit("/a/network/apply/acme", fields).await.expect_status(400).text();
        assert!(refused.contains("We like your reviews."), "{refused}");
        assert_eq!(refused.contains("This link name is taken."), fields.len() == form.len(), "{refused}");
    }
    nina.submit("/a/network/apply/acme", &form).await.expect_status(303);
    assert_eq!(contact(&world, &affiliate).await["status"], "Joined");
    assert_eq!(contact(&world, &stranger).await["status"], "Invited");
    let own = "select count(*) from affiliates where email = 'nina@creators.test'";
    assert_eq!(world.database.count(own).await, 1, "nothing is created twice");
    world.finish().await;
}
