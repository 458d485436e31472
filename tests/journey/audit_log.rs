//! Goal: who changed what can be read, narrowed and taken along: by API, as a file, and in words on a page.
//! Method: changes by a key and by a person; the same lines looked at in all three ways, with hostile texts in them.

use serde_json::{Value, json};
use world::{World, client::dashboard::Marketer, http::Request};

const PLACE: &str = "/dashboard/settings/audit-log";

/// Three keys made by API, the second one renamed to what a spreadsheet would run.
async fn changes(world: &World) -> Vec<Value> {
    let mut made = Vec::new();
    for name in ["one", "two", "three"] {
        made.push(world.api().post("/api-keys", &json!({ "name": name })).await.expect_status(201).json());
    }
    let path = format!("/api/v1/api-keys/{}", made[1]["id"].as_str().unwrap());
    let renamed = Request::new("PATCH", &path)
        .header("Content-Type", "application/json")
        .header("Rekomi-Request-Id", "req_of_the_rename");
    let body = json!({"name": "=HYPERLINK(\"evil\") <b>"}).to_string().into_bytes();
    world.api().send(Request { body, ..renamed }).await.expect_status(200);
    made
}

#[tokio::test]
async fn lines_are_read_newest_first_and_narrowed() {
    let world = World::start().await;
    let made = changes(&world).await;
    let lines = world.api().all("/audit-log").await;
    let actions: Vec<&str> = lines.iter().filter_map(|line| line["action"].as_str()).collect();
    assert_eq!(actions, ["api_key.renamed", "api_key.created", "api_key.created", "api_key.created"]);
    let newest = &lines[0];
    assert_eq!((&newest["requestId"], &newest["actorName"]), (&json!("req_of_the_rename"), &json!("key Demo")));
    assert_eq!((&newest["before"], &newest["target"]), (&json!({"name": "two"}), &made[1]["id"]));
    assert!(newest["source"].as_str().unwrap().len() == 16, "a hash, no address: {newest}");
    let first = world.api().get("/audit-log?perPage=1").await.expect_status(200).json();
    let next = format!("/audit-log?perPage=2&cursor={}", first["nextCursor"].as_str().unwrap());
    let next = world.api().get(&next).await.expect_status(200).json();
    assert_eq!((&first["data"][0]["id"], &next["data"][0]["id"]), (&lines[0]["id"], &lines[1]["id"]));
    let count = async |query: &str| world.api().all(&format!("/audit-log?{query}")).await.len();
    let actor = newest["actor"].as_str().unwrap();
    assert_eq!(count("action=api_key.renamed").await, 1);
    assert_eq!(count("action=api_key").await, 4);
    assert_eq!(count("action=payout").await, 0);
    assert_eq!(count(&format!("actor={actor}&target={}", made[1]["id"].as_str().unwrap())).await, 2);
    assert_eq!(count(&format!("actor={}", actor.trim_start_matches("api_key:"))).await, 4);
    assert_eq!(count("from=2020-01-01&to=2020-01-02").await, 0);
    for (query, field) in [("action=API", "action"), ("actor=lauren", "actor"), ("from=then", "from"), ("who=x", "who")]
    {
        let refused = world.api().get(&format!("/audit-log?{query}")).await.expect_status(400).json();
        assert_eq!(refused["field"], *field, "{refused}");
    }
    assert!(world.other_api().all("/audit-log").await.is_empty(), "another's log is another's");
    world.finish().await;
}

#[tokio::test]
async fn the_export_is_whole_and_no_cell_is_a_formula() {
    let world = World::start().await;
    changes(&world).await;
    // More than what is read at once.
    world
        .database
        .run(
            "insert into audit_log (organization_id, id, at, actor, action, target)
             select o.organization_id, ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, now(), '=1+1', 'old.told',
                    '@' || n from organizations o, generate_series(1, 1200) n where o.slug = 'acme'",
        )
        .await;
    let answer = world.api().get("/audit-log/export").await.expect_status(200);
    assert_eq!(answer.header("content-type"), Some("application/x-ndjson"));
    let text = answer.text();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((lines.len(), &lines[0]["action"]), (1_205, &json!("audit_log.exported")), "with its own line");
    assert_eq!(lines[1]["after"]["name"], "=HYPERLINK(\"evil\") <b>");
    let accepts = Request::get("/api/v1/audit-log/export?action=old.told").header("Accept", "text/csv");
    let csv = world.api().send(accepts).await.expect_status(200);
    assert!(csv.header("content-disposition").unwrap().contains("audit-log.csv"));
    let csv = csv.text();
    assert_eq!(csv.lines().count(), 1_201);
    assert!(csv.starts_with("\"id\",\"at\",\"actor\",") && csv.contains("\"'=1+1\"") && csv.contains("\"'@1200\""));
    world.database.run("update api_keys set role = 'manager'").await;
    assert_eq!(world.api().get("/audit-log/export").await.refusal(), (403, "forbidden".to_owned()));
    world.finish().await;
}

#[tokio::test]
async fn people_read_it_in_words() {
    let world = World::start().await;
    let mut marketer = Marketer::new(&world.ledger.base());
    marketer.sign_in(&world.demo["owner"]).await.expect_status(303);
    let empty = marketer.browser.get(PLACE).await.expect_status(200).text();
    assert!(empty.contains("Nothing has changed yet."), "{empty}");
    let made = changes(&world).await;
    let page = marketer.browser.get(PLACE).await.expect_status(200).text();
    for words in [
        "API key renamed",
        "key Demo",
        "=HYPERLINK(&#34;evil&#34;) &#60;b&#62;",
        "req_of_the_rename",
        "changes every day",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(!page.contains("evil\") <b>"));
    let narrowed = format!("{PLACE}?action=api_key.created&actor=&target=&from=&to=");
    let page = marketer.browser.get(&narrowed).await.expect_status(200).text();
    assert!(!page.contains("req_of_the_rename") && page.contains(made[2]["id"].as_str().unwrap()), "{page}");
    let page = marketer.browser.get(&format!("{PLACE}?target=none")).await.expect_status(200).text();
    assert!(page.contains("Nothing fits."));
    let page = marketer.browser.get(&format!("{PLACE}?from=yesterday")).await.expect_status(400).text();
    assert!(page.contains("from must be a date"), "{page}");
    let file = marketer.browser.get(&format!("{PLACE}/export?format=csv")).await.expect_status(200).text();
    assert_eq!(file.lines().count(), 6, "{file}");
    assert!(file.contains("owner@acme.test"), "who exported");
    let other = world.globex.organization.to_string();
    marketer.browser.get(&format!("{PLACE}/export?organization={other}")).await.expect_status(404);
    world.database.run("set session_replication_role = replica; update memberships set role = 'viewer'").await;
    let page = marketer.browser.get(PLACE).await.expect_status(200).text();
    assert!(!page.contains("/export?"), "a viewer looks");
    marketer.browser.get(&format!("{PLACE}/export")).await.expect_status(403);
    world.finish().await;
}
