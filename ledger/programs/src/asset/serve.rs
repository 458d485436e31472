//! Serves an asset's file, shown inline or as a download; the headers keep it from running scripts.

use axum::{
    http::{
        HeaderName, HeaderValue,
        header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS},
    },
    response::{IntoResponse, Response},
};
use shared::id::{AffiliateId, AssetId, OrganizationId};

use super::{
    kind,
    store::{self, Filter},
};
use kit::{
    error::{Error, Result},
    file,
    state::AppState,
};

const HEADERS: [(HeaderName, &str); 4] = [
    (CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'; frame-ancestors 'none'"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (CACHE_CONTROL, "private, max-age=3600"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// # Errors
/// 404 for what doesn't exist or the affiliate may not see; 503 if the storage or the database is unavailable.
pub async fn file(
    state: &AppState,
    organization: OrganizationId,
    affiliate: Option<AffiliateId>,
    (id, save): (&str, bool),
) -> Result<Response> {
    let id: AssetId = id.parse().map_err(|_| Error::not_found())?;
    let mut tx = state.db.tenant(organization).await?;
    let found = store::list(&mut tx, &Filter { id: Some(id), ..Filter::of(affiliate) }).await?;
    let asset = found.into_iter().next().ok_or_else(Error::not_found)?;
    let kept = asset.file.ok_or_else(Error::not_found)?;
    let row = file::store::read(&mut tx, kept).await?.ok_or_else(Error::not_found)?;
    tx.commit().await?;
    let bytes = file::keep::open(state, organization, kept, &row).await?;
    let mut response = bytes.into_response();
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    let is_picture = row.content_type.starts_with("image/");
    let how = if save || !is_picture { "attachment" } else { "inline" };
    let name = format!("{how}; filename=\"{}.{}\"", file_name(&asset.title), kind::ending(&row.content_type));
    for (header, value) in [(CONTENT_DISPOSITION, name.as_str()), (CONTENT_TYPE, row.content_type.as_str())] {
        response.headers_mut().insert(header, HeaderValue::from_str(value).map_err(|error| Error::internal(error))?);
    }
    Ok(response)
}

/// A file name from the letters and digits of a title.
pub(super) fn file_name(title: &str) -> String {
    let words: Vec<String> = title
        .split(|character: char| !character.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    let name: String = words.join("-").chars().take(60).collect();
    if name.is_empty() { "asset".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_called_by_its_title() {
        assert_eq!(file_name("Banner, 728 × 90 \"dark\"\r\n"), "banner-728-90-dark");
        assert_eq!(file_name("…"), "asset");
    }
}
