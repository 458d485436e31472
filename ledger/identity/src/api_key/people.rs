//! The people behind keys: the person a key acts for, everyone who knows its secret, and the keys that a person knows.
//! A key acts for the person who created it, as long as that person is a member.

use std::collections::{BTreeMap, BTreeSet};

use shared::{
    id::{ApiKeyId, UserId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use super::store::{self, Filter, Row};
use kit::db::TenantTx;

/// Keys can create keys; a longer chain only serves to hide someone, so its last keys act for no person.
const HANDS: usize = 20;

/// The creator of a key, and everyone who saw its secret, as the audit log names them.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    created_by: Option<String>,
    seen_by: Vec<String>,
}

/// All of an organization's keys, by id.
pub type Origins = BTreeMap<Uuid, Origin>;

/// Everyone who knows a key's secret.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holders {
    pub people: BTreeSet<UserId>,
    /// Whether someone who isn't in the records saw it.
    pub strangers: bool,
}

/// Returns the person an actor acts for. `None` if no person is known: for scheduled work, for keys that were created
/// before anyone signed in, and for keys whose creator has left the organization.
pub async fn behind(tx: &mut TenantTx, actor: &str) -> Result<Option<UserId>, sqlx::Error> {
    let origins = origins(tx).await?;
    match creator(&origins, actor) {
        Some(user) if is_member(tx, user).await? => Ok(Some(user)),
        _ => Ok(None),
    }
}

/// Returns whether the person behind a key, a member, is the only one who ever saw its secret or the secret of the key
/// that created it.
pub async fn knows_alone(tx: &mut TenantTx, actor: &str, person: UserId) -> Result<bool, sqlx::Error> {
    let holders = holders(&origins(tx).await?, actor);
    Ok(!holders.strangers && holders.people.len() == 1 && holders.people.contains(&person))
}

/// Returns an organization's active keys, newest first, with everyone who knows each. `others` are the keys of another
/// organization that may have created some of them: for a test mode, those of its organization.
pub async fn active(tx: &mut TenantTx, others: &Origins, now: Timestamp) -> Result<Vec<(Row, Holders)>, sqlx::Error> {
    let mut origins = origins(tx).await?;
    origins.extend(others.iter().map(|(id, origin)| (*id, origin.clone())));
    let filter = Filter { is_active: Some(true), ..Filter::default() };
    let active = store::list(tx, filter, None, i64::MAX, now).await?;
    Ok(active
        .into_iter()
        .map(|row| {
            let holders = holders(&origins, &format!("api_key:{}", row.id));
            (row, holders)
        })
        .collect())
}

pub async fn origins(tx: &mut TenantTx) -> Result<Origins, sqlx::Error> {
    let rows = sqlx::query!(
        "select id, created_by, seen_by from api_keys where organization_id = $1",
        tx.organization().uuid()
    )
    .fetch_all(tx.conn())
    .await?;
    let origin = |created_by, seen_by| Origin { created_by, seen_by };
    Ok(rows.into_iter().map(|row| (row.id, origin(row.created_by, row.seen_by))).collect())
}

/// Test mode has the live organization's team and no money, so everyone who reaches it counts as a member.
async fn is_member(tx: &mut TenantTx, user: UserId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from memberships where organization_id = $1 and user_id = $2)
               or exists (select from organizations where organization_id = $1 and mode = 'test') as "member!""#,
        tx.organization().uuid(),
        user.uuid(),
    )
    .fetch_one(tx.conn())
    .await
}

/// Returns the person at the start of the chain of keys that created an actor.
fn creator(origins: &Origins, actor: &str) -> Option<UserId> {
    let mut actor = actor;
    for _ in 0..HANDS {
        if let Some(user) = actor.strip_prefix("user:") {
            return user.parse().ok();
        }
        actor = origins.get(&key(actor)?.uuid())?.created_by.as_deref()?;
    }
    None
}

/// Returns everyone who saw the secret of an actor's key, or of a key in the chain that created or rotated it, however
/// long that is.
fn holders(origins: &Origins, actor: &str) -> Holders {
    let mut holders = Holders::default();
    let (mut open, mut seen) = (vec![actor], BTreeSet::new());
    while let Some(actor) = open.pop() {
        if !seen.insert(actor) {
            continue;
        }
        if let Some(user) = actor.strip_prefix("user:").and_then(|user| user.parse().ok()) {
            holders.people.insert(user);
            continue;
        }
        let origin = key(actor).and_then(|key| origins.get(&key.uuid()));
        match origin {
            Some(Origin { created_by: Some(creator), seen_by }) => {
                open.push(creator);
                open.extend(seen_by.iter().map(String::as_str));
            }
            _ => holders.strangers = true,
        }
    }
    holders
}

fn key(actor: &str) -> Option<ApiKeyId> {
    actor.strip_prefix("api_key:")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(number: u8) -> UserId {
        UserId::v7(1, &[number; 10])
    }

    fn id(number: u8) -> ApiKeyId {
        ApiKeyId::v7(1, &[number; 10])
    }

    fn by(number: u8) -> String {
        format!("user:{}", user(number))
    }

    fn made(created_by: &str, seen_by: &[&str]) -> Origin {
        let seen_by = seen_by.iter().map(|text| (*text).to_owned()).collect();
        Origin { created_by: Some(created_by.to_owned()), seen_by }
    }

    #[test]
    fn a_key_is_the_person_at_the_beginning_of_its_chain() {
        let parent = format!("api_key:{}", id(1));
        let origins = Origins::from([(id(1).uuid(), made(&by(1), &[])), (id(2).uuid(), made(&parent, &[&parent]))]);
        let child = format!("api_key:{}", id(2));
        assert_eq!((creator(&origins, &child), creator(&origins, &by(3))), (Some(user(1)), Some(user(3))));
        assert_eq!(holders(&origins, &child), Holders { people: [user(1)].into(), strangers: false });
        assert_eq!((creator(&origins, "schedule"), creator(&origins, &format!("api_key:{}", id(9)))), (None, None));
    }

    #[test]
    fn the_person_at_the_beginning_of_a_long_chain_knows_its_last_key() {
        let mut origins = Origins::from([(id(1).uuid(), made(&by(1), &[&by(1)]))]);
        for number in 2..=60 {
            let parent = format!("api_key:{}", id(number - 1));
            origins.insert(id(number).uuid(), made(&parent, &[&parent]));
        }
        let last = format!("api_key:{}", id(60));
        assert_eq!(holders(&origins, &last), Holders { people: [user(1)].into(), strangers: false });
        assert_eq!(creator(&origins, &last), None, "it acts for no person");
    }

    #[test]
    fn whoever_rotated_a_key_knows_it_and_all_it_created() {
        let parent = format!("api_key:{}", id(1));
        let origins =
            Origins::from([(id(1).uuid(), made(&by(1), &[&by(1), &by(2)])), (id(2).uuid(), made(&parent, &[&parent]))]);
        let child = holders(&origins, &format!("api_key:{}", id(2)));
        assert_eq!(child, Holders { people: [user(1), user(2)].into(), strangers: false });
    }

    #[test]
    fn a_key_of_the_installation_or_of_a_circle_is_a_strangers() {
        let (one, other) = (format!("api_key:{}", id(1)), format!("api_key:{}", id(2)));
        let origins = Origins::from([
            (id(1).uuid(), made(&other, &[])),
            (id(2).uuid(), made(&one, &[])),
            (id(3).uuid(), Origin::default()),
        ]);
        assert_eq!(creator(&origins, &one), None);
        assert_eq!(holders(&origins, &one).people.len(), 0);
        assert!(holders(&origins, &format!("api_key:{}", id(3))).strangers);
    }
}
