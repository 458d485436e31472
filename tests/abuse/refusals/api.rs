//! The API's operations by role and scope.

use serde_json::{Value, json};
use world::{
    World,
    client::api::Api,
    http::{Request, Response},
};

/// Settings, keys, webhooks, gateways: owners and admins.
const CONFIGURE: &[&str] = &[
    "createApiKey",
    "renameApiKey",
    "revokeApiKey",
    "rotateApiKey",
    "approvePayoutRun",
    "createPayout",
    "createPayoutLoginLink",
    "createConnection",
    "updateConnection",
    "deleteConnection",
    "testConnection",
    "lintCrmTags",
    "setCrmProgram",
    "deleteCrmProgram",
    "setPayoutConnection",
    "deletePayoutConnection",
    "testPayoutConnection",
    "createLinkHost",
    "updateLinkHost",
    "checkLinkHost",
    "deleteLinkHost",
    "setEmail",
    "setSubAffiliateConfig",
    "resetEmail",
    "setHomeCurrency",
    "updateOrganization",
    "updatePayoutSettings",
    "createWebhook",
    "updateWebhook",
    "deleteWebhook",
    "rotateWebhookSecret",
    "testWebhook",
    "retryWebhookDelivery",
    "replayWebhook",
    "createDestination",
    "updateDestination",
    "deleteDestination",
    "testDestination",
    "retryDestinationDelivery",
    "replayDestination",
    "eraseAffiliate",
    "eraseCustomer",
    "setRetention",
    "setAssistant",
    "deleteAssistant",
    "testAssistant",
    "uploadTaxForm",
    "acceptTaxForm",
    "rejectTaxForm",
    "linkTaxFormFile",
];
/// The team and what ends it all: owners.
const GOVERN: &[&str] =
    &["createInvitation", "cancelInvitation", "resendInvitation", "transferOwnership", "updateMember", "deleteMember"];
/// Reads that show so much of people or of others' doings that they ask for more than looking.
const CONFIGURE_TO_READ: &[&str] = &["exportAuditLog", "exportAffiliate", "exportCustomer"];
/// A read that shows whole taxpayer numbers: the same, with a key of scope `admin`.
const ADMIN_TO_READ: &[&str] = &["export1099Nec"];
/// A read that viewers may not: names and addresses on tax forms.
const MANAGER_TO_READ: &[&str] = &["getTaxForm"];
/// Reads that have an effect, or tell where money goes: whoever runs payouts, with a key that may write.
const OPERATE_TO_READ: &[&str] = &["exportPayoutRun"];
/// Open to everybody: it tells of the installation and of nobody. May only shrink.
const OPEN: &[&str] = &["getStatus"];
/// A read that carries everything away: an owner's, with a key that may do everything.
const GOVERN_TO_READ: &[&str] = &["exportOrganization"];

#[derive(Debug, Clone)]
pub(super) struct Operation {
    pub(super) id: String,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) description: Value,
}

impl Operation {
    fn writes(&self) -> bool {
        self.method != "GET"
    }

    /// With a body that says nothing: who may pass gets to the validation, and no further.
    pub(super) fn with(&self, path: &str, body: &Value) -> Request {
        let request = Request { method: self.method.clone(), ..Request::post(path, body.to_string()) };
        if self.writes() { request } else { Request::get(path) }
    }
}

/// All but the open ones.
pub(super) async fn operations(api: &Api) -> Vec<Operation> {
    let document = api.get("/openapi.json").await.expect_status(200).json();
    let mut found = Vec::new();
    // Those with servers of their own are the edge's.
    let ours = |(_, methods): &(&String, &Value)| methods.get("servers").is_none();
    for (path, methods) in document["paths"].as_object().expect("paths").iter().filter(ours) {
        for (method, description) in methods.as_object().expect("methods") {
            let id = description["operationId"].as_str().unwrap_or_else(|| panic!("{method} {path} has no name"));
            found.push(Operation {
                id: id.to_owned(),
                method: method.to_uppercase(),
                path: path.clone(),
                description: description.clone(),
            });
        }
    }
    assert!(found.len() >= 100, "{} operations", found.len());
    for open in OPEN {
        let known = found.iter().position(|operation| operation.id == *open);
        found.remove(known.unwrap_or_else(|| panic!("{open} is no operation any more")));
    }
    found
}

/// A path that leads to nothing of anybody's.
pub(super) fn nowhere(path: &str) -> String {
    let mut segments: Vec<&str> = path.split('/').collect();
    for segment in &mut segments {
        if segment.starts_with('{') {
            *segment = "none_01kdvdna00e5v8r2m6q1w9d3xk";
        }
    }
    segments.join("/")
}

async fn key(world: &World, scope: &str, role: &str) -> Api {
    let body = json!({"name": format!("{role} {scope}"), "scope": scope, "role": role});
    let made = world.api().post("/api-keys", &body).await.expect_status(201).json();
    Api::new(world.ledger.base(), made["bearer"].as_str().expect("the bearer, this once"))
}

fn is_forbidden(response: &Response) -> bool {
    response.status == 403 && response.json()["error"] == "forbidden"
}

#[tokio::test]
async fn nobody_and_strangers_are_asked_for_a_key() {
    let world = World::shared().await;
    for operation in operations(&world.api()).await {
        for bearer in
            [None, Some("Bearer rk_live_unknown"), Some("Bearer rk_mcp_unknown"), Some("Basic abc"), Some("Bearer ")]
        {
            let mut request = operation.with(&nowhere(&operation.path), &json!({}));
            if let Some(bearer) = bearer {
                request = request.header("Authorization", bearer);
            }
            let response = request.send(&world.ledger.base()).await.unwrap();
            assert_eq!(response.refusal(), (401, "unauthorized".to_owned()), "{} with {bearer:?}", operation.id);
        }
    }
    world.finish().await;
}

#[tokio::test]
async fn each_role_and_scope_goes_as_far_as_it_goes() {
    let world = World::start().await;
    let operations = operations(&world.api()).await;
    let reads = [CONFIGURE_TO_READ, ADMIN_TO_READ, MANAGER_TO_READ, GOVERN_TO_READ, OPERATE_TO_READ];
    for named in CONFIGURE.iter().chain(GOVERN).chain(reads.concat().iter()) {
        assert!(operations.iter().any(|operation| operation.id == *named), "{named} is no operation any more");
    }
    let mut wrong = Vec::new();
    for (rank, role) in ["owner", "admin", "manager", "viewer"].into_iter().enumerate() {
        for scope in ["read_write", "write", "read"] {
            let api = key(&world, scope, role).await;
            for operation in &operations {
                let named = |list: &[&str]| list.contains(&operation.id.as_str());
                let lowest = match operation.writes() {
                    false if named(GOVERN_TO_READ) => 0,
                    false if named(CONFIGURE_TO_READ) || named(ADMIN_TO_READ) => 1,
                    false if named(OPERATE_TO_READ) || named(MANAGER_TO_READ) => 2,
                    false => 3,
                    true if named(GOVERN) => 0,
                    true if named(CONFIGURE) => 1,
                    true => 2,
                };
                let for_writers =
                    operation.writes() || named(GOVERN_TO_READ) || named(ADMIN_TO_READ) || named(OPERATE_TO_READ);
                let reaches = match scope {
                    "read" => !for_writers,
                    "write" => !for_writers || lowest >= 2,
                    _ => true,
                };
                let allowed = rank <= lowest && reaches;
                let response = api.send(operation.with(&nowhere(&operation.path), &json!({}))).await;
                if is_forbidden(&response) == allowed || response.status >= 500 {
                    wrong.push(format!(
                        "{} as {role} with {scope}: {} {}",
                        operation.id,
                        response.status,
                        response.text()
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    world.finish().await;
}

#[tokio::test]
async fn each_description_names_the_key_that_its_operation_requires() {
    let world = World::shared().await;
    let mut wrong = Vec::new();
    for operation in operations(&world.api()).await {
        let named = |list: &[&str]| list.contains(&operation.id.as_str());
        let required = if named(GOVERN) || named(GOVERN_TO_READ) {
            "Requires a key with scope `admin` and the role owner."
        } else if named(CONFIGURE) || named(ADMIN_TO_READ) {
            "Requires a key with scope `admin` and the role owner or admin."
        } else if operation.path.starts_with("/api/v1/automations/") {
            "Requires a key with scope `automations`, `write` or `admin`."
        } else if operation.writes() || named(OPERATE_TO_READ) {
            "Requires a key with scope `write` or `admin`."
        } else {
            ""
        };
        let text = operation.description["description"].as_str().unwrap_or_default();
        let says = text.find("Requires a key with scope").map_or("", |at| &text[at..]);
        if says != required {
            wrong.push(format!("{}: {says:?} instead of {required:?}", operation.id));
        }
    }
    assert!(wrong.is_empty(), "name the scope in the handler's `security`:\n{}", wrong.join("\n"));
    world.finish().await;
}

#[tokio::test]
async fn a_key_with_one_purpose_opens_nothing_else() {
    let world = World::shared().await;
    let (automations, sends) =
        (key(&world, "automations", "owner").await, key(&world, "send_conversions", "owner").await);
    for operation in operations(&world.api()).await {
        let request = operation.with(&nowhere(&operation.path), &json!({}));
        let is_own = operation.path.starts_with("/api/v1/automations/");
        let response = automations.send(request.clone()).await;
        assert_eq!(is_forbidden(&response), !is_own, "{}: {} {}", operation.id, response.status, response.text());
        let response = sends.send(request).await;
        assert!(is_forbidden(&response), "{}: {} {}", operation.id, response.status, response.text());
    }
    world.finish().await;
}

#[tokio::test]
async fn a_revoked_key_opens_nothing() {
    let world = World::shared().await;
    let body = json!({"name": "soon gone", "scope": "read_write", "role": "owner"});
    let made = world.api().post("/api-keys", &body).await.expect_status(201).json();
    let api = Api::new(world.ledger.base(), made["bearer"].as_str().expect("the bearer, this once"));
    api.get("/programs").await.expect_status(200);
    let id = made["id"].as_str().expect("its id");
    world.api().send(Request::new("DELETE", &format!("/api/v1/api-keys/{id}"))).await;
    for operation in operations(&world.api()).await {
        let response = api.send(operation.with(&nowhere(&operation.path), &json!({}))).await;
        assert_eq!(response.refusal(), (401, "unauthorized".to_owned()), "{}", operation.id);
    }
    world.finish().await;
}
