//! What Forms W-8BEN and W-8BEN-E have in common: foreign taxpayer numbers, and treaty claims.

use serde::{Deserialize, Serialize};

use super::{
    country,
    field::Reader,
    form::{Line, Shown},
    tin::{self, Kind, UsTin},
};

/// W-8BEN, lines 9 and 10; W-8BEN-E, lines 14 and 15.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Treaty {
    /// The country of residence, within the meaning of its treaty.
    pub country: String,
    /// Article and paragraph.
    pub article: String,
    /// In percent, 0 to 30, as written.
    pub rate: String,
    /// The kind of income.
    pub income: String,
    /// Why the conditions are met.
    pub conditions: Option<String>,
}

const PARTS: [&str; 4] = ["treatyArticle", "treatyRate", "treatyIncome", "treatyConditions"];

/// Reads a treaty claim; `None` if none of its fields is filled in.
pub(super) fn treaty(reader: &mut Reader<'_>, residence: &str) -> Option<Treaty> {
    let country = reader.raw("treatyCountry");
    if country.is_empty() && PARTS.iter().all(|field| reader.raw(field).is_empty()) {
        return None;
    }
    if !country::has_treaty(country) {
        let message = "The United States has no income tax treaty in force with this country. Leave the claim empty.";
        let missing = "Choose the treaty country, or leave the whole claim empty.";
        reader.wrong("treatyCountry", if country.is_empty() { missing } else { message });
    } else if country != residence {
        reader.wrong("treatyCountry", "You can only claim a treaty with the country you live in.");
    }
    let rate = reader.raw("treatyRate").trim_end_matches('%').trim().to_owned();
    if !is_rate(&rate) {
        reader.wrong("treatyRate", "Enter a percentage from 0 to 30.");
    }
    Some(Treaty {
        country: country.to_owned(),
        article: reader.text("treatyArticle", 60, "Enter the treaty article and paragraph, such as 7(1)."),
        rate,
        income: reader.text("treatyIncome", 100, "Enter the type of income, such as business profits."),
        conditions: reader.optional("treatyConditions", 500),
    })
}

/// At most 30%, which is withheld without a treaty.
fn is_rate(text: &str) -> bool {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.len() <= 2 && part.bytes().all(|digit| digit.is_ascii_digit());
    let hundredths = || Some(whole.parse::<u32>().ok()? * 100 + format!("{part:0<2}").parse::<u32>().ok()?);
    digits(whole) && digits(part) && hundredths().is_some_and(|rate| rate <= 3_000)
}

/// Lines 6a and 6b of W-8BEN, 9b and 9c of W-8BEN-E: reads the number, or that none is required. A treaty claim needs a
/// number, foreign or of the United States.
pub(super) fn foreign_number(reader: &mut Reader<'_>, us: bool, claims: bool) -> (Option<String>, bool) {
    let (text, none) = (reader.raw("foreignTin"), reader.flag("foreignTinNotRequired"));
    match (text.is_empty(), none) {
        (true, false) => {
            let message = "Enter your tax number in your own country, or check the box that you aren't legally \
                           required to have one.";
            reader.wrong("foreignTin", message);
        }
        (false, true) => {
            reader.wrong("foreignTinNotRequired", "Clear the number you entered, or uncheck this box.");
        }
        (true, true) if claims && !us => {
            let message = "To claim a treaty, enter a tax number from your own country or the United States.";
            reader.wrong("foreignTin", message);
        }
        _ => {}
    }
    if text.is_empty() {
        return (None, none);
    }
    match tin::read_foreign(text) {
        Ok(number) => (Some(number), none),
        Err(message) => {
            reader.wrong("foreignTin", message);
            (None, none)
        }
    }
}

/// Reads a United States number, if they have one.
pub(super) fn us_number(reader: &mut Reader<'_>, kinds: &[Kind]) -> Option<UsTin> {
    let text = reader.raw("usTin");
    if text.is_empty() {
        return None;
    }
    let mut message = None;
    for kind in kinds {
        match UsTin::read(*kind, text) {
            Ok(tin) => return Some(tin),
            Err(why) => message = message.or(Some(why)),
        }
    }
    reader.wrong("usTin", message.unwrap_or_default());
    None
}

/// The line of the foreign number.
pub(super) fn foreign_lines(number: Option<&str>, at: &'static str, none_at: &'static str, shown: Shown) -> Line {
    match number {
        Some(number) => Line::new(at, "Foreign tax identifying number", shown.foreign(number)),
        None => Line::new(none_at, "Foreign tax identifying number", "Not legally required"),
    }
}

pub(super) fn treaty_lines(treaty: &Treaty, at: [&'static str; 2]) -> Vec<Line> {
    let name = country::name(&treaty.country).unwrap_or(&treaty.country);
    let mut lines = vec![
        Line::new(at[0], "Resident, within the meaning of the income tax treaty, of", name),
        Line::new(at[1], "Article and paragraph", &treaty.article),
        Line::new(at[1], "Rate of withholding", format!("{}%", treaty.rate)),
        Line::new(at[1], "Type of income", &treaty.income),
    ];
    lines.extend(treaty.conditions.as_ref().map(|why| Line::new(at[1], "Additional conditions", why)));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates() {
        assert!(["0", "5", "12.5", "30", "30.00", "7.25"].into_iter().all(is_rate));
        assert!(!["", "-1", "30.01", "31", "5,5", "1e1", "100", "1.234"].into_iter().any(is_rate));
    }
}
