//! Maps the validator's paths to fields of a plan's form. Pure.

/// The form field for a path into the plan's JSON: `components[0].steps[1].ratePpm` is `c0-s1-pays`.
pub(super) fn field_of(path: &str) -> String {
    let numbered = |text: &str, name: &str| -> Option<(usize, String)> {
        let (number, rest) = text.strip_prefix(name)?.strip_prefix('[')?.split_once(']')?;
        Some((number.parse().ok()?, rest.trim_start_matches('.').to_owned()))
    };
    let Some((at, rest)) = numbered(path, "components") else { return path.to_owned() };
    let field = match rest.as_str() {
        "ratePpm" => "rate",
        "amountCents" => "amount",
        "duration.months" => "months",
        "cap.currency" => "capCurrency",
        "cap.perConversion" => "capSale",
        "cap.perCustomer" => "capCustomer",
        "cap.perAffiliate.amountCents" => "capAffiliate",
        "cap.perAffiliate.period" => "capPeriod",
        "cap" => "capSale",
        rest => match numbered(rest, "steps") {
            Some((step, field)) if field == "from" => return format!("c{at}-s{step}-from"),
            Some((step, _)) => return format!("c{at}-s{step}-pays"),
            None => {
                let condition = rest.strip_prefix("when.").unwrap_or(rest);
                condition.split(['[', '.']).next().unwrap_or_default()
            }
        },
    };
    format!("c{at}-{field}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_validators_paths_are_fields() {
        for (path, field) in [
            ("components[0].ratePpm", "c0-rate"),
            ("components[2].amountCents", "c2-amount"),
            ("components[0].steps[1].from", "c0-s1-from"),
            ("components[0].steps[1].ratePpm", "c0-s1-pays"),
            ("components[0].steps", "c0-steps"),
            ("components[1].when.countries[3]", "c1-countries"),
            ("components[1].when.metadata.term", "c1-metadata"),
            ("components[0].duration.months", "c0-months"),
            ("components[0].cap.perAffiliate.period", "c0-capPeriod"),
            ("components[0].name", "c0-name"),
            ("effectiveAt", "effectiveAt"),
        ] {
            assert_eq!(field_of(path), field);
        }
    }
}
