//! Sets and ends a program's discount.

use serde_json::json;
use shared::{
    event::Gateway,
    id::{GatewayConnectionId, ProgramId},
    timestamp::Timestamp,
};

use super::{
    store::{self, Discount},
    view::{DiscountTerms, NewDiscount},
};
use crate::link::create::{not_found, program_in_use};
use engine::{book, lookup_store};
use identity::audit::Entry;
use kit::{
    db::TenantTx,
    error::{Error, Result},
    state::AppState,
};

/// Sets the program's discount. Other terms, or another name, end the current one and start another; codes keep the
/// discount that they were created with. Returns no audit entry if nothing changed.
///
/// # Errors
/// 404 for the program or the connection; 400 naming the field.
pub async fn set(
    tx: &mut TenantTx,
    state: &AppState,
    program: ProgramId,
    new: &NewDiscount,
) -> Result<(Discount, Option<Entry>)> {
    if !lookup_store::has_program(tx, program).await? {
        return Err(Error::not_found());
    }
    program_in_use(tx, program).await?;
    book::store::lock(tx).await?;
    let now = state.clock.now();
    let before = store::current(tx, program).await?;
    let gateway = account(tx, program, new.connection_id).await?;
    let (name, terms) = (new.checked_name()?, new.terms(gateway, now)?);
    let affiliates_choose = new.affiliates_may_choose.unwrap_or_default();
    let is_same = |one: &&Discount| one.terms == terms && one.name == name && one.connection == new.connection_id;
    let same = before.as_ref().filter(is_same);
    let after = if let Some(same) = same {
        if same.affiliates_choose == affiliates_choose {
            return Ok((same.clone(), None));
        }
        store::let_choose(tx, same.id, affiliates_choose).await?;
        Discount { affiliates_choose, ..same.clone() }
    } else {
        if let Some(before) = &before {
            store::end(tx, before.id, now).await?;
        }
        let connection = new.connection_id;
        let id = state.new_id();
        let after = Discount {
            id,
            program,
            connection,
            gateway,
            name,
            terms,
            affiliates_choose,
            created_at: now,
            ended_at: None,
        };
        store::insert(tx, &after).await?;
        after
    };
    let entry = Entry::new("program.discount_changed", program).after(logged(&after));
    Ok((after, Some(if let Some(before) = before { entry.before(logged(&before)) } else { entry })))
}

/// Ends the program's discount: no new codes are created, and those that exist keep working.
///
/// # Errors
/// 404 if the program has none.
pub async fn end(tx: &mut TenantTx, program: ProgramId, now: Timestamp) -> Result<(Discount, Entry)> {
    book::store::lock(tx).await?;
    let before = store::current(tx, program).await?.ok_or_else(Error::not_found)?;
    store::end(tx, before.id, now).await?;
    let entry = Entry::new("program.discount_ended", program).before(logged(&before));
    Ok((Discount { ended_at: Some(now), ..before }, entry))
}

/// Returns the gateway of a connection in which codes can be created.
async fn account(tx: &mut TenantTx, program: ProgramId, id: GatewayConnectionId) -> Result<Gateway> {
    let account = store::accounts(tx, Some(id)).await?.pop().ok_or_else(|| not_found("connectionId"))?;
    let refused = |message: &str| Err(Error::field("connectionId", message));
    match store::gateway(&account.gateway) {
        gateway if !store::has_codes(gateway) => refused("Codes can only be created in Stripe and Paddle."),
        _ if account.program_id != program => refused("The sales of this gateway account belong to another program."),
        _ if account.status == "disabled" => refused("This connection is disabled. Enable it first."),
        _ if !account.has_key => refused("This connection has only a signing secret. Add an API key to it first."),
        gateway => Ok(gateway),
    }
}

fn logged(discount: &Discount) -> serde_json::Value {
    let terms = DiscountTerms::from(discount.terms);
    json!({
        "connectionId": discount.connection, "name": discount.name, "terms": terms,
        "affiliatesMayChoose": discount.affiliates_choose,
    })
}
