//! Goal: a visitor reads what a program promises and applies; robots and the curious get nothing.
//! Method: the demo's page is read and its form sent as a browser sends it, rightly and wrongly.
//! Routes: `/p/{handle}/logo`, `/p/{handle}/offer.json`

mod language;
mod misuse;
mod recruiter;

use serde_json::{Value, json};
use world::{
    World,
    client::{dashboard::Marketer, mailbox},
    http::Request,
    program_page_fixture::{affiliates, as_slow_as_people, forms, page_of, shown},
};

fn kinds(emails: &[Value]) -> Vec<&str> {
    emails.iter().filter_map(|email| email["kind"].as_str()).collect()
}

#[tokio::test]
async fn a_page_says_what_is_promised() {
    let world = World::shared().await;
    let mut visitor = Marketer::new(&world.ledger.base());
    let answer = visitor.browser.get(&page_of(&world, "")).await.expect_status(200);
    assert_eq!(answer.header("cache-control"), Some("private, max-age=60"));
    assert!(answer.header("set-cookie").is_none());
    let page = answer.text();
    let canonical = format!("<link rel=\"canonical\" href=\"{}{}\">", world.ledger.base(), page_of(&world, ""));
    for text in [
        "Recommend Acme SaaS and earn on every sale",
        "20%",
        "60 days",
        "the last one gets credit",
        "property=\"og:title\"",
        "name=\"twitter:card\"",
        "disclose that you earn a commission",
        // 20% of $50 from one customer, two customers and so on: in their first month, and in a year.
        "data-figures=\"$10.00|$20.00|$30.00|",
        "data-figures=\"$120.00|$240.00|$360.00|",
        "<td class=\"number\">$500.00</td>",
        "30 days after the sale",
        canonical.as_str(),
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert!(page.len() < 100_000 && !page.contains("noindex"), "{}", page.len());
    let sheet = visitor.browser.get(&page_of(&world, "/style.css")).await.expect_status(200);
    assert!(sheet.header("content-type").unwrap().starts_with("text/css") && sheet.text().contains("--brand:#0f6b5c"));
    let (logo, slash) = (page_of(&world, "/logo"), page_of(&world, "%2f"));
    let capital = page_of(&world, "").replace("/p/a", "/p/A");
    for nothing in ["/p/nobody", "/p/nobody/thanks", "/p/nobody/style.css", &logo, &capital, &slash] {
        visitor.browser.get(nothing).await.expect_status(404);
    }
    world.finish().await;
}

#[tokio::test]
async fn a_brands_own_page_reads_the_offer() {
    let world = World::shared().await;
    let mut visitor = Marketer::new(&world.ledger.base());
    let answer = visitor.browser.get(&page_of(&world, "/offer.json")).await.expect_status(200);
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    assert_eq!(answer.header("cache-control"), Some("public, max-age=60"));
    let offer = answer.json();
    assert_eq!(offer["url"], format!("{}{}", world.ledger.base(), page_of(&world, "")));
    assert_eq!((&offer["cookieWindowDays"], &offer["attributionModel"]), (&json!(60), &json!("LastTouch")));
    assert_eq!(
        (&offer["language"], &offer["headline"]),
        (&json!("en"), &json!("Recommend Acme SaaS and earn on every sale"))
    );
    assert!(offer["earnings"].as_array().unwrap().iter().any(|line| line.to_string().contains("20%")), "{offer}");
    let keys = offer["questions"].as_array().unwrap().iter().map(|question| question["key"].as_str().unwrap());
    assert!(keys.collect::<Vec<_>>().contains(&"email"), "{offer}");

    let german = visitor.browser.get(&page_of(&world, "/offer.json?lang=de")).await.expect_status(200).json();
    assert_eq!((&german["language"], &german["programId"]), (&json!("de"), &offer["programId"]));
    assert_ne!(german["credit"], offer["credit"]);
    let missing = visitor.browser.get("/p/unknown/offer.json").await.expect_status(404).json();
    assert_eq!(missing["error"], "not_found");
    world.finish().await;
}

#[tokio::test]
async fn somebody_applies_and_is_taken_on() {
    let world = World::shared().await;
    let (base, mut visitor) = (world.ledger.base(), Marketer::new(&world.ledger.base()));
    let (place, email) = (page_of(&world, ""), world.own("nina@creators.test"));
    let page = visitor.browser.get(&place).await.text();
    let (token, typed) = (shown(&page), email.replace("nina", "Nina"));
    let form = [
        ("shown", token.as_str()),
        ("f_email", typed.as_str()),
        ("f_name", "Nina <b>Berg</b>"),
        ("f_website", "nina.blog"),
        ("f_alias", "nina-b"),
        ("terms", "yes"),
    ];
    let quick = visitor.submit(&place, &form).await.expect_status(400).text();
    assert!(quick.contains("That was very fast") && quick.contains("Nina &#60;b&#62;Berg"), "{quick}");
    assert_eq!(shown(&quick), token, "nobody waits twice");
    as_slow_as_people().await;
    let unticked = visitor.submit(&place, &form[..5]).await.expect_status(400).text();
    assert!(unticked.contains("Check the box to accept") && unticked.contains("value=\"nina.blog\""), "{unticked}");
    let done = visitor.submit(&place, &form).await.expect_status(303);
    assert_eq!(done.header("location"), Some(page_of(&world, "/thanks").as_str()));
    let thanks = visitor.browser.get(&page_of(&world, "/thanks")).await.expect_status(200).text();
    for text in
        ["What happens next", "reviews your application.", "https://wa.me/?text=", &format!("{base}{place}</code>")]
    {
        assert!(thanks.contains(text), "{text}: {thanks}");
    }

    let nina = affiliates(&world, &email).await.remove(0);
    assert_eq!((nina["status"].as_str(), nina["slug"].as_str()), (Some("Pending"), Some("nina-b")));
    assert_eq!(nina["application"], json!({"Website or channel": "https://nina.blog/"}));
    let id = nina["id"].as_str().unwrap();
    let consent = world.api().all(&format!("/consents?affiliateId={id}")).await.remove(0);
    assert_eq!((consent["kind"].as_str(), consent["version"].as_str()), (Some("program_terms"), Some("partners v1")));
    let received = mailbox::read_email(&base, &email, "application_received").await;
    assert_eq!(received["unsubscribe"], Value::Null);
    let news = mailbox::read_email(&base, world.demo["owner"]["email"].as_str().unwrap(), "application_new").await;
    assert!(news["text"].as_str().unwrap().contains("https://nina.blog/"), "{news}");

    // Approved, they get the link that the page promises.
    let approved = world.api().post(&format!("/affiliates/{id}/approve"), &json!({})).await.expect_status(200).json();
    assert_eq!(approved["link"]["destination"], "https://acme.test/", "{approved}");
    let message = mailbox::read_email(&base, &email, "application_approved").await;
    assert!(message["text"].as_str().unwrap().contains("/nina-b"), "{message}");
    world.finish().await;
}

#[tokio::test]
async fn nobody_learns_whose_address_is_known() {
    let world = World::start().await;
    let (base, mut visitor) = (world.ledger.base(), Marketer::new(&world.ledger.base()));
    let mut tokens = forms(&mut visitor, "acme", 3).await;
    let known = world.demo["affiliate"]["email"].as_str().unwrap().to_owned();
    let mut send = async |visitor: &mut Marketer, email: &str, more: &[(&str, &str)]| {
        let token = if tokens.len() > 1 { tokens.remove(0) } else { tokens[0].clone() };
        let mut form = vec![("shown", token.as_str()), ("f_email", email), ("f_name", "Somebody"), ("terms", "yes")];
        form.extend(more);
        visitor.submit("/p/acme", &form).await
    };
    let new = send(&mut visitor, "new@creators.test", &[]).await.expect_status(303);
    let old = send(&mut visitor, &known, &[]).await.expect_status(303);
    assert_eq!((new.header("location"), new.text()), (old.header("location"), old.text()));
    assert_eq!(affiliates(&world, &known).await[0]["name"], "Lauren Vale");
    let emails = mailbox::read_emails(&base, &known).await;
    assert_eq!(kinds(&emails), ["application_known"]);
    assert!(emails[0]["text"].as_str().unwrap().contains("/a/enter?token="), "the address itself gets a way in");
    for email in [known.as_str(), "third@creators.test"] {
        let taken = send(&mut visitor, email, &[("f_alias", "lauren")]).await.expect_status(400).text();
        assert!(taken.contains("This link name is taken"), "{taken}");
    }
    // Robots fill in hidden fields and use disposable addresses.
    send(&mut visitor, "robot@creators.test", &[("company_website", "x")]).await.expect_status(303);
    let disposable = send(&mut visitor, "a@mailinator.com", &[]).await.expect_status(400).text();
    assert!(disposable.contains("a permanent email address"), "{disposable}");
    for forged in ["", "AAAA", &"A".repeat(500)] {
        let form = [("shown", forged), ("f_email", "f@creators.test"), ("f_name", "F"), ("terms", "yes")];
        visitor.submit("/p/acme", &form).await.expect_status(400);
    }
    for email in ["third@creators.test", "robot@creators.test", "f@creators.test"] {
        assert!(affiliates(&world, email).await.is_empty(), "{email}");
    }
    assert_eq!(affiliates(&world, "new@creators.test").await.len(), 1);
    let mut last = send(&mut visitor, "robot@creators.test", &[("company_website", "x")]).await;
    for _ in 0..100 {
        if last.status == 429 {
            break;
        }
        last = send(&mut visitor, "robot@creators.test", &[("company_website", "x")]).await;
    }
    let answer = (last.status, last.header("retry-after"));
    assert_eq!(answer, (429, Some("60")), "a network sends some forms, and then one in a while");
    let page = last.text();
    assert!(page.contains("Too many requests.") && page.contains("value=\"robot@creators.test\""), "{page}");
    world.finish().await;
}

#[tokio::test]
async fn an_organization_that_ends_shows_nothing() {
    let world = World::start().await;
    let organization = world.acme.organization.uuid();
    world.database.run(&format!("update tenants set closed_at = now() where id = '{organization}'")).await;
    let request = Request::get("/p/acme").send(&world.ledger.base()).await.unwrap();
    assert_eq!(request.status, 404);
    assert_eq!(Request::get("/p/globex").send(&world.ledger.base()).await.unwrap().status, 200);
    world.finish().await;
}
