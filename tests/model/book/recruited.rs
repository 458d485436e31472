//! Tells the real side who recruited whom, and what that earns.

use serde_json::{Value, json};
use sqlx::PgConnection;
use world::{
    World,
    brand::Partner,
    database::{run, run_untriggered},
    http::{Request, Response},
};

use super::{
    machine::Action,
    real::WHY,
    recruits::{PPM, RECRUIT, RECRUITER},
};

/// Leaves nothing but what every case begins with.
pub(super) async fn at_first(connection: &mut PgConnection, world: &World, partners: &[Partner]) {
    run_untriggered(connection, "delete from sub_affiliate_configs; delete from affiliate_recruits").await;
    let organization = world.acme.organization.uuid();
    let whose = |number: usize| partners[number].affiliate.uuid();
    let rows = format!(
        "insert into sub_affiliate_configs (organization_id, program_id, effective_at, enabled, percent_ppm, created_at)
         values ('{organization}', '{}', '2000-01-01', true, {PPM}, now());
         insert into affiliate_recruits (organization_id, affiliate_id, since, recruiter_id, source, created_at)
         values ('{organization}', '{}', '2000-01-01', '{}', 'Link', now());",
        world.acme.program.uuid(),
        whose(RECRUIT),
        whose(RECRUITER),
    );
    run(connection, &rows).await;
}

async fn put(world: &World, path: &str, body: &Value) -> Response {
    let request = Request::post(&format!("/api/v1{path}"), body.to_string());
    world.api().send(Request { method: "PUT".to_owned(), ..request }).await
}

/// Carries out what is about recruiting; nothing else is.
pub(super) async fn carry_out(world: &World, partners: &[Partner], action: &Action) {
    let id = |number: usize| partners[number].affiliate.to_string();
    match *action {
        Action::Terms(ppm, months) => {
            let path = format!("/programs/{}/sub-affiliate-config", world.acme.program);
            let body = json!({"enabled": ppm > 0, "percent": f64::from(ppm) / 10_000.0, "months": months});
            put(world, &path, &body).await.expect_status(200);
        }
        Action::Recruit(whom, by, refused) => {
            let body = json!({"recruiterId": by.map(id), "reason": WHY});
            let answer = put(world, &format!("/affiliates/{}/recruiter", id(whom)), &body).await;
            answer.expect_status(if refused { 400 } else { 200 });
        }
        _ => {}
    }
}
