//! Names of actors for display: a person's email or name, a key's or affiliate's name.

use std::collections::HashMap;

use shared::id::{AffiliateId, ApiKeyId, UserId};
use uuid::Uuid;

use crate::access::key_kind::KeyKind;
use kit::db::TenantTx;

/// Names by actor (`user:usr_…`, `api_key:key_…`, `affiliate:aff_…`), for those that still exist.
pub type Names = HashMap<String, String>;

/// People by their email address, as the API shows them.
pub async fn of<'a>(tx: &mut TenantTx, actors: impl Iterator<Item = &'a str> + Clone) -> Result<Names, sqlx::Error> {
    read(tx, actors, false).await
}

/// People by their own names, or by their email address until they enter a name.
pub async fn own<'a>(tx: &mut TenantTx, actors: impl Iterator<Item = &'a str> + Clone) -> Result<Names, sqlx::Error> {
    read(tx, actors, true).await
}

async fn read<'a>(
    tx: &mut TenantTx,
    actors: impl Iterator<Item = &'a str> + Clone,
    by_name: bool,
) -> Result<Names, sqlx::Error> {
    let organization = tx.organization();
    let ids = |prefix: &'static str| actors.clone().filter_map(move |actor| actor.strip_prefix(prefix));
    let users: Vec<Uuid> = ids("user:").filter_map(|id| id.parse().ok()).map(UserId::uuid).collect();
    let keys: Vec<Uuid> = ids("api_key:").filter_map(|id| id.parse().ok()).map(ApiKeyId::uuid).collect();
    let people = sqlx::query!(
        r#"select id, case when $2 and name <> '' then name else email end as "name!" from users where id = any ($1)"#,
        &users,
        by_name,
    )
    .fetch_all(tx.conn())
    .await?;
    let named = sqlx::query!(
        r#"select id, name, kind as "kind: KeyKind" from api_keys where organization_id = $1 and id = any ($2)"#,
        organization.uuid(),
        &keys,
    )
    .fetch_all(tx.conn())
    .await?;
    let affiliates: Vec<Uuid> = ids("affiliate:").filter_map(|id| id.parse().ok()).map(AffiliateId::uuid).collect();
    let partners = sqlx::query!(
        "select id, name from affiliates where organization_id = $1 and id = any ($2)",
        organization.uuid(),
        &affiliates,
    )
    .fetch_all(tx.conn())
    .await?;
    let partners = partners
        .into_iter()
        .map(|row| (format!("affiliate:{}", AffiliateId::new(row.id)), format!("affiliate {}", row.name)));
    let people = people.into_iter().map(|row| (format!("user:{}", UserId::new(row.id)), row.name));
    let keys = named.into_iter().map(|row| {
        let noun = if row.kind == KeyKind::Mcp { "AI assistant" } else { "key" };
        (format!("api_key:{}", ApiKeyId::new(row.id)), format!("{noun} {}", row.name))
    });
    Ok(people.chain(keys).chain(partners).collect())
}

/// Returns an actor's name for the beginning of a line: `Key Demo`, where a sentence would have `key Demo`.
pub fn actor_title(names: &Names, actor: &str) -> String {
    let name = actor_name(names, actor);
    let (key, affiliate) = (name.strip_prefix("key "), name.strip_prefix("affiliate "));
    match (key, affiliate) {
        (Some(key), _) if actor.starts_with("api_key:") => format!("Key {key}"),
        (_, Some(affiliate)) if actor.starts_with("affiliate:") => format!("Affiliate {affiliate}"),
        _ => name,
    }
}

/// Returns an actor's name for display.
pub fn actor_name(names: &Names, actor: &str) -> String {
    match names.get(actor) {
        Some(name) => name.clone(),
        None if actor == "system" => "Rekomi".to_owned(),
        None => actor.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_begins_with_a_capital() {
        let known =
            [("api_key:key_1", "key Demo"), ("affiliate:aff_1", "affiliate Mia"), ("user:usr_1", "key account team")];
        let names: Names = known.map(|(actor, name)| (actor.to_owned(), name.to_owned())).into();
        let titles =
            ["api_key:key_1", "affiliate:aff_1", "user:usr_1", "system"].map(|actor| actor_title(&names, actor));
        assert_eq!(titles, ["Key Demo", "Affiliate Mia", "key account team", "Rekomi"]);
    }
}
