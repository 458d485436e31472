//! Notes what went beyond a limit, in a transaction of its own: what was refused is rolled back.

use shared::id::{self, CreatorId, OrganizationId};

use super::{
    Reason,
    store::{self, New},
};
use kit::{
    db::{GlobalTx, Holder},
    error::Result,
    limit::Limit,
    state::AppState,
};

/// About a creator, in the transaction that found it. The transaction shows what the operator sees from then on.
pub async fn creator_in(
    tx: &mut GlobalTx,
    state: &AppState,
    creator: CreatorId,
    (reason, detail): (Reason, &str),
) -> std::result::Result<(), sqlx::Error> {
    store::operate(tx.conn()).await?;
    let id = state.new_id::<id::NetworkMessage>().uuid();
    let new = New { creator: Some(creator), other: None, detail: detail.to_owned() };
    store::raise(tx, (id, reason), &new, state.clock.now()).await
}

/// About a creator.
pub async fn creator(state: &AppState, creator: CreatorId, (reason, detail): (Reason, &str)) -> Result<()> {
    note(state, reason, &New { creator: Some(creator), other: None, detail: detail.to_owned() }).await
}

/// Requests for sign-in links that were refused. A flood must not become a flood of writes: it is noted once a minute.
pub async fn sign_ups(state: &AppState) -> Result<()> {
    let buckets = Limit::SignUpNote.buckets();
    if !state.throttle.take(&buckets, state.clock.wall()) {
        return Ok(());
    }
    let noted = note(state, Reason::TooManySignUps, &New::default()).await;
    noted.inspect_err(|_| state.throttle.put_back(&buckets))
}

/// Invitations that were refused because the brand sent as many as it may. The same as for sign-ups holds for each brand.
pub async fn invitations(state: &AppState, organization: OrganizationId) -> Result<()> {
    let buckets = Limit::InvitationNote(organization).buckets();
    if !state.throttle.take(&buckets, state.clock.wall()) {
        return Ok(());
    }
    let noted = async {
        let mut tx = state.db.tenant(organization).await?;
        store::raise_brand(&mut tx, state.new_id::<id::NetworkMessage>().uuid(), state.clock.now()).await?;
        tx.commit().await
    };
    // What couldn't be noted is noted with the next refusal.
    Ok(noted.await.inspect_err(|_| state.throttle.put_back(&buckets))?)
}

async fn note(state: &AppState, reason: Reason, new: &New) -> Result<()> {
    let mut tx = state.db.global(Holder::Nothing).await?;
    store::operate(tx.conn()).await?;
    let id = state.new_id::<id::NetworkMessage>().uuid();
    store::raise(&mut tx, (id, reason), new, state.clock.now()).await?;
    Ok(tx.commit().await?)
}
