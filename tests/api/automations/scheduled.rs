//! Goal: a raised rate never pays less than a plan that was scheduled before. Method: two plans are scheduled, then the
//! rate is raised twice; the affiliate's own versions are read.

use serde_json::{Value, json};
use world::{World, wait::now};

use super::own_plans;

#[tokio::test]
async fn a_raise_follows_the_plans_that_are_scheduled() {
    let world = World::shared().await;
    let (api, program) = (world.api(), world.acme.program.to_string());
    for (days, rate) in [(10, "40"), (20, "15")] {
        let components = json!([{"type": "percentage", "ratePercent": rate}]);
        let plan = json!({"effectiveAt": now().plus_days(days).to_string(), "components": components});
        api.post(&format!("/programs/{program}/plans"), &plan).await.expect_status(201);
    }
    let email = world.own("lauren@creators.test");
    let body = json!({"email": email, "programId": program, "ratePercent": "25", "months": 3});
    for result in ["raised", "already"] {
        assert_eq!(api.post("/automations/rate-bump", &body).await.json()["result"], result);
    }
    // The latest first: none of their own, 25% instead of 15%, the program's 40%, and 25% instead of 20%.
    let plans = own_plans(&api, &program, &world.acme.partner.affiliate.to_string()).await;
    let rates: Vec<&Value> = plans.iter().map(|plan| &plan["components"][0]["ratePpm"]).collect();
    assert_eq!(rates, [&json!(null), &json!(250_000), &json!(null), &json!(250_000)]);
    world.finish().await;
}
