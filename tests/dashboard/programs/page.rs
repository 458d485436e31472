//! Goal: a brand sets up its public program page: texts, address, terms, logo, and automatic approval.
//! Method: an owner's browser sends the editor's forms; a visitor reads the page.
//! Routes: `/dashboard/programs/{id}/page/preview`, `/dashboard/programs/{id}/page/publish`,
//! `/dashboard/programs/{id}/page/style.css`

use serde_json::json;
use world::{
    World,
    client::{
        dashboard::{Marketer, changed, shown},
        mailbox,
    },
    http::{Request, Response},
    organization_fixture::owner,
    program_page_fixture::{affiliates, fresh},
};

async fn form(world: &World, owner: &mut Marketer, what: &str, fields: &[(&str, &str)]) -> Response {
    let organization = world.acme.organization.to_string();
    let mut all = vec![("organization", organization.as_str())];
    all.extend(fields);
    owner.submit(&format!("/dashboard/programs/{}/page{what}", world.acme.program), &all).await
}

/// The public page, from its address on.
fn public(world: &World, rest: &str) -> String {
    format!("/p/{}{rest}", world.own("acme"))
}

#[tokio::test]
async fn a_page_is_set_up_and_published() {
    let world = World::shared().await;
    let mut owner = owner(&world).await;
    let [usual, taken, handle] = ["acme", "globex", "acme-partners"].map(|handle| world.own(handle));
    let texts = [
        ("handle", handle.as_str()),
        ("headline", "Earn <i>more</i>"),
        ("color", "#ffdd00"),
        ("introduction", "One\n\nTwo"),
    ];
    let editor = format!("/dashboard/programs/{}/page", world.acme.program);
    let page = owner.browser.get(&editor).await.expect_status(200).text();
    assert!(page.contains("Published") && page.contains(&format!("value=\"{usual}\"")), "{page}");
    for (field, value) in [("handle", taken.as_str()), ("color", "green"), ("destination", "http://acme.test")] {
        let mut fields: Vec<(&str, &str)> = texts.into_iter().filter(|(name, _)| *name != field).collect();
        fields.push((field, value));
        let refused = form(&world, &mut owner, "", &fields).await.expect_status(400).text();
        assert!(
            refused.contains("aria-invalid") && refused.contains(&format!("value=\"{value}\"")),
            "{field}: {refused}"
        );
    }
    // Without a color of its own the page has the organization's, and the editor no field for it.
    let organization = world.acme.organization.uuid();
    let branded = format!("update organizations set brand_color = '#7c3aed' where organization_id = '{organization}'");
    world.database.run(&branded).await;
    assert!(page.contains("your organization’s color") && !page.contains("name=\"color\""), "{page}");
    let mut visitor = Marketer::new(&world.ledger.base());
    let sheet = visitor.browser.get(&public(&world, "/style.css")).await.expect_status(200).text();
    assert!(sheet.contains("--brand:#7c3aed"), "{sheet}");
    form(&world, &mut owner, "", &texts).await.expect_status(303);
    let own = owner.browser.get(&editor).await.expect_status(200).text();
    assert!(own.contains("name=\"color\"") && own.contains("value=\"#ffdd00\""), "{own}");
    visitor.browser.get(&public(&world, "")).await.expect_status(404);
    let page = visitor.browser.get(&format!("/p/{handle}")).await.expect_status(200).text();
    assert!(page.contains("Earn &#60;i&#62;more") && page.contains("<p>Two</p>"), "{page}");
    let sheet = visitor.browser.get(&format!("/p/{handle}/style.css")).await.text();
    assert!(!sheet.contains("--brand:#ffdd00;--brand-ink:#ffffff"), "yellow under white could not be read: {sheet}");

    form(&world, &mut owner, "", &[("terms", "Be kind.\r\n\r\nAlways.")]).await.expect_status(303);
    form(&world, &mut owner, "", &[("terms", "Be kind.\n\nAlways.")]).await.expect_status(303);
    let page = visitor.browser.get(&format!("/p/{handle}")).await.text();
    assert!(page.contains("Version 2") && page.contains("<p>Always.</p>"), "the same text is no new version: {page}");

    form(&world, &mut owner, "/publish", &[("on", "no")]).await.expect_status(303);
    visitor.browser.get(&format!("/p/{handle}")).await.expect_status(404);
    let preview = owner.browser.get(&format!("{editor}/preview")).await.expect_status(200).text();
    assert!(preview.contains("This is a preview") && preview.contains("noindex"), "{preview}");
    owner.browser.get(&format!("{editor}/style.css")).await.expect_status(200);
    form(&world, &mut owner, "/publish", &[("on", "yes")]).await.expect_status(303);
    visitor.browser.get(&format!("/p/{handle}")).await.expect_status(200);

    let theirs = format!("/dashboard/programs/{}/page", world.globex.program);
    owner.browser.get(&theirs).await.expect_status(404);
    let organization = world.acme.organization.to_string();
    owner.submit(&theirs, &[("organization", organization.as_str()), ("handle", "stolen")]).await.expect_status(404);
    world.finish().await;
}

#[tokio::test]
async fn an_old_tab_saves_only_what_was_changed_in_it() {
    let world = World::shared().await;
    let mut owner = owner(&world).await;
    let program = format!("/programs/{}", world.acme.program);
    world.api().patch(&program, &json!({"autoApprove": true})).await.expect_status(200);
    form(&world, &mut owner, "", &[("terms", "Be kind.")]).await.expect_status(303);
    let mut old = shown(&owner.browser.get(&format!("/dashboard{program}/page")).await.expect_status(200).text());
    // The digests of the larger parts, of which this tab sends one.
    let parts = old.split_off(old.iter().position(|(name, _)| name == "blocks").unwrap());

    // Meanwhile, someone else ends automatic approval and publishes other terms.
    world.api().patch(&program, &json!({"autoApprove": false})).await.expect_status(200);
    form(&world, &mut owner, "", &[("terms", "Be kinder.")]).await.expect_status(303);
    let mut fields = changed(&old, &[("headline", "Earn more"), ("terms", "Be kind.")]);
    fields.extend(parts.iter().map(|(name, value)| (format!("was.{name}"), value.as_str())));
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    form(&world, &mut owner, "", &fields).await.expect_status(303);
    let after = world.api().get(&program).await.expect_status(200).json();
    assert_eq!(after["autoApprove"], false, "{after}");
    let page = Marketer::new(&world.ledger.base()).browser.get(&public(&world, "")).await.expect_status(200).text();
    assert!(page.contains("Earn more") && page.contains("<p>Be kinder.</p>"), "{page}");
    world.finish().await;
}

/// The blocks as the form names them, with those that are shown.
fn blocks<'a>(order: &[&'a str], shown: &[&'a str]) -> Vec<(&'a str, &'a str)> {
    let named = order.iter().map(|name| ("block", *name));
    named.chain(shown.iter().map(|name| (*name, "yes"))).chain([("price", "100")]).collect()
}

/// Where these texts begin on a page, in the order in which they are there.
fn places(page: &str, texts: &[&str]) -> Vec<usize> {
    texts.iter().map(|text| page.find(text).unwrap_or_else(|| panic!("{text} isn't in {page}"))).collect()
}

#[tokio::test]
async fn blocks_are_ordered_hidden_and_filled_in() {
    let world = World::shared().await;
    let mut owner = owner(&world).await;
    let mut visitor = Marketer::new(&world.ledger.base());
    let usual = visitor.browser.get(&public(&world, "")).await.text();
    let [steps, rewards, faq] = ["id=\"steps-title\"", "id=\"rewards-title\"", "id=\"faq-title\""];
    assert!(places(&usual, &[steps, rewards, faq]).is_sorted() && !usual.contains("id=\"quotes-title\""), "{usual}");

    let mut fields =
        blocks(&["faq", "form", "quotes", "calculator", "steps"], &["show_faq", "show_quotes", "show_calculator"]);
    fields.extend([
        ("question_0", "Is <b>it</b> good?"),
        ("answer_0", "Yes."),
        ("quote_0", "I \"like\" <it>"),
        ("quoteName_0", "Ada <Moss>"),
        ("videoTitle", "Hidden"),
        ("videoUrl", "https://video.test/1"),
    ]);
    let mut wrong = fields.clone();
    wrong.extend([("question_1", "Why?"), ("replyDays", "x")]);
    let refused = form(&world, &mut owner, "", &wrong).await.expect_status(400).text();
    for text in [
        "<title>Error: ",
        "There are 2 problems",
        "id=\"answer_1-problem\"",
        "id=\"replyDays-problem\"",
        "Ada &#60;Moss&#62;",
    ] {
        assert!(refused.contains(text), "{text}: {refused}");
    }
    form(&world, &mut owner, "", &fields).await.expect_status(303);
    let page = visitor.browser.get(&public(&world, "")).await.text();
    let ordered = ["id=\"faq-title\"", "id=\"apply-title\"", "id=\"quotes-title\"", "id=\"calculator-title\""];
    assert!(places(&page, &ordered).is_sorted(), "{page}");
    assert!(!page.contains(steps) && !page.contains(rewards) && !page.contains("video.test"), "{page}");
    for text in ["Is &#60;b&#62;it&#60;/b&#62; good?", "I &#34;like&#34; &#60;it&#62;", "Ada &#60;Moss&#62;"] {
        assert!(page.contains(text), "{text}: {page}");
    }
    // Nobody's browser asks the site of a video for anything; the plan pays 20% of the example's price.
    assert!(page.contains("data-figures=\"$20.00|$40.00|"), "{page}");

    // The form's buttons save what is typed, too.
    fields.push(("do", "block-up:calculator"));
    let moved = form(&world, &mut owner, "", &fields).await.expect_status(303);
    assert!(moved.header("location").unwrap().ends_with("#blocks"), "{moved:?}");
    let page = visitor.browser.get(&public(&world, "")).await.text();
    assert!(places(&page, &["id=\"calculator-title\"", "id=\"quotes-title\""]).is_sorted(), "{page}");
    fields.pop();
    fields.push(("do", "template:saas"));
    form(&world, &mut owner, "", &fields).await.expect_status(303);
    let page = visitor.browser.get(&public(&world, "")).await.text();
    assert!(
        places(&page, &["id=\"calculator-title\"", rewards, steps, "Ada &#60;Moss&#62;", faq]).is_sorted(),
        "{page}"
    );

    // A preview shows what is typed, whole or not, and saves nothing.
    fields.pop();
    let handle = world.own("acme");
    fields.extend([
        ("handle", handle.as_str()),
        ("headline", "Only <typed>"),
        ("replyDays", "x"),
        ("terms", "New terms"),
    ]);
    let draft = form(&world, &mut owner, "/preview", &fields).await.expect_status(200).text();
    for text in ["Only &#60;typed&#62;", "class=\"offer-page\"", "<p>New terms</p>", "disabled"] {
        assert!(draft.contains(text), "{text}: {draft}");
    }
    assert!(!visitor.browser.get(&public(&world, "")).await.text().contains("Only &#60;typed"));
    let theirs = format!("/dashboard/programs/{}/page/preview", world.globex.program);
    let organization = world.acme.organization.to_string();
    owner.submit(&theirs, &[("organization", organization.as_str())]).await.expect_status(404);
    world.finish().await;
}

#[tokio::test]
async fn an_applicant_learns_by_when_they_hear() {
    let world = World::shared().await;
    let mut owner = owner(&world).await;
    let mut fields = blocks(&["form"], &[]);
    fields.push(("replyDays", "3"));
    form(&world, &mut owner, "", &fields).await.expect_status(303);
    let mut visitor = Marketer::new(&world.ledger.base());
    let page = visitor.browser.get(&public(&world, "")).await.text();
    assert!(page.contains("replies by email within 3 days."), "{page}");
    let thanks = visitor.browser.get(&public(&world, "/thanks")).await.text();
    assert!(thanks.contains("reviews your application within 3 days."), "{thanks}");
    world.finish().await;
}

#[tokio::test]
async fn a_logo_is_a_picture() {
    let world = World::shared().await;
    let mut owner = owner(&world).await;
    let target =
        format!("/dashboard/programs/{}/page/logo?organization={}", world.acme.program, world.acme.organization);
    let png = [&b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x01\x90\0\0\0\x64"[..], &[8, 6, 0, 0, 0, 0, 0, 0, 0]].concat();
    for (bytes, status) in [(b"<svg onload=alert(1)>".to_vec(), 400), (vec![0x89; 400_000], 400), (png.clone(), 303)] {
        let head = "--x7\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\r\n";
        let body = [head.as_bytes(), &bytes, b"\r\n--x7--\r\n"].concat();
        let mut request = Request::new("POST", &target)
            .header("Content-Type", "multipart/form-data; boundary=x7")
            .header("Sec-Fetch-Site", "same-origin");
        request.body = body;
        let answer = owner.browser.send(request).await;
        assert_eq!(answer.status, status, "{}", answer.text());
    }
    let mut visitor = Marketer::new(&world.ledger.base());
    let logo = visitor.browser.get(&public(&world, "/logo")).await.expect_status(200);
    assert_eq!((logo.header("content-type"), logo.body == png), (Some("image/png"), true));
    assert!(logo.header("content-security-policy").unwrap().contains("sandbox"));
    let page = visitor.browser.get(&public(&world, "")).await.text();
    assert!(page.contains("og:image") && page.contains("width=\"400\" height=\"100\""), "{page}");
    owner.submit(&target, &[("do", "remove")]).await.expect_status(303);
    visitor.browser.get(&public(&world, "/logo")).await.expect_status(404);
    world.finish().await;
}

#[tokio::test]
async fn whoever_applies_may_be_taken_on_at_once() {
    let world = World::shared().await;
    let mut owner = owner(&world).await;
    let (handle, email) = (world.own("acme"), world.own("ada@creators.test"));
    let fields = [("handle", handle.as_str()), ("destination", "https://acme.test/start"), ("autoApprove", "yes")];
    form(&world, &mut owner, "", &fields).await.expect_status(303);
    // It is the program's own: the same by API and on its overview.
    let program = world.api().get(&format!("/programs/{}", world.acme.program)).await.expect_status(200).json();
    assert_eq!((&program["destination"], &program["autoApprove"]), (&json!("https://acme.test/start"), &json!(true)));
    let mut visitor = Marketer::new(&world.ledger.base());
    let token = fresh(&mut visitor, &handle).await;
    let sent = [("shown", token.as_str()), ("f_email", email.as_str()), ("f_name", "Ada Moss"), ("terms", "yes")];
    visitor.submit(&public(&world, ""), &sent).await.expect_status(303);
    let ada = affiliates(&world, &email).await.remove(0);
    assert_eq!((ada["status"].as_str(), ada["slug"].as_str()), (Some("Pending"), Some("ada-moss")));
    let request = mailbox::read_email(&world.ledger.base(), &email, "application_confirm").await;
    let text = request["text"].as_str().unwrap();
    let token = text.split("/a/enter?token=").nth(1).expect(text).split_whitespace().next().unwrap();
    visitor.submit("/a/enter", &[("token", token)]).await.expect_status(303);
    let ada = affiliates(&world, &email).await.remove(0);
    assert_eq!(ada["status"], "Approved");
    let links = world.api().all(&format!("/links?affiliateId={}", ada["id"].as_str().unwrap())).await;
    assert_eq!(links[0]["destination"], json!("https://acme.test/start"), "{links:?}");
    world.finish().await;
}
