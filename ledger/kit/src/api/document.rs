//! The OpenAPI description: the parts common to all operations. Each operation's own part is at its handler.

pub mod complete;
pub mod edge;
mod edge_fields;
mod example;
mod refine;
mod usual;

use serde_json::Value;
use utoipa::{
    Modify, OpenApi, ToSchema,
    openapi::{
        self,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};
use utoipa_axum::router::OpenApiRouter;

use crate::error::Body;

#[derive(Debug, OpenApi)]
#[openapi(
    info(
        title = "Rekomi API",
        description = "Manages the programs, affiliates, links, conversions and commissions of one organization: \
                       the one that the API key belongs to. Amounts are integers in the currency's minor unit, times \
                       are RFC 3339 in UTC, and lists are newest first. Every error has the form \
                       `{\"error\", \"message\", \"field\"?}`, and every response carries `Rekomi-Request-Id`.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    servers((url = "/", description = "This installation")),
    security(("bearer" = [])),
    components(schemas(ErrorSchema)),
    modifiers(&Bearer),
    tags(
        (name = "Programs"), (name = "Plans"), (name = "Program pages"), (name = "Terms"), (name = "Assets"),
        (name = "Network"),
        (name = "Affiliates"), (name = "Links"), (name = "Coupons"),
        (name = "Customers"), (name = "Leads"), (name = "Conversions"), (name = "Commissions"), (name = "Clicks"), (name = "Rewards"),
        (name = "Missing-sale claims"), (name = "Quarantined events"),
        (name = "Connections"), (name = "Syncs"), (name = "API keys"), (name = "Audit log"), (name = "Decisions"),
        (name = "Payouts"), (name = "Payout runs"), (name = "Payout accounts"), (name = "Payout settings"), (name = "Tax"),
        (name = "Balances"), (name = "Organization"), (name = "Emails"), (name = "Team"),
        (name = "Search"),
        (name = "Webhooks"), (name = "Destinations"), (name = "Co-pilot"),
        (name = "Automations"), (name = "Imports"), (name = "Privacy"), (name = "Status")
    )
)]
struct Common;

#[derive(Debug)]
struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some(
                "An API key: `rk_live_…` or `rk_test_…`. Scope `read` allows only GET requests, and three of them \
                 require more: `exportPayoutRun` requires `write`; `exportOrganization` and `export1099Nec` require \
                 `admin`.",
            ))
            .build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(scheme));
    }
}

/// The body of every error.
#[derive(Debug, ToSchema)]
#[schema(as = Error)]
#[expect(dead_code, reason = "describes error::Body, which knows nothing of OpenAPI")]
pub struct ErrorSchema {
    /// A stable error code. Branch on it.
    #[schema(example = "validation_failed")]
    error: String,
    /// A message for people. It may change.
    #[schema(example = "perPage must be 1 to 100")]
    message: String,
    /// The input at fault, if there is one.
    #[schema(example = "perPage")]
    field: Option<String>,
    /// With `unsupported_currency`: the currency's code.
    currency: Option<String>,
    /// With `plan_tier_required`: the lowest plan that is sufficient.
    required: Option<String>,
    /// With `plan_tier_required`: the organization's current plan.
    current: Option<String>,
    /// With `tags_need_attention`: the findings for each tag.
    findings: Option<Vec<super::finding::Finding>>,
    /// With `tags_need_attention`: the list of tags with every fix applied.
    mended: Option<Vec<String>>,
}

/// Errors of every operation. `error::Body` is what is sent.
#[derive(Debug, utoipa::IntoResponses)]
pub enum Refused {
    /// A parameter or the body is invalid; `field` names it.
    #[response(status = 400)]
    Invalid(ErrorSchema),
    /// The API key is missing, unknown or revoked.
    #[response(status = 401)]
    Unauthorized(ErrorSchema),
    /// The service is busy or restarting; nothing was changed. Try again after `Retry-After` seconds.
    #[response(status = 503)]
    Unavailable(ErrorSchema),
}

/// An empty router with the common description.
pub fn router<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S> {
    OpenApiRouter::with_openapi(Common::openapi())
}

/// The description of the ledger's operations.
#[derive(Debug)]
pub struct Document {
    pub value: Value,
}

impl Document {
    /// Completes the descriptions of the handlers.
    pub fn new(of_handlers: &openapi::OpenApi) -> Self {
        // A description contains only text and numbers, so it can always be serialized.
        Self { value: complete::complete(serde_json::to_value(of_handlers).unwrap_or_default()) }
    }

    /// The description for programs: with the edge's operations, which have servers of their own.
    pub fn with_edge(&self) -> Value {
        let mut whole = self.value.clone();
        edge::add(&mut whole);
        whole
    }
}

/// Ties the description to the type: renaming a field breaks the build.
const _: fn(Body) -> ErrorSchema = |Body { code, message, field }| ErrorSchema {
    error: code.as_str().to_owned(),
    message,
    field,
    currency: None,
    required: None,
    current: None,
    findings: None,
    mended: None,
};
