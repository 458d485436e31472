//! Routes of the pages of a person's account.

use axum::Router;
use kit::{
    route::{get, post},
    state::AppState,
};

use crate::{
    access::{login, login_code},
    account::{self, change, reset, sessions, signup, theme, two_factor, verify},
    notification, oauth, team,
};

pub(super) fn pages() -> Router<AppState> {
    Router::new()
        .route("/login", get(login::form).merge(post(login::submit)))
        .route("/login/code", get(login_code::form).merge(post(login_code::submit)))
        .route("/logout", post(login::leave))
        .route("/signup", get(signup::show).merge(post(signup::submit)))
        .route("/signup/sent", get(signup::sent))
        .route("/verify", get(verify::show).merge(post(verify::confirm)))
        .route("/forgot", get(reset::form).merge(post(reset::send)))
        .route("/forgot/sent", get(reset::sent))
        .route("/reset", get(reset::show).merge(post(reset::set)))
        .route("/account", get(account::page::show))
        .route("/account/notifications", get(notification::dashboard::show).merge(post(notification::dashboard::save)))
        .route("/account/theme", post(theme::choose))
        .route("/account/verify", post(verify::send_again))
        .route("/account/password", post(change::password))
        .route("/account/email", post(change::email))
        .route("/account/email/confirm", get(change::show_confirm).merge(post(change::confirm)))
        .route("/account/two-factor", get(two_factor::show))
        .route("/account/two-factor/begin", post(two_factor::begin))
        .route("/account/two-factor/confirm", post(two_factor::confirm))
        .route("/account/two-factor/codes", post(two_factor::renew))
        .route("/account/two-factor/off", post(two_factor::turn_off))
        .route("/account/sessions/end-others", post(sessions::end_others))
        .route("/account/sessions/end-all", post(sessions::end_all))
        .route("/account/sessions/{id}/end", post(sessions::end))
        .route("/oauth/authorize", get(oauth::authorize::show).merge(post(oauth::authorize::decide)))
        .route("/invites/{token}", get(team::accept::show).merge(post(team::accept::accept)))
}
