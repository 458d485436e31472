//! Validates the fields of a key: its name, scope, role, mode and expiry, the same way for JSON and forms.

use shared::timestamp::Timestamp;

use super::plaintext::Mode;
use kit::{
    access::{role::Role, scope::Scope},
    error::{Checks, Error, Result},
};

const NAME_MAX: usize = 100;
pub const OVERLAP_HOURS_DEFAULT: u16 = 24;
pub const OVERLAP_HOURS_MAX: u16 = 168;

/// A key to create.
#[derive(Debug)]
pub struct ApiKeyInput {
    pub name: String,
    pub scope: Scope,
    pub role: Role,
    pub mode: Mode,
    pub expires_at: Option<Timestamp>,
}

/// The fields as they were sent.
#[derive(Debug, Default)]
pub struct Sent<'a> {
    pub name: &'a str,
    pub scope: Option<&'a str>,
    pub role: Option<&'a str>,
    pub mode: Option<&'a str>,
    pub expires_at: Option<Timestamp>,
}

/// Validates the fields. `own` is the mode of the creator's organization: test mode can't create live keys.
///
/// # Errors
/// 400 naming the field, or 403 if the role is higher than the creator's own.
pub fn read_input(sent: &Sent<'_>, maker: Role, own: Mode, now: Timestamp) -> Result<ApiKeyInput> {
    let mut checks = Checks::default();
    let scope = sent.scope.map_or(Ok(Scope::Read), |text| {
        let known = || Scope::PRESETS.map(Scope::as_str).join(", ");
        Scope::parse(text).ok_or_else(|| Error::field("scope", format!("scope must be one of {}", known())))
    });
    let scope = checks.or(Scope::Read, scope);
    let role = sent.role.map_or(Ok(scope.usual_role()), |text| {
        Role::parse(text).ok_or_else(|| Error::field("role", "role must be one of owner, admin, manager, viewer"))
    });
    let role = checks.or(Role::Viewer, role);
    let mode = match sent.mode {
        None => Ok(own),
        Some("live") if own == Mode::Test => Err(Error::field("mode", "mode must be test in test mode")),
        Some(text) => Mode::parse(text).ok_or_else(|| Error::field("mode", "mode must be live or test")),
    };
    let mode = checks.or(own, mode);
    if !maker.covers(role) {
        checks.add(beyond(maker, role));
    }
    if sent.expires_at.is_some_and(|end| end <= now) {
        checks.add(Error::field("expiresAt", "expiresAt must be in the future"));
    }
    let name = checks.end_with(name(sent.name))?;
    Ok(ApiKeyInput { name, scope, role, mode, expires_at: sent.expires_at })
}

/// # Errors
/// 400 naming `name`.
pub fn name(text: &str) -> Result<String> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > NAME_MAX || text.chars().any(char::is_control) {
        return Err(Error::field("name", "name must be 1 to 100 characters, without control characters"));
    }
    Ok(text.to_owned())
}

/// # Errors
/// 400 naming `overlapHours`.
pub fn overlap_hours(hours: Option<u16>) -> Result<u16> {
    let hours = hours.unwrap_or(OVERLAP_HOURS_DEFAULT);
    if hours > OVERLAP_HOURS_MAX {
        return Err(Error::field("overlapHours", format!("overlapHours must be 0 to {OVERLAP_HOURS_MAX}")));
    }
    Ok(hours)
}

/// A 403 error, because no one may grant more rights than they have.
pub fn beyond(maker: Role, role: Role) -> Error {
    let (own, role) = (maker.as_str(), role.as_str());
    let message = format!("Your role is {own}, so you can't manage keys with the role {role}. Ask someone who has it.");
    Error::forbidden(&message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        Timestamp::from_seconds(1_790_000_000).unwrap()
    }

    fn read(sent: &Sent<'_>, maker: Role) -> std::result::Result<ApiKeyInput, (u16, String)> {
        read_input(sent, maker, Mode::Live, now())
            .map_err(|error| (error.status().as_u16(), error.body().field.clone().unwrap_or_default()))
    }

    #[test]
    fn a_plain_key_gets_the_least() {
        let made = read(&Sent { name: " CI ", ..Sent::default() }, Role::Owner).unwrap();
        let what = (made.name.as_str(), made.scope, made.role, made.mode);
        assert_eq!(what, ("CI", Scope::Read, Role::Viewer, Mode::Live));
        let role = |scope| read(&Sent { name: "x", scope: Some(scope), ..Sent::default() }, Role::Owner).unwrap().role;
        let roles = ["send_conversions", "read", "automations", "write", "admin", "read_write"].map(role);
        assert_eq!(roles.map(Role::as_str), ["viewer", "viewer", "manager", "manager", "admin", "admin"]);
    }

    #[test]
    fn nobody_hands_out_more_than_they_have() {
        let of = |role| Sent { name: "x", role: Some(role), ..Sent::default() };
        assert_eq!(read(&of("owner"), Role::Admin).unwrap_err().0, 403);
        for role in ["owner", "admin", "manager", "viewer"] {
            assert!(read(&of(role), Role::Owner).is_ok(), "{role}");
        }
    }

    #[test]
    fn each_mistake_names_its_field() {
        let long = "n".repeat(101);
        let plain = || Sent { name: "x", ..Sent::default() };
        for (sent, field) in [
            (Sent { name: " ", ..plain() }, "name"),
            (Sent { name: &long, ..plain() }, "name"),
            (Sent { name: "a\nb", ..plain() }, "name"),
            (Sent { scope: Some("everything"), ..plain() }, "scope"),
            (Sent { role: Some("boss"), ..plain() }, "role"),
            (Sent { mode: Some("dry"), ..plain() }, "mode"),
            (Sent { expires_at: Some(now()), ..plain() }, "expiresAt"),
        ] {
            assert_eq!(read(&sent, Role::Owner).unwrap_err(), (400, field.to_owned()));
        }
    }

    #[test]
    fn test_mode_has_test_keys_only() {
        let of = |mode, own| read_input(&Sent { name: "x", mode, ..Sent::default() }, Role::Owner, own, now());
        assert_eq!(of(None, Mode::Test).unwrap().mode, Mode::Test);
        assert_eq!(of(Some("test"), Mode::Live).unwrap().mode, Mode::Test);
        assert_eq!(of(Some("live"), Mode::Test).unwrap_err().body().field.as_deref(), Some("mode"));
    }

    #[test]
    fn an_overlap_is_at_most_a_week() {
        assert_eq!(overlap_hours(None).unwrap(), 24);
        assert_eq!(overlap_hours(Some(0)).unwrap(), 0);
        assert_eq!(overlap_hours(Some(168)).unwrap(), 168);
        assert_eq!(overlap_hours(Some(169)).unwrap_err().body().field.as_deref(), Some("overlapHours"));
    }
}
