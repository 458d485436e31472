//! Brings one code up to date: what it should be is read at this moment, then one action follows.

use shared::{id::OrganizationId, seal::Secret};

use super::store::{self, Due, Task};
use crate::gateway_connection::{
    encryption::{self, Column},
    providers::{Client, ProviderError},
};
use engine::book;
use kit::{error::Result, state::AppState};
use outbox::edge_config::publish;

/// What is left to do at the gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action<'t> {
    Create,
    /// Activate or deactivate the code with this id.
    Switch(&'t str, bool),
    /// A request to create it was sent, and its answer isn't known: find the code, and deactivate it.
    Withdraw,
    /// The code never got to the gateway.
    Forget,
    Nothing,
}

/// The code's state after an action.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    Active(String),
    /// With its id, if the gateway has it: it is activated again once it may be used again.
    Archived(Option<String>),
    /// The gateway's definite refusal, in plain words.
    Refused(String),
}

/// # Errors
/// Database errors; the code stays due.
pub async fn run(state: &AppState, due: Due) -> Result<()> {
    let mut tx = state.db.tenant(due.organization).await?;
    let Some(task) = store::task(&mut tx, due.coupon, state.clock.now()).await? else { return Ok(()) };
    let action = next(&task);
    if action == Action::Create {
        store::count_sending(&mut tx, due.coupon, state.clock.wall()).await?;
    }
    tx.commit().await?;
    let outcome = match act(state, due.organization, &task, action).await {
        Ok(Some(outcome)) => outcome,
        Ok(None) => {
            let mut tx = state.db.tenant(due.organization).await?;
            store::rest(&mut tx, &task).await?;
            return Ok(tx.commit().await?);
        }
        Err(ProviderError::Refused { message, .. }) => Outcome::Refused(message),
        Err(ProviderError::Away { message, retry_after }) => {
            return wait(state, &due, &task, &message, retry_after).await;
        }
    };
    let mut tx = state.db.tenant(due.organization).await?;
    book::store::lock(&mut tx).await?;
    let now = state.clock.now();
    store::settle(&mut tx, &task, &outcome, now).await?;
    publish::affiliate(&mut tx, task.new.affiliate, now).await?;
    tx.commit().await?;
    state.edge_config_changed.notify_one();
    // An error only means that no page is listening.
    drop(state.news.send(due.organization));
    Ok(())
}

fn next(task: &Task) -> Action<'_> {
    match (task.is_on, task.external_id.as_deref(), task.status.as_str()) {
        // Someone deactivated it at the gateway; only a person's retry activates it again.
        (true, Some(_), "active" | "refused") | (false, Some(_), "archived") => Action::Nothing,
        (true, Some(id), _) => Action::Switch(id, true),
        (true, None, _) => Action::Create,
        (false, Some(id), _) => Action::Switch(id, false),
        (false, None, _) if task.was_sent => Action::Withdraw,
        (false, None, _) => Action::Forget,
    }
}

/// Returns `None` if nothing was left to do.
async fn act(
    state: &AppState,
    organization: OrganizationId,
    task: &Task,
    action: Action<'_>,
) -> std::result::Result<Option<Outcome>, ProviderError> {
    match action {
        Action::Nothing => return Ok(None),
        Action::Forget => return Ok(Some(Outcome::Archived(None))),
        Action::Create | Action::Switch(..) | Action::Withdraw => {}
    }
    let key = key(state, organization, task)?;
    let client = Client::new(state, task.gateway, task.environment.as_deref(), &key);
    Ok(Some(match action {
        Action::Create => Outcome::Active(client.create_code(&task.new).await?),
        Action::Switch(id, is_on) => {
            client.switch_code(id, is_on).await?;
            if is_on { Outcome::Active(id.to_owned()) } else { Outcome::Archived(Some(id.to_owned())) }
        }
        _ => {
            let found = client.find_code(&task.new).await?;
            if let Some(id) = &found {
                client.switch_code(id, false).await?;
            }
            Outcome::Archived(found)
        }
    }))
}

pub(super) fn key(
    state: &AppState,
    organization: OrganizationId,
    task: &Task,
) -> std::result::Result<Secret, ProviderError> {
    let refused = |message: &str| ProviderError::Refused { message: message.to_owned(), field: None };
    let Some(sealed) = task.sealed_api_key.as_ref().filter(|_| !task.is_disconnected) else {
        return Err(refused(
            "The gateway connection was removed, or has no API key. Change the code at the gateway yourself, or set the \
             discount again with another connection.",
        ));
    };
    encryption::open(&state.config.keys, organization, task.connection, Column::ApiKey, sealed).map_err(|error| {
        tracing::error!(
            event = "coupon.credential_unreadable", connection = %task.connection,
            "a stored credential could not be opened: {error}"
        );
        refused("The stored API key can\u{2019}t be decrypted. Enter it again on the page Gateways, then retry.")
    })
}

/// Stores why the code is still waiting. If the gateway asks for patience, all of the connection's codes wait.
async fn wait(state: &AppState, due: &Due, task: &Task, message: &str, retry_after: Option<u32>) -> Result<()> {
    let mut tx = state.db.tenant(due.organization).await?;
    store::waits(&mut tx, due.coupon, &format!("{message} We\u{2019}ll try again.")).await?;
    if let Some(seconds) = retry_after {
        store::postpone(&mut tx, task.connection, f64::from(seconds.clamp(1, 3_600))).await?;
    }
    Ok(tx.commit().await?)
}

#[cfg(test)]
mod tests {
    use shared::{
        event::Gateway,
        id::{AffiliateId, CouponId, DiscountId, GatewayConnectionId},
    };

    use super::*;
    use crate::gateway_connection::providers::codes::NewCode;
    use rules::coupon::discount::{Duration, Limits, Off, Terms};

    fn task(is_on: bool, external_id: Option<&str>, status: &str, was_sent: bool) -> Task {
        Task {
            new: NewCode {
                coupon: CouponId::from_bytes([1; 16]),
                affiliate: AffiliateId::from_bytes([2; 16]),
                discount: DiscountId::from_bytes([3; 16]),
                discount_name: None,
                terms: Terms { off: Off::Share(2_000), duration: Duration::Once, limits: Limits::default() },
                has_discount: false,
                code: "LAUREN20".to_owned(),
                is_chosen: false,
                refusals: 0,
            },
            is_on,
            status: status.to_owned(),
            external_id: external_id.map(str::to_owned),
            was_sent,
            changes: 0,
            connection: GatewayConnectionId::from_bytes([4; 16]),
            gateway: Gateway::Stripe,
            environment: None,
            sealed_api_key: None,
            is_disconnected: false,
        }
    }

    #[test]
    fn the_next_action_follows_from_what_is_known() {
        for (is_on, id, status, was_sent, action) in [
            (true, None, "waiting", false, Action::Create),
            (true, None, "waiting", true, Action::Create),
            (true, Some("p"), "waiting", true, Action::Switch("p", true)),
            (true, Some("p"), "archived", true, Action::Switch("p", true)),
            (true, Some("p"), "active", true, Action::Nothing),
            (true, Some("p"), "refused", true, Action::Nothing),
            (false, Some("p"), "active", true, Action::Switch("p", false)),
            (false, Some("p"), "refused", true, Action::Switch("p", false)),
            (false, Some("p"), "archived", true, Action::Nothing),
            (false, None, "waiting", true, Action::Withdraw),
            (false, None, "waiting", false, Action::Forget),
        ] {
            assert_eq!(next(&task(is_on, id, status, was_sent)), action, "{is_on} {id:?} {status} {was_sent}");
        }
    }
}
