//! Accepts only passwords that are long and hard to guess.

const LEAST: usize = 12;
const MOST_BYTES: usize = 1_024;

/// The letters of the most common long passwords.
const COMMON: [&str; 48] = [
    "abc",
    "abcdef",
    "admin",
    "administrator",
    "asdfghjkl",
    "baseball",
    "basketball",
    "batman",
    "changeme",
    "charlie",
    "correcthorsebatterystaple",
    "dragon",
    "football",
    "freedom",
    "hello",
    "helloworld",
    "iloveyou",
    "jordan",
    "letmein",
    "login",
    "master",
    "michael",
    "monkey",
    "mustang",
    "mypassword",
    "ninja",
    "passw",
    "password",
    "passwordpassword",
    "passwort",
    "pokemon",
    "princess",
    "qazwsx",
    "qazwsxedc",
    "qwerty",
    "qwertyqwerty",
    "qwertyuiop",
    "rekomi",
    "secret",
    "shadow",
    "starwars",
    "summer",
    "sunshine",
    "superman",
    "test",
    "trustno",
    "welcome",
    "zxcvbnm",
];

/// # Errors
/// The reason, as a message for the person who chose it.
pub fn check(password: &str, email: &str) -> Result<(), &'static str> {
    if password.chars().count() < LEAST {
        return Err("Use at least 12 characters. A short phrase works well.");
    }
    if password.len() > MOST_BYTES {
        return Err("Use a shorter password (1,024 bytes at most).");
    }
    let lower = password.to_lowercase();
    // A common word followed by a year or a punctuation mark is still that word; so is one with digits in place of
    // letters.
    let stem = lower.trim_end_matches(|c: char| !c.is_alphabetic());
    let characters = |text: &str| text.chars().filter(|c| c.is_alphabetic()).collect::<String>();
    let cores = [characters(&lower), characters(&spelled_out(&lower)), spelled_out(stem), stem.to_owned()];
    let common = cores.iter().any(|core| core.is_empty() || COMMON.contains(&core.as_str())) || is_monotonous(&lower);
    if common {
        return Err("This password is too common. Choose another.");
    }
    let (name, domain) = email.split_once('@').unwrap_or((email, ""));
    let without = [email, name, domain]
        .iter()
        .filter(|part| part.chars().count() >= 4)
        .fold(lower, |left, part| left.replace(part, ""));
    if without.chars().count() < LEAST / 2 {
        return Err("This password is too similar to your email address. Choose another.");
    }
    Ok(())
}

/// Turns `p@ssw0rd` into `password`.
fn spelled_out(text: &str) -> String {
    let character = |c| match c {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        other => other,
    };
    text.chars().map(character).collect()
}

/// Returns whether the text has few different characters or repeats one short piece.
fn is_monotonous(text: &str) -> bool {
    let characters: Vec<char> = text.chars().collect();
    let mut different = characters.clone();
    different.sort_unstable();
    different.dedup();
    let repeats = |period: usize| characters.iter().zip(characters.iter().skip(period)).all(|(a, b)| a == b);
    different.len() < 4 || (1..=4).any(repeats)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_anybody_would_try_is_refused() {
        for bad in [
            "short",
            "elevenchars",
            "password1234",
            "P@ssw0rd2026!",
            "passwordpassword",
            "123456789012",
            "qwertyuiop12",
            "aaaaaaaaaaaaaa",
            "abcabcabcabcabc",
            "correcthorsebatterystaple",
            "welcome2026!!",
            "2026-11-20-00",
            "owner@acme.test",
            "lauren.owner12",
        ] {
            assert!(
                check(bad, if bad.starts_with("lauren") { "lauren.owner@acme.test" } else { "owner@acme.test" })
                    .is_err(),
                "{bad}"
            );
        }
        assert!(check(&"a1b2c3d4".repeat(200), "a@b.test").is_err());
    }

    #[test]
    fn long_and_unguessed_ones_pass() {
        for good in
            ["seven lazy otters", "Tr0ub4dor&3xyz", "kühles Wetter heute", "j4Kd-92ms-Lq0z", "owner of many cats"]
        {
            assert_eq!(check(good, "owner@acme.test"), Ok(()), "{good}");
        }
    }
}
