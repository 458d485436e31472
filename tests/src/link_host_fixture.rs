//! Link hosts: a world with a name server, and the check of a host.

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
