//! A brand's own marks of creators: a star is a bookmark, and ignored creators are left out of its results.

use serde_json::json;
use shared::id::CreatorId;

use super::store;
use identity::audit::Entry;
use kit::{
    db::TenantTx,
    error::{Error, Result},
    state::AppState,
};

/// What to change; `None` leaves a mark as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Marks {
    pub starred: Option<bool>,
    pub ignored: Option<bool>,
}

impl Marks {
    /// Reads the last part of a form's path.
    pub fn of(what: &str) -> Option<Self> {
        Some(match what {
            "star" => Self { starred: Some(true), ..Self::default() },
            "unstar" => Self { starred: Some(false), ..Self::default() },
            "ignore" => Self { ignored: Some(true), ..Self::default() },
            "unignore" => Self { ignored: Some(false), ..Self::default() },
            _ => return None,
        })
    }

    /// What was done, in the words of the form's button.
    pub const fn done(self) -> &'static str {
        match (self.starred, self.ignored) {
            (Some(true), _) => "Creator starred",
            (Some(false), _) => "Star removed",
            (None, Some(true)) => "Creator ignored",
            _ => "Creator is shown again",
        }
    }
}

/// Sets or removes marks. Returns what the audit log says about it; `None` if nothing is asked for.
///
/// # Errors
/// 404 if the brand doesn't see the creator.
pub async fn set(tx: &mut TenantTx, state: &AppState, creator: CreatorId, marks: Marks) -> Result<Option<Entry>> {
    store::creator_name(tx, creator).await?.ok_or_else(Error::not_found)?;
    let now = state.clock.now();
    let mut changed = serde_json::Map::new();
    for (mark, name, on) in [("Starred", "starred", marks.starred), ("Ignored", "ignored", marks.ignored)] {
        let Some(on) = on else { continue };
        store::mark(tx, creator, (mark, on), now).await?;
        changed.insert(name.to_owned(), json!(on));
    }
    Ok((!changed.is_empty()).then(|| Entry::new("network_creator.marked", creator).after(changed.into())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_sets_one_mark() {
        for (what, done) in [
            ("star", "Creator starred"),
            ("unstar", "Star removed"),
            ("ignore", "Creator ignored"),
            ("unignore", "Creator is shown again"),
        ] {
            assert_eq!(Marks::of(what).map(Marks::done), Some(done));
        }
        assert_eq!(Marks::of("delete"), None);
    }
}
