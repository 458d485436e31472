//! Which codes affiliates may choose for themselves: codes that a checkout accepts, and that don't claim to be the
//! brand's own or insult anyone.

/// The lengths of a chosen code.
pub const LENGTH: (usize, usize) = (4, 20);

/// Words that no chosen code may contain.
const NOWHERE: &[&str] = &[
    "arschloch",
    "asshole",
    "bastard",
    "bitch",
    "cabron",
    "cunt",
    "fuck",
    "hitler",
    "mierda",
    "nazi",
    "nigger",
    "official",
    "porn",
    "scheiss",
    "shit",
    "whore",
];
/// Words that no chosen code may consist of, with or without digits: brands use them for their own promotions.
const ALONE: &[&str] = &[
    "admin",
    "blackfriday",
    "bonus",
    "christmas",
    "code",
    "coupon",
    "cybermonday",
    "discount",
    "employee",
    "free",
    "friend",
    "friends",
    "hure",
    "launch",
    "newyear",
    "partner",
    "promo",
    "puta",
    "sale",
    "save",
    "staff",
    "student",
    "summer",
    "support",
    "welcome",
];

/// Why an affiliate can't choose a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It isn't 4 to 20 letters and digits of ASCII, which every gateway accepts.
    Spelling,
    /// It is the brand's name, a promotion of its own, or a word that we don't allow.
    Reserved,
}

/// Checks a code that an affiliate chose; `brand` are the names of the organization and the program.
///
/// # Errors
/// [`Refusal`].
pub fn check(code: &str, brand: &[&str]) -> Result<(), Refusal> {
    let (least, most) = LENGTH;
    if !(least..=most).contains(&code.len()) || !code.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(Refusal::Spelling);
    }
    let lower = code.to_ascii_lowercase();
    let word: String = lower.chars().filter(|sign| !sign.is_ascii_digit()).collect();
    let is_brand = brand.iter().any(|name| {
        let name: String = name.to_lowercase().chars().filter(|sign| sign.is_ascii_lowercase()).collect();
        !name.is_empty() && name == word
    });
    let read = plain(&lower);
    let is_reserved =
        ALONE.contains(&word.as_str()) || NOWHERE.iter().any(|bad| read.contains(bad) || word.contains(bad));
    if word.is_empty() || is_brand || is_reserved { Err(Refusal::Reserved) } else { Ok(()) }
}

/// Replaces digits that are read as letters.
fn plain(lower: &str) -> String {
    let plain = |sign: char| match sign {
        '0' => 'o',
        '1' => 'i',
        '3' => 'e',
        '4' => 'a',
        '5' => 's',
        '7' => 't',
        other => other,
    };
    lower.chars().map(plain).collect()
}

/// A code made of an affiliate's slug and the discount's size, such as `LAUREN20`; empty if they couldn't choose it.
pub fn suggest(slug: &str, size: &str, brand: &[&str]) -> String {
    let (_, most) = LENGTH;
    let name: String = slug.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_uppercase();
    let size: String = size.chars().filter(char::is_ascii_digit).take(4).collect();
    let room = most.saturating_sub(size.len());
    let code = format!("{}{size}", name.chars().take(room).collect::<String>());
    if check(&code, brand).is_ok() { code } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_that_say_something_else_are_refused() {
        let brand = ["Acme, Inc.", "acme"];
        for good in ["LAUREN20", "lauren", "SAVEWITHLAU", "Acmefan5", "x4y4"] {
            assert_eq!(check(good, &brand), Ok(()), "{good}");
        }
        for bad in ["abc", "a b c d", "SAVE-10", "ÄRGER20", "x".repeat(21).as_str(), "20%OFF", ""] {
            assert_eq!(check(bad, &brand), Err(Refusal::Spelling), "{bad}");
        }
        for bad in ["ACME20", "acmeinc", "WELCOME10", "2024", "OfficialLau", "xSH1Tx", "fuck20", "sale"] {
            assert_eq!(check(bad, &brand), Err(Refusal::Reserved), "{bad}");
        }
    }

    #[test]
    fn a_suggestion_can_be_chosen() {
        assert_eq!(suggest("lauren", "20", &[]), "LAUREN20");
        assert_eq!(suggest("lauren-vale_2", "12.5", &[]), "LAURENVALE2125");
        let long = suggest(&"x".repeat(64), "20", &[]);
        assert!(long.len() == 20 && long.ends_with("X20"), "{long}");
        assert_eq!((suggest("acme", "20", &["Acme"]), suggest("abc", "", &[])), (String::new(), String::new()));
    }
}
