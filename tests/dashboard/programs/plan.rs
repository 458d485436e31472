//! Goal: a brand writes a commission plan on the dashboard, tries it on an example and on past sales, and publishes it.
//! Method: an owner's browser sends the forms as the pages have them; the API says which plan applies.
//! Routes: `/dashboard/programs/{id}/plan`, `/dashboard/programs/{id}/plan/edit`,
//! `/dashboard/programs/{id}/plan/end`, `/dashboard/programs/{id}/simulate`

use serde_json::json;
use world::{brand::But, wait};

use super::{Fixture, all_text};

/// A row of the editor with a share.
fn share(rate: &str) -> Vec<(&str, &str)> {
    vec![("rows", "1"), ("c0-type", "percentage"), ("c0-rate", rate), ("c0-on", "any"), ("c0-duration", "lifetime")]
}

#[tokio::test]
async fn a_plan_is_written_read_back_and_published() {
    let mut fixture = Fixture::open().await;
    let edit = fixture.page("/plan/edit").await;
    all_text(&edit, &["In plain words", "% of every payment", "name=\"c0-rate\""]);
    all_text(
        &edit,
        &["name=\"c0-affiliates\" type=\"text\" data-typeahead=\"many\"", "type=\"text\" data-typeahead maxlength"],
    );
    let with = |mut fields: Vec<(&'static str, &'static str)>, more: &[(&'static str, &'static str)]| {
        fields.extend(more.iter().copied());
        fields
    };
    // Buttons change the draft and keep what was written.
    let page = fixture.send("/plan/edit", &with(share("30"), &[("do", "add")])).await.expect_status(200).text();
    all_text(&page, &["name=\"rows\" value=\"2\"", "value=\"30\"", "name=\"c1-type\""]);
    let page =
        fixture.send("/plan/edit", &with(share("30"), &[("do", "preset-tiers")])).await.expect_status(200).text();
    all_text(&page, &["25% from the 11th sale in a month", "name=\"c0-s2-from\""]);
    let page = fixture
        .send(
            "/plan/edit",
            &with(
                share("30"),
                &[("do", "look"), ("c0-capSale", "5"), ("c0-capCurrency", "USD"), ("c0-capPeriod", "month")],
            ),
        )
        .await;
    all_text(&page.expect_status(200).text(), &["30% of every payment, up to $5 per sale"]);
    // Conditions are picked from what is known, or typed: an affiliate by slug, and fields of one name count together.
    let (slug, id) = (fixture.world.acme.partner.slug.clone(), fixture.world.acme.partner.affiliate.to_string());
    let mut fields = share("30");
    fields.extend([("do", "look"), ("c0-affiliates", slug.as_str()), ("c0-segments", "zinc"), ("c0-segments", "tin")]);
    let page = fixture.send("/plan/edit", &fields).await.expect_status(200).text();
    all_text(&page, &[&format!("name=\"c0-affiliates\" value=\"{id}\" checked"), "value=\"zinc, tin\""]);
    let mut fields = share("30");
    fields.extend([("do", "look"), ("c0-affiliates", "nobody at all")]);
    all_text(
        &fixture.send("/plan/edit", &fields).await.expect_status(200).text(),
        &["Enter affiliates by name, email address, link name or ID."],
    );
    // What a type has no use for is ignored.
    let bounty = [
        ("rows", "1"),
        ("do", "look"),
        ("c0-type", "first_conversion"),
        ("c0-amount", "50"),
        ("c0-currency", "USD"),
        ("c0-on", "recurring"),
        ("c0-duration", "months"),
        ("c0-months", "x"),
    ];
    all_text(
        &fixture.send("/plan/edit", &bounty).await.expect_status(200).text(),
        &["$50 for a customer’s first sale", "value=\"first_conversion\" checked"],
    );
    // Mistakes appear next to their fields, and nothing is published.
    let before = fixture.plans().await.len();
    let page = fixture.send("/plan/edit", &with(share("130"), &[("do", "publish"), ("holdDays", "x")])).await;
    all_text(
        &page.expect_status(400).text(),
        &["Must be at most 100%.", "id=\"c0-rate-problem\"", "Must be a whole number."],
    );
    let page = fixture
        .send("/plan/edit", &with(share("30"), &[("do", "publish"), ("scope", "affiliate"), ("affiliate", "nobody")]))
        .await;
    all_text(&page.expect_status(400).text(), &["No affiliate has this email address"]);
    assert_eq!(fixture.plans().await.len(), before);

    let next = [
        ("do", "publish"),
        ("scope", "program"),
        ("effectiveAt", "2099-01-01"),
        ("holdDays", "14"),
        ("note", "New year"),
    ];
    let page = fixture.done("/plan/edit", &with(share("30"), &next)).await;
    all_text(&page, &["Plan published.", "Upcoming", "30% of every payment", "14-day hold", "New year"]);
    // Another version for the same day takes the place of the first.
    let page = fixture.done("/plan/edit", &with(share("31"), &next)).await;
    all_text(&page, &["Plan published.", "Upcoming", "31% of every payment"]);
    assert!(!page.contains("30% of every payment"), "{page}");
    let starts: Vec<_> = fixture.plans().await[..2].iter().map(|plan| plan["effectiveAt"].clone()).collect();
    assert_eq!(
        starts,
        ["2099-01-01T00:00:00.001Z", "2099-01-01T00:00:00Z"],
        "both are there, and the later one applies"
    );
    let gold = [("do", "publish"), ("scope", "segment"), ("segment", "gold"), ("holdDays", "")];
    all_text(&fixture.done("/plan/edit", &with(share("40"), &gold)).await, &["Segment gold", "40% of every payment"]);
    let own = fixture.world.acme.partner.slug.clone();
    let mut fields = share("50");
    fields.extend([("do", "publish"), ("scope", "affiliate"), ("affiliate", own.as_str())]);
    all_text(&fixture.done("/plan/edit", &fields).await, &["50% of every payment", "Active"]);
    // It starts in the past only after the person confirms what that means.
    let day = wait::now().plus_days(-20).to_string()[..10].to_owned();
    let mut early = share("45");
    early.extend([("do", "publish"), ("scope", "segment"), ("segment", "silver"), ("effectiveAt", day.as_str())]);
    let requested = fixture.send("/plan/edit", &early).await.expect_status(200).text();
    all_text(&requested, &["starts in the past", "no commission changes", &format!("name=\"past\" value=\"{day}\"")]);
    assert_eq!(fixture.plans().await.len(), before + 4);
    early.push(("past", "2020-01-01"));
    let other = fixture.send("/plan/edit", &early).await.expect_status(200).text();
    all_text(&other, &["starts in the past"]);
    early.retain(|(name, _)| *name != "past");
    early.push(("past", day.as_str()));
    all_text(&fixture.done("/plan/edit", &early).await, &["Segment silver", "45% of every payment"]);
    let affiliate = fixture.world.acme.partner.affiliate.to_string();
    let page = fixture.done("/plan/end", &[("scope", "affiliate"), ("whose", &affiliate)]).await;
    all_text(&page, &["Ended"]);
    assert_eq!(fixture.plans().await.len(), before + 6);
    // A published version can be the start of a new draft, which is for the same day if that is still to come.
    let version = fixture.plans().await.into_iter().find(|plan| plan["note"] == "New year").unwrap();
    let page = fixture.page(&format!("/plan/edit?from={}", version["id"].as_str().unwrap())).await;
    all_text(&page, &["value=\"14\"", "31% of every payment", "value=\"2099-01-01\""]);
    fixture.world.finish().await;
}

/// A draft that starts from an upcoming version corrects it, at whatever time of the day that begins.
#[tokio::test]
async fn an_upcoming_version_is_corrected_at_its_own_time() {
    let mut fixture = Fixture::open().await;
    fixture.world.api().patch("/organization", &json!({"timeZone": "Europe/Berlin"})).await.expect_status(200);
    let start = "2099-01-15T00:00:00Z";
    let wrong = json!({"effectiveAt": start, "components": [{"type": "percentage", "ratePercent": "30"}]});
    let path = format!("/programs/{}/plans", fixture.program);
    let version = fixture.world.api().post(&path, &wrong).await.expect_status(201).json();
    let page = fixture.page(&format!("/plan/edit?from={}", version["id"].as_str().unwrap())).await;
    let hidden = format!("name=\"corrects\" value=\"{start}\"");
    all_text(&page, &["30% of every payment", "value=\"2099-01-15\"", &hidden]);
    let mut fields = share("31");
    fields.extend([("scope", "program"), ("effectiveAt", "2099-01-15"), ("corrects", start)]);
    all_text(&fixture.send("/simulate", &fields).await.expect_status(200).text(), &[&hidden]);
    fields.push(("do", "publish"));
    let page = fixture.done("/plan/edit", &fields).await;
    assert!(page.contains("31% of every payment") && !page.contains("30% of every payment"), "{page}");
    assert_eq!(fixture.plans().await[0]["effectiveAt"], "2099-01-15T00:00:00.001Z");
    // For another day, it is a further version, from the midnight of the brand's zone on.
    let mut other = share("32");
    other.extend([("do", "publish"), ("scope", "program"), ("effectiveAt", "2099-01-16"), ("corrects", start)]);
    let page = fixture.done("/plan/edit", &other).await;
    all_text(&page, &["31% of every payment", "32% of every payment"]);
    assert_eq!(fixture.plans().await[0]["effectiveAt"], "2099-01-15T23:00:00Z");
    fixture.world.finish().await;
}

/// An override that is still to come can be ended, so that it never applies.
#[tokio::test]
async fn an_upcoming_override_is_ended() {
    let mut fixture = Fixture::open().await;
    let affiliate = fixture.world.acme.partner.affiliate.to_string();
    let mut fields = share("45");
    fields.extend([("do", "publish"), ("scope", "affiliate"), ("affiliate", &affiliate)]);
    fields.push(("effectiveAt", "2099-02-01"));
    let start = "2099-02-01T00:00:00Z";
    let hidden = format!("name=\"effectiveAt\" value=\"{start}\"");
    all_text(&fixture.done("/plan/edit", &fields).await, &["45% of every payment", "End upcoming plan", &hidden]);
    let wrong = [("scope", "affiliate"), ("whose", affiliate.as_str()), ("effectiveAt", "soon")];
    fixture.send("/plan/end", &wrong).await.expect_status(404);
    let end = [("scope", "affiliate"), ("whose", affiliate.as_str()), ("effectiveAt", start)];
    let page = fixture.done("/plan/end", &end).await;
    all_text(&page, &["Ending"]);
    assert!(!page.contains("45% of every payment"), "it never applies: {page}");
    let plans = fixture.plans().await;
    assert_eq!((&plans[0]["effectiveAt"], &plans[0]["components"]), (&json!("2099-02-01T00:00:00.001Z"), &json!(null)));
    assert_eq!(plans[1]["effectiveAt"], start);
    fixture.world.finish().await;
}

/// The preview of a plan for an affiliate says that raises of their rate end with it.
#[tokio::test]
async fn a_plan_ends_raises() {
    let mut fixture = Fixture::open().await;
    let (email, program) = (fixture.world.own("lauren@creators.test"), fixture.program.clone());
    let path = format!("/plan/edit?affiliate={}", fixture.world.acme.partner.affiliate);
    let message = "This plan ends raises of this affiliate’s rate";
    assert!(!fixture.page(&path).await.contains(message));
    let raise = json!({"email": email, "programId": program, "ratePercent": "50", "months": 3});
    assert_eq!(fixture.world.api().post("/automations/rate-bump", &raise).await.json()["result"], "raised");
    all_text(&fixture.page(&path).await, &[message]);
    assert!(!fixture.page("/plan/edit").await.contains(message), "of other drafts");
    let mut fields = share("35");
    fields.extend([("do", "look"), ("scope", "affiliate"), ("affiliate", email.as_str())]);
    all_text(&fixture.send("/plan/edit", &fields).await.expect_status(200).text(), &[message]);
    // One that begins after the raise's end has nothing to end.
    fields.push(("effectiveAt", "2099-01-01"));
    assert!(!fixture.send("/plan/edit", &fields).await.expect_status(200).text().contains(message));
    all_text(&fixture.page("/plan").await, &["If their rate is raised for a while, that ends, too."]);
    fixture.world.finish().await;
}

#[tokio::test]
async fn a_plan_is_tried_on_an_example_and_on_the_past() {
    let mut fixture = Fixture::open().await;
    let (slug, acme) = (fixture.world.acme.partner.slug.clone(), &fixture.world.acme);
    let sale = acme.sale("order-1", 10_000).but(|report| {
        report.affiliate_slug = Some(slug);
        report.customer_id = Some("buyer".to_owned());
    });
    fixture.world.intake().accept(&[sale]).await;
    let booked = fixture.world.api().booked("order-1").await.expect("the sale").1;
    let now = booked[0]["amountCents"].as_i64().unwrap();
    assert_eq!(now, 2_000, "the demo's plan");
    let page = fixture.page("/simulate").await;
    all_text(&page, &["Payments of one customer", "$240.00", "Payment 12"]);
    let mut fields = share("30");
    fields.extend([
        ("days", "30"),
        ("exAmount", "100"),
        ("exCurrency", "USD"),
        ("exPayments", "3"),
        ("exEarlier", "0"),
    ]);
    let run: Vec<(&str, &str)> = fields.iter().copied().chain([("do", "run")]).collect();
    let page = fixture.send("/simulate", &run).await.expect_status(200).text();
    all_text(
        &page,
        &["$20.00", "$30.00", "+$10.00", "+50.0%", "order-1", "$60.00", "$90.00", "Your last 30 days with this plan"],
    );
    assert_eq!(fixture.plans().await.len(), 1, "nothing is written");
    let wrong: Vec<(&str, &str)> =
        run.iter().map(|(name, value)| (*name, if *name == "exPayments" { "99" } else { value })).collect();
    let page = fixture.send("/simulate", &wrong).await.expect_status(400).text();
    all_text(&page, &["Enter a number from 1 to 36."]);
    // From the editor, with an example as usual.
    let page = fixture.send("/simulate", &share("10")).await.expect_status(200).text();
    all_text(&page, &["\u{2212}$10.00", "\u{2212}50.0%"]);
    fixture.world.finish().await;
}
