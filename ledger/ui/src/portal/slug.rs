//! `POST /a/settings/slug`: changes the name in an affiliate's links, which is possible once. Links with the old name
//! stop working, and no one else can take it, because old copies must not lead to another affiliate.

use shared::{id::AffiliateId, timestamp::Timestamp};

use engine::book;
use identity::portal::{
    profile_store::{self, Named},
    session::AffiliateSession,
};
use kit::{
    db::TenantTx,
    error::{Code, Error, OnConstraint, Result},
    state::AppState,
};
use outbox::edge_config::publish;
use programs::{
    affiliate::change,
    link::{
        create::{check_slug, slug_taken},
        store,
    },
};

/// # Errors
/// 400 or 409 naming `slug`; 409 `slug_changed` if it was changed before.
pub async fn change(tx: &mut TenantTx, state: &AppState, session: &AffiliateSession, slug: &str) -> Result<()> {
    let (affiliate, now) = (session.affiliate, state.clock.now());
    check_slug(Some(slug))?;
    book::store::lock(tx).await?;
    if profile_store::slug_changed_at(tx, affiliate).await?.is_some() {
        let message = "You’ve already changed it once. Ask the brand to change it again.";
        return Err(Error::new(axum::http::StatusCode::CONFLICT, Code::SlugChanged, message));
    }
    let (before, after) = change::slug(tx, state, affiliate, slug, &session.actor).await?;
    if before == after {
        return Err(Error::field("slug", "Your links already use this name. Enter a different one."));
    }
    for link in profile_store::links_named(tx, affiliate, &before).await? {
        let renamed = renamed(&link.slug, &before, &after).ok_or_else(too_long)?;
        check_slug(Some(&renamed))?;
        move_link(tx, affiliate, &link, &renamed, now).await?;
    }
    profile_store::slug_was_changed(tx, affiliate, now).await?;
    Ok(())
}

/// Renames a link, reserves its old slug, and publishes both to the edge.
async fn move_link(
    tx: &mut TenantTx,
    affiliate: AffiliateId,
    link: &Named,
    renamed: &str,
    now: Timestamp,
) -> Result<()> {
    profile_store::rename_link(tx, link.id, renamed).await.on_constraint("links_slug", slug_taken)?;
    store::reserve_slug(tx, &link.slug, affiliate, now).await?;
    publish::slug_is_free(tx, link.program, (&link.host, &link.slug), now).await?;
    publish::link(tx, link.id, now).await?;
    Ok(())
}

/// Replaces `lauren` by `lu` in `lauren-video`: `lu-video`.
fn renamed(link: &str, before: &str, after: &str) -> Option<String> {
    let rest = link.get(before.len()..)?;
    let renamed = format!("{after}{rest}");
    shared::config::is_slug(&renamed).then_some(renamed)
}

fn too_long() -> Error {
    Error::field("slug", "This name is too long for one of your links. Enter a shorter one.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_follow_the_affiliates_name() {
        assert_eq!(renamed("lauren", "Lauren", "lu-v").as_deref(), Some("lu-v"));
        assert_eq!(renamed("lauren-video", "lauren", "lu-v").as_deref(), Some("lu-v-video"));
        assert_eq!(renamed("lauren-video", "lauren", &"x".repeat(60)), None);
    }
}
