//! The emails that an affiliate wants. Code that sends one checks this first.

use shared::{id::AffiliateId, timestamp::Timestamp};

use super::profile_store;
use kit::db::TenantTx;

/// A kind of email; all are on until the affiliate turns them off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    CommissionEarned,
    PayoutSent,
    FirstClick,
}

impl Kind {
    pub const ALL: [Self; 3] = [Self::FirstClick, Self::CommissionEarned, Self::PayoutSent];

    /// The name in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CommissionEarned => "commission_earned",
            Self::PayoutSent => "payout_sent",
            Self::FirstClick => "first_click",
        }
    }

    /// The message that tells the affiliate when the email is sent.
    pub const fn message(self) -> &'static str {
        match self {
            Self::FirstClick => "portal-profile-emails-first-click",
            Self::CommissionEarned => "portal-profile-emails-commission",
            Self::PayoutSent => "portal-profile-emails-payout",
        }
    }
}

/// Returns whether the affiliate wants emails of that kind.
pub async fn wants(tx: &mut TenantTx, affiliate: AffiliateId, kind: Kind) -> Result<bool, sqlx::Error> {
    let all = all(tx, affiliate).await?;
    Ok(all.into_iter().any(|(one, requested)| one == kind && requested))
}

/// Returns all kinds, and whether the affiliate wants each.
pub async fn all(tx: &mut TenantTx, affiliate: AffiliateId) -> Result<Vec<(Kind, bool)>, sqlx::Error> {
    let changed = profile_store::changed_kinds(tx, affiliate).await?;
    let requested =
        |kind: Kind| changed.iter().find(|(name, _)| *name == kind.as_str()).is_none_or(|(_, requested)| *requested);
    Ok(Kind::ALL.into_iter().map(|kind| (kind, requested(kind))).collect())
}

/// Turns emails on or off.
pub async fn set(
    tx: &mut TenantTx,
    affiliate: AffiliateId,
    (kind, requested): (Kind, bool),
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    profile_store::set_kind(tx, affiliate, (kind.as_str(), requested), now).await
}
