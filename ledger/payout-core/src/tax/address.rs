//! Addresses on tax forms.

use serde::{Deserialize, Serialize};

use super::{country, field::Reader};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// Number, street, apartment or suite.
    pub street: String,
    pub city: String,
    /// The two-letter state in the United States, any region elsewhere, or empty.
    pub region: String,
    pub postal_code: String,
    /// Two-letter code, ISO 3166-1.
    pub country: String,
}

/// Postal abbreviations of states, the District, territories and military mail (United States Postal Service,
/// Publication 28, appendix B).
const STATES: [&str; 62] = [
    "AL", "AK", "AS", "AZ", "AR", "CA", "CO", "CT", "DE", "DC", "FM", "FL", "GA", "GU", "HI", "ID", "IL", "IN", "IA",
    "KS", "KY", "LA", "ME", "MH", "MD", "MA", "MI", "MN", "MS", "MO", "MT", "NE", "NV", "NH", "NJ", "NM", "NY", "NC",
    "ND", "MP", "OH", "OK", "OR", "PW", "PA", "PR", "RI", "SC", "SD", "TN", "TX", "UT", "VT", "VI", "VA", "WA", "WV",
    "WI", "WY", "AA", "AE", "AP",
];

/// Names of the form fields of one address.
#[derive(Debug, Clone, Copy)]
pub struct Names {
    pub street: &'static str,
    pub city: &'static str,
    pub region: &'static str,
    pub postal_code: &'static str,
    pub country: &'static str,
}

pub const MAIN: Names =
    Names { street: "street", city: "city", region: "region", postal_code: "postalCode", country: "country" };
pub const MAILING: Names = Names {
    street: "mailingStreet",
    city: "mailingCity",
    region: "mailingRegion",
    postal_code: "mailingPostalCode",
    country: "mailingCountry",
};

/// Reads an address in the United States (Form W-9, lines 5 and 6).
pub fn of_the_states(reader: &mut Reader<'_>) -> Address {
    let street = reader.text(MAIN.street, 100, "Enter the street number and name (line 5 of the form).");
    let city = reader.text(MAIN.city, 60, "Enter the city or town.");
    let region = reader.raw(MAIN.region).to_uppercase();
    if !STATES.contains(&region.as_str()) {
        reader.wrong(MAIN.region, "Enter the two-letter state code, such as CA.");
    }
    let postal_code = reader.raw(MAIN.postal_code).to_owned();
    if !is_zip(&postal_code) {
        reader.wrong(MAIN.postal_code, "Enter a five-digit ZIP code or a nine-digit one, such as 94103-1234.");
    }
    Address { street, city, region, postal_code, country: country::US.to_owned() }
}

fn is_zip(text: &str) -> bool {
    let digits = |part: &str, count: usize| part.len() == count && part.bytes().all(|digit| digit.is_ascii_digit());
    match text.split_once('-') {
        Some((five, four)) => digits(five, 5) && digits(four, 4),
        None => digits(text, 5),
    }
}

/// Reads a permanent residence outside the United States (Form W-8BEN, line 3; Form W-8BEN-E, line 6): not a P.O. box,
/// and not in care of someone else.
pub fn of_residence(reader: &mut Reader<'_>) -> Address {
    let address = abroad(reader, MAIN);
    if is_box(&address.street) {
        let message = "Enter where you live or are based, not a P.O. box or someone else's address. You can use a P.O. \
                       box as your mailing address.";
        reader.wrong(MAIN.street, message);
    }
    if address.country == country::US {
        let message = "With a permanent residence in the United States, you need a W-9. Choose that form instead, or \
                       correct the country.";
        reader.wrong(MAIN.country, message);
    }
    address
}

/// Reads the mailing address, if it is different: either no field is filled in, or it must be complete.
pub fn of_mail(reader: &mut Reader<'_>) -> Option<Address> {
    let names = [MAILING.street, MAILING.city, MAILING.region, MAILING.postal_code];
    let given = names.iter().any(|name| !reader.raw(name).is_empty());
    given.then(|| abroad(reader, MAILING))
}

fn abroad(reader: &mut Reader<'_>, names: Names) -> Address {
    let country =
        reader.one_of(names.country, |text| country::name(text).map(|_| text.to_owned()), "Choose a country.");
    Address {
        street: reader.text(names.street, 100, "Enter the street and number."),
        city: reader.text(names.city, 60, "Enter the city or town."),
        region: reader.optional(names.region, 60).unwrap_or_default(),
        postal_code: reader.optional(names.postal_code, 20).unwrap_or_default(),
        country: country.unwrap_or_default(),
    }
}

/// Returns whether it is a P.O. box or "in care of".
fn is_box(street: &str) -> bool {
    let plain: String = street.to_lowercase().chars().filter(|character| *character != '.').collect();
    let words: Vec<&str> = plain.split(|character: char| !character.is_alphanumeric() && character != '/').collect();
    let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
    let pair = |one: &str, other: &str| words.windows(2).any(|two| two[0] == one && two[1] == other);
    pair("po", "box")
        || pair("post", "box")
        || words
            .windows(3)
            .any(|three| matches!(three, ["p", "o", "box"] | ["post", "office", "box"] | ["in", "care", "of"]))
        || words
            .first()
            .is_some_and(|word| matches!(*word, "pobox" | "postfach" | "postbus" | "apartado" | "c/o" | "box"))
        || words.contains(&"c/o")
        || pair("caixa", "postal")
        || pair("boite", "postale")
        || pair("boîte", "postale")
        || pair("casella", "postale")
}

impl Address {
    /// City, region and postal code in one line.
    pub fn place(&self) -> String {
        let parts = [self.city.as_str(), &self.region, &self.postal_code];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
    }

    /// The whole address in one line.
    pub fn line(&self) -> String {
        let country = country::name(&self.country).unwrap_or(&self.country);
        format!("{}, {}, {country}", self.street, self.place())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_are_known_by_many_names() {
        for boxed in [
            "P.O. Box 12",
            "PO Box 12",
            "p o box 12",
            "Post Office Box 3",
            "POBox 4",
            "Postfach 1234",
            "c/o Jane Doe",
            "In care of Jane",
            "Caixa Postal 77",
            "Apartado 12",
            "Box 12",
        ] {
            assert!(is_box(boxed), "{boxed}");
        }
        for street in ["Boxhagener Str. 12", "12 Po Street", "Rua Postal 5", "Postgasse 3", "4 Box Hill Road"] {
            assert!(!is_box(street), "{street}");
        }
    }

    #[test]
    fn zip_codes() {
        assert!(["94103", "94103-1234"].into_iter().all(is_zip));
        assert!(!["9410", "94103-12", "941031234", "ABCDE", ""].into_iter().any(is_zip));
    }
}
