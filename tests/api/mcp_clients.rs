//! Goal: hosts that use the official MCP clients can list and call every tool, read resources and use prompts, in each
//! generation of the protocol; and the client signs a person in by itself, from the first refusal to the first change.
//! Method: Node runs `tests/programs/mcp.mjs` with the npm packages against the real ledger. They check every result against
//! the tool's own schema. Where the program sends a person to the ledger, the test decides for them by HTTP.

use std::{
    io::{BufRead, BufReader, Read, Write},
    process::{Child, Command, Stdio},
};

use serde_json::{Value, json};
use world::{
    World,
    brand::But,
    client::dashboard::Marketer,
    mcp_fixture::connect,
    organization_fixture::owner,
    payout_run_fixture::{bonus, partner},
    settings,
    wait::now,
};

/// The ids that the program asks about.
async fn known(world: &World) -> Value {
    let lena = partner(world, "lena", "PayPal").await;
    let at = now().plus_days(-1);
    let sale = world.acme.sale("order-1", 10_000).but(|report| {
        report.customer_id = Some("buyer".to_owned());
        report.occurred_at = Some(at);
        report.click_token = Some(world.acme.token(&lena, at.plus_days(-1)));
    });
    world.intake().accept(&[sale]).await;
    bonus(world, &lena.affiliate.to_string(), 2_500, "USD").await;
    let (conversion, commissions) = world.api().booked("order-1").await.expect("a conversion");
    let customers = world.api().all("/customers").await;
    json!({
        "program": world.acme.program.to_string(),
        "affiliate": lena.affiliate.to_string(),
        "conversion": conversion["id"],
        "commission": commissions[0]["id"],
        "customer": customers[0]["id"],
        "foreign": world.globex.partner.affiliate.to_string(),
    })
}

/// The next line that the program writes.
fn line(child: &mut Child, output: &mut impl BufRead) -> String {
    let mut line = String::new();
    if output.read_line(&mut line).unwrap() == 0 {
        let mut why = String::new();
        child.stderr.take().unwrap().read_to_string(&mut why).unwrap();
        panic!("the program ended: {why}");
    }
    line
}

/// Where a person who allows everything is sent from the page at this address.
async fn allowed(person: &mut Marketer, address: &str, organization: &str) -> String {
    let address = url::Url::parse(address).unwrap();
    let requested: Vec<(String, String)> = address.query_pairs().into_owned().collect();
    let mut fields: Vec<(&str, &str)> = requested.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    fields.extend([("organization", organization), ("access", "write"), ("decision", "allow")]);
    let answer = person.submit(address.path(), &fields).await.expect_status(303);
    answer.header("location").unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn official_clients_can_do_everything() {
    let world = World::start().await;
    let mut owner = owner(&world).await;
    let (_, token) = connect(&world, &mut owner, "Reader", "read").await;
    let ids = known(&world).await;
    let mut program = Command::new(settings::node());
    program.arg(settings::root().join("tests/programs/mcp.mjs"));
    program.args([&world.ledger.base(), &token, &ids.to_string()]);
    program.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut program = program.spawn().unwrap();
    let mut output = BufReader::new(program.stdout.take().unwrap());
    let requested = tokio::task::block_in_place(|| line(&mut program, &mut output));
    let address = requested.trim_end().strip_prefix("sign in ").unwrap_or_else(|| panic!("{requested}"));
    let back = allowed(&mut owner, address, &world.acme.organization.to_string()).await;
    writeln!(program.stdin.take().unwrap(), "{back}").unwrap();
    let last = tokio::task::block_in_place(|| line(&mut program, &mut output));
    assert!(tokio::task::block_in_place(|| program.wait()).unwrap().success());

    let report: Value = serde_json::from_str(&last).unwrap();
    for client in ["2026-07-28", "2025-11-25", "old"] {
        assert_eq!(report[client]["tools"].as_array().unwrap().len(), 26, "{client}");
        assert_eq!(
            report[client]["prompts"],
            json!(["weekly_review", "who_should_i_pay", "draft_a_plan", "review_applications"]),
            "{client}"
        );
    }
    let tools = report["app"].as_array().unwrap();
    assert!(tools.contains(&json!("create_link")) && tools.len() > 26, "{tools:?}");
    let link = report["link"].as_str().unwrap();
    let link = world.api().get(&format!("/links/{link}")).await.expect_status(200).json();
    assert_eq!(link["destination"], "https://acme.test/studio");
    world.finish().await;
}
