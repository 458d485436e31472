//! Gives a contact a new email address: the field `Email` of an update (zoho/crm-oas, `record.json`).

use serde_json::{Value, json};

use crate::{
    Answer, Fault, Request, StepContext,
    moving::Mover,
    read::{rows, text},
};

use super::{CONTACTS, ZohoCrm, hosts, login, record};

impl Mover for ZohoCrm {
    fn find(&self, ctx: &StepContext<'_>, email: &str) -> Result<Request, Fault> {
        let (accounts, api) = hosts(ctx.account)?;
        let request = Request::get(&api, format!("{CONTACTS}/search")).query("email", email).query("fields", "Email");
        Ok(request.login(login(&accounts, ctx.account)?))
    }

    fn found(&self, _: &StepContext<'_>, answer: &Answer, email: &str) -> Result<Option<String>, Fault> {
        // No records.
        if answer.status == 204 {
            return Ok(None);
        }
        let body = answer.json()?;
        // The search also finds second addresses. Ids increase: the oldest contact is the one that syncs use.
        let is = |row: &&Value| text(row, "/Email").is_some_and(|own| own.to_lowercase() == email);
        Ok(rows(&body, "/data").filter(is).filter_map(|row| text(row, "/id")).min())
    }

    fn change(&self, ctx: &StepContext<'_>, id: &str, email: &str) -> Result<Request, Fault> {
        let (accounts, api) = hosts(ctx.account)?;
        let request = Request::put(&api, record(id)).json(json!({"data": [{"Email": email}]}));
        Ok(request.login(login(&accounts, ctx.account)?))
    }

    /// Failures are reported per record, with status 200 too.
    fn changed(&self, _: &StepContext<'_>, answer: &Answer) -> Result<bool, Fault> {
        if matches!(answer.status, 400 | 404 | 409 | 422) {
            return Ok(false);
        }
        match text(&answer.json()?, "/data/0/code").as_deref() {
            Some("SUCCESS") => Ok(true),
            Some("INTERNAL_ERROR") => Err(Fault::passing("vendor_error", "the address couldn\u{2019}t be changed")),
            Some(_) => Ok(false),
            None => Err(Fault::unreadable("no record in it")),
        }
    }
}
