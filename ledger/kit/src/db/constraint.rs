//! The name of the constraint that a statement violated, and whether a statement was refused for its values.
//!
//! Postgres reports it in a field of its own. A cluster passes on what the server of a shard said: the field is lost, and the
//! name in the message ends with the shard's number, before which Citus clips a long name. All code that depends on a name
//! asks here.

/// The most bytes that a name has in Postgres.
const NAME_MAX: usize = 63;

/// Whether the statement violated the constraint with this name, as in the migrations.
pub fn is_violated(error: &sqlx::Error, name: &str) -> bool {
    violated(error).is_some_and(|reported| reported == name || is_clipped(reported, name))
}

/// The name as in the migrations, unless a cluster clipped it; `None` if the error is about something else.
pub fn violated(error: &sqlx::Error) -> Option<&str> {
    let database = error.as_database_error()?;
    let is_violation = database.code().is_some_and(|code| code.starts_with("23"));
    let name = database.constraint().or_else(|| named_in(database.message()).filter(|_| is_violation))?;
    Some(without_shard(name))
}

/// Whether a statement was refused for what it was to write, not because the database is unavailable: a value that can't be
/// stored (class 22), or a violated constraint (class 23).
pub fn is_about_data(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| code.starts_with("22") || code.starts_with("23"))
}

/// The name in a message such as `duplicate key value violates unique constraint "links_slug_102018"`.
fn named_in(message: &str) -> Option<&str> {
    message.split_once("constraint \"")?.1.split_once('"').map(|(name, _)| name)
}

/// A shard's number has at least six digits; no name of ours ends like that.
fn without_shard(name: &str) -> &str {
    match name.rsplit_once('_') {
        Some((own, number)) if number.len() >= 6 && number.bytes().all(|byte| byte.is_ascii_digit()) => own,
        _ => name,
    }
}

/// Whether a name without its shard's number is the beginning of this one and a hash of all of it, as Citus makes of long names
/// (`AppendShardIdToName`).
fn is_clipped(reported: &str, name: &str) -> bool {
    reported.rsplit_once('_').is_some_and(|(beginning, digits)| {
        let is_hash = digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_hash && name.starts_with(beginning) && name.len() + "_102018".len() > NAME_MAX
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_migrations() {
        for (message, name) in [
            ("duplicate key value violates unique constraint \"links_slug_102018\"", Some("links_slug")),
            (
                "new row for relation \"a_1\" violates check constraint \"affiliates_status_check\"",
                Some("affiliates_status_check"),
            ),
            (
                "insert or update on table \"links_102018\" violates foreign key constraint \"links_program_fkey_1020181\"",
                Some("links_program_fkey"),
            ),
            ("deadlock detected", None),
        ] {
            assert_eq!(named_in(message).map(without_shard), name, "{message}");
        }
        let long = "plan_versions_organization_id_program_id_affiliate_id_segme_key";
        let clipped = without_shard("plan_versions_organization_id_program_id_affili_12861b39_102239");
        assert!(is_clipped(clipped, long));
        assert!(!is_clipped(clipped, "plan_versions_organization_id_program_id_effective_at_segme_key"));
        assert!(!is_clipped("links_slug_12861b39", "links_slug_key"));
        assert!(!is_clipped("plan_versions_organization_id_program_id_affili_key", long));
        assert_eq!(without_shard("clicks_2026_08"), "clicks_2026_08");
        assert_eq!(without_shard("commissions_check1"), "commissions_check1");
    }
}
