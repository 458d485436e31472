//! How an organization signs its emails to affiliates: where replies go, and its postal address.

use serde_json::json;

use super::lock_store;
use crate::audit::Entry;
use kit::{
    api::text,
    db::TenantTx,
    error::{Checks, Error},
};

const ADDRESS_MAX: usize = 200;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MailSender {
    /// Where replies go; `None` sends them to the billing email.
    pub contact_email: Option<String>,
    /// On one line.
    pub postal_address: Option<String>,
}

impl MailSender {
    /// Validates what someone typed; blank texts become `None`.
    ///
    /// # Errors
    /// 400 naming each field.
    pub fn checked(contact_email: &str, postal_address: &str) -> Result<Self, Error> {
        let mut checks = Checks::default();
        let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let contact = given(contact_email).map(|typed| text::email("contactEmail", &typed));
        let address = given(postal_address).map(|typed| text::checked("postalAddress", &typed, ADDRESS_MAX));
        let sender = Self {
            contact_email: checks.value(contact.transpose()),
            postal_address: checks.value(address.transpose()),
        };
        checks.end().map(|()| sender)
    }

    fn entry(&self) -> serde_json::Value {
        json!({"contactEmail": self.contact_email, "postalAddress": self.postal_address})
    }
}

pub async fn read(tx: &mut TenantTx) -> Result<MailSender, sqlx::Error> {
    let row = sqlx::query_as!(
        MailSender,
        "select contact_email, postal_address from organizations where organization_id = $1",
        tx.organization().uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.unwrap_or_default())
}

/// Saves the sender; returns the audit entry if something changed.
pub async fn save(tx: &mut TenantTx, sender: &MailSender) -> Result<Option<Entry>, sqlx::Error> {
    lock_store::lock(tx).await?;
    let before = read(tx).await?;
    if before == *sender {
        return Ok(None);
    }
    sqlx::query!(
        "update organizations set contact_email = $2, postal_address = $3 where organization_id = $1",
        tx.organization().uuid(),
        sender.contact_email,
        sender.postal_address,
    )
    .execute(tx.conn())
    .await?;
    Ok(Some(Entry::new("organization.changed", tx.organization()).before(before.entry()).after(sender.entry())))
}

/// Changes what was sent: `None` keeps a field, also if another request changes it at the same time, and `Some(None)`
/// clears it. Returns the audit entry if something changed.
///
/// # Errors
/// 400 naming each field.
pub async fn change(
    tx: &mut TenantTx,
    contact_email: Option<Option<String>>,
    postal_address: Option<Option<String>>,
) -> Result<Option<Entry>, Error> {
    if contact_email.is_none() && postal_address.is_none() {
        return Ok(None);
    }
    lock_store::lock(tx).await?;
    let now = read(tx).await?;
    let contact = contact_email.unwrap_or(now.contact_email).unwrap_or_default();
    let address = postal_address.unwrap_or(now.postal_address).unwrap_or_default();
    Ok(save(tx, &MailSender::checked(&contact, &address)?).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_fields_are_none_and_mistakes_are_named() {
        let sender = MailSender::checked(" Hello@Acme.test ", "").unwrap();
        assert_eq!(sender, MailSender { contact_email: Some("hello@acme.test".to_owned()), postal_address: None });
        let error = MailSender::checked("nobody", "1 Main Street\r\nSpringfield").unwrap_err();
        let fields: Vec<_> = error.each().map(|one| one.body().field.clone().unwrap_or_default()).collect();
        assert_eq!(fields, ["contactEmail", "postalAddress"]);
    }
}
