//! Every route of the ledger, one line each.
//!
//! Routes of the API carry their path in the `#[utoipa::path]` above the handler, so that the description can't say
//! anything else than the router does.

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::HeaderMap,
    middleware,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    access::{login, login_code, same_origin},
    account::{self, change, enter, portal, reset, sessions, signup, two_factor, verify},
    affiliate,
    api::{self, document::Document},
    api_key, audit, automation,
    connection::handler as connections,
    consent, conversion, coupon,
    crm::{self, live as crms, overrides_handler as overrides},
    customer,
    dashboard::{attention, events, overview, review},
    decision, destination, edge_config,
    error::Error,
    exchange, explain,
    gateway_connection::page as gateways,
    intake, lead, link, link_host,
    mail::mailbox,
    operations::{dev, health, metrics, request, security_txt},
    organization::{self, choose, page as settings},
    page::{assets, missing},
    payout, privacy, program,
    reference::Reference,
    state::AppState,
    statement, status, sync, team, webhook,
};

const FORM_BYTES_MAX: usize = 64 * 1024;

/// Every operation of the API, each with its description.
pub fn operations() -> OpenApiRouter<AppState> {
    api::document::router()
        .routes(routes!(program::read::list, program::create::create))
        .routes(routes!(program::read::read, program::change::change))
        .routes(routes!(program::plans::list, program::plans::create))
        .routes(routes!(program::simulate::run))
        .routes(routes!(affiliate::read::list, affiliate::create::create))
        .routes(routes!(affiliate::read::read, affiliate::change::change))
        .routes(routes!(affiliate::invite::bulk))
        .routes(routes!(affiliate::approve::approve))
        .routes(routes!(affiliate::approve::reject))
        .routes(routes!(affiliate::segment::set))
        .routes(routes!(automation::invite::invite))
        .routes(routes!(automation::segment::set))
        .routes(routes!(automation::rate_bump::bump))
        .routes(routes!(automation::release::release))
        .routes(routes!(link::read::list, link::create::create))
        .routes(routes!(link::read::read, link::change::change, link::change::disable))
        .routes(routes!(link_host::handler::list, link_host::handler::create))
        .routes(routes!(link_host::handler::read, link_host::handler::change, link_host::handler::delete))
        .routes(routes!(coupon::handler::list, coupon::handler::create))
        .routes(routes!(coupon::handler::read, coupon::change::change, coupon::change::archive))
        .routes(routes!(customer::read::list))
        .routes(routes!(customer::read::read))
        .routes(routes!(customer::journey::read))
        .routes(routes!(lead::read::list, lead::tell::create))
        .routes(routes!(lead::read::read))
        .routes(routes!(api::conversions::list, conversion::tell::create))
        .routes(routes!(api::conversions::read))
        .routes(routes!(api::commissions::list))
        .routes(routes!(api::commissions::read))
        .routes(routes!(api::clicks::summary))
        .routes(routes!(decision::reattribute::reattribute))
        .routes(routes!(decision::review::review))
        .routes(routes!(decision::refund::refund))
        .routes(routes!(explain::handler::explain))
        .routes(routes!(decision::commission::deny))
        .routes(routes!(decision::commission::approve))
        .routes(routes!(decision::commission::release))
        .routes(routes!(decision::release::affiliate))
        .routes(routes!(decision::release::customer))
        .routes(routes!(decision::give::bonus))
        .routes(routes!(decision::give::adjustment))
        .routes(routes!(decision::list::list))
        .routes(routes!(payout::handler::list, payout::handler::create))
        .routes(routes!(payout::handler::read))
        .routes(routes!(statement::balances::of_affiliate))
        .routes(routes!(statement::balances::of_organization))
        .routes(routes!(statement::lines::statement))
        .routes(routes!(exchange::handler::read, exchange::handler::set))
        .routes(routes!(exchange::handler::list, exchange::handler::create))
        .routes(routes!(connections::list, connections::create))
        .routes(routes!(connections::read, connections::update, connections::delete))
        .routes(routes!(connections::test))
        .routes(routes!(crms::vendors))
        .routes(routes!(crms::lists))
        .routes(routes!(crms::tags))
        .routes(routes!(crms::lint))
        .routes(routes!(overrides::list))
        .routes(routes!(overrides::read, overrides::set, overrides::delete))
        .routes(routes!(sync::resync::create))
        .routes(routes!(sync::resync::list))
        .routes(routes!(sync::resync::read))
        .routes(routes!(sync::handler::list, sync::handler::create))
        .routes(routes!(sync::handler::read))
        .routes(routes!(sync::handler::retry))
        .routes(routes!(api_key::handler::list, api_key::handler::create))
        .routes(routes!(api_key::handler::read, api_key::handler::rename, api_key::handler::revoke))
        .routes(routes!(api_key::handler::rotate))
        .routes(routes!(audit::handler::list))
        .routes(routes!(audit::export::export))
        .routes(routes!(organization::handler::read, organization::handler::change))
        .routes(routes!(organization::handler::export))
        .routes(routes!(webhook::handler::list, webhook::handler::create))
        .routes(routes!(webhook::handler::read, webhook::handler::update, webhook::handler::delete))
        .routes(routes!(webhook::handler::rotate))
        .routes(routes!(webhook::handler::test))
        .routes(routes!(webhook::log::deliveries))
        .routes(routes!(webhook::log::retry))
        .routes(routes!(webhook::log::replay))
        .routes(routes!(webhook::messages::list))
        .routes(routes!(webhook::messages::read))
        .routes(routes!(destination::handler::list, destination::handler::create))
        .routes(routes!(destination::handler::read, destination::handler::update, destination::handler::delete))
        .routes(routes!(destination::handler::test))
        .routes(routes!(destination::handler::deliveries))
        .routes(routes!(destination::handler::retry))
        .routes(routes!(destination::handler::replay))
        .routes(routes!(team::handler::list))
        .routes(routes!(team::handler::change, team::handler::remove))
        .routes(routes!(team::handler::transfer))
        .routes(routes!(team::invitations::list, team::invitations::create))
        .routes(routes!(team::invitations::resend))
        .routes(routes!(team::invitations::cancel))
        .routes(routes!(consent::handler::list, consent::handler::create))
        .routes(routes!(privacy::retention_handler::read, privacy::retention_handler::set))
        .routes(routes!(privacy::handler::export_customer))
        .routes(routes!(privacy::handler::export_affiliate))
        .routes(routes!(privacy::handler::erase_customer))
        .routes(routes!(privacy::handler::erase_affiliate))
        .routes(routes!(status::handler::read))
}

pub fn router(state: AppState) -> Router {
    let (api, described) = operations().split_for_parts();
    let document = Document::new(&described);
    let reference = Reference::new(&document, &state.config.public_url);
    let pages = Router::new()
        .route("/", get(|| async { Redirect::to("/dashboard") }))
        .route("/login", get(login::form).post(login::submit))
        .route("/login/code", get(login_code::form).post(login_code::submit))
        .route("/logout", post(login::leave))
        .route("/signup", get(signup::show).post(signup::submit))
        .route("/signup/sent", get(signup::sent))
        .route("/verify", get(verify::show).post(verify::confirm))
        .route("/forgot", get(reset::ask).post(reset::send))
        .route("/forgot/sent", get(reset::sent))
        .route("/reset", get(reset::show).post(reset::set))
        .route("/account", get(account::page::show))
        .route("/account/verify", post(verify::send_again))
        .route("/account/password", post(change::password))
        .route("/account/email", post(change::email))
        .route("/account/email/confirm", get(change::show_confirm).post(change::confirm))
        .route("/account/two-factor", get(two_factor::show))
        .route("/account/two-factor/begin", post(two_factor::begin))
        .route("/account/two-factor/confirm", post(two_factor::confirm))
        .route("/account/two-factor/codes", post(two_factor::renew))
        .route("/account/two-factor/off", post(two_factor::turn_off))
        .route("/account/sessions/end-others", post(sessions::end_others))
        .route("/account/sessions/end-all", post(sessions::end_all))
        .route("/account/sessions/{id}/end", post(sessions::end))
        .route("/a", get(portal::show))
        .route("/a/leave", post(portal::leave))
        .route("/a/terms", post(portal::accept_terms))
        .route("/a/enter", get(enter::show).post(enter::enter))
        .route("/a/link", get(enter::ask).post(enter::send))
        .route("/a/link/sent", get(enter::sent))
        .route("/dashboard", get(overview::page))
        .route("/dashboard/organizations", get(choose::show))
        .route("/dashboard/organizations/new", get(choose::show).post(choose::make))
        .route("/dashboard/organizations/undo", post(choose::undo))
        .route("/dashboard/test-mode", post(choose::test_mode))
        .route("/dashboard/settings", get(settings::show).post(settings::save))
        .route("/dashboard/settings/export", get(settings::download))
        .route("/dashboard/settings/delete", post(settings::delete))
        .route("/dashboard/settings/team", get(team::page::show))
        .route("/dashboard/settings/team/invite", post(team::page::invite))
        .route("/dashboard/settings/team/invitations/{id}/{what}", post(team::page::invitation))
        .route("/dashboard/settings/team/members/{id}/{what}", post(team::page::member))
        .route("/dashboard/settings/team/leave", post(team::page::leave))
        .route("/dashboard/settings/team/transfer", post(team::page::transfer))
        .route("/invites/{token}", get(team::accept::show).post(team::accept::accept))
        .route("/dashboard/live", get(overview::live))
        .route("/dashboard/events", get(events::stream))
        .route("/dashboard/quarantine/{id}", post(attention::decide))
        .route("/dashboard/review", get(review::show))
        .route("/dashboard/review/{id}", post(review::decide))
        .route("/dashboard/commissions/{id}", get(explain::page::show))
        .route("/dashboard/settings/link-hosts", get(link_host::page::show).post(link_host::page::add))
        .route("/dashboard/settings/link-hosts/remove", post(link_host::page::remove))
        .route("/dashboard/gateways", get(gateways::show).post(gateways::connect))
        .route("/dashboard/gateways/{id}/test", post(gateways::test))
        .route("/dashboard/gateways/{id}/disconnect", post(gateways::disconnect))
        .route("/dashboard/crms", get(crm::page::show))
        .route("/dashboard/crms/new/{vendor}", get(crm::page::form).post(crm::page::create))
        .route("/dashboard/crms/{id}", get(crm::page_one::show))
        .route("/dashboard/crms/{id}/settings", post(crm::page_act::settings))
        .route("/dashboard/crms/{id}/tags", post(crm::page_act::save_tags))
        .route("/dashboard/crms/{id}/programs", post(crm::page_act::save_program))
        .route("/dashboard/crms/{id}/reconnect", post(crm::page_act::reconnect))
        .route("/dashboard/crms/{id}/test", post(crm::page_act::test))
        .route("/dashboard/crms/{id}/switch", post(crm::page_act::switch))
        .route("/dashboard/crms/{id}/disconnect", post(crm::page_act::disconnect))
        .route("/dashboard/crms/{id}/syncs", get(sync::page::show))
        .route("/dashboard/crms/{id}/resync", post(sync::page::resync))
        .route("/dashboard/syncs/{id}", get(sync::page_one::show))
        .route("/dashboard/syncs/{id}/retry", post(sync::page_one::retry))
        .route("/dashboard/syncs/{id}/anew", post(sync::page_one::anew))
        .route("/dashboard/settings/api-keys", get(api_key::page::show).post(api_key::page::create))
        .route("/dashboard/settings/api-keys/{id}/rotate", post(api_key::page::rotate))
        .route("/dashboard/settings/api-keys/{id}/revoke", post(api_key::page::revoke))
        .route("/dashboard/settings/audit-log", get(audit::page::show))
        .route("/dashboard/settings/audit-log/export", get(audit::export::download))
        .route("/dashboard/settings/webhooks", get(webhook::page::show).post(webhook::page::create))
        .route("/dashboard/settings/webhooks/destinations", post(webhook::page::connect))
        .route("/dashboard/settings/webhooks/{id}", get(webhook::page_one::show))
        .route("/dashboard/settings/webhooks/{id}/test", post(webhook::page_one::test))
        .route("/dashboard/settings/webhooks/{id}/rotate", post(webhook::page_one::rotate))
        .route("/dashboard/settings/webhooks/{id}/switch", post(webhook::page_one::switch))
        .route("/dashboard/settings/webhooks/{id}/delete", post(webhook::page_one::delete))
        .route("/dashboard/settings/webhooks/{id}/retry", post(webhook::page_one::retry))
        .route("/dashboard/settings/webhooks/{id}/replay", post(webhook::page_one::replay))
        .route("/assets/{version}/{name}", get(assets::serve))
        .route("/dashboard/settings/privacy", get(privacy::page::show))
        .route("/dashboard/settings/privacy/retention", get(privacy::page::back).post(privacy::page::retain))
        .route("/dashboard/settings/privacy/gpc", get(privacy::page::back).post(privacy::page::set_gpc))
        .route("/dashboard/settings/privacy/find", get(privacy::page::back).post(privacy::page::find))
        .route("/dashboard/settings/privacy/export", get(privacy::page::back).post(privacy::page::take))
        .route("/dashboard/settings/privacy/erase", get(privacy::page::back).post(privacy::page::erase))
        .route("/status", get(status::handler::page))
        .route("/security", get(security_txt::page))
        .route("/favicon.ico", get(assets::icon))
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
        .route_layer(middleware::from_fn(same_origin::guard));
    api.route_layer(middleware::from_fn(api::answer::around))
        .merge(pages)
        .route("/docs/api", get(move |asked: HeaderMap| async move { reference.serve(&asked) }))
        .route("/api/v1/openapi.json", get(move |asked: HeaderMap| async move { document.serve(&asked) }))
        .route(
            shared::batch::BATCH_PATH,
            post(intake::handler::receive).layer(DefaultBodyLimit::max(shared::batch::BATCH_BYTES_MAX)),
        )
        .route(shared::config::READ_PATH, get(edge_config::read::read))
        .route("/.well-known/security.txt", get(security_txt::serve))
        .route("/security.txt", get(|| async { Redirect::permanent(security_txt::PATH) }))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::show))
        .route("/dev/clock", get(dev::read_clock).post(dev::advance_clock))
        .route("/dev/mailbox", get(mailbox::list))
        .route("/dev/mail", get(mailbox::page))
        .route("/dev/mail/{id}", get(mailbox::preview))
        .route("/dev/landing", get(dev::landing))
        .fallback(missing::path)
        .method_not_allowed_fallback(missing::method)
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn_with_state(state.clone(), request::around))
        .with_state(state)
}

/// The panic's text went to the log; the caller learns nothing of it.
fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    Error::internal("a handler panicked").into_response()
}
