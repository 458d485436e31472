//! Emails affiliates about their success: the first click on one of their links, and at most once a day what they
//! earned.
//!
//! The transaction that causes news marks the affiliate in `milestone_emails` ([`outbox::notification::news_store`]),
//! so that only marked ones are visited. The same table records what was already sent, written in the transaction that
//! posts the email. News older than two days isn't sent: after an upgrade or downtime, no one gets a pile of old news.
//! Test mode sends nothing, as nothing in it is real. Affiliates who haven't signed in yet and opted out of emails get
//! none.

use std::time::Duration;

use shared::id::{AffiliateId, OrganizationId};

use super::success_store::{self, Clicked, News};
use engine::book;
use identity::{
    notification::{
        end::{self, Reader},
        success_email::{self, Earned},
    },
    portal::{brands, notify},
};
use kit::{error::Result, jobs::OneByOne, mail::EmailKind, state::AppState};
use outbox::notification::news_store::{self, NEWS_DAYS};
use programs::affiliate::{self, unsolicited_email};

pub const EVERY: Duration = Duration::from_secs(300);
/// For a clock that is moved manually.
pub const EVERY_EAGER: Duration = Duration::from_secs(4);
const AT_ONCE: i64 = 200;
const TENANTS_PER_PAGE: usize = 1_000;

/// # Errors
/// The last failing organization's, whose affiliates wait for the next round; or if the database is unavailable.
pub async fn once(state: &AppState) -> Result<()> {
    let mut one_by_one = OneByOne::of("affiliate_milestone_emails");
    for some in state.db.all_tenants().await?.chunks(TENANTS_PER_PAGE) {
        let mut tx = state.db.tenants(some.to_vec()).await?;
        let waiting = news_store::waiting(&mut tx, state.clock.now()).await?;
        tx.commit().await?;
        for organization in waiting {
            one_by_one.note(organization, clicks(state, organization).await);
            one_by_one.note(organization, earnings(state, organization).await);
        }
    }
    one_by_one.result()
}

async fn clicks(state: &AppState, organization: OrganizationId) -> Result<()> {
    // Clicks carry the edge's time, which the development clock doesn't change.
    let (now, wall) = (state.clock.now(), state.clock.wall());
    let mut tx = state.db.tenant(organization).await?;
    // An erasure takes the same lock, so an address can't be read before the erasure and stored after it.
    book::store::lock(&mut tx).await?;
    let since = wall.plus_days(-NEWS_DAYS);
    for Clicked { person, may, is_first } in success_store::clicked(&mut tx, since, AT_ONCE).await? {
        success_store::done_with_click(&mut tx, person.id, may.then_some(now)).await?;
        let is_news = may && is_first;
        if !(is_news && notify::wants(&mut tx, person.id, notify::Kind::FirstClick).await?) {
            continue;
        }
        let look = affiliate::email::look(&mut tx, organization, person.id).await?;
        let message = success_email::first_click(look, &person.name, brands::url(state, organization, "/a"));
        let message =
            message.with_end(&person.email, EmailKind::FirstClick, end_url(state, organization, person.id))?;
        unsolicited_email::post_or_keep(&mut tx, state, person.id, message).await?;
    }
    tx.commit().await?;
    Ok(())
}

async fn earnings(state: &AppState, organization: OrganizationId) -> Result<()> {
    let mut tx = state.db.tenant(organization).await?;
    // Commissions are saved under the same lock, so that each is reported either now or later.
    book::store::lock(&mut tx).await?;
    let now = state.clock.now();
    let due = news_store::take_earned(&mut tx, now, AT_ONCE).await?;
    let made_since = state.clock.wall().plus_days(-NEWS_DAYS);
    let news = News { since: now.plus_days(-NEWS_DAYS), until: now, made_since };
    success_store::leave_out(&mut tx, &due, news).await?;
    for (person, sums) in success_store::earned(&mut tx, &due, news).await? {
        success_store::notified_of_earnings(&mut tx, person.id, now).await?;
        let earned: Vec<Earned> = sums.into_iter().filter(|earned| earned.minor > 0).collect();
        let is_requested = notify::wants(&mut tx, person.id, notify::Kind::CommissionEarned).await?;
        if earned.is_empty() || !is_requested {
            continue;
        }
        let look = affiliate::email::look(&mut tx, organization, person.id).await?;
        let message = success_email::earned(look, &person.name, &earned, brands::url(state, organization, "/a"));
        let message =
            message.with_end(&person.email, EmailKind::CommissionEarned, end_url(state, organization, person.id))?;
        unsolicited_email::post_or_keep(&mut tx, state, person.id, message).await?;
    }
    tx.commit().await?;
    Ok(())
}

fn end_url(state: &AppState, organization: OrganizationId, affiliate: AffiliateId) -> String {
    end::url(state, organization, Reader::Affiliate(affiliate))
}
