//! `/docs`: serves the book that `cargo xtask docs` builds, from the folder in `REKOMI_DOCS`, or
//! from the one that a release has beside its program.

use std::path::{Component, Path, PathBuf};

use axum::{
    extract::{self, State},
    http::{HeaderValue, header::CONTENT_TYPE},
    response::{IntoResponse, Redirect, Response},
};

use kit::{
    error::Error,
    page::{PageError, fence},
    state::AppState,
};

/// `GET /docs`: redirects to the index, so that relative links in the book work.
pub async fn index(State(state): State<AppState>) -> Response {
    match &state.config.docs {
        Some(_) => Redirect::to("/docs/index.html").into_response(),
        None => PageError::from(Error::not_found()).into_response(),
    }
}

/// `GET /docs/{*path}`, with the headers of every other page.
pub async fn serve(State(state): State<AppState>, extract::Path(path): extract::Path<String>) -> Response {
    let missing = || PageError::from(Error::not_found()).into_response();
    let Some((file, kind)) = state.config.docs.as_deref().and_then(|folder| file(folder, &path)) else {
        return missing();
    };
    let Ok(Ok(content)) = tokio::task::spawn_blocking(move || std::fs::read(file)).await else { return missing() };
    let mut response = content.into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    fence(response.headers_mut());
    response
}

/// The file and content type of a path; `None` for a path that isn't a book's file or lies outside the folder.
fn file(folder: &Path, path: &str) -> Option<(PathBuf, &'static str)> {
    let kind = match path.rsplit_once('.')?.1 {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        _ => return None,
    };
    let path = Path::new(path);
    let is_inside = path.components().all(|part| matches!(part, Component::Normal(_)));
    is_inside.then(|| (folder.join(path), kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_books_own_files_are_named() {
        let folder = Path::new("/book");
        let named = |path: &str| file(folder, path).map(|(file, kind)| (file.display().to_string(), kind));
        let page = ("/book/guide/payouts.html".to_owned(), "text/html; charset=utf-8");
        assert_eq!(named("guide/payouts.html"), Some(page));
        for elsewhere in ["../secret.html", "guide/../../secret.html", "/etc/page.html", "guide", "keys.env", ""] {
            assert_eq!(named(elsewhere), None, "{elsewhere}");
        }
    }
}
