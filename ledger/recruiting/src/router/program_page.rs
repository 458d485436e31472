//! Routes of program pages and their editor, and of affiliates' pages of links.

use axum::{Router, middleware};
use kit::route::{get, post};
use kit::{page::language, state::AppState};

use crate::{
    bio_page,
    program_page::{apply, editor, logo_page, offer_json, preview, show, suggest},
};

pub(super) fn pages() -> Router<AppState> {
    Router::new()
        .route("/p/{handle}", get(show::page).merge(post(apply::submit)))
        .route("/p/{handle}/thanks", get(show::thanks))
        .route("/p/{handle}/style.css", get(show::style))
        .route("/p/{handle}/logo", get(show::logo))
        .route("/l/{handle}/{slug}", get(bio_page::show::page))
        .route("/a/page", get(bio_page::edit::show).merge(post(bio_page::edit::save)))
        // Only the routes above: the dashboard is in English, and programs read codes.
        .route_layer(middleware::from_fn(language::translate_errors))
        .route("/p/{handle}/offer.json", get(offer_json::read))
        .route("/dashboard/programs/{id}/page", get(editor::show).merge(post(editor::save)))
        .route("/dashboard/programs/{id}/page/preview", get(preview::preview).merge(post(preview::draft)))
        .route("/dashboard/programs/{id}/page/style.css", get(preview::style))
        .route("/dashboard/programs/{id}/page/logo", get(logo_page::show).merge(logo_page::post()))
        .route("/dashboard/programs/{id}/page/publish", post(editor::publish))
        .route("/dashboard/programs/{id}/page/suggest", post(suggest::draft))
}
