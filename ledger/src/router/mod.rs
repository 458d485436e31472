//! All routes of the ledger. Each crate lists the routes of its own handlers (`<crate>/src/router`); this module merges
//! them with those of this crate and with the endpoints for other programs.

#[cfg(test)]
mod agent_tools_tests;
#[cfg(test)]
mod described;
#[cfg(test)]
mod document_tests;
#[cfg(test)]
mod edge_document_tests;
mod open;
pub mod operations;
#[cfg(test)]
mod reference_tests;
mod settings;
#[cfg(test)]
mod surface_tests;

use std::sync::Arc;

use axum::{
    Extension, Router,
    extract::{DefaultBodyLimit, Path},
    http::HeaderMap,
    middleware,
    response::{IntoResponse, Redirect, Response},
};
use kit::route::{get, post};
use tower_http::catch_panic::CatchPanicLayer;

pub use self::operations::operations;
use crate::{
    mail::mailbox,
    operations::{dev, docs, emails, health, metrics, security_txt},
    page::components,
};
use engine::intake;
use identity::{access::same_origin, api, billing, operations::request};
use kit::{
    api_docs::Served,
    error::Error,
    page::{compress, missing},
    state::AppState,
};
use outbox::edge_config;
use payouts::payout_connection;

const FORM_BYTES_MAX: usize = 64 * 1024;

/// The pages for people. Forms come from our own pages, and are small unless the route allows more.
fn pages() -> Router<AppState> {
    Router::new()
        .merge(identity::router::pages())
        .merge(engine::router::pages())
        .merge(programs::router::pages())
        .merge(integrations::router::pages())
        .merge(payouts::router::pages())
        .merge(recruiting::router::pages())
        .merge(network::router::pages())
        .merge(ui::router::pages())
        .merge(settings::pages())
        .merge(open::pages())
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
        .route_layer(middleware::from_fn(same_origin::guard))
}

pub fn router(state: AppState) -> Router {
    let (api, described) = operations().split_for_parts();
    let api = api.route_layer(middleware::from_fn(api::response_headers::around));
    let described = Arc::new(described);
    let whole_api = api.clone().with_state(state.clone());
    let (agents, suggestions) = agents::router::router(whole_api, Arc::clone(&described));
    let reference = Served::new(described, &state.config.public_url);
    let (description, changelog, nouns) = (reference.clone(), reference.clone(), reference.clone());
    api.merge(pages().layer(Extension(suggestions)))
        .merge(agents)
        .merge(identity::router::oauth())
        .route("/docs/api", get(|requested: HeaderMap| reference.start(requested)))
        .route("/docs/api/changelog", get(|requested: HeaderMap| changelog.changelog(requested)))
        .route(
            "/docs/api/ref/{noun}",
            get(|Path(noun): Path<String>, requested: HeaderMap| nouns.noun(noun, requested)),
        )
        .route("/docs", get(docs::index))
        .route("/docs/{*path}", get(docs::serve))
        .route("/api/v1/openapi.json", get(|requested: HeaderMap| description.description(requested)))
        .route(
            shared::batch::BATCH_PATH,
            post(intake::api::receive).layer(DefaultBodyLimit::max(shared::batch::BATCH_BYTES_MAX)),
        )
        .route(shared::config::READ_PATH, get(edge_config::read::read))
        .route(
            "/hooks/stripe-connect/{organization}/{connection}",
            post(payout_connection::hook::receive).layer(DefaultBodyLimit::max(payout_connection::hook::BODY_MAX)),
        )
        .route(
            "/hooks/stripe-billing",
            post(billing::hook::receive).layer(DefaultBodyLimit::max(billing::hook::BODY_MAX)),
        )
        .route("/.well-known/security.txt", get(security_txt::serve))
        .route("/security.txt", get(|| async { Redirect::permanent(security_txt::PATH) }))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::show))
        .route("/dev/clock", get(dev::read_clock).merge(post(dev::advance_clock)))
        .route("/dev/run-jobs", post(dev::run_jobs))
        .route("/dev/verify", post(dev::verify))
        .route("/dev/demo", post(dev::create_demo))
        .route("/dev/mailbox", get(mailbox::list))
        .route("/dev/components", get(components::show))
        .route("/dev/mail", get(mailbox::page))
        .route("/dev/mail/samples", get(emails::list))
        .route("/dev/mail/samples/{kind}", get(emails::show))
        .route("/dev/mail/{id}", get(mailbox::preview))
        .route("/dev/landing", get(dev::landing))
        .fallback(missing::path)
        .method_not_allowed_fallback(missing::method)
        .layer(middleware::from_fn(missing::unstorable))
        .layer(middleware::from_fn(kit::page::error_page::lead_back))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn_with_state(state.clone(), request::around))
        .layer(middleware::from_fn(compress::around))
        .with_state(state)
}

/// The panic's text is in the log; the caller doesn't see it.
fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    Error::internal("a handler panicked").into_response()
}
