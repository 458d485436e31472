//! Link hosts: a world with a name server, the check of a host, and whose the edge's own host is.

use shared::id::OrganizationId;

use crate::{
    Plan, World,
    client::api::Api,
    dns::NameServer,
    http::{Request, Response},
};

/// A world whose ledger uses that name server.
pub async fn world_with_name_server(plan: Plan) -> (World, NameServer) {
    let server = NameServer::start().await;
    (plan.ledger_setting("REKOMI_DNS_STAND_IN", &server.address()).start().await, server)
}

pub async fn check(api: &Api, host: &str) -> Response {
    api.send(Request::new("POST", &format!("/api/v1/link-hosts/{host}/check"))).await
}

/// Makes an organization the installation's first one. Those of the demo were created at the same moment.
pub async fn make_first(world: &World, organization: &str) {
    let id = organization.parse::<OrganizationId>().unwrap().uuid();
    let earlier = format!("update tenants set created_at = now() - interval '1 day' where id = '{id}'");
    world.database.run(&earlier).await;
}
