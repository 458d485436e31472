//! `/api/v1/team/{userId}/notifications`: the emails that a person wants from an organization.
//!
//! They are the person's own choice, so only a key that acts for them reads and changes them.

use axum::{Json, extract::State, http::StatusCode, response::Response};
use serde::{Deserialize, Serialize};
use serde_json::json;
use shared::id::UserId;
use utoipa::ToSchema;

use super::{
    invite,
    store::{self, MemberRow},
};
use crate::{
    access::api_key::{ReadKey, WriteKey},
    api::write::Write,
    api_key::people,
    audit::Entry,
    notification::{self, Kind},
};
use kit::{
    api::{
        body::JsonBody,
        document::{ErrorSchema, Refused},
        idempotency::IdempotencyKey,
        path::PathId,
    },
    db::TenantTx,
    error::{Error, Result},
    state::AppState,
};

/// Which emails a member of the team wants. Null: people with their role don't get this email.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NotificationSettings {
    #[schema(value_type = String, example = "usr_01kdvdna00e5v8r2m6q1w9d3xk")]
    user_id: UserId,
    /// When someone applies on one of your program pages.
    #[schema(required, example = true)]
    affiliate_applied: Option<bool>,
    /// When someone accepts an invitation to your team.
    #[schema(required, example = true)]
    team_joined: Option<bool>,
    /// When someone creates an API key.
    #[schema(required, example = true)]
    api_key_created: Option<bool>,
    /// Weekly, while payable commissions haven't been paid out.
    #[schema(required, example = true)]
    commissions_due: Option<bool>,
    /// On Monday mornings: what changed in the week.
    #[schema(required, example = false)]
    weekly_summary: Option<bool>,
    /// When a creator of the network writes to you. Also null where there is no creator network.
    #[schema(required, example = true)]
    network_messages: Option<bool>,
}

/// The emails to turn on or off. Omitted ones stay as they are.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schema(example = json!({"weeklySummary": false}))]
pub struct ChangedNotificationSettings {
    /// When someone applies on one of your program pages.
    affiliate_applied: Option<bool>,
    /// When someone accepts an invitation to your team.
    team_joined: Option<bool>,
    /// When someone creates an API key. False is rejected: the person turns these emails off in their account.
    api_key_created: Option<bool>,
    /// Weekly, while payable commissions haven't been paid out.
    commissions_due: Option<bool>,
    /// On Monday mornings: what changed in the week.
    weekly_summary: Option<bool>,
    /// When a creator of the network writes to you. Rejected where there is no creator network.
    network_messages: Option<bool>,
}

impl ChangedNotificationSettings {
    const fn all(&self) -> [(Kind, &'static str, Option<bool>); 6] {
        [
            (Kind::AffiliateApplied, "affiliateApplied", self.affiliate_applied),
            (Kind::TeamJoined, "teamJoined", self.team_joined),
            (Kind::ApiKeyCreated, "apiKeyCreated", self.api_key_created),
            (Kind::CommissionsDue, "commissionsDue", self.commissions_due),
            (Kind::WeeklySummary, "weeklySummary", self.weekly_summary),
            (Kind::NetworkMessage, "networkMessages", self.network_messages),
        ]
    }
}

/// Retrieve a member's notifications
///
/// Requires a key that acts for this person: one that they created.
#[utoipa::path(get, path = "/api/v1/team/{userId}/notifications", tag = "Team",
    operation_id = "getNotificationSettings",
    params(("userId" = String, Path, example = "usr_01kdvdna00e5v8r2m6q1w9d3xk")),
    responses(
        (status = 200, description = "Which emails the person wants", body = NotificationSettings),
        (status = 403, description = "The key acts for someone else", body = ErrorSchema),
        (status = 404, description = "The user isn't a member", body = ErrorSchema),
        (status = 409, description = "`test_mode`: test mode shares the live organization's team", body = ErrorSchema),
        Refused))]
pub async fn read(
    State(state): State<AppState>,
    key: ReadKey,
    PathId(user): PathId<UserId>,
) -> Result<Json<NotificationSettings>> {
    let mut tx = key.tx(&state).await?;
    let member = own(&mut tx, &key, user).await?;
    let settings = shown(&mut tx, &state, &member).await?;
    tx.commit().await?;
    Ok(Json(settings))
}

/// Update a member's notifications
#[utoipa::path(patch, path = "/api/v1/team/{userId}/notifications", tag = "Team",
    operation_id = "updateNotificationSettings",
    description = "Turns emails on or off for the person for whom the key acts: the one who created it.",
    params(("userId" = String, Path, example = "usr_01kdvdna00e5v8r2m6q1w9d3xk"),
        IdempotencyKey),
    request_body = ChangedNotificationSettings,
    responses(
        (status = 200, description = "Which emails the person wants", body = NotificationSettings),
        (status = 404, description = "The user isn't a member", body = ErrorSchema),
        (status = 409, description = "`test_mode` or `idempotency_conflict`", body = ErrorSchema),
        Refused))]
pub async fn change(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    PathId(user): PathId<UserId>,
    idempotency: IdempotencyKey,
    body: JsonBody<ChangedNotificationSettings>,
) -> Result<Response> {
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let member = own(&mut write.tx, &key, user).await?;
    let requested = body.value.all();
    check(&requested, &member, state.config.network.enabled)?;
    let mut changes = serde_json::Map::new();
    for (kind, field, on) in requested {
        if let Some(on) = on {
            notification::store::choose(&mut write.tx, user, kind, on).await?;
            changes.insert(field.to_owned(), json!(on));
        }
    }
    write.audit(Entry::new("notifications.changed", user).after(changes.into())).await?;
    let settings = shown(&mut write.tx, &state, &member).await?;
    write.answer(StatusCode::OK, &settings).await
}

/// # Errors
/// 400 naming the field: nothing is named, the person's role doesn't get the email, or it is one that only the person
/// can turn off, or one about a creator network that isn't there.
fn check(requested: &[(Kind, &'static str, Option<bool>)], member: &MemberRow, has_network: bool) -> Result<()> {
    let mut named = requested.iter().filter_map(|(kind, field, on)| Some((kind, *field, (*on)?))).peekable();
    if named.peek().is_none() {
        return Err(Error::field("weeklySummary", "Send at least one of the fields."));
    }
    for (kind, field, on) in named {
        if !kind.is_for(member.role) {
            let message = format!("{field} isn't sent to people with the role {}.", member.role.as_str());
            return Err(Error::field(field, message));
        }
        if !kind.is_offered(member.role, has_network) {
            return Err(Error::field(field, format!("{field} needs a creator network, and there is none here.")));
        }
        if *kind == Kind::ApiKeyCreated && !on {
            let message = "apiKeyCreated can only be turned off by the person, in their account.";
            return Err(Error::field(field, message));
        }
    }
    Ok(())
}

/// The member for whom the key acts.
///
/// # Errors
/// 404 if the user isn't a member, 403 if the key acts for someone else, 409 in test mode.
async fn own(tx: &mut TenantTx, key: &ReadKey, user: UserId) -> Result<MemberRow> {
    invite::live(tx).await?;
    let member = store::read(tx, user).await?.ok_or_else(Error::not_found)?;
    if people::behind(tx, &key.actor.who).await? != Some(user) {
        return Err(Error::forbidden("Use a key that acts for this person: these settings are their own choice."));
    }
    Ok(member)
}

async fn shown(tx: &mut TenantTx, state: &AppState, member: &MemberRow) -> Result<NotificationSettings> {
    let (organization, has_network) = (tx.organization(), state.config.network.enabled);
    let chosen = notification::store::chosen(tx, member.user).await?;
    let of = |kind: Kind| {
        let own = chosen.iter().find(|(id, name, _)| *id == organization && name == kind.name());
        kind.is_offered(member.role, has_network).then(|| own.is_none_or(|(.., on)| *on))
    };
    Ok(NotificationSettings {
        user_id: member.user,
        affiliate_applied: of(Kind::AffiliateApplied),
        team_joined: of(Kind::TeamJoined),
        api_key_created: of(Kind::ApiKeyCreated),
        commissions_due: of(Kind::CommissionsDue),
        weekly_summary: of(Kind::WeeklySummary),
        network_messages: of(Kind::NetworkMessage),
    })
}
