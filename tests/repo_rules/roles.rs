//! Goal: the ledger refuses to start with a role that could reach across tenants.
//! Method: it is started as superuser, as the owner of the tables, with BYPASSRLS, as a member of such a role, and with a
//! role that may create roles; each time it must end by itself and say why. As `rekomi_app` it starts.

use std::time::Duration;

use world::{World, child::Child, database::run, settings, wait};

async fn refuses(world: &World, user: &str, why: &str) {
    let folder = settings::folder();
    let log = folder.join("ledger.log");
    let url = format!(
        "postgres://{user}:{}@{}/{}",
        settings::APP_PASSWORD,
        world.database.server.address(),
        world.database.name
    );
    let mut command = world.ledger.command("serve");
    command.env("DATABASE_URL", url).env("REKOMI_LISTEN", format!("127.0.0.1:{}", settings::free_port()));
    let mut child = Child::start("the ledger", command, &log);
    let status = wait::until(&format!("the ledger to refuse {user}"), 20, async || child.exited()).await;
    assert!(!status.success(), "{user}");
    let message = child.last_words();
    assert!(message.contains("refusing to start") && message.contains(why), "{user}: {message}");
    let _ = std::fs::remove_dir_all(folder);
}

#[tokio::test]
async fn powerful_roles_are_refused() {
    let world = World::start().await;
    let password = settings::APP_PASSWORD;
    // Roles belong to the cluster: names of this process's own.
    let name = |what: &str| format!("rk_test_{what}_{}", std::process::id());
    let (superuser, bypass, owner, member, maker) =
        (name("superuser"), name("bypass"), name("owner"), name("member"), name("maker"));
    let mut connection = world.database.connect().await;
    for (role, powers) in
        [(&superuser, "superuser"), (&bypass, "bypassrls"), (&owner, ""), (&member, ""), (&maker, "createrole")]
    {
        run(
            &mut connection,
            &format!("create role {role} login password '{password}' {powers}; grant rekomi_app to {role}"),
        )
        .await;
    }
    run(&mut connection, &format!("alter table refunds owner to {owner}; grant {owner} to {member}")).await;
    for (role, why) in [
        (&superuser, "is a superuser"),
        (&bypass, "can bypass row-level security"),
        (&owner, "owns tables"),
        (&member, "owns tables"),
        (&maker, "can create roles"),
    ] {
        refuses(&world, role, why).await;
    }
    run(&mut connection, "alter table refunds owner to current_user").await;
    let roles = [&member, &owner, &superuser, &bypass, &maker].map(String::as_str).join(", ");
    run(&mut connection, &format!("drop owned by {roles}; drop role {roles}")).await;
    tokio::time::timeout(Duration::from_secs(5), world.check()).await.unwrap();
}
