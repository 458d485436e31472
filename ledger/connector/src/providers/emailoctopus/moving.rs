//! Gives a contact of a list another address: `email_address` of an update (emailoctopus.com/api-documentation/v2,
//! "Update contact").

use serde_json::json;

use crate::{
    Account, Answer, Fault, Person, Request, StepContext,
    encode::{md5_of_lower, segment},
    moving::{Mover, lists},
    read::text,
};

use super::{EmailOctopus, HOST, contacts_path, read};

impl Mover for EmailOctopus {
    fn places(&self, _: &Account, person: &Person) -> Vec<String> {
        lists(person)
    }

    fn find(&self, ctx: &StepContext<'_>, email: &str) -> Result<Request, Fault> {
        with_key(ctx, Request::get(&HOST, path(ctx, &md5_of_lower(email))))
    }

    fn found(&self, ctx: &StepContext<'_>, answer: &Answer, email: &str) -> Result<Option<String>, Fault> {
        // No such contact, or no such list.
        if answer.status == 404 {
            return Ok(None);
        }
        let body = read(ctx, answer)?;
        let is = text(&body, "/email_address").is_some_and(|own| own.to_lowercase() == email);
        Ok(text(&body, "/id").filter(|_| is))
    }

    fn change(&self, ctx: &StepContext<'_>, id: &str, email: &str) -> Result<Request, Fault> {
        with_key(ctx, Request::put(&HOST, path(ctx, id)).json(json!({"email_address": email})))
    }
}

fn path(ctx: &StepContext<'_>, id: &str) -> String {
    format!("{}/{}", contacts_path(&ctx.step.about), segment(id))
}

fn with_key(ctx: &StepContext<'_>, request: Request) -> Result<Request, Fault> {
    Ok(request.header("Authorization", format!("Bearer {}", ctx.account.get("apiKey")?)))
}
