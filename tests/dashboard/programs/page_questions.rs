//! Goal: each of the thirteen kinds of questions is added to the application form, refused when answered wrongly, and
//! stored when answered rightly. An old tab of the editor takes back no one's changes.
//! Method: the editor's buttons add them; a visitor sends the form. The old tab sends all that the editor's page has.
//! Routes: `/dashboard/programs/{id}/page`

use serde_json::json;
use world::{
    World,
    client::dashboard::Marketer,
    organization_fixture::owner,
    program_page_fixture::{affiliates, fresh, shown},
};

const KINDS: [&str; 13] = [
    "text",
    "long_text",
    "email",
    "url",
    "number",
    "date",
    "dropdown",
    "checkboxes",
    "radio",
    "consent",
    "phone",
    "country",
    "address",
];

/// The rows of the form, as the editor's page sends them back: without hints, and with nothing required.
fn rows(page: &str) -> Vec<(String, String)> {
    let is_row = |name: &str| ["key_", "label_", "options_"].iter().any(|start| name.starts_with(*start));
    whole_form(page).into_iter().filter(|(name, _)| is_row(name)).collect()
}

/// What a browser sends of the editor's form.
fn whole_form(page: &str) -> Vec<(String, String)> {
    let form = page.split("class=\"page-form\"").nth(1).unwrap().split("</form>").next().unwrap();
    form.split('<').filter_map(field).collect()
}

/// The name and the value of a field, from what stands between the beginning of its tag and that of the next one.
fn field(part: &str) -> Option<(String, String)> {
    let (tag, text) = part.split_once('>')?;
    let attribute = |name: &str| tag.split_once(&format!(" {name}=\""))?.1.split('"').next();
    let value = match tag.split(' ').next()? {
        "textarea" => text,
        "input" if !tag.contains("type=\"checkbox\"") || tag.contains(" checked") => attribute("value")?,
        _ => return None,
    };
    let mut value = value.to_owned();
    for (escaped, character) in [("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&#38;", "&")] {
        value = value.replace(escaped, character);
    }
    Some((attribute("name")?.to_owned(), value))
}

async fn press(world: &World, owner: &mut Marketer, button: &str, more: &[(&str, &str)]) -> u16 {
    let target = format!("/dashboard/programs/{}/page", world.acme.program);
    let page = owner.browser.get(&target).await.expect_status(200).text();
    let organization = world.acme.organization.to_string();
    let rows = rows(&page);
    let mut fields: Vec<(&str, &str)> = rows.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    fields.extend([("organization", organization.as_str()), ("do", button)]);
    fields.extend(more);
    owner.submit(&target, &fields).await.status
}

#[tokio::test]
async fn each_kind_is_asked_and_answered() {
    let world = World::shared().await;
    let mut owner = owner(&world).await;
    assert_eq!(press(&world, &mut owner, "add", &[("newLabel", "x"), ("newKind", "radio")]).await, 400, "no options");
    assert_eq!(press(&world, &mut owner, "add", &[("newLabel", ""), ("newKind", "text")]).await, 400, "no question");
    for kind in KINDS {
        let more = [("newLabel", kind), ("newKind", kind), ("newOptions", "Blog\r\nVideo")];
        assert_eq!(press(&world, &mut owner, "add", &more).await, 303, "{kind}");
    }
    // Two of the default questions are removed, and all of the new ones are required.
    assert_eq!(press(&world, &mut owner, "remove:3", &[]).await, 303);
    assert_eq!(press(&world, &mut owner, "remove:2", &[]).await, 303);
    let required: Vec<String> = (3..16).map(|row| format!("required_{row}")).collect();
    let required: Vec<(&str, &str)> = required.iter().map(|name| (name.as_str(), "yes")).collect();
    assert_eq!(press(&world, &mut owner, "save", &required).await, 303);

    let mut visitor = Marketer::new(&world.ledger.base());
    let (handle, email) = (world.own("acme"), world.own("nina@creators.test"));
    let page = format!("/p/{handle}");
    let token = fresh(&mut visitor, &handle).await;
    let own = [("shown", token.as_str()), ("f_email", email.as_str()), ("terms", "yes")];
    let refused = visitor.submit(&page, &own).await.expect_status(400).text();
    assert!(refused.contains("Please fix 13 fields"), "{refused}");
    assert_eq!(refused.matches("role=\"alert\"").count(), 14, "{refused}");
    let wrong = [
        ("f_q3", "nina"),
        ("f_q4", "javascript:alert(1)"),
        ("f_q5", "many"),
        ("f_q6", "31.12.2026"),
        ("f_q7", "Radio"),
        ("f_q9", "TV"),
        ("f_q11", "call me"),
        ("f_q12", "XX"),
        ("f_q13_city", "Bergen"),
        ("f_q1", "typed \"words\""),
    ];
    let refused = visitor.submit(&page, &[&own[..], &wrong].concat()).await.expect_status(400).text();
    assert!(refused.contains("typed &#34;words&#34;") && refused.contains("value=\"31.12.2026\""), "{refused}");
    // An option is sent as it is, whatever spaces it has.
    assert!(refused.contains("<option value=\"Video\">Video</option>"), "{refused}");
    assert_eq!(shown(&refused), token);
    let right = [
        ("f_q1", "On the road"),
        ("f_q2", "First\r\nthen"),
        ("f_q3", "second@creators.test"),
        ("f_q4", "nina.blog"),
        ("f_q5", "12000"),
        ("f_q6", "2026-12-31"),
        ("f_q7", "Video"),
        ("f_q8_0", "yes"),
        ("f_q8_1", "yes"),
        ("f_q9", "Blog"),
        ("f_q10", "yes"),
        ("f_q11_code", "NO"),
        ("f_q11", "555 01 234"),
        ("f_q12", "NO"),
        ("f_q13_street", "Bryggen 1"),
        ("f_q13_city", "Bergen"),
        ("f_q13_postcode", "5003"),
        ("f_q13_country", "NO"),
    ];
    visitor.submit(&page, &[&own[..], &right].concat()).await.expect_status(303);
    let nina = affiliates(&world, &email).await.remove(0);
    assert_eq!(nina["name"], world.own("nina"), "without a name, what stands before the @");
    let expected = json!({
        "text": "On the road", "long_text": "First\r\nthen", "email": "second@creators.test",
        "url": "https://nina.blog/", "number": 12_000, "date": "2026-12-31", "dropdown": "Video",
        "checkboxes": ["Blog", "Video"], "radio": "Blog", "consent": true, "phone": "+47 55501234", "country": "Norway",
        "address": {"Street and number": "Bryggen 1", "City": "Bergen", "Postal code": "5003", "Country": "Norway"},
    });
    assert_eq!(nina["application"], expected);
    world.finish().await;
}

#[tokio::test]
async fn an_old_tab_keeps_the_questions_behind_a_removed_one() {
    let world = World::shared().await;
    let mut owner = owner(&world).await;
    let editor = format!("/dashboard/programs/{}/page", world.acme.program);
    let page = format!("/programs/{}/page", world.acme.program);
    let old = whole_form(&owner.browser.get(&editor).await.expect_status(200).text());
    // Meanwhile, someone else removes a question.
    let before = world.api().get(&page).await.expect_status(200).json();
    let mut questions = before["questions"].as_array().unwrap().clone();
    assert_eq!(questions.remove(2)["key"], "website");
    world.api().patch(&page, &json!({"questions": questions})).await.expect_status(200);
    // The first of a field's values counts.
    for (name, value, status) in
        [("handle", "-", 400), ("headline", "Earn more", 303), ("do", "remove:2", 303), ("do", "up:3", 303)]
    {
        let mut fields = vec![(name, value)];
        fields.extend(old.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let answer = owner.submit(&editor, &fields).await.expect_status(status).text();
        assert!(status == 303 || answer.contains("name=\"key_3\" value=\"alias\""), "{answer}");
        let after = world.api().get(&page).await.expect_status(200).json();
        assert_eq!(after["questions"], json!(questions), "{name}: {value}");
        if name == "headline" {
            assert_eq!(after["headline"], "Earn more");
        }
    }

    // A form in which nothing was changed takes back neither another question's label nor another order of blocks.
    let old = whole_form(&owner.browser.get(&editor).await.expect_status(200).text());
    questions[2]["label"] = json!("Your plan");
    let changes = json!({"questions": questions, "blocks": ["faq", "about"]});
    let changed = world.api().patch(&page, &changes).await.expect_status(200).json();
    let fields: Vec<(&str, &str)> = old.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    owner.submit(&editor, &fields).await.expect_status(303);
    let after = world.api().get(&page).await.expect_status(200).json();
    for part in ["questions", "blocks", "headline"] {
        assert_eq!(after[part], changed[part], "{part}");
    }
    assert_eq!(after["questions"][2]["label"], "Your plan");
    world.finish().await;
}
