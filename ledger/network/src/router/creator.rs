//! Routes of `creator`.

use axum::Router;
use kit::{
    route::{get, post},
    state::AppState,
};

use crate::creator::{brands, channel_page, data, join, profile_page, unsubscribe, visibility};

pub(super) fn pages() -> Router<AppState> {
    Router::new()
        .route("/network/join", get(join::ask).merge(post(join::send)))
        .route("/network/join/sent", get(join::sent))
        .route("/network/enter", get(join::show).merge(post(join::enter)))
        .route("/network/continue", post(join::proceed))
        .route("/network/leave", post(join::leave))
        .route("/a/network/profile", get(profile_page::show).merge(post(profile_page::save)))
        .route("/a/network/profile/channels", post(channel_page::add))
        .route("/a/network/profile/channels/{channel}/verify", post(channel_page::verify))
        .route("/a/network/profile/channels/{channel}/remove", post(channel_page::remove))
        .route("/a/network/visibility", get(visibility::show))
        .route("/a/network/visibility/list", post(visibility::list))
        .route("/a/network/visibility/pause", post(visibility::pause))
        .route("/a/network/visibility/choices", post(visibility::choose))
        .route("/a/network/visibility/emails", post(visibility::emails))
        .route("/a/network/visibility/hide", post(visibility::hide))
        .route("/a/network/visibility/unhide", post(visibility::unhide))
        .route("/a/network/brands", get(brands::show))
        .route("/a/network/brands/open", post(brands::open))
        .route("/unsubscribe/messages/{token}", get(unsubscribe::confirm).merge(post(unsubscribe::done)))
        .route("/a/network/data", get(data::show))
        .route("/a/network/data/export", get(data::export))
        .route("/a/network/data/erase", post(data::erase))
}
