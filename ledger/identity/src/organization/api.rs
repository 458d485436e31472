//! `/api/v1/organization`: reads, changes and exports the brand's organization.

use axum::{Json, extract::State, http::StatusCode, response::Response};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use shared::{id::OrganizationId, timestamp::Timestamp};
use utoipa::ToSchema;

use super::{
    export, gate, lock_store,
    mail_sender::{self, MailSender},
    plan::{Subscription, SubscriptionStatus},
    profile::{Changes, Profile},
    store, time_zone,
};
use crate::{
    access::api_key::{ConfigureKey, GovernKey, ReadKey},
    api::write::Write,
    audit::Entry,
};
use kit::{
    api::{
        body::{JsonBody, present},
        document::{ErrorSchema, Refused},
        idempotency::IdempotencyKey,
    },
    db::TenantTx,
    error::Error,
    state::AppState,
};
use outbox::edge_config::publish;

/// The organization that the API key belongs to.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Organization)]
pub struct OrganizationView {
    #[schema(value_type = String, example = "org_01kdvdna00e5v8r2m6q1w9d3xk")]
    id: OrganizationId,
    /// `live`, or `test` for an organization's test mode.
    #[schema(example = "live")]
    mode: &'static str,
    #[schema(example = "Acme SaaS")]
    name: String,
    /// The organization's name in URLs.
    #[schema(example = "acme")]
    slug: String,
    /// The email address for billing.
    #[schema(required, example = "money@acme.test")]
    billing_email: Option<String>,
    /// A time zone name from the IANA database.
    #[schema(example = "Europe/Berlin")]
    time_zone: String,
    /// The color of the portal and of emails, as a hash and six hexadecimal digits.
    #[schema(required, example = "#0f6b5c")]
    brand_color: Option<String>,
    /// The URL of the logo.
    #[schema(required, example = "https://acme.test/logo.svg")]
    logo_url: Option<String>,
    /// Where replies to your emails to affiliates go, and the address at which affiliates can write to you from the portal.
    /// Null sends replies to the billing email, and shows no address.
    #[schema(required, example = "partners@acme.test")]
    contact_email: Option<String>,
    /// The postal address at the end of your emails to affiliates, on one line.
    #[schema(required, example = "1 Main Street, Springfield")]
    postal_address: Option<String>,
    /// Null if this installation sells no plans.
    #[schema(required)]
    plan: Option<PlanView>,
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T16:00:00Z")]
    created_at: Timestamp,
}

/// The organization's plan.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OrganizationPlan)]
pub struct PlanView {
    /// `Starter`, `Growth`, `Pro` or `Enterprise`.
    #[schema(example = "Growth")]
    tier: &'static str,
    /// `Trialing`, `Active`, `PastDue` or `Cancelled`.
    #[schema(example = "Trialing")]
    status: &'static str,
    /// When the trial ends. Null outside a trial.
    #[schema(value_type = Option<String>, required, format = DateTime, example = "2026-12-04T16:00:00Z")]
    trial_ends_at: Option<Timestamp>,
    /// The maximum number of team members. Null means no limit.
    #[schema(required, example = 5)]
    members_max: Option<u32>,
}

/// The fields to change. Omitted fields stay as they are, and null clears a field.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"timeZone": "Europe/Berlin", "brandColor": "#0f6b5c", "logoUrl": null}))]
pub struct ChangedOrganization {
    /// The organization's new name.
    name: Option<String>,
    /// Lowercase letters, digits and hyphens.
    slug: Option<String>,
    /// The email address for billing; null removes it.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    billing_email: Option<Option<String>>,
    /// A time zone name from the IANA database, or `UTC`.
    time_zone: Option<String>,
    /// A hash and six hexadecimal digits.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    brand_color: Option<Option<String>>,
    /// A URL that begins with `https://`.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    logo_url: Option<Option<String>>,
    /// Where replies to your emails to affiliates go, and the address at which affiliates can write to you from the portal;
    /// null sends replies to the billing email, and shows no address.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    contact_email: Option<Option<String>>,
    /// Up to 200 characters, on one line: the postal address at the end of your emails to affiliates.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    postal_address: Option<Option<String>>,
}

impl From<Subscription> for PlanView {
    fn from(subscription: Subscription) -> Self {
        Self {
            tier: subscription.tier.as_str(),
            status: subscription.status(),
            trial_ends_at: match subscription.subscription_status {
                SubscriptionStatus::Trialing(until) => Some(until),
                SubscriptionStatus::Active | SubscriptionStatus::PastDue | SubscriptionStatus::Cancelled => None,
            },
            members_max: subscription.tier.limits().members,
        }
    }
}

impl OrganizationView {
    fn new(id: OrganizationId, profile: Profile, sender: MailSender, subscription: Option<Subscription>) -> Self {
        Self {
            id,
            mode: if profile.is_test { "test" } else { "live" },
            name: profile.name,
            slug: profile.slug,
            billing_email: profile.billing_email,
            time_zone: profile.time_zone,
            brand_color: profile.brand_color,
            logo_url: profile.logo_url,
            contact_email: sender.contact_email,
            postal_address: sender.postal_address,
            plan: subscription.map(PlanView::from),
            created_at: profile.created_at,
        }
    }
}

/// Retrieve the organization
#[utoipa::path(get, path = "/api/v1/organization", tag = "Organization", operation_id = "getOrganization",
    responses(
        (status = 200, description = "The organization that the API key belongs to", body = OrganizationView),
        Refused))]
pub async fn read(State(state): State<AppState>, key: ReadKey) -> Result<Json<OrganizationView>, Error> {
    let mut tx = key.reader(&state).await?;
    let view = shown(&mut tx, &state, key.organization).await?;
    tx.end();
    Ok(Json(view))
}

async fn shown(tx: &mut TenantTx, state: &AppState, id: OrganizationId) -> Result<OrganizationView, Error> {
    let profile = store::profile(tx).await?.ok_or_else(Error::not_found)?;
    let sender = mail_sender::read(tx).await?;
    Ok(OrganizationView::new(id, profile, sender, gate::subscription(tx, state).await?))
}

/// Update the organization
#[utoipa::path(patch, path = "/api/v1/organization", tag = "Organization", operation_id = "updateOrganization",
    security(("bearer" = ["admin"])),
    params(IdempotencyKey),
    request_body = ChangedOrganization,
    responses(
        (status = 200, description = "The organization", body = OrganizationView),
        Refused))]
pub async fn change(
    State(state): State<AppState>,
    ConfigureKey(key): ConfigureKey,
    idempotency: IdempotencyKey,
    body: JsonBody<ChangedOrganization>,
) -> Result<Response, Error> {
    let given = body.value;
    let changes = Changes {
        name: given.name,
        slug: given.slug,
        billing_email: given.billing_email,
        time_zone: given.time_zone,
        brand_color: given.brand_color,
        logo_url: given.logo_url,
    }
    .checked()?;
    let (contact_email, postal_address) = (given.contact_email, given.postal_address);
    if changes.is_empty() && contact_email.is_none() && postal_address.is_none() {
        let fields = "name, slug, billingEmail, timeZone, brandColor, logoUrl, contactEmail or postalAddress";
        return Err(Error::field("name", format!("Send at least one of these fields: {fields}.")));
    }
    let organization = key.organization;
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let sender = mail_sender::change(&mut write.tx, contact_email, postal_address).await?;
    let mut entries: Vec<Entry> = sender.into_iter().collect();
    if !changes.is_empty() {
        entries.push(apply(&mut write.tx, &state, changes).await?.1);
    }
    let view = shown(&mut write.tx, &state, organization).await?;
    if entries.is_empty() {
        return write.unchanged(StatusCode::OK, &view).await;
    }
    for entry in entries {
        write.audit(entry).await?;
    }
    let answer = write.answer(StatusCode::OK, &view).await?;
    state.edge_config_changed.notify_one();
    Ok(answer)
}

/// Export the organization
#[utoipa::path(get, path = "/api/v1/organization/export", tag = "Organization", operation_id = "exportOrganization",
    security(("bearer" = ["admin", "owner"])),
    description = "Returns all data as lines of JSON: first `{\"organization\",\"exportedAt\"}`, then \
                   `{\"table\",\"row\"}` for every row of every table, and last `{\"end\":true,\"rows\"}`. A file \
                   without the last line is incomplete. Secrets and hashes are excluded. Ids are UUIDs here.",
    responses(
        (status = 200, description = "All data at the same point in time", body = String,
            content_type = "application/x-ndjson"),
        (status = 403, description = "Requires an owner's key with scope `admin`", body = ErrorSchema),
        (status = 409, description = "`export_running`: another export of the organization is running",
            body = ErrorSchema),
        Refused))]
pub async fn export(State(state): State<AppState>, GovernKey(key): GovernKey) -> Result<Response, Error> {
    export::answer(&state, key.organization, &key.actor).await
}

/// Writes validated changes; returns the new profile and the audit log entry. Two changes at a time come one after the
/// other, so that neither undoes what the other changed.
///
/// # Errors
/// 400 naming `timeZone` if the zone doesn't exist; 404 if the organization doesn't exist.
pub async fn apply(tx: &mut TenantTx, state: &AppState, changes: Changes) -> Result<(Profile, Entry), Error> {
    lock_store::lock(tx).await?;
    time_zone::known(tx, &changes).await?;
    let before = store::profile(tx).await?.ok_or_else(Error::not_found)?;
    let renamed = changes.name.as_ref().is_some_and(|name| *name != before.name);
    let after = changes.applied_to(before.clone());
    store::set_profile(tx, &after).await?;
    if renamed {
        // A link host's record at the edge contains the brand's name.
        for host in store::hosts(tx).await? {
            publish::host(tx, &host, state.clock.now()).await?;
        }
    }
    let (was, is) = differences(&before, &after);
    Ok((after, Entry::new("organization.changed", tx.organization()).before(was).after(is)))
}

fn differences(before: &Profile, after: &Profile) -> (Value, Value) {
    let fields = |profile: &Profile| {
        [
            ("name", json!(profile.name)),
            ("slug", json!(profile.slug)),
            ("billingEmail", json!(profile.billing_email)),
            ("timeZone", json!(profile.time_zone)),
            ("brandColor", json!(profile.brand_color)),
            ("logoUrl", json!(profile.logo_url)),
        ]
    };
    let (mut was, mut is) = (json!({}), json!({}));
    for ((name, old), (_, new)) in fields(before).into_iter().zip(fields(after)) {
        if old != new {
            was[name] = old;
            is[name] = new;
        }
    }
    (was, is)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_empties_and_nothing_stays() {
        let read = |text: &str| serde_json::from_str::<ChangedOrganization>(text).unwrap();
        assert_eq!(read(r#"{"logoUrl":null}"#).logo_url, Some(None));
        assert_eq!(read("{}").logo_url, None);
        assert_eq!(read(r#"{"logoUrl":"https://a.test"}"#).logo_url, Some(Some("https://a.test".to_owned())));
    }

    #[test]
    fn the_audit_log_is_told_what_differs() {
        let profile = Profile {
            name: "Acme".to_owned(),
            slug: "acme".to_owned(),
            billing_email: None,
            time_zone: "UTC".to_owned(),
            brand_color: None,
            logo_url: None,
            is_test: false,
            created_at: shared::timestamp::Timestamp::EPOCH,
        };
        let renamed = Profile { name: "Acme SaaS".to_owned(), ..profile.clone() };
        assert_eq!(differences(&profile, &renamed), (json!({"name": "Acme"}), json!({"name": "Acme SaaS"})));
    }
}
