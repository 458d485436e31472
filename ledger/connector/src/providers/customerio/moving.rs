//! Gives a person another address. Identifiers that are set can only be changed by a call that names the person by the
//! `cio_id` (docs.customer.io, Track API, "Add or update a customer"), which only the App API shows: without its key,
//! nothing is moved. The Track API accepts a change before it is made, and drops one that it can't make.

use serde_json::json;

use crate::{Account, Answer, Fault, Person, Request, StepContext, encode::segment, moving::Mover, read::text};

use super::{APP_KEY, CustomerIo, app, track};

impl Mover for CustomerIo {
    fn places(&self, account: &Account, _: &Person) -> Vec<String> {
        account.maybe(APP_KEY).map(|_| String::new()).into_iter().collect()
    }

    fn find(&self, ctx: &StepContext<'_>, email: &str) -> Result<Request, Fault> {
        let path = format!("/v1/customers/{}/attributes", segment(email).replace('.', "%2E"));
        Ok(app(ctx, &path)?.query("id_type", "email"))
    }

    fn found(&self, ctx: &StepContext<'_>, answer: &Answer, email: &str) -> Result<Option<String>, Fault> {
        match answer.status {
            // The App API's own error for a person who doesn't exist.
            404 if answer.any_json().pointer("/errors/0").is_some() => return Ok(None),
            // People can't be read: this one may be there, and isn't moved.
            404 | 405 => return Ok(Some(email.to_owned())),
            _ => {}
        }
        let body = super::body(ctx, answer)?;
        let own = ["/customer/attributes/email", "/customer/identifiers/email"].map(|place| text(&body, place));
        let is = own.into_iter().flatten().any(|own| own.to_lowercase() == email);
        Ok(id(answer).or_else(|| Some(email.to_owned())).filter(|_| is))
    }

    fn may_change(&self, answer: &Answer, _: &str) -> bool {
        id(answer).is_some()
    }

    fn change(&self, ctx: &StepContext<'_>, id: &str, email: &str) -> Result<Request, Fault> {
        let path = format!("/api/v1/customers/cio_{}", segment(id));
        Ok(track(ctx, Request::put, &path)?.json(json!({"email": email, "_update": true})))
    }

    fn is_late(&self) -> bool {
        true
    }
}

fn id(answer: &Answer) -> Option<String> {
    let body = answer.any_json();
    text(&body, "/customer/identifiers/cio_id").or_else(|| text(&body, "/customer/attributes/cio_id"))
}
