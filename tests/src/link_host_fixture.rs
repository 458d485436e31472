//! Goal: a brand adds the host of its links by API or page, proves by its DNS that it is its own, links live on it, and no other
//! organization takes it away or keeps it back by claiming it first.
//! Method: the API with good and bad hosts, the second organization that wants the same one, the settings page's form; a name
//! server that says what the DNS says; the edge answers a link on the new host.

use crate::{
    Plan, World,
    client::api::Api,
    dns::NameServer,
    http::{Request, Response},
};

/// A world whose ledger asks that name server.
pub async fn world_with_name_server(plan: Plan) -> (World, NameServer) {
    let server = NameServer::start().await;
    (plan.ledger_setting("REKOMI_DNS_STAND_IN", &server.address()).start().await, server)
}

pub async fn check(api: &Api, host: &str) -> Response {
    api.send(Request::new("POST", &format!("/api/v1/link-hosts/{host}/check"))).await
}
