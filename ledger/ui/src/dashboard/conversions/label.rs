//! Labels how a conversion was attributed, for the list. Pure.

/// The facts that the label depends on.
#[derive(Debug, Clone, Copy)]
pub struct Came<'a> {
    pub kind: &'a str,
    pub source: &'a str,
    pub credited_by: Option<&'a str>,
    /// The coupon's code, if it is known.
    pub code: Option<&'a str>,
}

/// Returns Coupon, Link, Customer match, Lead, Manual, Server or Imported; or the source, if no one is credited.
pub fn label(came: Came<'_>) -> String {
    if came.source.starts_with("Import") {
        return "Imported".to_owned();
    }
    let word = match (came.kind, came.credited_by, came.source) {
        (_, Some("manual"), _) => "Manual",
        ("Lead", ..) => "Lead",
        (_, Some("bound" | "lead"), _) => "Customer match",
        (_, Some("coupon"), _) => match came.code {
            Some(code) => return format!("Coupon {code}"),
            None => "Coupon",
        },
        (_, Some("slug"), "S2s") | (_, None, "S2s") => "Server",
        (_, Some(_), _) => "Link",
        (_, None, other) => other,
    };
    word.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_has_its_word() {
        for (kind, source, credited_by, code, word) in [
            ("Sale", "Stripe", Some("coupon"), Some("LAUREN20"), "Coupon LAUREN20"),
            ("Sale", "Stripe", Some("coupon"), None, "Coupon"),
            ("Sale", "Stripe", Some("click"), None, "Link"),
            ("Sale", "Pixel", Some("slug"), None, "Link"),
            ("Sale", "S2s", Some("slug"), None, "Server"),
            ("Sale", "S2s", None, None, "Server"),
            ("Sale", "Paddle", None, None, "Paddle"),
            ("Recurring", "Stripe", Some("bound"), None, "Customer match"),
            ("Sale", "S2s", Some("lead"), None, "Customer match"),
            ("Sale", "S2s", Some("manual"), None, "Manual"),
            ("Lead", "Pixel", Some("click"), None, "Lead"),
            ("Sale", "Imported", Some("bound"), None, "Imported"),
        ] {
            assert_eq!(label(Came { kind, source, credited_by, code }), word);
        }
    }
}
