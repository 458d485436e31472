//! Whether people may sign up here without an invitation. `REKOMI_SIGNUP` decides; without it an installation in
//! production accepts only its first owner.

use super::store;
use kit::{
    config::SignUp,
    db::{Holder, TenantTx},
    state::AppState,
};

pub async fn is_open(state: &AppState) -> Result<bool, sqlx::Error> {
    match state.config.signup {
        SignUp::Open => Ok(true),
        SignUp::Closed => Ok(false),
        SignUp::UntilFirstOwner => {
            let mut tx = state.db.global(Holder::Nothing).await?;
            let is_first = !store::has_users(tx.conn()).await?;
            tx.commit().await?;
            Ok(is_first)
        }
    }
}

/// Whom an installation lets sign up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admitted {
    /// The installation's first person. No account exists yet, so signing them in at once reveals none.
    FirstOwner,
    Anyone,
    /// No one: sign-up is closed.
    Closed,
}

/// As [`is_open`], in the transaction that creates the account: if two people try to be first at the same time, only
/// one succeeds.
pub async fn admitted(tx: &mut TenantTx, state: &AppState) -> Result<Admitted, sqlx::Error> {
    if state.config.signup == SignUp::UntilFirstOwner {
        store::lock_first_owner(tx.conn()).await?;
    }
    Ok(match (state.config.signup, store::has_users(tx.conn()).await?) {
        (SignUp::Closed, _) | (SignUp::UntilFirstOwner, true) => Admitted::Closed,
        (_, false) => Admitted::FirstOwner,
        (SignUp::Open, true) => Admitted::Anyone,
    })
}
