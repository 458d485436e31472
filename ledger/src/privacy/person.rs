//! Finds a person by an email address, a brand's id, or one of our ids.

use shared::id::{AffiliateId, CustomerId};

use engine::privacy::arrival;
use kit::{db::TenantTx, state::AppState};
use rules::customer::mailbox::email_key;

/// A person who was found.
#[derive(Debug)]
pub struct Person {
    pub id: String,
    /// `Customer` or `Affiliate`.
    pub kind: &'static str,
    /// The brand's id for the customer, or the affiliate's name.
    pub called: String,
    pub email: String,
    /// The sales of a customer, or those credited to an affiliate.
    pub sales: i64,
    pub is_erased: bool,
}

/// Customers and affiliates with this name, id or address, including an erased address.
pub async fn find(tx: &mut TenantTx, state: &AppState, sought: &str) -> Result<Vec<Person>, sqlx::Error> {
    let organization = tx.organization();
    let key = match arrival::compared(tx, state, sought).await? {
        Some(pseudonym) => pseudonym,
        None => email_key(sought),
    };
    let (customer, affiliate) = (sought.parse::<CustomerId>().ok(), sought.parse::<AffiliateId>().ok());
    let customers = sqlx::query!(
        r#"select c.id, c.external_id, c.email, c.erased_at is not null as "is_erased!",
                  (select count(*) from conversions v where v.organization_id = $1 and v.customer_id = c.id) as "sales!"
           from customers c
           where c.organization_id = $1 and (c.id = $2 or c.external_id = $3 or c.id in
                 (select customer_id from customer_emails where organization_id = $1 and email_key = $4))
           order by c.id limit 50"#,
        organization.uuid(),
        customer.map(|id| id.uuid()),
        sought,
        key,
    )
    .fetch_all(tx.conn())
    .await?;
    let affiliates = sqlx::query!(
        r#"select a.id, a.name, a.email, a.erased_at is not null as "is_erased!",
                  (select count(*) from conversions v where v.organization_id = $1 and v.affiliate_id = a.id) as "sales!"
           from affiliates a
           where a.organization_id = $1 and (a.id = $2 or a.email = lower($3) or a.slug_key = lower($3) or a.id in
                 (select affiliate_id from affiliate_emails where organization_id = $1 and email_key = $4))
           order by a.id limit 50"#,
        organization.uuid(),
        affiliate.map(|id| id.uuid()),
        sought,
        key,
    )
    .fetch_all(tx.conn())
    .await?;
    let customers = customers.into_iter().map(|row| Person {
        id: CustomerId::new(row.id).to_string(),
        kind: "Customer",
        called: row.external_id,
        email: row.email.unwrap_or_default(),
        sales: row.sales,
        is_erased: row.is_erased,
    });
    let affiliates = affiliates.into_iter().map(|row| Person {
        id: AffiliateId::new(row.id).to_string(),
        kind: "Affiliate",
        called: row.name,
        email: row.email,
        sales: row.sales,
        is_erased: row.is_erased,
    });
    Ok(customers.chain(affiliates).collect())
}
