//! Gives a contact another address: a field of an update by id (`PUT /Contacts`, as in the vendor's own SDK-PHP,
//! Contacts.php). The status of bulk email belongs to the contact, and stays.

use serde_json::{Value, json};

use crate::{
    Answer, Fault, Request, StepContext,
    moving::Mover,
    read::{rows, text},
};

use super::{HOST, Ontraport, body, equal, with_keys};

impl Mover for Ontraport {
    fn find(&self, ctx: &StepContext<'_>, email: &str) -> Result<Request, Fault> {
        let request = Request::get(&HOST, "/1/Contacts").query("condition", equal("email", email));
        with_keys(ctx, request.query("listFields", "id,email,bulk_mail"))
    }

    fn found(&self, ctx: &StepContext<'_>, answer: &Answer, email: &str) -> Result<Option<String>, Fault> {
        // Only the status says it where the condition matches no one.
        if answer.status == 404 {
            return Ok(None);
        }
        let body = body(ctx, answer)?;
        if !body.get("data").is_some_and(Value::is_array) {
            return Err(Fault::unreadable("no contacts in it"));
        }
        let is = |row: &&Value| text(row, "/email").is_some_and(|own| own.to_lowercase() == email);
        Ok(rows(&body, "/data").find(is).and_then(|row| text(row, "/id")))
    }

    fn change(&self, ctx: &StepContext<'_>, id: &str, email: &str) -> Result<Request, Fault> {
        with_keys(ctx, Request::put(&HOST, "/1/Contacts").json(json!({"id": id, "email": email})))
    }

    fn changed(&self, ctx: &StepContext<'_>, answer: &Answer) -> Result<bool, Fault> {
        if matches!(answer.status, 400 | 404 | 409 | 422) {
            return Ok(false);
        }
        body(ctx, answer).map(|_| true)
    }
}
