//! Goal: people see in plain words what needs a review and decide with a reason; without a script, by keyboard, at a
//! phone's width.
//! Method: flagged conversions, refunds that fit no sale and refunds of unknown sales; the pages are read and their
//! forms sent as a browser sends them; then once more a real Chromium (`tests/pages/review.mjs`).

use std::process::{Command, Stdio};

use crate::undo::undone;
use shared::{event::Event, timestamp::Timestamp};
use world::{
    World,
    brand::{But, Partner},
    client::dashboard::Marketer,
    settings,
    wait::now,
};

/// A sale to a buyer with the partner's own address.
fn own(world: &World, partner: &Partner, id: &str) -> Event {
    let (slug, email) = (partner.slug.clone(), format!("{}+{id}@creators.test", partner.slug));
    world.acme.sale(id, 10_000).but(|report| {
        report.affiliate_slug = Some(slug);
        report.customer_id = Some(format!("buyer of {id}"));
        report.customer_email = Some(email);
    })
}

async fn signed_in(world: &World) -> Marketer {
    let mut marketer = Marketer::new(&world.ledger.base());
    marketer.sign_in(&world.demo["owner"]).await.expect_status(303);
    marketer
}

#[tokio::test]
async fn flagged_conversions_are_decided_with_a_reason() {
    let world = World::shared().await;
    let early = world.acme.join(&world.database, "early").await;
    let mut marketer = signed_in(&world).await;
    let empty = marketer.browser.get("/dashboard/review").await.expect_status(200).text();
    assert!(empty.contains("Nothing to review."), "{empty}");
    world.intake().accept(&[own(&world, &early, "one"), own(&world, &early, "two")]).await;
    let overview = marketer.browser.get("/dashboard").await.text();
    assert!(overview.contains("2 conversions to review"), "{overview}");
    assert_eq!(overview.matches(">Under review</span>").count(), 2, "as in the list: {overview}");
    let queue = marketer.browser.get("/dashboard/review").await.expect_status(200).text();
    for text in
        ["the buyer has the affiliate&#39;s own email address", "early+one@creators.test", "buyer of two", "$20.00"]
    {
        assert!(queue.contains(text), "{text}: {queue}");
    }
    let their_page = format!("href=\"/dashboard/affiliates/{}?organization=", early.affiliate);
    assert!(queue.contains(&their_page), "{queue}");
    // Several at once: the question has their number and what is held.
    for text in ["data-amount=\"20.00\" data-currency=\"USD\"", "data-title=\"Deny the commissions of {}?\""] {
        assert!(queue.contains(text), "{text}: {queue}");
    }
    let (conversion, _) = world.api().booked("one").await.unwrap();
    let id = conversion["id"].as_str().unwrap().to_owned();
    let organization = world.acme.organization.to_string();
    let target = format!("/dashboard/review/{id}");
    let form = |decision, reason| [("organization", organization.as_str()), ("decision", decision), ("reason", reason)];
    let refused = marketer.submit(&target, &form("Approve", "  ")).await.expect_status(400).text();
    assert!(refused.contains("Enter a reason") && refused.contains("aria-invalid"), "{refused}");
    marketer.submit(&target, &form("Perhaps", "why")).await.expect_status(400);
    // One by one, with the way to the next.
    let alone = marketer.browser.get(&format!("/dashboard/review?review={id}")).await.expect_status(200).text();
    for text in ["of 2</span>", "aria-keyshortcuts=\"A\"", "aria-keyshortcuts=\"D\"", "buyer of one"] {
        assert!(alone.contains(text), "{text}: {alone}");
    }
    let unreasoned = [&form("Approve", " ")[..], &[("from", "one")]].concat();
    let refused = marketer.submit(&target, &unreasoned).await.expect_status(400).text();
    assert!(refused.contains("approve-reason-problem") && !refused.contains("deny-reason-problem"), "{refused}");
    let done = marketer.submit(&target, &form("Approve", "<b>checked</b>")).await.expect_status(303);
    assert!(done.header("location").unwrap().starts_with("/dashboard/review"));
    let decision = world.api().all(&format!("/decisions?conversionId={id}")).await.remove(0);
    assert_eq!((decision["type"].as_str(), decision["reason"].as_str()), (Some("Approve"), Some("<b>checked</b>")));
    assert!(decision["actor"].as_str().unwrap().starts_with("user:usr_"), "{decision}");
    let (_, commissions) = world.api().booked("one").await.unwrap();
    let receipt = format!("/dashboard/commissions/{}", commissions[0]["id"].as_str().unwrap());
    let receipt = marketer.browser.get(&receipt).await.expect_status(200).text();
    assert!(receipt.contains("&#60;b&#62;checked") && !receipt.contains("<b>checked"), "{receipt}");

    // A denied sale leaves the figures.
    world.intake().accept(&[own(&world, &early, "three")]).await;
    let (three, _) = world.api().booked("three").await.unwrap();
    let figure = "data-figure=\"conversions\">";
    let before = marketer.browser.get("/dashboard").await.expect_status(200).text();
    assert!(before.contains(&format!("{figure}3<")), "{before}");
    let denied = format!("/dashboard/review/{}", three["id"].as_str().unwrap());
    let (two, _) = world.api().booked("two").await.unwrap();
    let two = two["id"].as_str().unwrap();
    let deny = [&form("Deny", "made up")[..], &[("from", "one"), ("next", two)]].concat();
    let next = marketer.submit(&denied, &deny).await.expect_status(303).header("location").unwrap().to_owned();
    assert!(next.contains(&format!("review={two}")), "{next}");
    let next = marketer.browser.get(&next).await.expect_status(200).text();
    assert!(next.contains("three denied") && next.contains("buyer of two"), "{next}");
    let after = marketer.browser.get("/dashboard").await.expect_status(200).text();
    assert!(after.contains(&format!("{figure}2<")), "{after}");

    // Another organization's conversion, and its own under another's name.
    let slug = world.globex.partner.slug.clone();
    world.intake().accept(&[world.globex.sale("theirs", 9_900).but(|report| report.affiliate_slug = Some(slug))]).await;
    let (theirs, _) = world.other_api().booked("theirs").await.unwrap();
    let theirs = format!("/dashboard/review/{}", theirs["id"].as_str().unwrap());
    marketer.submit(&theirs, &form("Deny", "why not")).await.expect_status(404);
    let other = world.globex.organization.to_string();
    marketer
        .submit(&theirs, &[("organization", other.as_str()), ("decision", "Deny"), ("reason", "x")])
        .await
        .expect_status(404);
    world.database.set_member_roles("viewer").await;
    marketer.submit(&target, &form("Deny", "why not")).await.expect_status(403);
    let looking = marketer.browser.get("/dashboard/review").await.expect_status(200).text();
    assert!(looking.contains("buyer of two") && !looking.contains("name=\"reason\""), "a viewer looks");
    world.finish().await;
}

#[tokio::test]
async fn a_decision_from_an_old_page_replaces_no_other() {
    let world = World::shared().await;
    let early = world.acme.join(&world.database, "early").await;
    let mut marketer = signed_in(&world).await;
    world.intake().accept(&[own(&world, &early, "one"), own(&world, &early, "two")]).await;
    let (one, two) = (world.api().booked("one").await.unwrap().0, world.api().booked("two").await.unwrap().0);
    let (one, two) = (one["id"].as_str().unwrap(), two["id"].as_str().unwrap());
    let organization = world.acme.organization.to_string();
    let form = |decision| [("organization", organization.as_str()), ("decision", decision), ("reason", "Checked.")];
    let decisions = async || world.api().all(&format!("/decisions?conversionId={one}")).await.len();
    let status = async || world.api().booked("one").await.unwrap().0["status"].as_str().unwrap().to_owned();
    let target = format!("/dashboard/review/{one}");
    marketer.submit(&target, &form("Deny")).await.expect_status(303);
    assert_eq!((decisions().await, status().await.as_str()), (1, "Denied"));

    // The page of before: one by one, in the list, and together with another.
    for more in [&[("from", "one")][..], &[]] {
        let late = marketer.submit(&target, &[&form("Approve")[..], more].concat()).await.expect_status(303);
        let place = late.header("location").unwrap().to_owned();
        assert!(place.starts_with(&format!("/dashboard/conversions/{one}?")), "{place}");
        let page = marketer.browser.get(&place).await.expect_status(200).text();
        assert!(page.contains("Nothing was changed: one is already denied"), "{page}");
    }
    let both = [&form("Approve")[..], &[("ids", one), ("ids", two)]].concat();
    let page = marketer.submit("/dashboard/review", &both).await.expect_status(200).text();
    for text in ["Approved 1.", "1 skipped:", "<strong>one</strong>: already denied", "Nothing to review."] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert_eq!((decisions().await, status().await.as_str()), (1, "Denied"));

    // On its own page, a decision replaces the one that the page showed, and no other.
    let approve = format!("/dashboard/conversions/{one}/approve");
    let seen = |status| [("organization", organization.as_str()), ("seen", status), ("reason", "Checked.")];
    let late = marketer.submit(&approve, &seen("")).await.expect_status(303);
    let place = late.header("location").unwrap().to_owned();
    let page = marketer.browser.get(&place).await.expect_status(200).text();
    assert!(page.contains("Nothing was changed: someone decided meanwhile"), "{page}");
    assert!(page.contains("name=\"seen\" value=\"Denied\""), "{page}");
    marketer.submit(&approve, &seen("Denied")).await.expect_status(303);
    assert_eq!((decisions().await, status().await.as_str()), (2, "Pending"));
    world.finish().await;
}

#[tokio::test]
async fn the_queue_is_read_on_the_brands_clocks_and_as_a_file() {
    const DAY_MS: i64 = 86_400_000;
    let world = World::shared().await;
    let early = world.acme.join(&world.database, "early").await;
    let mut marketer = signed_in(&world).await;
    let ahead = format!(
        "update organizations set time_zone = 'Etc/GMT-13' where organization_id = '{}'",
        world.acme.organization.uuid()
    );
    world.database.run(&ahead).await;
    let noon = Timestamp::from_millis(now().plus_days(-2).millis() / DAY_MS * DAY_MS + DAY_MS / 2).unwrap();
    let formula = own(&world, &early, "one").but(|report| {
        report.customer_id = Some("=1+1".to_owned());
        report.occurred_at = Some(noon);
    });
    let later = own(&world, &early, "two").but(|report| report.occurred_at = Some(noon.plus_days(1)));
    world.intake().accept(&[formula, later]).await;
    let page = marketer.browser.get("/dashboard/review").await.expect_status(200).text();
    assert!(page.contains(&format!("datetime=\"{noon}\">")) && page.contains(", 01:00</time>"), "{page}");
    assert!(page.contains("/dashboard/review.csv?organization="), "{page}");

    let file = marketer.browser.get("/dashboard/review.csv").await.expect_status(200);
    assert_eq!(file.header("content-type"), Some("text/csv; charset=utf-8"));
    let file = file.text();
    let lines: Vec<&str> = file.lines().collect();
    assert_eq!(lines.len(), 3, "{file}");
    assert!(
        lines[1].contains("\"two\"") && lines[2].starts_with(&format!("\"{noon}\"")),
        "newest first, as UTC: {file}"
    );
    for text in
        ["\"'=1+1\"", "\"early+one@creators.test\"", "\"100.00\",\"USD\",\"20.00\",\"USD\"", "own email address"]
    {
        assert!(lines[2].contains(text), "{text}: {file}");
    }
    let theirs = format!("/dashboard/review.csv?organization={}", world.globex.organization);
    marketer.browser.get(&theirs).await.expect_status(404);
    world.finish().await;
}

/// Refunds that fit no sale; only old ones of unknown sales are worth a word.
async fn issues(world: &World, partner: &Partner) {
    let plain = |id: &str, cents: i64| {
        let slug = partner.slug.clone();
        world.acme.sale(id, cents).but(|report| report.affiliate_slug = Some(slug))
    };
    let old = |event: Event| event.but(|report| report.occurred_at = Some(now().plus_days(-3)));
    let foreign = world.acme.refund("foreign", "sale-a", 100).but(|report| report.currency = "EUR".parse().unwrap());
    world
        .intake()
        .accept(&[
            plain("sale-a", 1_000),
            plain("sale-b", 1_000),
            foreign,
            world.acme.refund("too-much", "sale-b", 1_001),
            old(world.acme.refund("orphan", "never-told", 4_200)),
            world.acme.refund("young-orphan", "told-soon", 100),
            old(world.acme.refund("fits", "sale-a", 100)),
        ])
        .await;
}

#[tokio::test]
async fn what_fits_no_sale_is_shown() {
    let world = World::start().await;
    let early = world.acme.join(&world.database, "early").await;
    let mut marketer = signed_in(&world).await;
    let quiet = marketer.browser.get("/dashboard").await.text();
    assert!(!quiet.contains("Needs attention"), "{quiet}");
    issues(&world, &early).await;
    let page = marketer.browser.get("/dashboard").await.expect_status(200).text();
    for text in [
        "Needs attention",
        "match the sale, so no",
        "larger than the sale",
        "Refund of $42.00 for an unknown sale",
        "never-told",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert!(!page.contains("young-orphan") && !page.contains("told-soon"), "{page}");
    // Another name of a known sale is no unknown sale.
    let alias = format!(
        "insert into sale_aliases (organization_id, alias, name, event_id)
         select organization_id, 'never-told', 'sale-b', event_id from refunds where external_id = 'too-much' and organization_id = '{}'",
        world.acme.organization.uuid()
    );
    world.database.run(&alias).await;
    let page = marketer.browser.get("/dashboard").await.text();
    assert!(!page.contains("for an unknown sale"), "{page}");
    // Written directly into the database, so no history was recomputed.
}

#[tokio::test]
async fn a_payment_that_earns_twice_is_shown_until_one_sale_is_denied() {
    let world = World::shared().await;
    let early = world.acme.join(&world.database, "early").await;
    let mut marketer = signed_in(&world).await;
    let plain = |id: &str| {
        let slug = early.slug.clone();
        world.acme.sale(id, 1_000).but(|report| report.affiliate_slug = Some(slug))
    };
    world.intake().accept(&[plain("ch_own"), plain("in_theirs"), plain("in_other")]).await;
    let alias = async |alias: &str, name: &str| {
        let alias = format!(
            "insert into sale_aliases (organization_id, alias, name, event_id)
             select organization_id, '{alias}', '{name}', event_id from conversions
             where external_id = 'in_theirs' and organization_id = '{}'",
            world.acme.organization.uuid()
        );
        world.database.run(&alias).await;
    };
    // An ID under which no sale was reported connects nothing yet.
    alias("ch_own", "pi_between").await;
    let page = marketer.browser.get("/dashboard").await.text();
    assert!(!page.contains("two commissions"), "{page}");
    alias("pi_between", "in_theirs").await;
    let page = marketer.browser.get("/dashboard").await.text();
    let shown = page.split("data-row=\"paid-twice\"").nth(1).unwrap_or_default();
    let shown = shown.split("</details>").next().unwrap();
    for text in ["1 payment earns two commissions", ">ch_own</a> and <a", ">in_theirs</a> are the same payment"] {
        assert!(shown.contains(text), "{text}: {page}");
    }
    let (sale, _) = world.api().booked("ch_own").await.unwrap();
    let sale = sale["id"].as_str().unwrap();
    assert!(shown.contains(&format!("href=\"/dashboard/conversions/{sale}?")), "{shown}");
    let organization = world.acme.organization.to_string();
    let denial = [("organization", organization.as_str()), ("reason", "Stripe reported it, too")];
    marketer.submit(&format!("/dashboard/conversions/{sale}/deny"), &denial).await.expect_status(303);
    let page = marketer.browser.get("/dashboard").await.text();
    assert!(!page.contains("two commissions"), "{page}");
    world.finish().await;
}

#[tokio::test]
async fn what_only_happened_is_put_away_until_it_happens_again() {
    let world = World::shared().await;
    let early = world.acme.join(&world.database, "early").await;
    let mut marketer = signed_in(&world).await;
    issues(&world, &early).await;
    world.intake().accept(&[own(&world, &early, "flagged")]).await;
    let (own, other) = (world.acme.organization.to_string(), world.globex.organization.to_string());
    let form = |row: &str| [("organization", own.clone()), ("trouble", row.to_owned())];
    let dismiss = async |marketer: &mut Marketer, form: [(&str, String); 2]| {
        let fields = form.each_ref().map(|(name, value)| (*name, value.as_str()));
        marketer.submit("/dashboard/troubles/dismiss", &fields).await
    };
    let (sale, _) = world.api().booked("sale-a").await.unwrap();
    let sale = sale["id"].as_str().unwrap().to_owned();
    let page = marketer.browser.get("/dashboard").await.text();
    let orphan = page.split("data-row=\"").find(|part| part.contains("never-told")).unwrap().split('"').next().unwrap();
    assert!(orphan.starts_with("evt_") && page.contains(&format!("value=\"{sale}\"")), "{page}");

    for row in [sale.as_str(), orphan] {
        let done = dismiss(&mut marketer, form(row)).await.expect_status(303);
        assert!(done.header("location").unwrap().starts_with("/dashboard?organization="));
    }
    // The last one comes back, and is dismissed again.
    let page = marketer.browser.get("/dashboard").await.text();
    assert!(page.contains("Alert dismissed"), "{page}");
    let page = undone(&mut marketer, &page).await;
    assert!(page.contains("Alert restored") && page.contains("never-told"), "{page}");
    dismiss(&mut marketer, form(orphan)).await.expect_status(303);
    let page = marketer.browser.get("/dashboard").await.text();
    assert!(!page.contains("match the sale, so no") && !page.contains("never-told"), "{page}");
    assert!(page.contains("larger than the sale") && page.contains("to review"), "{page}");
    // Open, already dismissed and foreign alerts stay as they are.
    for row in ["review", orphan, ""] {
        dismiss(&mut marketer, form(row)).await.expect_status(404);
    }
    dismiss(&mut marketer, [("organization", other), ("trouble", sale.clone())]).await.expect_status(404);
    let audited = "select count(*) from audit_log where action = 'trouble.dismissed'";
    assert_eq!(world.database.count(audited).await, 3);

    let old = |event: Event| event.but(|report| report.occurred_at = Some(now().plus_days(-3)));
    let again =
        world.acme.refund("foreign-again", "sale-a", 100).but(|report| report.currency = "EUR".parse().unwrap());
    world.intake().accept(&[again, old(world.acme.refund("second-orphan", "never-told-either", 100))]).await;
    let page = marketer.browser.get("/dashboard").await.text();
    assert!(page.contains("match the sale, so no") && page.contains("never-told-either"), "{page}");
    assert!(!page.contains("<code>never-told</code>"), "the first one stays away: {page}");
    world.database.set_member_roles("viewer").await;
    dismiss(&mut marketer, form(&sale)).await.expect_status(403);
    assert!(!marketer.browser.get("/dashboard").await.text().contains("troubles/dismiss"), "a viewer looks");
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_reviews_and_reads_receipts() {
    let world = World::start().await;
    let (early, late) =
        (world.acme.join(&world.database, "early").await, world.acme.join(&world.database, "late").await);
    issues(&world, &early).await;
    world.intake().accept(&[own(&world, &early, "one"), own(&world, &late, "two")]).await;
    let clicked = |id: &str, partner: &Partner, days: i64| {
        let (at, token) = (now().plus_days(days), world.acme.token(partner, now().plus_days(days - 1)));
        let report = world.acme.sale(id, 12_345);
        report.but(|report| {
            report.customer_id = Some("reader".to_owned());
            report.occurred_at = Some(at);
            report.click_token = Some(token);
        })
    };
    let signup = clicked("signup", &late, -9);
    let signup = world.acme.lead("signup").but(|report| {
        if let shared::event::Payload::Conversion(lead) = &signup.payload {
            (report.customer_id, report.occurred_at, report.click_token) =
                (lead.customer_id.clone(), lead.occurred_at, lead.click_token.clone());
        }
    });
    // Dated ahead of the others, so that it is the first row.
    let watched = clicked("watched", &early, 0).but(|report| report.occurred_at = Some(now().plus_millis(60_000)));
    let bare = world.acme.sale("bare", 1_000).but(|report| report.occurred_at = Some(now().plus_days(-20)));
    world.intake().accept(&[signup, watched, world.acme.refund("part", "watched", 2_345), bare]).await;
    let owner = |field: &str| world.demo["owner"][field].as_str().unwrap().to_owned();
    let pictures = settings::folder();
    let output = Command::new(settings::node())
        .arg(settings::root().join("tests/pages/review.mjs"))
        .args([world.ledger.base(), owner("email"), owner("password")])
        .arg(&pictures)
        .env("REKOMI_TEST_CHROMIUM", settings::chromium())
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(output.status.success(), "pictures in {}", pictures.display());
    println!("pictures in {}", pictures.display());
    world.finish().await;
}
