//! Rows of another organization on the connection of a transaction that has begun, such as what a test mode reads of its
//! live organization. If it took a second connection, requests that hold one each could wait for one another.

use std::pin::Pin;

use shared::id::OrganizationId;

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
        sqlx::query!("select rekomi_bind($1, $2)", setting, value).fetch_one(self.conn()).await.map(drop)
    }

    async fn bind(&mut self, organization: OrganizationId, tenants: Vec<OrganizationId>) -> Result<(), sqlx::Error> {
        let list: Vec<String> = tenants.iter().map(|tenant| tenant.uuid().to_string()).collect();
        let list = list.join(",");
        sqlx::query!("select rekomi_bind($1, $2)", "rekomi.tenants", list).fetch_one(self.conn()).await?;
        self.organization = organization;
        self.tx.tenants = tenants;
        Ok(())
    }
}
