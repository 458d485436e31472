//! `/api/v1/affiliates/{id}/payout-account`: how an affiliate is paid, and links to Stripe for brands that have their
//! own portal.

use axum::{
    Json,
    extract::{Path, State},
};
use payout_core::stripe::account::Entity;
use serde::{Deserialize, Serialize};
use serde_json::json;
use shared::{id::AffiliateId, timestamp::Timestamp};
use url::Url;
use utoipa::ToSchema;

use super::{
    create::{self, AccountInput, Way},
    email, portal, status, store,
    view::PayoutAccount,
};
use engine::lookup_store;
use identity::{
    access::api_key::{ConfigureKey, ReadKey, WriteKey},
    audit::{self, Entry},
};
use kit::{
    access::role::Right,
    api::{
        body::JsonBody,
        document::{ErrorSchema, Refused},
    },
    db::TenantTx,
    error::{Error, Result},
    state::AppState,
};

const URL_MAX: usize = 500;

/// The country and the legal form of an affiliate.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewPayoutAccount {
    /// The country of the affiliate's bank account, as an ISO 3166-1 alpha-2 code. It can't be changed later.
    #[schema(example = "DE")]
    country: String,
    /// `individual` (default) or `company`.
    #[schema(example = "individual")]
    entity: Option<String>,
    /// The https URL on your site to which Stripe returns the affiliate; our portal by default. Get the account again
    /// then: returning doesn't mean that the affiliate completed the forms.
    #[schema(example = "https://acme.test/affiliates/paid")]
    return_url: Option<String>,
    /// The https URL to which Stripe sends the affiliate if the link was used or has expired. It must request a new
    /// link.
    #[schema(example = "https://acme.test/affiliates/paid/again")]
    refresh_url: Option<String>,
}

/// An account, and a link to Stripe's forms.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PayoutOnboarding {
    /// The affiliate's payout account.
    account: PayoutAccount,
    /// A single-use link for this affiliate. Redirect them to it immediately, and never email it.
    #[schema(example = "https://connect.stripe.com/setup/e/acct_1Nv0FGQ9RKHgCVdK/Yk2uCvZ9")]
    onboarding_url: String,
    /// When the link to Stripe expires.
    #[schema(value_type = Option<String>, format = DateTime, required, example = "2026-11-20T08:35:00Z")]
    expires_at: Option<Timestamp>,
}

/// A sign-in link to Stripe's Express dashboard.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PayoutLoginLink {
    /// A single-use link for this affiliate. Redirect them to it immediately, and never email it.
    #[schema(example = "https://connect.stripe.com/express/acct_1Nv0FGQ9RKHgCVdK/9eTnsMv2VbQE")]
    url: String,
}

/// # Errors
/// 404 for another organization's affiliate.
pub async fn known(tx: &mut TenantTx, id: &str) -> Result<AffiliateId> {
    let id: AffiliateId = id.parse().map_err(|_| Error::not_found())?;
    lookup_store::affiliate(tx, id).await?.ok_or_else(Error::not_found)?;
    Ok(id)
}

/// Retrieve an affiliate's payout account
#[utoipa::path(get, path = "/api/v1/affiliates/{id}/payout-account", tag = "Payout accounts", operation_id = "getPayoutAccount",
    params(("id" = String, Path, example = "aff_01kdvdna00fec9rpb7dk6gd3hy")),
    responses(
        (status = 200, description = "The payout method, whether it works, and what is missing", body = PayoutAccount),
        Refused))]
pub async fn read(State(state): State<AppState>, key: ReadKey, Path(id): Path<String>) -> Result<Json<PayoutAccount>> {
    let mut tx = key.reader(&state).await?;
    let id = known(&mut tx, &id).await?;
    let paid = status::read(&mut tx, id).await?;
    tx.end();
    Ok(Json(PayoutAccount::of(paid)))
}

/// Set up an affiliate's Stripe account
///
/// Creates the account if there is none, with the agreement and the capabilities that Stripe requires for the country,
/// and returns a link to Stripe's forms. Repeated calls return the same account and a new link. Once the affiliate has
/// submitted the forms, which show what they entered, a link takes a key with scope `admin`.
#[utoipa::path(post, path = "/api/v1/affiliates/{id}/payout-account", tag = "Payout accounts",
    operation_id = "createPayoutAccount",
    params(("id" = String, Path, example = "aff_01kdvdna00fec9rpb7dk6gd3hy")),
    request_body = NewPayoutAccount,
    responses(
        (status = 200, description = "The account and the link", body = PayoutOnboarding),
        (status = 400, description = "The request is invalid; `field` names the cause", body = ErrorSchema),
        (status = 409, description = "`not_connected`, `payouts_paused`, `wrong_status`, `request_under_way`, \
                                      `account_exists` (the affiliate has an account in another country) or \
                                      `too_many_accounts`", body = ErrorSchema),
        (status = 422, description = "`country_unsupported`, `country_unsupported_from_platform`, or `stripe_refused` \
                                      with Stripe's message", body = ErrorSchema),
        Refused))]
pub async fn create(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    Path(id): Path<String>,
    body: JsonBody<NewPayoutAccount>,
) -> Result<Json<PayoutOnboarding>> {
    let input = body.value;
    let entity = input.entity.as_deref().unwrap_or("individual");
    let entity = Entity::parse(entity).ok_or_else(|| Error::field("entity", "entity must be individual or company"))?;
    let own = |field: &str, given: Option<&str>, usual: String| match given {
        Some(text) => address(&state, field, text),
        None => Ok(usual),
    };
    let back = own("returnUrl", input.return_url.as_deref(), portal::return_url(&state))?;
    let refresh = own("refreshUrl", input.refresh_url.as_deref(), portal::refresh_url(&state))?;
    let organization = key.organization;
    let mut tx = key.reader(&state).await?;
    let affiliate = known(&mut tx, &id).await?;
    tx.end();
    let input = AccountInput { affiliate, country: &input.country, entity };
    let row = create::ensure_account(&state, organization, &key.actor, &input).await?;
    // Stripe's forms show and change what the affiliate entered before.
    if row.details_submitted {
        key.check(Right::Configure)?;
    }
    let link = create::link(&state, organization, &row, &Way::Onboarding { refresh: &refresh, back: &back }).await?;
    let mut tx = key.tx(&state).await?;
    let paid = status::read(&mut tx, affiliate).await?;
    let entry =
        Entry::new("payout_account.link_created", row.id).after(json!({"affiliateId": affiliate, "to": "forms"}));
    audit::record(&mut tx, &key.actor, state.clock.now(), entry).await?;
    tx.commit().await?;
    Ok(Json(PayoutOnboarding {
        account: PayoutAccount::of(paid),
        onboarding_url: link.url,
        expires_at: link.expires_at.and_then(|at| Timestamp::from_seconds(at).ok()),
    }))
}

/// Checks a URL of the brand, which Stripe puts behind a button.
fn address(state: &AppState, field: &str, text: &str) -> Result<String> {
    let url = Url::parse(text).ok().filter(|_| text.len() <= URL_MAX);
    let fits = url.is_some_and(|url| {
        let scheme = url.scheme() == "https" || (url.scheme() == "http" && state.config.environment.is_development());
        scheme && url.host().is_some() && url.username().is_empty() && url.password().is_none()
    });
    let refused = || Error::field(field, format!("{field} must be an https URL such as https://brand.com/affiliates"));
    fits.then(|| text.to_owned()).ok_or_else(refused)
}

/// Create a login link
///
/// Creates a link to Stripe's Express dashboard, where the affiliate sees the payouts to their bank and changes their
/// details. The affiliate is notified by email.
#[utoipa::path(post, path = "/api/v1/affiliates/{id}/payout-account/login-link", tag = "Payout accounts",
    operation_id = "createPayoutLoginLink",
    security(("bearer" = ["admin"])),
    params(("id" = String, Path, example = "aff_01kdvdna00fec9rpb7dk6gd3hy")),
    responses(
        (status = 200, description = "The link", body = PayoutLoginLink),
        (status = 409, description = "`no_account`, `not_connected` or `payouts_paused`", body = ErrorSchema),
        (status = 422, description = "`stripe_refused`, for example before the affiliate has completed Stripe's forms \
                                      once", body = ErrorSchema),
        Refused))]
pub async fn login_link(
    State(state): State<AppState>,
    ConfigureKey(key): ConfigureKey,
    Path(id): Path<String>,
) -> Result<Json<PayoutLoginLink>> {
    let mut tx = key.tx(&state).await?;
    let affiliate = known(&mut tx, &id).await?;
    let row = store::latest(&mut tx, affiliate).await?;
    tx.commit().await?;
    let row = row.ok_or_else(create::no_account)?;
    let link = create::link(&state, key.organization, &row, &Way::Dashboard).await?;
    let mut tx = key.tx(&state).await?;
    let entry =
        Entry::new("payout_account.link_created", row.id).after(json!({"affiliateId": affiliate, "to": "dashboard"}));
    audit::record(&mut tx, &key.actor, state.clock.now(), entry).await?;
    if let Some(person) = store::person(&mut tx, affiliate).await? {
        email::login_link(&mut tx, &state, &person).await?;
    }
    tx.commit().await?;
    Ok(Json(PayoutLoginLink { url: link.url }))
}
