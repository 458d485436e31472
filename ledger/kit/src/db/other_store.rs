//! Rows of another organization on the connection of a transaction that has begun, such as what a test mode reads of its
//! live organization. If it took a second connection, requests that hold one each could wait for one another.

use std::pin::Pin;

use shared::id::OrganizationId;
use sqlx::PgConnection;

use super::{Holder, TenantTx};

/// The work. It borrows the transaction.
pub type Work<'t, T> = Pin<Box<dyn Future<Output = Result<T, sqlx::Error>> + Send + 't>>;

impl TenantTx {
    /// Does a part of this transaction's work for another organization, and bound to that one alone.
    pub async fn for_other<T>(
        &mut self,
        other: OrganizationId,
        work: impl for<'t> FnOnce(&'t mut TenantTx) -> Work<'t, T> + Send,
    ) -> Result<T, sqlx::Error> {
        let (own, tenants) = (self.organization, self.tx.tenants.clone());
        self.bind(other, vec![other]).await?;
        let done = work(self).await;
        let back = self.bind(own, tenants).await;
        // After a statement that failed, nothing can be bound anymore.
        let value = done?;
        back.map(|()| value)
    }

    /// Shows the row of a holder as well, as [`super::GlobalTx::also`].
    pub async fn also(&mut self, holder: Holder<'_>) -> Result<(), sqlx::Error> {
        let (setting, value) = holder.setting();
        bind(self.conn(), setting, &value).await
    }

    async fn bind(&mut self, organization: OrganizationId, tenants: Vec<OrganizationId>) -> Result<(), sqlx::Error> {
        let list: Vec<String> = tenants.iter().map(|tenant| tenant.uuid().to_string()).collect();
        bind(self.conn(), "rekomi.tenants", &list.join(",")).await?;
        self.organization = organization;
        self.tx.tenants = tenants;
        Ok(())
    }
}

/// Binds a transaction that has begun: row-level security reads the setting.
pub(super) async fn bind(connection: &mut PgConnection, setting: &str, value: &str) -> Result<(), sqlx::Error> {
    sqlx::query!("select rekomi_bind($1, $2)", setting, value).fetch_one(connection).await.map(drop)
}
