//! Goal: no one reaches what they have no right to. Each operation of the API, as its own description lists them, and each
//! page, as the router lists them, is tried as nobody, with each role, with a key that may only read, as another
//! organization, and from another site.
//! Method: what an operation asks for stands in the tables of [`api`] and [`pages`]; whatever is not named there needs a
//! role that may operate. Lists of what is open to everybody may only shrink: a new open door fails here until somebody
//! gives it a line.

mod api;
mod pages;
mod same;

use serde_json::json;
use world::{World, brand::Brand, client::dashboard::Marketer};

/// A signed-in person with a role in an organization, with the demo owner's password.
async fn person(world: &World, brand: &Brand, role: &str) -> Marketer {
    let (owner, password) = (world.demo["owner"]["email"].as_str().unwrap(), &world.demo["owner"]["password"]);
    let email = format!("{role}@{}.refused.test", brand.partner.slug);
    let organization = brand.organization.uuid();
    world
        .database
        .run(&format!(
            "with made as (
                 insert into users
                 select (jsonb_populate_record(u, jsonb_build_object('id', gen_random_uuid(), 'email', '{email}'))).*
                 from users u where email = '{owner}' returning id)
             insert into memberships
             select (jsonb_populate_record(m, jsonb_build_object('organization_id', '{organization}', 'user_id', made.id,
                                                                 'role', '{role}'))).*
             from made, memberships m
             where (m.organization_id, m.user_id) in (select organization_id, user_id from memberships limit 1)"
        ))
        .await;
    let mut marketer = Marketer::new(&world.ledger.base());
    marketer.sign_in(&json!({"email": email, "password": password})).await.expect_status(303);
    marketer
}
