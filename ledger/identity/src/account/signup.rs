//! `/signup`: creates a person and their organization, and sends an email to confirm the address.
//!
//! The answer is the same whether or not the email already has an account; only its owner is notified, by email. The
//! link in that email signs a new person in, in the browser in which they signed up ([`super::verify`]). Only the first
//! person of an installation, when there are no accounts to reveal, is signed in at once.

use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use shared::{
    id::{OrganizationId, UserId},
    seal::Secret,
};

use super::{
    alike::alike,
    email, own_browser, password_rule,
    store::{self, NewUser},
    token::{self, Purpose},
};
use crate::{
    access::{
        account_event::{self, Happening},
        caller::Caller,
        finish_login::{append, welcome},
        password, session,
        signup::{self, Admitted},
    },
    organization::{create::Founding, profile, time_zone},
};
use kit::{
    db::Holder,
    error::{Error, Result},
    form::{Fields, Problems},
    limit::{self, Limit, PublicAction},
    mail,
    page::{Html, PageError, notice::Notice},
    state::AppState,
    text::Texts,
};

#[derive(Debug, Default, askama::Template)]
#[template(path = "signup.html")]
struct SignUpPage {
    name: String,
    organization: String,
    email: String,
    problems: Problems,
}

/// The fields of the sign-up form.
struct SignUpInput {
    name: String,
    organization: String,
    email: String,
    password: Secret,
    /// That of their browser, if it has a script.
    time_zone: String,
}

/// The outcome of a sign-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Created {
    Yes(UserId),
    /// The person is the installation's first owner.
    First(UserId),
    /// The email already has an account.
    Taken,
    /// Someone else became the first owner.
    Closed,
}

/// `GET /signup`.
pub async fn show(State(state): State<AppState>, caller: Caller) -> std::result::Result<Response, PageError> {
    if !signup::is_open(&state).await? {
        return Ok(closed());
    }
    if session::find(&caller.headers, &state).await?.is_some() {
        return Ok(Redirect::to("/dashboard").into_response());
    }
    Ok(Html(SignUpPage::default()).into_response())
}

/// `POST /signup`.
///
/// # Errors
/// 429 after too many requests; 503 if the database is unavailable. A mistake is shown next to its field.
pub async fn submit(
    State(state): State<AppState>,
    caller: Caller,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    if !signup::is_open(&state).await? {
        return Ok(closed());
    }
    let requested = match read(&fields) {
        Ok(requested) => requested,
        Err(problems) => {
            let page = SignUpPage {
                name: fields.raw("name").to_owned(),
                organization: fields.raw("organization").to_owned(),
                email: fields.raw("email").to_owned(),
                problems,
            };
            return Ok((StatusCode::BAD_REQUEST, Html(page)).into_response());
        }
    };
    if !limit::admit(&state, &Limit::PublicAction(PublicAction::SignUp, caller.source)).await? {
        return Err(Error::too_often().into());
    }
    let hash = password::hash(requested.password.clone()).await;
    let hash = hash.ok_or_else(|| Error::internal("a password could not be hashed"))?;
    match alike(create_or_say_so(&state, &caller, &requested, &hash)).await? {
        Created::Closed => Ok(closed()),
        Created::First(user) => {
            let tx = state.db.global(Holder::Nothing).await?;
            let email = &requested.email;
            Ok(welcome(&state, tx, user, email, &caller, Happening::SignedIn, "/dashboard").await?)
        }
        Created::Yes(user) => Ok(posted(&state, user)),
        Created::Taken => Ok(posted(&state, state.new_id())),
    }
}

/// The answer once an email was sent; the browser remembers whom it signed up.
fn posted(state: &AppState, user: UserId) -> Response {
    let mut response = Redirect::to("/signup/sent").into_response();
    append(response.headers_mut(), own_browser::remember(&state.config.keys.pages, user));
    response
}

/// `GET /signup/sent`.
pub async fn sent(State(state): State<AppState>) -> Response {
    let message = "We've emailed you a link. Open it in this browser to confirm your address and start.";
    Notice::mailed(&state, Texts::default(), message, ("/login", "Sign in")).into_response()
}

fn closed() -> Response {
    let message = "You need an invitation to join. Ask someone on your team to invite you.";
    (StatusCode::FORBIDDEN, Notice::new("Sign-up is closed", message, ("/login", "Sign in"))).into_response()
}

fn read(fields: &Fields) -> std::result::Result<SignUpInput, Problems> {
    let mut problems = Problems::default();
    let name = problems.take(fields.line("name", "your name", 100));
    let organization = problems.take(fields.line("organization", "your organization's name", 200));
    let email = problems.take(fields.email("email"));
    let password = fields.raw("password");
    problems.take(password_rule::check(password, &email).map_err(|message| Problems::at("password", message)));
    let time_zone = fields.raw("timeZone").to_owned();
    let input = SignUpInput { name, organization, email, password: Secret::new(password), time_zone };
    if problems.is_empty() { Ok(input) } else { Err(problems) }
}

/// Creates the account, or emails the owner of the address that an account already exists.
async fn create_or_say_so(state: &AppState, caller: &Caller, input: &SignUpInput, hash: &str) -> Result<Created> {
    let created = create(state, caller, input, hash).await?;
    if created == Created::Taken {
        notify_owner(state, caller, &input.email).await?;
    }
    Ok(created)
}

/// Creates everything in one transaction.
async fn create(state: &AppState, caller: &Caller, input: &SignUpInput, hash: &str) -> Result<Created> {
    let (organization, user): (OrganizationId, UserId) = (state.new_id(), state.new_id());
    let now = state.clock.now();
    let mut tx = state.db.tenant(organization).await?;
    let admitted = signup::admitted(&mut tx, state).await?;
    if admitted == Admitted::Closed {
        return Ok(Created::Closed);
    }
    let new = NewUser { id: user, name: &input.name, email: &input.email, password_hash: hash };
    if !store::insert_user(tx.conn(), &new, now).await? {
        return Ok(Created::Taken);
    }
    let name = input.organization.as_str();
    let slug = profile::slug_of(name);
    let time_zone = time_zone::or_utc(&mut tx, &input.time_zone).await?;
    let (email, is_billed) = (input.email.as_str(), state.config.billing.is_some());
    let founding = Founding { id: organization, owner: user, email, name, slug: &slug, time_zone, is_billed };
    founding.write(&mut tx, &caller.actor(format!("user:{user}")), now).await?;
    account_event::record(tx.conn(), user, Happening::AccountCreated, caller, now).await?;
    let token = token::issue(tx.conn(), user, &input.email, Purpose::VerifyEmail, now).await?;
    let link = email::link(state, Purpose::VerifyEmail, &token);
    mail::post(tx.conn(), state, email::verify_email(&input.email, &input.name, link)?).await?;
    tx.commit().await?;
    state.db.tenants_changed();
    Ok(if admitted == Admitted::FirstOwner { Created::First(user) } else { Created::Yes(user) })
}

/// Notifies the owner of the address that an account already exists, at a limited rate.
async fn notify_owner(state: &AppState, caller: &Caller, email: &str) -> Result<()> {
    let device = caller.device(state, email).await?;
    let mut tx = state.db.global(Holder::Nothing).await?;
    let limit = Limit::Email { action: PublicAction::SignUp, address: email, device };
    if !limit::admit_in(tx.conn(), state, &limit).await? {
        return Ok(());
    }
    let message = email::account_exists(email, email::page(state, "/login"), email::page(state, "/forgot"))?;
    mail::post(tx.conn(), state, message).await?;
    tx.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mistake_is_named() {
        let good = [
            ("name", "Ann"),
            ("organization", "Acme"),
            ("email", " Ann@Acme.test "),
            ("password", "seven lazy otters"),
        ];
        let with = |name: &str, value: &str| -> Fields {
            let mut fields = Fields::from_iter(good);
            fields.set(name, value);
            fields
        };
        assert_eq!(read(&with("x", "")).ok().unwrap().email, "ann@acme.test");
        for (name, value) in [
            ("name", " "),
            ("name", "a\r\nb"),
            ("organization", ""),
            ("email", "ann"),
            ("email", "ann@acme.test\0"),
            ("password", "password1234"),
            ("password", "ann@acme.test"),
        ] {
            assert!(read(&with(name, value)).err().unwrap().of(name).is_some(), "{name} {value:?}");
        }
        let all = read(&Fields::default()).err().unwrap();
        let fields: Vec<&str> = all.pairs().iter().map(|(field, _)| field.as_str()).collect();
        assert_eq!(fields, ["name", "organization", "email", "password"]);
    }
}
