//! Goal: on a cluster, neither a worker that dies nor an organization that moves to another worker loses anything that was
//! acknowledged, and neither books anything twice.
//! Method: the load of `kill.rs` on a coordinator and two workers of the test's own. The worker with the organization's rows is
//! killed and started again; or its rows are moved there and back, while they are written.
//!
//! Only runs with `--citus` have the programs.

use std::time::Duration;

use world::{Plan, World, cluster::Nodes};

use crate::kill::Load;

/// The workers' number, of the one that holds a brand's rows.
async fn home(world: &World, nodes: &Nodes) -> usize {
    let organization = world.acme.organization.uuid();
    let query = format!(
        "select nodeport::bigint from pg_dist_shard_placement
         where shardid = get_shard_id_for_distribution_column('organizations', '{organization}')"
    );
    let port = world.database.count(&query).await;
    nodes.workers.iter().position(|worker| i64::from(worker.port()) == port).expect("a worker has the rows")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_worker_loses_nothing() {
    let mut nodes = Nodes::start().await;
    let world = Plan::default().server(nodes.server()).start().await;
    let home = home(&world, &nodes).await;
    let load = Load::start(&world);
    for _ in 0..2 {
        load.runs_on(60).await;
        nodes.workers[home].kill();
        tokio::time::sleep(Duration::from_millis(300)).await; // down for a while, as a crash is
        nodes.workers[home].restart().await;
    }
    load.runs_on(60).await;
    assert!(load.end(&world).await > 0, "the fault was felt");
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_brand_moves_to_another_worker_while_it_sells() {
    let nodes = Nodes::start().await;
    let world = Plan::default().server(nodes.server()).start().await;
    let load = Load::start(&world);
    for _ in 0..2 {
        load.runs_on(60).await;
        let from = home(&world, &nodes).await;
        let [old, new] = [&nodes.workers[from], &nodes.workers[1 - from]].map(|worker| worker.port());
        let organization = world.acme.organization.uuid();
        let moved = format!(
            "select citus_move_shard_placement(get_shard_id_for_distribution_column('organizations', '{organization}'),
                 '127.0.0.1', {old}, '127.0.0.1', {new}, 'force_logical')"
        );
        world.database.run(&moved).await;
        assert_eq!(home(&world, &nodes).await, 1 - from, "it moved");
    }
    load.runs_on(60).await;
    load.end(&world).await;
    world.finish().await;
}
