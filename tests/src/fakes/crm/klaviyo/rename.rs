//! Updates of a profile, as far as its address goes.

use serde_json::{Value, json};

use super::{
    super::{Answer, only, text},
    Klaviyo,
    shape::{data, refused},
};

impl Klaviyo {
    pub(super) fn rename(&mut self, id: &str, body: &Value) -> Result<Answer, String> {
        let profile = only(data(body)?, &["type", "id", "attributes"])?;
        if text(profile, "type")? != "profile" || text(profile, "id")? != id {
            return Err("type and id must be the profile's".to_owned());
        }
        let email = text(only(&profile["attributes"], &["email"])?, "email")?;
        if self.rows.iter().any(|(other, row)| row.email == email && other != id) {
            let detail = "A profile already exists with one of these identifiers.";
            return Ok(refused(409, "duplicate_profile", detail, "/data/attributes"));
        }
        let Some(row) = self.rows.get_mut(id) else {
            return Ok(refused(404, "not_found", "No such profile", "/data/id"));
        };
        row.email.clone_from(&email);
        Ok(Answer(200, json!({"data": {"type": "profile", "id": id, "attributes": {"email": email}}})))
    }
}
