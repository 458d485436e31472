//! Documents by which apps find this server: of the protected resource (RFC 9728) and of the authorization server
//! (RFC 8414).

use axum::{
    Json,
    extract::State,
    http::header::CACHE_CONTROL,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{pkce, request::mcp, scope};
use kit::state::AppState;

/// `GET /.well-known/oauth-protected-resource`, and the same with the path of the resource, `/mcp`.
pub async fn resource(State(state): State<AppState>) -> Response {
    public(of_resource(&state.config.public_url))
}

/// `GET /.well-known/oauth-authorization-server`.
pub async fn server(State(state): State<AppState>) -> Response {
    public(of_server(&state.config.public_url))
}

/// What a response with the status 401 says in `WWW-Authenticate`, so that an app finds out where to get a token. It names all
/// scopes, because apps ask for just those it names: the person chooses on the consent page, which suggests reading.
pub fn challenge(public_url: &str) -> String {
    let scopes = scope::ALL.join(" ");
    format!("Bearer resource_metadata=\"{public_url}/.well-known/oauth-protected-resource/mcp\", scope=\"{scopes}\"")
}

fn public(document: Value) -> Response {
    ([(CACHE_CONTROL, "public, max-age=300")], Json(document)).into_response()
}

fn of_resource(public_url: &str) -> Value {
    json!({
        "resource": mcp(public_url),
        "authorization_servers": [public_url],
        "scopes_supported": scope::ALL,
        "bearer_methods_supported": ["header"],
        "resource_name": "Rekomi",
    })
}

fn of_server(public_url: &str) -> Value {
    let at = |path: &str| format!("{public_url}/oauth/{path}");
    json!({
        "issuer": public_url,
        "authorization_endpoint": at("authorize"),
        "token_endpoint": at("token"),
        "registration_endpoint": at("register"),
        "revocation_endpoint": at("revoke"),
        "userinfo_endpoint": at("userinfo"),
        "scopes_supported": scope::ALL,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "code_challenge_methods_supported": [pkce::METHOD],
        "token_endpoint_auth_methods_supported": ["none"],
        "revocation_endpoint_auth_methods_supported": ["none"],
        "authorization_response_iss_parameter_supported": true,
        "client_id_metadata_document_supported": true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documents_lead_to_each_other() {
        let home = "https://rekomi.acme.test";
        let (resource, server) = (of_resource(home), of_server(home));
        assert_eq!(resource["authorization_servers"], json!([server["issuer"]]));
        assert_eq!(resource["resource"], "https://rekomi.acme.test/mcp");
        assert_eq!(server["token_endpoint"], "https://rekomi.acme.test/oauth/token");
        assert!(challenge(home).contains("\"https://rekomi.acme.test/.well-known/oauth-protected-resource/mcp\""));
    }
}
