//! The audit log: records who changed what and when, in the transaction of the change. Entries are never modified.
//! [`crate::audit_log`] shows them.

pub mod names;
pub mod read;
pub mod sentences;
pub mod store;
pub mod targets;
pub mod words;

use serde_json::Value;
use shared::{
    id::{AuditEntryId, OrganizationId},
    timestamp::Timestamp,
};

use crate::access::actor::Actor;
use kit::{
    compiled_once,
    db::{TenantTx, TenantsTx},
    error::Result,
};

/// A change. `before` and `after` contain the changed fields, and never a secret.
#[derive(Debug, Clone)]
pub struct Entry {
    /// `noun.verb_past`.
    pub action: &'static str,
    /// The public id of what was changed.
    pub target: String,
    pub before: Option<Value>,
    pub after: Option<Value>,
}

impl Entry {
    pub fn new(action: &'static str, target: impl ToString) -> Self {
        Self { action, target: target.to_string(), before: None, after: None }
    }

    #[must_use]
    pub fn before(mut self, fields: Value) -> Self {
        self.before = Some(fields);
        self
    }

    #[must_use]
    pub fn after(mut self, fields: Value) -> Self {
        self.after = Some(fields);
        self
    }
}

/// # Errors
/// Database errors; the caller must not commit then.
#[compiled_once]
pub async fn record(tx: &mut TenantTx, actor: &Actor, now: Timestamp, entry: Entry) -> Result<()> {
    let organization = tx.organization();
    record_for(tx, organization, actor, now, entry).await
}

/// As [`record`], in a batch that changes several organizations.
pub async fn record_for(
    tx: &mut TenantsTx,
    organization: OrganizationId,
    actor: &Actor,
    now: Timestamp,
    entry: Entry,
) -> Result<()> {
    let id = AuditEntryId::v7(now.millis().unsigned_abs(), &rand::random());
    store::insert(tx, organization, id, actor, now, &entry).await?;
    Ok(())
}
