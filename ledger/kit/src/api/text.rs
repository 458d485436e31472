//! Validates short texts in request bodies: names, codes, notes.

use base64::{Engine, prelude::BASE64_STANDARD};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use crate::{
    email_address,
    error::{Error, Result},
};

/// The characters that people and mail programs accept as a dot in a domain.
const DOTS: [char; 4] = ['.', '\u{3002}', '\u{ff0e}', '\u{ff61}'];

/// Returns the text without surrounding whitespace: 1 to `most` characters, on one line.
///
/// # Errors
/// 400 naming the field.
pub fn checked(field: &str, text: &str, most: usize) -> Result<String> {
    let text = text.trim();
    if !(1..=most).contains(&text.chars().count()) {
        return Err(Error::field(field, format!("{field} must be 1 to {most} characters")));
    }
    if text.chars().any(|character| character.is_control() || turns(character)) {
        return Err(Error::field(field, format!("{field} must not contain control characters")));
    }
    Ok(text.to_owned())
}

/// Whether the character reverses the direction of the text after it: in a name it could make a table's row read
/// differently. Arabic and Hebrew need none of these.
pub const fn turns(character: char) -> bool {
    matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Like [`checked`], for an optional text.
///
/// # Errors
/// 400 naming the field.
pub fn maybe(field: &str, text: Option<&str>, most: usize) -> Result<Option<String>> {
    text.map(|text| checked(field, text, most)).transpose()
}

/// Validates an email address and returns it in lower case.
///
/// # Errors
/// 400 naming the field.
pub fn email(field: &str, text: &str) -> Result<String> {
    let address = email_address::parse(text);
    address.ok_or_else(|| Error::field(field, format!("{field} must be a valid email address, such as name@brand.com")))
}

/// Decodes a file in a JSON body.
///
/// # Errors
/// 400 naming the field.
pub fn decoded(field: &str, text: &str) -> Result<Vec<u8>> {
    BASE64_STANDARD.decode(text).map_err(|_| Error::field(field, format!("{field} must be base64-encoded")))
}

/// Checks that a number is within its limits.
///
/// # Errors
/// 400 naming the field and its limits.
pub fn within(field: &str, number: i64, least: i64, most: i64) -> Result<i32> {
    i32::try_from(number)
        .ok()
        .filter(|_| (least..=most).contains(&number))
        .ok_or_else(|| Error::field(field, format!("{field} must be {least} to {most}")))
}

/// Turns `Acme: Partner Program` into `acme-partner-program`, and `Chloé Søndergård` into `chloe-sondergard`.
pub fn hyphenated(name: &str) -> String {
    let mut slug = String::new();
    // NFKD separates an accent from its letter; the accent must not end a word.
    for character in name.nfkd().flat_map(char::to_lowercase).filter(|character| !is_combining_mark(*character)) {
        if character.is_ascii_alphanumeric() {
            slug.push(character);
        } else if let Some(plain) = plain(character) {
            slug.push_str(plain);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug
}

/// Letters that don't decompose into a plain letter and an accent, in their usual ASCII spelling.
const fn plain(character: char) -> Option<&'static str> {
    Some(match character {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'ħ' => "h",
        'ı' => "i",
        'ł' => "l",
        'ŧ' => "t",
        'þ' => "th",
        '\'' | '’' => "",
        _ => return None,
    })
}

/// Whether a mail program would turn some of the text into a link, which could then appear in our emails to people who
/// never asked for them.
pub fn holds_address(text: &str) -> bool {
    let lower = text.to_lowercase();
    let reads_as_domain = |word: &str| {
        let labels: Vec<&str> = word.split(DOTS).collect();
        labels.windows(2).any(|two| match two {
            [name, end] => {
                name.ends_with(char::is_alphanumeric)
                    && end.chars().take(2).filter(|character| character.is_alphabetic()).count() == 2
            }
            _ => false,
        })
    };
    lower.contains("://") || lower.contains("www.") || lower.split_whitespace().any(reads_as_domain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_around_a_text_are_no_part_of_it() {
        assert_eq!(checked("name", "  Gold  ", 4).unwrap(), "Gold");
        assert_eq!(checked("name", "نورا", 4).unwrap(), "نورا");
        for bad in ["", "   ", "Golden", "a\nb", "a\0", "a\u{202e}b"] {
            assert_eq!(checked("name", bad, 4).unwrap_err().body().field.as_deref(), Some("name"), "{bad:?}");
        }
    }

    #[test]
    fn addresses_are_kept_in_lower_case() {
        assert_eq!(email("email", " Lauren@Creators.Test ").unwrap(), "lauren@creators.test");
        for bad in
            ["", "lauren", "@creators.test", "lauren@", "lauren@creators", "a b@creators.test", "a@b@c.test", "a@b.\0c"]
        {
            assert!(email("email", bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn what_is_no_base64_names_its_field() {
        assert_eq!(decoded("file", "JVBERi0=").unwrap(), b"%PDF-");
        for bad in ["JVBERi0", "no base64!", "data:image/png;base64,AAAA"] {
            assert_eq!(decoded("file", bad).unwrap_err().body().field.as_deref(), Some("file"), "{bad}");
        }
    }

    #[test]
    fn limits_are_inclusive() {
        assert_eq!((within("days", 0, 0, 365).unwrap(), within("days", 365, 0, 365).unwrap()), (0, 365));
        assert!(within("days", 366, 0, 365).is_err() && within("days", -1, 0, 365).is_err());
        assert!(within("days", i64::MAX, 0, i64::MAX).is_err());
    }

    #[test]
    fn names_hold_no_addresses() {
        for bad in [
            "Win at evil.com",
            "http://x",
            "WWW.evil",
            "evil.co.uk/now!",
            "a@evil.io",
            "(evil.com)",
            "evil\u{3002}com",
            "xn--evil.рф",
        ] {
            assert!(holds_address(bad), "{bad}");
        }
        for good in
            ["Nina Berg", "J. R. Smith", "Dr. Ann", "Nina B.", "Sam 2.0", "O'Neil & Sons, Inc.", "J.R. Vale", "李. 雷"]
        {
            assert!(!holds_address(good), "{good}");
        }
    }
}
