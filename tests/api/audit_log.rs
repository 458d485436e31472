//! Goal: who changed what can be read, filtered and exported by API.
//! Method: changes by a key, with hostile texts in them, are read as a list and as a file.

use serde_json::{Value, json};
use world::{World, audit_log_fixture::three_keys, http::Request};

#[tokio::test]
async fn lines_are_read_newest_first_and_narrowed() {
    let world = World::shared().await;
    let made = three_keys(&world).await;
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
    for none in ["payout", "api", "api_key.revoked"] {
        assert_eq!(count(&format!("action={none}")).await, 0, "{none}");
    }
    assert_eq!(count(&format!("actor={actor}&target={}", made[1]["id"].as_str().unwrap())).await, 2);
    assert_eq!(count(&format!("actor={}", actor.trim_start_matches("api_key:"))).await, 4);
    assert_eq!(count("from=2020-01-01&to=2020-01-02").await, 0);
    // An entry's own time is the first that counts from it on, and the last that doesn't count until it.
    let at = newest["at"].as_str().unwrap();
    assert_eq!((count(&format!("action=api_key.renamed&from={at}")).await, count(&format!("to={at}")).await), (1, 3));
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
    let world = World::shared().await;
    three_keys(&world).await;
    // More lines than one read returns.
    world
        .database
        .run(&format!(
            "insert into audit_log (organization_id, id, at, actor, action, target)
             select '{}', ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, now(), '=1+1', 'old.reported', '@' || n
             from generate_series(1, 1200) n",
            world.acme.organization.uuid()
        ))
        .await;
    let answer = world.api().get("/audit-log/export").await.expect_status(200);
    assert_eq!(answer.header("content-type"), Some("application/x-ndjson"));
    let text = answer.text();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((lines.len(), &lines[0]["action"]), (1_205, &json!("audit_log.exported")), "with its own line");
    assert_eq!(lines[1]["after"]["name"], "=HYPERLINK(\"evil\") <b>");
    let accepts = Request::get("/api/v1/audit-log/export?action=old.reported").header("Accept", "text/csv");
    let csv = world.api().send(accepts).await.expect_status(200);
    assert!(csv.header("content-disposition").unwrap().contains("audit-log.csv"));
    let csv = csv.text();
    assert_eq!(csv.lines().count(), 1_201);
    assert!(csv.starts_with("\"id\",\"at\",\"actor\",") && csv.contains("\"'=1+1\"") && csv.contains("\"'@1200\""));
    world.database.run("update api_keys set role = 'manager'").await;
    assert_eq!(world.api().get("/audit-log/export").await.refusal(), (403, "forbidden".to_owned()));
    world.finish().await;
}
