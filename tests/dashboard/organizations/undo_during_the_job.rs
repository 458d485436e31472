//! Goal: an organization whose deletion is undone while the hourly job runs keeps its links and keys.
//! Method: a thousand deleted organizations fill the job's first part. A lock on one of them holds its erasure up
//! until the demo's owner has undone the deletion of an organization of the next part. Another time, the job comes while
//! a deletion is being undone.

use world::{World, client::dashboard::Marketer, database::run, organization_fixture::owner, wait};

/// The first ids, so that the job comes to them before the demo's organization.
const EARLIER: &str = "insert into tenants (id, created_at, closed_at)
     select ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, now(), case when n > 1 then now() end
     from generate_series(1, 1000) n;
     insert into organizations (organization_id, slug, name, created_at)
     values ('00000000-0000-7000-8000-000000000001', 'blocked', 'Blocked', now())";

async fn delete(world: &World, owner: &mut Marketer) {
    let organization = world.acme.organization.to_string();
    let password = world.demo["owner"]["password"].as_str().unwrap();
    let fields = [("organization", organization.as_str()), ("confirm", "Acme SaaS"), ("password", password)];
    owner.submit("/dashboard/settings/delete", &fields).await.expect_status(303);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undone_deletion_stays_undone() {
    let world = World::start().await;
    let mut owner = owner(&world).await;
    let organization = world.acme.organization.to_string();
    delete(&world, &mut owner).await;

    world.database.run(EARLIER).await;
    let mut holder = world.database.connect().await;
    run(&mut holder, "begin; select slug from organizations where slug = 'blocked' for update").await;
    let over =
        "update tenants set closed_at = now() - interval '8 days' where id = '00000000-0000-7000-8000-000000000001'";
    world.database.run(over).await;
    let undone_meanwhile = async {
        wait::until("the job to wait for the first erasure", 60, async || {
            (world.database.lock_waits("query like '%erased_at = $2%'").await > 0).then_some(())
        })
        .await;
        let undone = owner.submit("/dashboard/organizations/undo", &[("organization", organization.as_str())]).await;
        undone.expect_status(303);
        // The job has read its first part. The other jobs needn't look after a thousand organizations.
        let others = "delete from tenants where id > '00000000-0000-7000-8000-000000000001'
                      and id <= '00000000-0000-7000-8000-0000000003e8'";
        world.database.run(others).await;
        run(&mut holder, "rollback").await;
    };
    tokio::join!(world.ledger.run_jobs(), undone_meanwhile);

    let erased = "select count(*) from organizations where slug = 'blocked' and erased_at is not null";
    assert_eq!(world.database.count(erased).await, 1, "the job went on");
    let own = world.acme.organization.uuid();
    let withheld = format!("select count(*) from edge_config where organization_id = '{own}' and withheld is not null");
    assert_eq!(world.database.count(&withheld).await, 0);
    world.api().get("/programs").await.expect_status(200);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_job_waits_for_a_deletion_that_is_being_undone() {
    let world = World::start().await;
    delete(&world, &mut owner(&world).await).await;
    let own = world.acme.organization.uuid();
    // As if requests in progress had written the records after the deletion.
    let late = format!(
        "update edge_config
         set record = withheld, withheld = null, version = version + 1, changed_at = now(), next_attempt_at = now()
         where organization_id = '{own}' and withheld is not null"
    );
    world.database.run(&late).await;
    let mut holder = world.database.connect().await;
    run(&mut holder, &format!("begin; update tenants set closed_at = null where id = '{own}'")).await;
    let undone_meanwhile = async {
        wait::until("the job to wait for the undo", 60, async || {
            (world.database.lock_waits("query like '%from tenants%'").await > 0).then_some(())
        })
        .await;
        run(&mut holder, "commit").await;
    };
    tokio::join!(world.ledger.run_jobs(), undone_meanwhile);

    let withheld = format!("select count(*) from edge_config where organization_id = '{own}' and withheld is not null");
    assert_eq!(world.database.count(&withheld).await, 0);
    world.finish().await;
}
