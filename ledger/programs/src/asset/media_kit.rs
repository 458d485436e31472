//! `GET /a/assets/kit.zip`: all of an affiliate's assets and ready texts as one file, streamed while it is read.

use std::{
    collections::{HashSet, VecDeque},
    io,
};

use axum::{
    body::{Body, Bytes},
    extract::State,
    response::Response,
};
use futures_util::stream;
use shared::id::{FileId, OrganizationId};

use super::{
    kind, serve,
    store::{self, Asset, Filter},
};
use crate::link::share;
use identity::portal::session::AffiliateSession;
use kit::{
    error::{Error, Result},
    file,
    page::{PageError, csv, zip},
    state::AppState,
};

/// A file of the archive.
enum Content {
    Text(String),
    /// Read when its turn comes.
    File(FileId),
}

/// An archive that is being read.
struct Reading {
    state: AppState,
    organization: OrganizationId,
    files: VecDeque<(String, Content)>,
    archive: zip::Archive,
}

/// # Errors
/// If the database is unavailable. If a file can't be read, the response breaks off, which browsers notice.
pub async fn download(
    State(state): State<AppState>,
    session: AffiliateSession,
) -> std::result::Result<Response, PageError> {
    let mut tx = state.db.tenant(session.organization).await?;
    let assets = store::list(&mut tx, &Filter::of(Some(session.affiliate))).await?;
    let of = (session.organization_name.as_str(), session.affiliate);
    let share = share::main(&mut tx, &state, session.t, of).await?;
    tx.commit().await?;
    let mut names = Names::default();
    let texts = share.iter().flat_map(|share| [("post", share.post()), ("email", share.email.clone())]);
    let mut files: VecDeque<_> = texts.map(|(name, text)| (names.of(name, "txt"), Content::Text(text))).collect();
    files.extend(assets.into_iter().map(|asset| named(&mut names, asset)));
    let reading = Reading { organization: session.organization, files, archive: zip::Archive::default(), state };
    let parts = stream::try_unfold(Some(reading), |reading| async move {
        let Some(reading) = reading else { return Ok(None) };
        next(reading).await.map(Some).map_err(|error| io::Error::other(format!("{error:?}")))
    });
    Ok(csv::attachment("media-kit.zip", zip::KIND, Body::from_stream(parts))?)
}

fn named(names: &mut Names, asset: Asset) -> (String, Content) {
    let stem = serve::file_name(&asset.title);
    match asset.file {
        Some(file) => {
            let ending = kind::ending(asset.content_type.as_deref().unwrap_or_default());
            (names.of(&stem, ending), Content::File(file))
        }
        None => (names.of(&stem, "txt"), Content::Text(asset.body.unwrap_or_default())),
    }
}

/// Returns the next part, and what is left to read; nothing is after the last part.
async fn next(mut reading: Reading) -> Result<(Bytes, Option<Reading>)> {
    let no_room = || Error::internal("an archive has no more room");
    let Some((name, content)) = reading.files.pop_front() else {
        return Ok((reading.archive.finish().ok_or_else(no_room)?.into(), None));
    };
    let content = match content {
        Content::Text(text) => text.into_bytes(),
        Content::File(id) => read(&reading.state, reading.organization, id).await?,
    };
    let part = reading.archive.add(&name, &content).ok_or_else(no_room)?;
    Ok((part.into(), Some(reading)))
}

async fn read(state: &AppState, organization: OrganizationId, id: FileId) -> Result<Vec<u8>> {
    let mut tx = state.db.tenant(organization).await?;
    let row = file::store::read(&mut tx, id).await?.ok_or_else(Error::not_found)?;
    tx.commit().await?;
    file::keep::open(state, organization, id, &row).await
}

/// The names that are taken: two assets may have the same title.
#[derive(Debug, Default)]
struct Names(HashSet<String>);

impl Names {
    fn of(&mut self, stem: &str, ending: &str) -> String {
        let numbered = (2_u32..).map(|number| format!("{stem}-{number}.{ending}"));
        let mut names = std::iter::once(format!("{stem}.{ending}")).chain(numbered);
        let free = names.find(|name| !self.0.contains(name)).unwrap_or_default();
        self.0.insert(free.clone());
        free
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_one_title_have_names_of_their_own() {
        let mut names = Names::default();
        let given = [names.of("bio", "txt"), names.of("bio", "png"), names.of("bio", "txt"), names.of("bio", "txt")];
        assert_eq!(given, ["bio.txt", "bio.png", "bio-2.txt", "bio-3.txt"]);
    }
}
