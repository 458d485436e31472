//! What stands for a person or a brand without a picture: initials on one of eight colors. The colors are CSS classes,
//! because pages contain no inline styles.

/// The colors in `assets/css/parts.css`.
const TINTS: u32 = 8;

/// The first letters of the first and the last word; of one word, the first letter. Never empty.
pub fn initials(name: &str) -> String {
    let mut starts = name.split_whitespace().filter_map(|word| word.chars().find(|one| one.is_alphanumeric()));
    let (first, last) = (starts.next(), starts.next_back());
    let initials: String = first.into_iter().chain(last).flat_map(char::to_uppercase).collect();
    if initials.is_empty() { "?".to_owned() } else { initials }
}

/// The number of a color, always the same for the same ID.
pub fn tint(id: &str) -> u32 {
    id.bytes().fold(0, |sum: u32, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte))) % TINTS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_at_most_two_initials() {
        for (name, expected) in [
            ("Mia Sato", "MS"),
            ("mia", "M"),
            ("Ana María de la Cruz", "AC"),
            ("(Lumen) Yoga", "LY"),
            ("  ", "?"),
            ("élan vital", "ÉV"),
        ] {
            assert_eq!(initials(name), expected, "{name}");
        }
    }

    #[test]
    fn an_id_keeps_its_color() {
        assert_eq!(tint("aff_1"), tint("aff_1"));
        assert!((0..100).all(|number| tint(&number.to_string()) < TINTS));
    }
}
