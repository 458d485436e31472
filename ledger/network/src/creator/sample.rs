//! Creates a listed creator without a person, for demo data.

use kit::{
    db::{GlobalTx, Holder},
    error::{Error, Result},
    state::AppState,
    text::Language,
};
use rules::network::{AudienceBand, ChannelKind, Earning, Format, Topic};
use sha2::{Digest, Sha256};
use shared::id::{CreatorChannelId, CreatorId};

use super::{
    channel::{self, Channel, Method},
    channel_store, profile_input, session_store, store, visibility_store,
};

/// A creator to invent.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    pub email: &'static str,
    pub name: &'static str,
    pub headline: &'static str,
    pub bio: &'static str,
    pub country: &'static str,
    pub languages: &'static [&'static str],
    pub topics: &'static [Topic],
    pub formats: &'static [Format],
    pub kind: ChannelKind,
    /// The address of their channel.
    pub url: &'static str,
    pub audience: AudienceBand,
    /// Whether the channel counts as verified.
    pub is_verified: bool,
}

/// Creates the creator and lists the profile, once: later changes by the person are kept.
///
/// # Errors
/// 400 if the channel's address isn't one; 503 if the database is unavailable.
pub async fn list(state: &AppState, sample: &Sample) -> Result<()> {
    let hash: [u8; 32] = Sha256::digest(sample.email).into();
    let now = state.clock.now();
    let mut tx = state.db.global(Holder::AddressHash(&hash)).await?;
    let id: CreatorId = state.new_id();
    let language = Language::default();
    let person = session_store::Person { id, email: sample.email, hash: &hash, language, is_disposable: false };
    let creator = session_store::enter(&mut tx, &person, now).await?;
    tx.also(Holder::Creator(creator)).await?;
    if store::read(&mut tx, creator).await?.is_none() {
        fill(&mut tx, state, creator, sample).await?;
    }
    Ok(tx.commit().await?)
}

async fn fill(tx: &mut GlobalTx, state: &AppState, creator: CreatorId, sample: &Sample) -> Result<()> {
    let now = state.clock.now();
    store::save(tx, creator, &input(sample), now).await?;
    let (url, handle) = channel::address(sample.kind, sample.url, state.outbound.reach)
        .map_err(|_| Error::field("url", "url must be the address of a channel"))?;
    let id: CreatorChannelId = state.new_id();
    let new = Channel {
        id,
        kind: sample.kind,
        handle,
        url: url.into(),
        audience: sample.audience,
        code: format!("rekomi-{}", id.uuid().simple()),
        verified_at: None,
        method: None,
        checked_at: None,
    };
    channel_store::insert(tx, creator, &new, now).await?;
    if sample.is_verified {
        channel_store::checked(tx, creator, (id, Some(Method::Tag)), now).await?;
    }
    Ok(visibility_store::set_listed(tx, creator, Some(now)).await?)
}

fn input(sample: &Sample) -> profile_input::Input {
    profile_input::Input {
        name: sample.name.to_owned(),
        headline: sample.headline.to_owned(),
        bio: sample.bio.to_owned(),
        country: Some(sample.country.to_owned()),
        languages: sample.languages.iter().map(|code| (*code).to_owned()).collect(),
        topics: sample.topics.to_vec(),
        formats: sample.formats.to_vec(),
        earnings: vec![Earning::Share],
        ..profile_input::Input::default()
    }
}
