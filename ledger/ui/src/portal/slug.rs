//! `POST /a/settings/slug`: changes the name in an affiliate's links, which is possible once. Links with the old name
//! stop working, and no one else can take it, because old copies must not lead to another affiliate.

use shared::{config::is_slug, id::AffiliateId, timestamp::Timestamp};

use engine::book;
use identity::portal::{
    profile_store::{self, Named},
    session::AffiliateSession,
};
use kit::{
    db::TenantTx,
    error::{Code, Error, OnConstraint, Result},
    state::AppState,
    text::Texts,
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
    let (affiliate, now, t) = (session.affiliate, state.clock.now(), session.t);
    checked(t, slug)?;
    book::store::lock(tx).await?;
    if profile_store::slug_changed_at(tx, affiliate).await?.is_some() {
        let message = t.say("portal-profile-slug-once").to_string();
        return Err(Error::new(axum::http::StatusCode::CONFLICT, Code::SlugChanged, message));
    }
    if store::is_withheld_from(tx, affiliate, slug).await? {
        return Err(slug_taken());
    }
    let (before, after) = change::slug(tx, state, affiliate, slug, &session.actor).await?;
    if before == after {
        return Err(Error::field("slug", t.say("portal-profile-slug-same").to_string()));
    }
    let links = profile_store::links_named(tx, affiliate, &before).await?;
    let mut names = Vec::with_capacity(links.len());
    for link in &links {
        let renamed = renamed(&link.slug, &before, &after).ok_or_else(|| too_long(t))?;
        checked(t, &renamed)?;
        names.push((renamed, affiliate));
    }
    free_for(tx, &names).await?;
    for (link, (renamed, _)) in links.iter().zip(&names) {
        move_link(tx, affiliate, link, renamed, now).await?;
    }
    profile_store::slug_was_changed(tx, affiliate, now).await?;
    Ok(())
}

/// Refuses the new names of links if one is, or was, another affiliate's: this affiliate would get that one's sales.
async fn free_for(tx: &mut TenantTx, names: &[(String, AffiliateId)]) -> Result<()> {
    let slugs: Vec<String> = names.iter().map(|(slug, _)| slug.clone()).collect();
    store::lock_slugs(tx, &slugs).await?;
    if !store::slugs_of_others(tx, names).await?.is_empty() {
        return Err(slug_taken());
    }
    for (slug, affiliate) in names {
        if store::is_withheld_from(tx, *affiliate, slug).await? {
            return Err(slug_taken());
        }
    }
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

fn too_long(t: Texts) -> Error {
    Error::field("slug", t.say("portal-profile-slug-too-long").to_string())
}

/// Checks a name as every other is checked, with the refusal in the affiliate's language.
fn checked(t: Texts, slug: &str) -> Result<()> {
    check_slug(Some(slug)).map_err(|_| {
        let key = if is_slug(slug) { "portal-profile-slug-reserved" } else { "portal-profile-slug-wrong" };
        Error::field("slug", t.say(key).with("slug", slug).to_string())
    })
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
