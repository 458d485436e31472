//! `POST /dashboard/test-sale`: a sale of $99.00 in test mode, reported, credited and booked like a real one.

use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use shared::id::ProgramId;

use super::store;
use identity::{access::session::Session, organization};
use kit::{
    access::role::Right,
    error::{Code, Error},
    form::Fields,
    page::{PageError, address::Address},
    state::AppState,
};
use programs::program::test_sale;

/// Credits an affiliate of the program in the field `program`, or else of the oldest program.
///
/// # Errors
/// 404 for what isn't the person's, 403 for a viewer, 409 `test_mode_only` in a live organization, or `no_link` if
/// there's no one to credit.
pub async fn submit(
    State(state): State<AppState>,
    session: Session,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let member = session.member(Some(fields.text("organization")), Right::Operate)?;
    let program = fields.given("program").map(str::parse::<ProgramId>).transpose();
    let program = program.map_err(|_| Error::not_found())?;
    let mut tx = state.db.tenant(member.organization).await?;
    let kin = organization::store::kinship(&mut tx).await?;
    let seller = store::seller(&mut tx, program).await?;
    tx.commit().await?;
    if kin.is_none_or(|kin| kin.test_of.is_none()) {
        return Err(organization::create::is_live().into());
    }
    let Some(seller) = seller else {
        return Err(impossible("A test sale needs a program. Create one first."));
    };
    let Some(slug) = seller.slug else {
        return Err(impossible("A test sale needs an approved affiliate. Add one first."));
    };
    test_sale::report(&state, &member, seller.program, slug).await?;
    drop(state.news.send(member.organization));
    let place = Address::of("/dashboard", member.organization).with("done", "test-sale");
    Ok(Redirect::to(&place.to_string()).into_response())
}

pub(super) fn impossible(message: &str) -> PageError {
    Error::new(StatusCode::CONFLICT, Code::NoLink, message).into()
}
