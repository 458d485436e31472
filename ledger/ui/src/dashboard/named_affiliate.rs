//! Finds the affiliate whom a form names. Where money moves nobody is guessed: an ambiguous name is refused with those
//! whom it may mean.

use shared::id::AffiliateId;

use kit::{
    db::TenantTx,
    error::{Error, Result},
};
use programs::dashboard::pick_store::{self, Alike};

/// How many may have a part of the name.
const ALIKE_MAX: i64 = 50;
const SHOWN: usize = 5;

/// Returns the affiliate with this name, email address, link name or ID, and their name.
///
/// # Errors
/// 400 naming `affiliateId`.
pub async fn find(tx: &mut TenantTx, typed: &str) -> Result<(AffiliateId, String)> {
    let found = pick_store::affiliate(tx, typed).await?;
    let alike = pick_store::like(tx, typed, ALIKE_MAX).await?;
    match found {
        Some((id, name)) if is_sure(id, typed, &alike) => Ok((id, name)),
        Some(_) => {
            let same = alike.iter().filter(|one| one.name.to_lowercase() == typed.to_lowercase());
            Err(wrong(format!("Several affiliates are called {typed}: {}. Enter an email address.", listed(same))))
        }
        None if alike.is_empty() => Err(wrong(format!("No affiliate matches \u{201c}{typed}\u{201d}."))),
        None => {
            let meant = listed(alike.iter());
            Err(wrong(format!("No affiliate matches \u{201c}{typed}\u{201d}. Did you mean {meant}?")))
        }
    }
}

/// Whether the text names this affiliate alone: by what is unique, or by a name that no one shares.
fn is_sure(id: AffiliateId, typed: &str, alike: &[Alike]) -> bool {
    let text = typed.to_lowercase();
    let is_unique = |one: &Alike| one.email == text || one.slug.to_lowercase() == text;
    let namesakes = alike.iter().filter(|one| one.name.to_lowercase() == text).count();
    namesakes < 2 || alike.iter().any(|one| one.id == id && is_unique(one))
}

fn listed<'a>(people: impl Iterator<Item = &'a Alike>) -> String {
    let people: Vec<String> = people.take(SHOWN).map(|one| format!("{} ({})", one.name, one.email)).collect();
    people.join(", ")
}

fn wrong(message: String) -> Error {
    Error::field("affiliateId", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(id: u8, name: &str, email: &str, slug: &str) -> Alike {
        Alike {
            id: AffiliateId::from_bytes([id; 16]),
            name: name.to_owned(),
            email: email.to_owned(),
            slug: slug.to_owned(),
        }
    }

    #[test]
    fn a_name_that_two_share_names_neither() {
        let both = [one(1, "Mia Sato", "mia@a.test", "mia"), one(2, "mia sato", "mia@b.test", "Sato")];
        let first = both[0].id;
        assert!(!is_sure(first, "Mia Sato", &both) && is_sure(first, "Mia Sato", &both[..1]));
        assert!(is_sure(first, "mia", &both) && is_sure(first, "MIA@a.test", &both));
        assert_eq!(listed(both.iter()), "Mia Sato (mia@a.test), mia sato (mia@b.test)");
    }
}
