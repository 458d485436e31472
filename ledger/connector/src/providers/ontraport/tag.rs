//! Finds one tag: a picked one by its id, every other by its name.

use serde_json::Value;

use crate::{Choice, Fault, Known, Request, StepContext};

use super::{HOST, PAGE, TWIN, equal, list_key, tag_key, tags};

pub(super) fn find(ctx: &StepContext<'_>) -> Result<Request, Fault> {
    let condition = match picked(ctx)? {
        Some(list) => equal("tag_id", &list.id),
        None => equal("tag_name", &ctx.step.about),
    };
    Ok(Request::get(&HOST, "/1/Tags")
        .query("condition", condition)
        .query("range", PAGE.to_string())
        .query("listFields", "tag_id,tag_name,object_type_id"))
}

/// Finds the tag. Ontraport's condition ignores case; only the exact name counts, unless the tag couldn't be created
/// because of one with its name in another case.
pub(super) fn found(ctx: &StepContext<'_>, body: &Value) -> Result<Option<Known>, Fault> {
    let about = &ctx.step.about;
    let list = picked(ctx)?;
    let found = tags(body).find(|tag| list.map_or(tag.name == *about, |list| tag.id == list.id));
    let is_taken = list.is_none() && ctx.known.flag(TWIN);
    let twin = || tags(body).find(|tag| is_taken && tag.name.to_lowercase() == about.to_lowercase());
    match (found.or_else(twin), list) {
        (Some(tag), _) => Ok(Some(Known::new().with(tag_key(about), tag.id))),
        (None, None) => Ok(None),
        (None, Some(list)) => {
            let name = &list.name;
            let message = format!(
                "The selected tag {name} no longer exists. Choose another one in the connection\u{2019}s settings."
            );
            Err(Fault::settings("list_missing", message))
        }
    }
}

fn picked<'a>(ctx: &'a StepContext<'_>) -> Result<Option<&'a Choice>, Fault> {
    Ok(ctx.person()?.lists.iter().find(|list| list_key(list) == ctx.step.about))
}
