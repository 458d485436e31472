//! Goal: a brand finds, marks, invites and writes to creators by API; every limit has a reason, every mistake its field, and
//! other brands' creators and contacts don't exist.
//! Method: creators list themselves in their browsers; the brand's key does the rest; twenty invitations come at once; keys
//! of another organization and of viewers try the same.
//! Routes: `/network/creators`, `/network/creators/{id}`, `/network/creators/{id}/messages`,
//! `/network/creators/{id}/report`, `/network/contacts`, `/network/contacts/{id}`, `/network/contacts/{id}/withdraw`

use futures_util::future::join_all;
use serde_json::{Value, json};
use world::{Plan, client::api::Api, network_fixture as network, organization_fixture::key};

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_default()
}

/// Every row of a list, two at a time.
async fn pages(api: &Api, path: &str) -> Vec<Value> {
    let (mut rows, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = api.get(&format!("{path}&perPage=2{cursor}")).await.expect_status(200).json();
        rows.extend(page["data"].as_array().unwrap().iter().cloned());
        match page["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return rows,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn creators_are_listed_with_scores_that_add_up() {
    let world = network::world().await;
    let (mut nina, id) = network::creator(&world, "Nina Berg").await;
    network::many(&world, 4).await;
    let (api, program) = (world.api(), world.acme.program);
    let list = format!("/network/creators?programId={program}");
    let rows = pages(&api, &list).await;
    assert_eq!(rows.len(), 5, "{rows:?}");
    for row in &rows {
        let points: u64 =
            row["reasons"].as_array().unwrap().iter().map(|reason| reason["points"].as_u64().unwrap()).sum();
        assert_eq!(Some(points), row["score"].as_u64(), "{row}");
    }
    let row = rows.iter().find(|row| row["id"] == json!(id)).unwrap();
    assert_eq!((text(row, "name"), text(row, "audience"), &row["verified"]), ("Nina Berg", "From10k", &json!(false)));
    assert_eq!((&row["topics"], &row["channelKinds"]), (&json!(["Developers"]), &json!(["Website"])));
    let one = api.get(&format!("/network/creators/{id}?programId={program}")).await.expect_status(200).json();
    assert_eq!(one["score"], row["score"]);
    assert_eq!(one["channels"], json!([{"kind": "Website", "audience": "From10k", "verified": false}]));
    for private in ["nina@creators.test", "creator.test"] {
        assert!(!one.to_string().contains(private) && !json!(rows).to_string().contains(private), "{private}");
    }

    let mark = format!("/network/creators/{id}");
    let marked = api.patch(&mark, &json!({"starred": true})).await.expect_status(200).json();
    assert_eq!(marked, json!({"id": id, "starred": true, "ignored": null}));
    assert_eq!(api.all(&format!("{list}&starred=true")).await.len(), 1);
    api.patch(&mark, &json!({"ignored": true})).await.expect_status(200);
    assert_eq!((api.all(&list).await.len(), api.all(&format!("{list}&ignored=true")).await.len()), (4, 1));
    api.patch(&mark, &json!({"starred": false, "ignored": false})).await.expect_status(200);
    assert_eq!(api.all("/audit-log?action=network_creator").await.len(), 3);
    api.patch(&mark, &json!({})).await.expect_status(200);
    assert_eq!(api.all("/audit-log?action=network_creator").await.len(), 3, "nothing was changed");
    assert_eq!(api.patch(&mark, &json!({"seen": true})).await.field_refusal().2, "seen");

    for (query, field) in [
        (String::new(), "programId"),
        ("programId=x".to_owned(), "programId"),
        (format!("programId={program}&topic=Nonsense"), "topic"),
        (format!("programId={program}&audience=Many"), "audience"),
        (format!("programId={program}&perPage=0"), "perPage"),
        (format!("programId={program}&name=Nina"), "name"),
    ] {
        let refused = api.get(&format!("/network/creators?{query}")).await.field_refusal();
        assert_eq!((refused.0, refused.2.as_str()), (400, field), "{query}");
    }
    nina.submit("/a/network/visibility/pause", &[("paused", "yes")]).await.expect_status(303);
    assert_eq!(api.all(&list).await.len(), 4);
    let gone = api.get(&format!("/network/creators/{id}?programId={program}")).await;
    assert_eq!(gone.field_refusal(), (404, "not_found".to_owned(), "creatorId".to_owned()));
    assert_eq!(api.patch(&mark, &json!({"starred": true})).await.status, 404);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_goes_on_after_creators_who_left_the_list() {
    let world = network::world().await;
    network::many(&world, 4).await;
    let (api, list) = (world.api(), format!("/network/creators?programId={}", world.acme.program));
    let ids = |rows: &[Value]| rows.iter().map(|row| text(row, "id").to_owned()).collect::<Vec<_>>();
    let all = ids(&pages(&api, &list).await);
    // Each creator on a page is invited or ignored at once, and none comes twice.
    let (mut shown, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = api.get(&format!("{list}&perPage=1{cursor}")).await.expect_status(200).json();
        let id = text(&page["data"][0], "id").to_owned();
        if shown.len() == 1 {
            network::invite(&world, &id).await.expect_status(201);
        } else {
            api.patch(&format!("/network/creators/{id}"), &json!({"ignored": true})).await.expect_status(200);
        }
        shown.push(id);
        match page["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!((shown.len(), &shown), (4, &all));
    assert!(pages(&api, &list).await.is_empty());

    // A creator without the star that the list is about has no place in it.
    for id in [&all[0], &all[2]] {
        let mark = json!({"ignored": false, "starred": true});
        api.patch(&format!("/network/creators/{id}"), &mark).await.expect_status(200);
    }
    let starred = format!("{list}&starred=true&perPage=1");
    let page = api.get(&starred).await.expect_status(200).json();
    let first = format!("/network/creators/{}", text(&page["data"][0], "id"));
    api.patch(&first, &json!({"starred": false})).await.expect_status(200);
    let refused = api.get(&format!("{starred}&cursor={}", text(&page, "nextCursor"))).await;
    assert_eq!(refused.field_refusal(), (400, "validation_failed".to_owned(), "cursor".to_owned()));
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_is_sent_answered_and_written_about() {
    let world = network::world().await;
    let (mut nina, creator) = network::creator(&world, "Nina Berg").await;
    let (api, program) = (world.api(), world.acme.program.to_string());
    let body = |message: &str| json!({"programId": program, "creatorId": creator, "message": message});
    for (wrong, field) in [
        (body(" "), "message"),
        (body("See https://evil.test"), "message"),
        (body("Call +49 30 1234567"), "message"),
        (json!({"programId": program, "creatorId": "x", "message": "Hi"}), "creatorId"),
        (json!({"programId": program, "message": "Hi"}), "creatorId"),
    ] {
        let refused = api.post("/network/contacts", &wrong).await.field_refusal();
        assert_eq!((refused.0, refused.2.as_str()), (400, field), "{wrong}");
    }
    let invited = network::invite(&world, &creator).await.expect_status(201).json();
    let id = text(&invited, "id").to_owned();
    assert_eq!((text(&invited, "status"), text(&invited, "creatorName")), ("Invited", "Nina Berg"));
    assert!(invited["score"].as_i64().unwrap() > 30 && invited["affiliateId"].is_null(), "{invited}");
    assert_eq!(api.get(&format!("/network/contacts/{id}")).await.expect_status(200).json(), invited);
    let again = network::invite(&world, &creator).await;
    assert_eq!(again.refusal(), (409, "wrong_status".to_owned()));

    // The invitation is emailed once, with a way to stop all of them.
    world.ledger.run_jobs().await;
    let emails = world::client::mailbox::read_emails(&world.ledger.base(), "nina@creators.test").await;
    let invitations: Vec<_> = emails.iter().filter(|email| email["kind"] == "network_invitation").collect();
    assert_eq!(invitations.len(), 1, "{emails:?}");
    assert!(text(invitations[0], "text").contains("We like your reviews."), "{invitations:?}");

    let messages = format!("/network/creators/{creator}/messages");
    let early = api.post(&messages, &json!({"message": "Hello?"})).await;
    assert_eq!(early.refusal(), (409, "wrong_status".to_owned()));
    let form = [("f_name", "Nina Berg"), ("f_website", "nina.blog"), ("terms", "yes"), ("terms_version", "1")];
    nina.submit("/a/network/apply/acme", &form).await.expect_status(303);
    let joined = api.get(&format!("/network/contacts/{id}")).await.expect_status(200).json();
    assert_eq!(text(&joined, "status"), "Joined", "whom the brand invited needs no approval");
    let affiliate = api.get(&format!("/affiliates/{}", text(&joined, "affiliateId"))).await.expect_status(200).json();
    assert_eq!((text(&affiliate, "email"), text(&affiliate, "status")), ("nina@creators.test", "Approved"));

    let sent = api.post(&messages, &json!({"message": "Welcome!"})).await.expect_status(201).json();
    assert_eq!((text(&sent, "from"), text(&sent, "message")), ("Brand", "Welcome!"));
    for _ in 0..2 {
        api.post(&messages, &json!({"message": "Hello?"})).await.expect_status(201);
    }
    let limit = api.post(&messages, &json!({"message": "Hello?"})).await;
    assert_eq!((limit.refusal(), limit.header("Retry-After")), ((429, "too_many_letters".to_owned()), Some("3600")));
    assert_eq!(api.post(&messages, &json!({"message": ""})).await.field_refusal().2, "message");
    let contact = format!("/a/network/contacts/{id}/message");
    nina.submit(&contact, &[("message", "Thank you!")]).await.expect_status(303);
    let thread = pages(&api, &format!("{messages}?")).await;
    let texts: Vec<_> = thread.iter().map(|row| (text(row, "from"), text(row, "message"))).collect();
    assert_eq!(texts, [("Creator", "Thank you!"), ("Brand", "Hello?"), ("Brand", "Hello?"), ("Brand", "Welcome!")]);

    let report = format!("/network/creators/{creator}/report");
    assert_eq!(api.post(&report, &json!({"reason": ""})).await.field_refusal().2, "reason");
    for received in [true, false] {
        let done = api.post(&report, &json!({"reason": "They asked for money."})).await.expect_status(200).json();
        assert_eq!(done, json!({"creatorId": creator, "received": received}));
    }
    assert_eq!(api.all("/network/contacts?status=Joined").await.len(), 1);
    assert_eq!(api.all(&format!("/network/contacts?status=Invited&creatorId={creator}")).await.len(), 0);
    assert_eq!(api.get("/network/contacts?status=Open").await.field_refusal().2, "status");
    let over = api.post(&format!("/network/contacts/{id}/withdraw"), &json!({})).await;
    assert_eq!(over.refusal(), (409, "wrong_status".to_owned()));
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_hold_when_invitations_come_at_once() {
    let world = network::world().await;
    let creators = network::many(&world, 20).await;
    let answers = join_all(creators.iter().map(|creator| network::invite(&world, creator))).await;
    let sent = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(sent, 5, "a new brand's first day");
    let refused = answers.iter().find(|answer| answer.status == 429).unwrap();
    let wait = refused.header("Retry-After");
    assert_eq!((refused.refusal(), wait), ((429, "too_many_letters".to_owned()), Some("3600")));
    assert!(refused.text().contains("after the first creator accepts"), "{}", refused.text());
    let flagged = "select count(*) from network_flags where reason = 'TooManyInvitations' and decided_at is null";
    assert_eq!(world.database.count(flagged).await, 1, "the operator sees that a brand tried more");
    assert_eq!(world.database.count("select count(*) from network_contacts").await, 5);

    // Withdrawing makes no room: they were sent.
    let open = world.api().all("/network/contacts?status=Invited").await;
    let withdrawn = format!("/network/contacts/{}/withdraw", text(&open[0], "id"));
    let ended = world.api().post(&withdrawn, &json!({})).await.expect_status(200).json();
    assert_eq!(text(&ended, "status"), "Expired");
    assert_eq!(network::invite(&world, text(&open[0], "creatorId")).await.refusal(), (409, "wrong_status".to_owned()));
    let fresh = creators.iter().find(|creator| open.iter().all(|one| one["creatorId"] != json!(creator))).unwrap();
    assert_eq!(network::invite(&world, fresh).await.status, 429);

    // A day later there is room, and reports halve it.
    world.database.run("update network_contacts set invited_at = rekomi_later(invited_at, -25 * 3600)").await;
    network::invite(&world, fresh).await.expect_status(201);
    world
        .database
        .run(
            "insert into network_reports (organization_id, id, creator_id, by_brand, reason, created_at)
             select organization_id, gen_random_uuid(), creator_id, false, 'Spam', now() from network_contacts limit 3",
        )
        .await;
    let left: Vec<_> =
        creators.iter().filter(|creator| open.iter().all(|one| one["creatorId"] != json!(creator))).collect();
    network::invite(&world, left[1]).await.expect_status(201);
    let refused = network::invite(&world, left[2]).await;
    assert!(
        refused.status == 429 && refused.text().contains("halved because several creators reported"),
        "{}",
        refused.text()
    );
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_creator_gets_as_many_invitations_as_they_want() {
    let world = network::world().await;
    let (mut nina, creator) = network::creator(&world, "Nina Berg").await;
    let choices = [("weeklyInvitationsMax", "1")];
    nina.submit("/a/network/visibility/choices", &choices).await.expect_status(303);
    let (mine, theirs) = (world.acme.program.to_string(), network::program(&world.other_api(), "globex-tools").await);
    let body = |program: &str| json!({"programId": program, "creatorId": creator, "message": "Shall we talk?"});
    let both = [(world.api(), body(&mine)), (world.other_api(), body(&theirs))];
    let answers = join_all(both.iter().map(|(api, body)| api.post("/network/contacts", body))).await;
    let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409], "of both brands together");
    let refused = answers.iter().find(|answer| answer.status == 409).unwrap();
    assert_eq!(refused.refusal().1, "opted_out");
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_brands_and_viewers_get_nowhere() {
    let world = network::world().await;
    let (_nina, creator) = network::creator(&world, "Nina Berg").await;
    let invited = network::invite(&world, &creator).await.expect_status(201).json();
    let (id, program) = (text(&invited, "id"), world.acme.program.to_string());
    let other = world.other_api();
    for path in [
        format!("/network/contacts/{id}"),
        format!("/network/creators/{creator}/messages"),
        format!("/network/creators?programId={program}"),
        format!("/network/creators/{creator}?programId={program}"),
    ] {
        assert_eq!(other.get(&path).await.status, 404, "{path}");
    }
    for (path, body) in [
        (format!("/network/contacts/{id}/withdraw"), json!({})),
        (format!("/network/creators/{creator}/messages"), json!({"message": "Hi"})),
        (format!("/network/creators/{creator}/report"), json!({"reason": "x"})),
        ("/network/contacts".to_owned(), json!({"programId": program, "creatorId": creator, "message": "Hi"})),
    ] {
        assert_eq!(other.post(&path, &body).await.status, 404, "{path}");
    }
    assert!(other.all("/network/contacts").await.is_empty());

    let viewer = key(&world, &world.acme.organization.to_string(), "rk_live_viewer", "viewer").await;
    viewer.get(&format!("/network/contacts/{id}")).await.expect_status(200);
    assert_eq!(viewer.all(&format!("/network/creators?programId={program}")).await.len(), 0);
    for (path, body) in [
        (format!("/network/contacts/{id}/withdraw"), json!({})),
        (format!("/network/creators/{creator}/report"), json!({"reason": "x"})),
    ] {
        assert_eq!(viewer.post(&path, &body).await.refusal(), (403, "forbidden".to_owned()), "{path}");
    }
    assert_eq!(viewer.patch(&format!("/network/creators/{creator}"), &json!({"starred": true})).await.status, 403);
    world.finish().await;

    let world = Plan::default()
        .ledger_setting("REKOMI_NETWORK", "off")
        .ledger_setting("REKOMI_FEDERATION", "off")
        .start()
        .await;
    assert_eq!(world.api().get("/network/contacts").await.status, 404);
    world.finish().await;
}
