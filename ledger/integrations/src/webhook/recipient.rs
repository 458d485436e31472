//! Finds whose profile at the vendor an event belongs to: the affiliate it is about, by email.

use std::collections::HashMap;

use serde::Deserialize;
use shared::id::AffiliateId;
use uuid::Uuid;

use super::delivery::Due;
use kit::db::TenantTx;

/// The fields of an event's object that identify its affiliate: the object is the affiliate, or names one.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct About {
    affiliate_id: Option<String>,
    id: Option<String>,
}

/// Loads the affiliates' current emails, by message. An event about an affiliate who was erased, or about a sample, has
/// none.
pub async fn addresses(tx: &mut TenantTx, set: &[Due]) -> Result<HashMap<Uuid, String>, sqlx::Error> {
    let about: Vec<(Uuid, AffiliateId)> =
        set.iter().filter_map(|due| Some((due.key.message.uuid(), affiliate(&due.data)?))).collect();
    let ids: Vec<Uuid> = about.iter().map(|(_, affiliate)| affiliate.uuid()).collect();
    let rows = sqlx::query!(
        "select id, email from affiliates
         where organization_id = $1 and id = any ($2) and erased_at is null and email not like '%@sample.invalid'",
        tx.organization().uuid(),
        &ids,
    )
    .fetch_all(tx.conn())
    .await?;
    let known: HashMap<Uuid, String> = rows.into_iter().map(|row| (row.id, row.email)).collect();
    let found = about.into_iter();
    Ok(found.filter_map(|(message, affiliate)| Some((message, known.get(&affiliate.uuid())?.clone()))).collect())
}

fn affiliate(data: &str) -> Option<AffiliateId> {
    let about: About = serde_json::from_str(data).ok()?;
    about.affiliate_id.or(about.id)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_names_its_affiliate_or_is_one() {
        let id = AffiliateId::from_bytes([7; 16]);
        assert_eq!(affiliate(&format!(r#"{{"id":"{id}","email":"a@b.test"}}"#)), Some(id));
        assert_eq!(affiliate(&format!(r#"{{"id":"po_1","affiliateId":"{id}"}}"#)), Some(id));
        for nobody in ["{}", r#"{"id":"conv_1","affiliateId":null}"#, "[]", ""] {
            assert_eq!(affiliate(nobody), None, "{nobody}");
        }
    }
}
