//! Goal: where the brand switched it on, an affiliate asks its model about their own links, earnings and payouts; the model
//! reads nothing else, changes nothing, and stops at the limits of a day. Everywhere else, also where the brand's plan lacks
//! the co-pilot, there is none of it.
//! Method: a stand-in model asks for what is another affiliate's and for tools that aren't there; two affiliates' browsers
//! use the portal, and the owner's the settings.
//! Routes: `/a/ask`, `/dashboard/settings/copilot/affiliates`

use serde_json::json;
use world::{
    Plan, World,
    client::dashboard::Marketer,
    copilot_fixture::{SETTINGS, connected, results, sent},
    fakes::model::{self, KEY, MODEL, Say},
    http::Response,
    organization_fixture::{owner, set_plan},
};

use crate::fixture::{address, enter, join, page, sell};

const HERE: &str = "/a/ask";

async fn ask(person: &mut Marketer, question: &str) -> Response {
    person.submit(HERE, &[("question", question)]).await
}

async fn commission_of(world: &World, sale: &str) -> String {
    let found = world.api().all("/commissions").await;
    let conversions = world.api().all("/conversions").await;
    let conversion = conversions.iter().find(|one| one["externalEventId"] == sale).unwrap();
    let commission = found.iter().find(|one| one["conversionId"] == conversion["id"]).unwrap();
    commission["id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_affiliate_asks_about_what_is_theirs() {
    let world = World::shared().await;
    let early = join(&world, "early").await;
    let other = join(&world, "other").await;
    sell(&world, Some(&early), "mine", 10_000).await;
    sell(&world, Some(&other), "theirs", 77_700).await;
    let (mine, theirs) = (commission_of(&world, "mine").await, commission_of(&world, "theirs").await);
    let mut affiliate = enter(&world, &address(&world, "early")).await;
    let mut owner = owner(&world).await;
    let organization = world.acme.organization.to_string();

    // It is off by default, also with a model.
    assert_eq!(affiliate.browser.get(HERE).await.status, 404);
    let fake = connected(&world, "openai", "people").await;
    assert_eq!(affiliate.browser.get(HERE).await.status, 404);
    assert_eq!(ask(&mut affiliate, "Hi").await.status, 404);
    assert!(!page(&mut affiliate, "/a").await.contains(HERE));
    let switch = format!("{SETTINGS}/affiliates");
    let form = |own: &'static str| {
        let on = ("affiliatesMayAsk", "yes");
        [
            ("organization", organization.clone()),
            (on.0, on.1.to_owned()),
            ("tokensPerAffiliate", own.to_owned()),
            ("affiliatesTokensPerDay", "50000".to_owned()),
        ]
    };
    let refused = form("12");
    let refused: Vec<(&str, &str)> = refused.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert!(
        owner.submit(&switch, &refused).await.expect_status(400).text().contains("id=\"tokensPerAffiliate-problem\"")
    );
    let on = form("20000");
    let on: Vec<(&str, &str)> = on.iter().map(|(name, value)| (*name, value.as_str())).collect();
    owner.submit(&switch, &on).await.expect_status(303);
    assert!(page(&mut affiliate, "/a").await.contains("href=\"/a/ask\""));
    assert!(page(&mut affiliate, HERE).await.contains("Ask about your earnings"));

    // The model asks for more than it may have, and gets what the portal shows them.
    let (foreign, own) = (theirs.clone(), mine.clone());
    fake.say([
        Say::Calls(
            "Let me look.".to_owned(),
            vec![
                ("explain_earning".to_owned(), json!({ "id": foreign })),
                ("list_affiliates".to_owned(), json!({})),
                ("list_earnings".to_owned(), json!({"affiliateId": "aff_00000000000000000000000000"})),
                ("list_earnings".to_owned(), json!({})),
            ],
        ),
        Say::then(move |request| {
            let results = results(request);
            assert!(results[..3].iter().all(|result| result["error"].is_string()), "{results:?}");
            let rows = results[3]["earnings"].as_array().unwrap();
            assert_eq!((rows.len(), &rows[0]["id"], &rows[0]["amount"]), (1, &json!(own), &json!("$20.00")));
            Say::Calls("One more.".to_owned(), vec![("explain_earning".to_owned(), json!({ "id": own }))])
        }),
        Say::Calls(
            "Now the rest.".to_owned(),
            ["read_summary", "list_payouts", "list_links", "read_terms"]
                .map(|tool| (tool.to_owned(), json!({})))
                .to_vec(),
        ),
        Say::then(|request| {
            let results = results(request);
            let (summary, links) = (&results[results.len() - 4], &results[results.len() - 2]);
            assert_eq!(summary["allTime"]["sales"], 1, "{summary}");
            assert!(
                links["links"].is_array() && results.iter().rev().take(5).all(|one| one["error"].is_null()),
                "{results:?}"
            );
            Say::text("You earned **$20.00** with one sale. [x](/dashboard) ![y](https://evil.test/p.png)")
        }),
    ]);
    let answer = ask(&mut affiliate, "What did I earn?").await.expect_status(200).text();
    assert!(answer.contains("<strong>$20.00</strong>") && answer.contains("What did I earn?"), "{answer}");
    assert!(!answer.contains("href=\"/dashboard") && !answer.contains("<img"), "{answer}");
    let text = sent(&fake.requests());
    let [own, others] = ["early", "other"].map(|slug| address(&world, slug));
    for canary in [others.as_str(), "buyers.test", "buyer-of", "$777.00", "$155.40", own.as_str()] {
        assert!(!text.contains(canary), "{canary}: {text}");
    }
    let known = mine.clone();
    fake.say([Say::call("list_earnings", json!({})), Say::text(&format!("It is {mine}, not {theirs}."))]);
    let answer = ask(&mut affiliate, "Which one?").await.expect_status(200).text();
    assert!(
        answer.contains(&format!("href=\"/a/sales/{known}\"")) && answer.contains(&format!("<code>{theirs}")),
        "{answer}"
    );
    assert_eq!(world.database.count("select count(*) from copilot_conversations").await, 0, "nothing is kept");

    // What isn't a question, a provider that fails, and the limits of a day.
    assert_eq!(ask(&mut affiliate, " ").await.status, 400);
    fake.say([Say::Refuses]);
    assert!(ask(&mut affiliate, "And?").await.expect_status(200).text().contains("no answer at the moment"));
    fake.requests();
    world.database.run("update portal_assistant_usage set input_tokens = 20000").await;
    let limited = ask(&mut affiliate, "More?").await.expect_status(429).text();
    assert!(limited.contains("your answers for today"), "{limited}");
    let mut second = enter(&world, &address(&world, "other")).await;
    fake.say([Say::text("Nothing yet.")]);
    assert!(ask(&mut second, "Me?").await.expect_status(200).text().contains("Nothing yet."));
    world.database.run("update portal_assistants set tokens_per_day = 10000").await;
    let limited = ask(&mut second, "More?").await.expect_status(429).text();
    assert!(limited.contains("answers are used up"), "{limited}");
    assert_eq!(fake.requests().len(), 1, "a limit is found before the request");

    // Switched off, it is gone.
    let off =
        [("organization", organization.as_str()), ("tokensPerAffiliate", "20000"), ("affiliatesTokensPerDay", "50000")];
    owner.submit(&switch, &off).await.expect_status(303);
    assert_eq!(affiliate.browser.get(HERE).await.status, 404);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn asking_comes_and_goes_with_the_plan() {
    let world = Plan::default().ledger_setting("REKOMI_PLAN_GATES", "on").start().await;
    join(&world, "early").await;
    let fake = connected(&world, "openai", "figures").await;
    let mut affiliate = enter(&world, &address(&world, "early")).await;
    let mut owner = owner(&world).await;
    let organization = world.acme.organization.to_string();
    let on = [
        ("organization", organization.as_str()),
        ("affiliatesMayAsk", "yes"),
        ("tokensPerAffiliate", "20000"),
        ("affiliatesTokensPerDay", "50000"),
    ];
    owner.submit(&format!("{SETTINGS}/affiliates"), &on).await.expect_status(303);

    // A trial includes the co-pilot, Starter doesn't, and Growth does.
    fake.say([Say::text("Nothing yet."), Say::text("Still nothing.")]);
    assert!(page(&mut affiliate, "/a").await.contains("href=\"/a/ask\""));
    assert!(ask(&mut affiliate, "What did I earn?").await.expect_status(200).text().contains("Nothing yet."));
    assert!(set_plan(&world, &["--tier", "Starter"]).await);
    assert!(!page(&mut affiliate, "/a").await.contains(HERE));
    assert_eq!(affiliate.browser.get(HERE).await.status, 404);
    assert_eq!(ask(&mut affiliate, "What did I earn?").await.status, 404);
    assert_eq!(fake.requests().len(), 1, "without the plan, no model is asked");
    assert!(set_plan(&world, &["--tier", "Growth"]).await);
    assert!(page(&mut affiliate, "/a").await.contains("href=\"/a/ask\""));
    assert!(page(&mut affiliate, HERE).await.contains("Ask about your earnings"));
    assert!(ask(&mut affiliate, "And now?").await.expect_status(200).text().contains("Still nothing."));
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operators_model_has_a_limit_that_no_brand_raises() {
    let fake = model::start();
    let plan = Plan::default().ledger_setting("REKOMI_ASSISTANT_KIND", "openai");
    let plan = plan.ledger_setting("REKOMI_ASSISTANT_BASE", fake.base()).ledger_setting("REKOMI_ASSISTANT_KEY", KEY);
    let world = plan.ledger_setting("REKOMI_ASSISTANT_MODEL", MODEL).start().await;
    join(&world, "early").await;
    join(&world, "other").await;
    let mut affiliate = enter(&world, &address(&world, "early")).await;
    let mut owner = owner(&world).await;
    let organization = world.acme.organization.to_string();
    let switch = format!("{SETTINGS}/affiliates");
    let form = |own: &'static str, all: &'static str| {
        [
            ("organization", organization.as_str()),
            ("affiliatesMayAsk", "yes"),
            ("tokensPerAffiliate", own),
            ("affiliatesTokensPerDay", all),
        ]
    };
    let refused = owner.submit(&switch, &form("200001", "200001")).await.expect_status(400).text();
    for field in ["tokensPerAffiliate", "affiliatesTokensPerDay"] {
        assert!(refused.contains(&format!("id=\"{field}-problem\"")), "{field}: {refused}");
    }
    owner.submit(&switch, &form("200000", "200000")).await.expect_status(303);
    fake.say([Say::text("Nothing yet.")]);
    assert!(ask(&mut affiliate, "What did I earn?").await.expect_status(200).text().contains("Nothing yet."));

    // What the brand allowed for a model of its own, before it disconnected that.
    let raised = "update portal_assistants set tokens_per_affiliate = 1000000, tokens_per_day = 100000000";
    world.database.run(raised).await;
    world.database.run("update portal_assistant_usage set input_tokens = 200000").await;
    fake.requests();
    let limited = ask(&mut affiliate, "More?").await.expect_status(429).text();
    assert!(limited.contains("your answers for today"), "{limited}");
    let mut second = enter(&world, &address(&world, "other")).await;
    let limited = ask(&mut second, "Me?").await.expect_status(429).text();
    assert!(limited.contains("answers are used up"), "{limited}");
    assert_eq!(fake.requests().len(), 0, "a limit is found before the request");
    let page = owner.browser.get(SETTINGS).await.expect_status(200).text();
    assert!(page.contains("1,000 to 200,000") && !page.contains("100000000"), "{page}");
    world.finish().await;
}
