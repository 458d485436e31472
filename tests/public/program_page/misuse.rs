//! Goal: a program page can't be misused to write to others, to learn who is an affiliate, to come back after a ban, or
//! to accept in another's name; no one accepts terms that they didn't see, and no one keeps the page busy for others.
//! Method: its form is sent twice, with other people's names and addresses, with terms that changed in the meantime,
//! and many times from one network.

use serde_json::{Value, json};
use world::{
    Plan, World,
    client::{
        dashboard::Marketer,
        mailbox::{read_email, read_emails, token, unsubscribe},
    },
    http::Request,
    organization_fixture::owner,
    program_page_fixture::{affiliates, as_slow_as_people, forms, page_of, shown},
};

async fn send(world: &World, visitor: &mut Marketer, token: &str, more: &[(&str, &str)]) -> world::http::Response {
    let mut form = vec![("shown", token), ("f_name", "Somebody New"), ("terms", "yes")];
    form.retain(|(name, _)| more.iter().all(|(other, _)| other != name));
    form.extend(more);
    visitor.submit(&page_of(world, ""), &form).await
}

/// Opens the link that confirms an applicant's address, which approves them.
async fn confirm(world: &World, email: &str) {
    let base = world.ledger.base();
    let message = read_email(&base, email, "application_confirm").await;
    let mut links = message["links"].as_array().unwrap().iter().filter_map(Value::as_str);
    let link = links.find(|link| link.contains("/a/enter")).unwrap();
    let mut portal = Marketer::new(&base);
    portal.submit("/a/enter", &[("token", token(link))]).await.expect_status(303);
    assert_eq!(affiliates(world, email).await[0]["status"], "Approved");
}

async fn consents(world: &World, affiliate: &Value) -> Vec<Value> {
    world.api().all(&format!("/consents?affiliateId={}", affiliate["id"].as_str().unwrap())).await
}

#[tokio::test]
async fn a_form_goes_through_once_and_with_the_terms_that_were_seen() {
    let world = World::shared().await;
    let mut visitor = Marketer::new(&world.ledger.base());
    let tokens = forms(&mut visitor, &world.own("acme"), 2).await;
    let [first, second] = ["one@creators.test", "two@creators.test"].map(|email| world.own(email));
    send(&world, &mut visitor, &tokens[0], &[("f_email", &first)]).await.expect_status(303);
    let again = send(&world, &mut visitor, &tokens[0], &[("f_email", &second)]).await.expect_status(400).text();
    assert!(again.contains("form was already sent") && shown(&again) != tokens[0], "{again}");

    let mut owner = owner(&world).await;
    let organization = world.acme.organization.to_string();
    let fields = [("organization", organization.as_str()), ("terms", "All new.\n\nRead them.")];
    let terms = format!("/dashboard/programs/{}/page", world.acme.program);
    owner.submit(&terms, &fields).await.expect_status(303);
    let stale = send(&world, &mut visitor, &tokens[1], &[("f_email", &second)]).await.expect_status(400).text();
    for message in ["The terms changed", "Version 2", "<p>Read them.</p>", &format!("value=\"{second}\"")] {
        assert!(stale.contains(message), "{message} in {stale}");
    }
    assert!(!stale.contains("name=\"terms\" value=\"yes\" required checked"), "{stale}");
    assert!(affiliates(&world, &second).await.is_empty());
    as_slow_as_people().await;
    send(&world, &mut visitor, &shown(&stale), &[("f_email", &second)]).await.expect_status(303);
    let two = affiliates(&world, &second).await.remove(0);
    assert_eq!(consents(&world, &two).await[0]["version"], "partners v2");
    world.finish().await;
}

#[tokio::test]
async fn neither_names_nor_aliases_tell_or_carry_anything() {
    let world = World::shared().await;
    let (base, mut visitor) = (world.ledger.base(), Marketer::new(&world.ledger.base()));
    let tokens = forms(&mut visitor, &world.own("acme"), 5).await;
    let [victim, new, probe] =
        ["victim@creators.test", "new@creators.test", "probe@creators.test"].map(|email| world.own(email));
    let name = [("f_email", victim.as_str()), ("f_name", "Win at evil.com")];
    let refused = send(&world, &mut visitor, &tokens[0], &name).await.expect_status(400).text();
    assert!(refused.contains("without a web address"), "{refused}");
    assert!(read_emails(&base, &victim).await.is_empty());

    // A known and an unknown address: after both, the alias and the name in its place are taken.
    let known = world.demo["affiliate"]["email"].as_str().unwrap().to_owned();
    for (token, email, alias) in [(0, known.as_str(), "first-alias"), (1, new.as_str(), "second-alias")] {
        let sent = [("f_email", email), ("f_alias", alias)];
        send(&world, &mut visitor, &tokens[token], &sent).await.expect_status(303);
    }
    let sent = [("f_email", known.as_str()), ("f_name", "Third Alias")];
    send(&world, &mut visitor, &tokens[2], &sent).await.expect_status(303);
    for alias in ["first-alias", "second-alias", "third-alias"] {
        let sent = [("f_email", probe.as_str()), ("f_alias", alias)];
        let taken = send(&world, &mut visitor, &tokens[3], &sent).await.expect_status(400).text();
        assert!(taken.contains("This link name is taken"), "{alias}: {taken}");
    }
    assert_eq!(affiliates(&world, &known).await[0]["slug"], "lauren", "what is known stays");
    world.finish().await;
}

#[tokio::test]
async fn too_long_an_application_is_shown_again_for_any_address() {
    let world = World::shared().await;
    let (api, path) = (world.api(), format!("/programs/{}/page", world.acme.program));
    let page = api.get(&path).await.expect_status(200).json();
    let mut questions = page["questions"].as_array().unwrap().clone();
    for number in 1..=9 {
        questions.push(json!({"kind": "long_text", "label": format!("Question {number}")}));
    }
    api.patch(&path, &json!({"questions": questions})).await.expect_status(200);
    let mut visitor = Marketer::new(&world.ledger.base());
    let tokens = forms(&mut visitor, &world.own("acme"), 1).await;
    let known = world.demo["affiliate"]["email"].as_str().unwrap().to_owned();
    let (long, longest) = ("x".repeat(3_900), "y".repeat(4_000));
    let names: Vec<String> = (1..=9).map(|number| format!("f_q{number}")).collect();
    let answer = |name: &str| if name == "f_q2" { longest.as_str() } else { long.as_str() };
    let answers: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), answer(name))).collect();
    for email in [known, world.own("new@creators.test")] {
        let sent = [answers.as_slice(), &[("f_email", email.as_str())]].concat();
        let refused = send(&world, &mut visitor, &tokens[0], &sent).await.expect_status(400).text();
        assert!(refused.contains("Your answers are too long in total") && refused.contains("id=\"f_q2-problem\""));
        assert_eq!(refused.matches(&long).count(), 8, "nothing is lost");
    }
    world.finish().await;
}

#[tokio::test]
async fn an_alias_that_was_requested_with_a_known_address_earns_nothing() {
    let world = World::shared().await;
    let mut visitor = Marketer::new(&world.ledger.base());
    let tokens = forms(&mut visitor, &world.own("acme"), 1).await;
    let known = world.demo["affiliate"]["email"].as_str().unwrap().to_owned();
    let sent = [("f_email", known.as_str()), ("f_alias", "newsletter")];
    send(&world, &mut visitor, &tokens[0], &sent).await.expect_status(303);

    let api = world.api();
    let sale = |id: &str| json!({"externalEventId": id, "amountCents": 10_000, "customerId": id, "affiliateSlug": "newsletter"});
    let before = api.post("/conversions", &sale("before")).await.expect_status(201).json();
    assert_eq!((&before["status"], &before["affiliateId"]), (&json!("Unattributed"), &Value::Null), "{before}");
    // The brand isn't bound by it: an affiliate to whom it gives the name keeps the credit after a later change of name.
    let nina = json!({"name": "Nina", "email": world.own("nina@creators.test"), "slug": "newsletter"});
    let nina = api.post("/affiliates", &nina).await.expect_status(201).json()["id"].clone();
    let after = api.post("/conversions", &sale("after")).await.expect_status(201).json();
    assert_eq!(after["affiliateId"], nina, "{after}");
    let path = format!("/affiliates/{}", nina.as_str().unwrap());
    api.patch(&path, &json!({"slug": "nina"})).await.expect_status(200);
    let renamed = api.post("/conversions", &sale("renamed")).await.expect_status(201).json();
    assert_eq!(renamed["affiliateId"], nina, "{renamed}");
    world.finish().await;
}

#[tokio::test]
async fn who_is_taken_on_at_once_is_known_once_they_come_in() {
    let world = World::start().await;
    let (base, mut owner) = (world.ledger.base(), owner(&world).await);
    let organization = world.acme.organization.to_string();
    let fields = [
        ("organization", organization.as_str()),
        ("handle", "acme"),
        ("destination", "https://acme.test/start"),
        ("autoApprove", "yes"),
    ];
    owner.submit(&format!("/dashboard/programs/{}/page", world.acme.program), &fields).await.expect_status(303);
    let banned = json!({"name": "Bad", "email": "b.ad+1@gmail.com"});
    let banned = world.api().post("/affiliates", &banned).await.expect_status(201).json();
    let path = format!("/affiliates/{}", banned["id"].as_str().unwrap());
    world.api().patch(&path, &json!({"status": "Banned", "reason": "Spam"})).await.expect_status(200);

    let mut visitor = Marketer::new(&base);
    let tokens = forms(&mut visitor, "acme", 4).await;
    send(&world, &mut visitor, &tokens[0], &[("f_email", "bad+2@googlemail.com")]).await.expect_status(303);
    assert_eq!(affiliates(&world, "bad%2B2@googlemail.com").await[0]["status"], "Pending", "a person looks at it");

    send(&world, &mut visitor, &tokens[1], &[("f_email", "ada@creators.test")]).await.expect_status(303);
    let ada = affiliates(&world, "ada@creators.test").await.remove(0);
    // Anybody could have typed the address: until it is confirmed, nothing happens, and nobody hears of it.
    assert_eq!(ada["status"], "Pending");
    assert!(consents(&world, &ada).await.is_empty());
    let mine = format!("select count(*) from messages where data like '%{}%'", ada["id"].as_str().unwrap());
    assert_eq!(world.database.count(&mine).await, 0);
    // Who lost the email gets another one.
    send(&world, &mut visitor, &tokens[2], &[("f_email", "ada@creators.test")]).await.expect_status(303);
    let kinds: Vec<_> =
        read_emails(&base, "ada@creators.test").await.into_iter().map(|one| one["kind"].clone()).collect();
    assert_eq!(kinds, ["application_confirm", "application_confirm"]);
    let log = "select count(*) from audit_log where action = 'affiliate.approved'";
    let before = world.database.count(log).await;
    confirm(&world, "ada@creators.test").await;
    assert_eq!(world.database.count(&format!("{mine} and kind = 'affiliate_approved'")).await, 1);
    assert_eq!(world.database.count(log).await, before + 1);
    let given = consents(&world, &ada).await;
    assert_eq!((given.len(), &given[0]["version"]), (1, &json!("partners v1")), "{given:?}");
    assert!(given[0]["evidence"].as_str().unwrap().contains("signed in with the link emailed"), "{given:?}");

    // Who wants no invitations, whichever brand's, still gets what their own application asks for.
    let invited =
        json!({"programId": world.globex.program.to_string(), "affiliates": [{"email": "dora@creators.test"}]});
    world.other_api().post("/affiliates/bulk-invite", &invited).await.expect_status(200);
    unsubscribe(&base, &read_email(&base, "dora@creators.test", "application_approved").await).await;
    send(&world, &mut visitor, &tokens[3], &[("f_email", "dora@creators.test")]).await.expect_status(303);
    confirm(&world, "dora@creators.test").await;
    world.finish().await;
}

#[tokio::test]
async fn one_network_does_not_keep_a_page_busy_for_others() {
    let world = Plan::default().ledger_setting("REKOMI_TRUSTED_PROXIES", "127.0.0.1").start().await;
    let tokens = forms(&mut Marketer::new(&world.ledger.base()), "acme", 13).await;
    let apply = async |number: usize, source: &str| {
        let mut request = Request::new("POST", "/p/acme")
            .header("Content-Type", "application/x-www-form-urlencoded")
            .header("Origin", &world.ledger.base())
            .header("Sec-Fetch-Site", "same-origin")
            .header("X-Forwarded-For", source);
        let token = &tokens[number];
        request.body = format!("shown={token}&f_email=n{number}%40creators.test&f_name=New&terms=yes").into_bytes();
        request.send(&world.ledger.base()).await.unwrap()
    };
    let mut answers = Vec::new();
    for number in 0..12 {
        answers.push(apply(number, &format!("2001:db8:7:{number:x}::1")).await);
    }
    let taken = answers.iter().filter(|answer| answer.status == 303).count();
    // On a slow machine, one may come back.
    assert!((10..12).contains(&taken), "{taken}");
    let refused = answers.iter().find(|answer| answer.status == 429).unwrap().text();
    assert!(refused.contains("a lot of applications right now"), "{refused}");
    apply(12, "2001:db8:8::1").await.expect_status(303);
    assert_eq!(affiliates(&world, "n12@creators.test").await.len(), 1);
    world.finish().await;
}
