//! `POST /dashboard/undo/{token}`: takes an action back that moved no money and sent no email to anyone, as the button in
//! its message offers it for a few minutes. What has changed since stays as it is.

mod offer;

use axum::{
    extract::{Path, State},
    response::Response,
};
use serde_json::json;
use shared::id::AffiliateId;

use self::offer::Offer;
pub use self::offer::{Begun, What};
use super::{
    affiliates::commands,
    alerts::{self, kind::Kind},
    checklist,
};
use engine::quarantine;
use identity::{
    access::{member::Member, session::Session},
    audit::{self, Entry},
};
use kit::{
    access::role::Right,
    error::{Error, Result},
    page::{PageError, flash::Flash},
    state::AppState,
};
use rules::format;

/// # Errors
/// 404 for what is no offer to this person, or if they can't access the organization; 403 for a viewer; 503 if the
/// database is unavailable.
pub async fn submit(
    State(state): State<AppState>,
    session: Session,
    Path(token): Path<String>,
) -> std::result::Result<Response, PageError> {
    let offer = Offer::read(&state.config.keys.pages, &token).ok_or_else(Error::not_found)?;
    let member = session.member(Some(&offer.organization.to_string()), Right::Operate)?;
    if offer.user != member.user {
        return Err(Error::not_found().into());
    }
    if offer.until < state.clock.wall() {
        let late = Flash::done("It\u{2019}s too late to undo this. Nothing was changed.");
        return Ok(late.redirect(&offer.back));
    }
    let done = restore(&state, &member, &offer).await?;
    Ok(Flash::done(message(&offer.what, done, offer.ids.len())).redirect(&offer.back))
}

/// Returns how many of its items are as they were.
async fn restore(state: &AppState, member: &Member, offer: &Offer) -> Result<usize> {
    match &offer.what {
        What::Archived | What::Segment => {
            let mut done = 0;
            for id in &offer.ids {
                let id = AffiliateId::new(*id);
                let is_done = match offer.what {
                    What::Archived => commands::undo_archiving(state, member, id, offer.during).await?,
                    _ => commands::undo_segment(state, member, id, offer.during).await?,
                };
                done += usize::from(is_done);
            }
            Ok(done)
        }
        _ => restore_dismissed(state, member, offer).await,
    }
}

/// Restores what was dismissed, in one transaction.
async fn restore_dismissed(state: &AppState, member: &Member, offer: &Offer) -> Result<usize> {
    let organization = member.organization;
    let mut tx = state.db.tenant(organization).await?;
    let (done, entry) = match &offer.what {
        What::Alert { row, kind, before } => {
            let what = Kind::parse(kind).zip(offer.ids.first().copied()).ok_or_else(Error::not_found)?;
            let is_done = alerts::store::restore(&mut tx, what, offer.during, *before).await?;
            (usize::from(is_done), Entry::new("trouble.dismissal_undone", row))
        }
        What::Checklist => {
            let is_done = checklist::store::restore(&mut tx, offer.during).await?;
            (usize::from(is_done), Entry::new("organization.first_steps_restored", organization))
        }
        What::Events | What::Archived | What::Segment => {
            let events = quarantine::store::reopen(&mut tx, &offer.ids).await?;
            let entry = Entry::new("event.dismissal_undone", organization).after(json!({"events": events}));
            (usize::try_from(events).unwrap_or(usize::MAX), entry)
        }
    };
    if done > 0 {
        audit::record(&mut tx, &member.actor, state.clock.now(), entry).await?;
    }
    tx.commit().await?;
    // It's fine if no one is listening.
    drop(state.news.send(organization));
    Ok(done)
}

fn message(what: &What, done: usize, all: usize) -> String {
    let counted = |one: &str| {
        let count = format::count(u64::try_from(done).unwrap_or(u64::MAX));
        format!("{count} {one}{}", if done == 1 { "" } else { "s" })
    };
    let restored = match what {
        What::Archived => format!("{} restored", counted("affiliate")),
        What::Segment => format!("Segment of {} restored", counted("affiliate")),
        What::Alert { .. } => "Alert restored".to_owned(),
        What::Events => format!("{} restored", counted("event")),
        What::Checklist => "Checklist restored".to_owned(),
    };
    match done {
        0 => "There was nothing to undo, or it has changed since.".to_owned(),
        some if some < all => format!("{restored}. The others have changed since."),
        _ => restored,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_says_how_many() {
        let read = [(2, 2), (1, 2), (0, 2)].map(|(done, all)| message(&What::Archived, done, all));
        let expected = [
            "2 affiliates restored",
            "1 affiliate restored. The others have changed since.",
            "There was nothing to undo, or it has changed since.",
        ];
        assert_eq!(read, expected);
    }
}
