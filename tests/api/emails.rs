//! Goal: a program reads, changes, previews and resets a brand's own words in emails to affiliates, with the checks of the
//! page, and the next email has them.
//! Method: the demo's key sets words rightly and wrongly; the mailbox, the audit log and a manager's key are read.

use serde_json::{Value, json};
use world::{
    World,
    client::{api::Api, dashboard::Marketer, mailbox::read_email},
    http::{Request, Response},
    organization_fixture::key,
};

async fn put(api: &Api, path: &str, body: &Value) -> Response {
    api.send(Request { method: "PUT".to_owned(), ..Request::post(&format!("/api/v1{path}"), body.to_string()) }).await
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_brands_own_words_by_api() {
    let world = World::shared().await;
    let (api, base) = (world.api(), world.ledger.base());
    let all = api.get("/emails").await.expect_status(200).json()["data"].clone();
    let german = api.get("/emails?language=de").await.expect_status(200).json()["data"].clone();
    assert_eq!((all.as_array().unwrap().len(), german.as_array().unwrap().len()), (30, 10));
    assert!(german.as_array().unwrap().iter().all(|email| email["language"] == "de" && email["subject"].is_null()));
    assert!(!all.to_string().contains("tax_form_needed"), "what happened is said in our words: {all}");
    assert_eq!(api.get("/emails?language=fr").await.field_refusal().2, "language");

    let place = "/emails/affiliate_link/en";
    let standard = api.get(place).await.expect_status(200).json();
    assert_eq!(standard["variables"], json!(["name", "brand", "link"]));
    assert_eq!(standard["standard"]["subject"], "Your sign-in link");
    let own = json!({"subject": "{name}, come in", "opening": "<b>Welcome</b> back: {link}", "button": null});

    // A preview saves nothing, and what is written is only text.
    let preview = api.post(&format!("{place}/preview"), &json!({"opening": own["opening"]})).await;
    let preview = preview.expect_status(200).json();
    assert_eq!(text(&preview, "subject"), "Your sign-in link");
    assert!(text(&preview, "text").contains("<b>Welcome</b> back: http"), "{preview}");
    assert!(!text(&preview, "html").contains("<b>Welcome") && text(&preview, "html").contains("Nina Berg"));
    assert_eq!(world.database.count("select count(*) from organization_emails").await, 0);

    let saved = put(&api, place, &own).await.expect_status(200).json();
    assert_eq!((&saved["subject"], &saved["button"]), (&own["subject"], &Value::Null));
    assert_eq!(put(&api, place, &own).await.expect_status(200).json(), saved, "the same again changes nothing");
    assert_eq!(api.get(place).await.json(), saved);
    assert!(api.get("/emails/affiliate_link/de").await.json()["subject"].is_null(), "another language stays");
    let now = api.post("/emails/affiliate_link/en/preview", &json!({})).await.expect_status(200).json();
    assert_eq!(text(&now, "subject"), "Nina Berg, come in");
    let affiliate = world.demo["affiliate"]["email"].as_str().unwrap();
    Marketer::new(&base).submit("/a/link", &[("email", affiliate)]).await.expect_status(303);
    let email = read_email(&base, affiliate, "affiliate_link").await;
    assert!(text(&email, "subject").ends_with(", come in"), "{email}");

    let reset = api.delete(place).await.expect_status(200).json();
    assert_eq!(reset, standard);
    api.delete(place).await.expect_status(200);
    let actions = "select action from audit_log where action like 'organization.email%' order by id";
    let actions = world.database.texts(actions).await;
    assert_eq!(actions, [["organization.email_changed"], ["organization.email_reset"]], "once each");
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_link_is_no_part_of_a_brands_url() {
    let world = World::shared().await;
    let (api, base) = (world.api(), world.ledger.base());
    let place = "/emails/affiliate_link/en";
    let opening = |text: &str| json!({"subject": null, "opening": text, "button": null});
    for (body, field) in [
        (opening("See https://m.example/o?x={link}"), "opening"),
        (opening("See {link}.m.example"), "opening"),
        (json!({"subject": "Here: {link}", "opening": null, "button": null}), "subject"),
        (json!({"subject": null, "opening": null, "button": "{link}"}), "button"),
    ] {
        assert_eq!(put(&api, place, &body).await.field_refusal().2, field, "{body}");
        let preview = api.post(&format!("{place}/preview"), &body).await;
        assert_eq!(preview.field_refusal().2, field, "{body}");
    }
    put(&api, place, &opening("Here: {link}.")).await.expect_status(200);

    // As saved before this was a rule.
    let old = "update organization_emails set subject = 'Here: {link}', opening = 'See https://m.example/o?x={link}'";
    world.database.run(old).await;
    let affiliate = world.demo["affiliate"]["email"].as_str().unwrap();
    Marketer::new(&base).submit("/a/link", &[("email", affiliate)]).await.expect_status(303);
    let email = read_email(&base, affiliate, "affiliate_link").await;
    assert!(text(&email, "subject").starts_with("Here:"), "{email}");
    assert!(!text(&email, "subject").contains("token=") && text(&email, "text").contains("/o?x=\n"), "{email}");
    assert_eq!(text(&email, "text").matches("token=").count(), 1, "only the button's: {email}");
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_may_and_only_what_can_be_filled() {
    let world = World::shared().await;
    let api = world.api();
    let words = |subject: &str| json!({"subject": subject, "opening": null, "button": null});
    let place = "/emails/commission_earned/en";
    for (body, field) in [
        (words("For {first_name}"), "subject"),
        (words("You get {offer}"), "subject"),
        (words(&"x".repeat(101)), "subject"),
        (json!({"subject": "x", "opening": null}), "button"),
    ] {
        assert_eq!(put(&api, place, &body).await.field_refusal().2, field, "{body}");
    }
    let refused = api.post(&format!("{place}/preview"), &json!({"button": "{offer}"})).await;
    assert_eq!(refused.field_refusal().2, "button");
    for fixed in ["tax_form_needed/en", "password_reset/en", "none/en", "commission_earned/fr"] {
        assert_eq!(put(&api, &format!("/emails/{fixed}"), &words("x")).await.status, 404, "{fixed}");
        assert_eq!(api.get(&format!("/emails/{fixed}")).await.status, 404, "{fixed}");
    }
    let manager = key(&world, &world.acme.organization.to_string(), "rk_live_manager", "manager").await;
    manager.post(&format!("{place}/preview"), &words("{name}!")).await.expect_status(200);
    assert_eq!(put(&manager, place, &words("Mine")).await.status, 403);
    assert_eq!(manager.delete(place).await.status, 403);
    put(&api, place, &words("Ours")).await.expect_status(200);
    assert!(world.other_api().get(place).await.expect_status(200).json()["subject"].is_null());
    world.finish().await;
}
