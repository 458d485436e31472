//! Compares coupon codes by a key, which is the same for upper and lower case and for different encodings of a letter.
//!
//! Only this file computes it, and it is stored with the code, so that what a buyer types, what a gateway sends and
//! what the database looks up always follow the same rules: lower case differs between Rust and Postgres for İ and for
//! a final Σ.

use unicode_normalization::UnicodeNormalization;

/// Returns the key. `İNDİRİM20` and `indirim20` have the same, as do `ΕΚΠΤΩΣΗΣ` and `εκπτωσης`, `STRASSE` and `straße`.
/// It is Unicode's full case folding (lower case, upper case, and lower case again), of compatibility forms (NFKC). In
/// addition, all four kinds of i are one, with and without a dot: `indirim` in capitals is `İNDİRİM` on a Turkish
/// keyboard, and `INDIRIM` on an English one.
pub fn key(code: &str) -> String {
    let capitals: String = code.nfkc().flat_map(char::to_lowercase).flat_map(char::to_uppercase).collect();
    let mut folded = String::with_capacity(capitals.len());
    for character in capitals.nfkc().flat_map(char::to_lowercase) {
        if !(character == DOT_ABOVE && folded.ends_with('i')) {
            folded.push(character);
        }
    }
    folded.nfkc().collect()
}

/// Follows the i in the lower case of İ.
const DOT_ABOVE: char = '\u{307}';

/// Whether a buyer can type the code: it has no invisible characters.
pub fn can_be_typed(code: &str) -> bool {
    !code.chars().any(is_invisible)
}

/// Characters without width: soft hyphen, joiners and direction marks, variation selectors, tags, and blank letters.
const fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'
            | '\u{1160}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2060}'..='\u{206f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_code_is_the_same_however_it_is_written() {
        for (one, other) in [
            ("LAUREN20", "lauren20"),
            ("İNDİRİM20", "indirim20"),
            ("İNDİRİM20", "INDIRIM20"),
            ("ındırım", "INDIRIM"),
            ("i\u{307}ndi\u{307}ri\u{307}m", "İNDİRİM"),
            ("ΕΚΠΤΩΣΗΣ", "εκπτωσης"),
            ("ΕΚΠΤΩΣΗΣ", "εκπτωσησ"),
            ("STRASSE", "straße"),
            ("STRAẞE", "straße"),
            ("ΐ", "Ϊ\u{301}"),
            ("CAFÉ", "cafe\u{301}"),
            ("ＳＡＶＥ１０", "save10"),
            ("СКИДКА", "скидка"),
        ] {
            assert_eq!(key(one), key(other), "{one} {other}");
        }
        for (one, other) in
            [("LAUREN20", "LAUREN2O"), ("résumé", "resume"), ("ż", "z"), ("a b", "ab"), ("割引", "割引2")]
        {
            assert_ne!(key(one), key(other), "{one} {other}");
        }
        assert_eq!(key("promo_1PJBLEBBLEfV"), "promo_1pjblebblefv");
    }

    proptest! {
        #[test]
        fn neither_case_nor_repetition_changes_a_key(code in "[\\p{L}\\p{N} _-]{0,20}") {
            let once = key(&code);
            prop_assert_eq!(&key(&code.to_uppercase()), &once);
            prop_assert_eq!(&key(&code.to_lowercase()), &once);
            prop_assert_eq!(&key(&once), &once);
        }
    }
}
