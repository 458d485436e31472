//! Names of people stay here: a model gets a stand-in for each, and the page puts the name back into what it wrote.

/// Names with their stand-ins.
#[derive(Debug, Default)]
pub struct Names {
    names: Vec<String>,
}

impl Names {
    /// The stand-in of a name, such as `[A]`. It has no figure, so that it is none of the text's.
    pub fn hidden(&mut self, name: &str) -> String {
        let at = self.names.iter().position(|known| known == name).unwrap_or_else(|| {
            self.names.push(name.to_owned());
            self.names.len() - 1
        });
        stand_in(at)
    }

    /// A text with a stand-in for each of these names in it, but not where a name is a part of a longer word. Names of one
    /// letter are left alone.
    pub fn hidden_in(&mut self, text: &str, names: &[&str]) -> String {
        let names = names.iter().map(|name| name.trim());
        let mut longest: Vec<&str> = names.filter(|name| name.chars().count() > 1).collect();
        longest.sort_by_key(|name| std::cmp::Reverse(name.len()));
        // A shorter name isn't looked for in the stand-in of a longer one, so each stand-in stays beside the text behind it.
        let mut parts = vec![(String::new(), text)];
        for name in longest {
            let mut divided = Vec::with_capacity(parts.len());
            for (stand_in, part) in parts {
                let mut pieces = around(part, name).into_iter();
                divided.push((stand_in, pieces.next().unwrap_or_default()));
                divided.extend(pieces.map(|piece| (self.hidden(name), piece)));
            }
            parts = divided;
        }
        parts.into_iter().fold(String::with_capacity(text.len()), |whole, (stand_in, part)| whole + &stand_in + part)
    }

    /// A text with the names again.
    pub fn restored(&self, text: &str) -> String {
        // Each part is looked at once, so that a name with a stand-in in it stays what it is.
        let mut shown = String::with_capacity(text.len());
        let mut left = text;
        while let Some(at) = left.find('[') {
            let (before, after) = left.split_at(at);
            shown.push_str(before);
            let found = self.names.iter().enumerate().find(|(index, _)| after.starts_with(&stand_in(*index)));
            let taken = match found {
                Some((index, name)) => {
                    shown.push_str(name);
                    stand_in(index).len()
                }
                None => {
                    shown.push('[');
                    1
                }
            };
            left = &after[taken..];
        }
        shown.push_str(left);
        shown
    }
}

/// The pieces of a text before, between and behind the places where the name is no part of a longer word.
fn around<'t>(text: &'t str, name: &str) -> Vec<&'t str> {
    let (first, last) = (name.chars().next(), name.chars().next_back());
    let (mut pieces, mut start, mut from) = (Vec::new(), 0, 0);
    while let Some(at) = text[from..].find(name).map(|found| from + found) {
        let end = at + name.len();
        let (before, after) = (text[..at].chars().next_back(), text[end..].chars().next());
        if is_one_word(before, first) || is_one_word(last, after) {
            // The name may begin again within what was found.
            from = at + first.map_or(1, char::len_utf8);
        } else {
            pieces.push(&text[start..at]);
            (start, from) = (end, end);
        }
    }
    pieces.push(&text[start..]);
    pieces
}

/// Whether two signs that follow each other are in one word.
fn is_one_word(left: Option<char>, right: Option<char>) -> bool {
    let is_of_word = |sign: char| sign.is_alphanumeric() && !is_unspaced(sign);
    left.is_some_and(is_of_word) && right.is_some_and(is_of_word)
}

/// Whether a sign is of a script that puts no spaces around names: Thai, Lao, Burmese, Khmer, Japanese, Chinese and Korean.
fn is_unspaced(sign: char) -> bool {
    matches!(
        sign,
        '\u{e00}'..='\u{eff}'
            | '\u{1000}'..='\u{109f}'
            | '\u{1780}'..='\u{17ff}'
            | '\u{3040}'..='\u{30ff}'
            | '\u{3400}'..='\u{9fff}'
            | '\u{ac00}'..='\u{d7af}'
            | '\u{f900}'..='\u{faff}'
            | '\u{20000}'..='\u{3ffff}'
    )
}

/// `[A]` to `[Z]`, then `[AA]`.
fn stand_in(mut at: usize) -> String {
    let mut signs = Vec::new();
    loop {
        signs.push(char::from(b'A' + u8::try_from(at % 26).unwrap_or_default()));
        if at < 26 {
            break;
        }
        at = at / 26 - 1;
    }
    format!("[{}]", signs.iter().rev().collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back_where_their_stand_ins_are() {
        let mut names = Names::default();
        let (mia, other) = (names.hidden("Mia Doe"), names.hidden("[A]"));
        assert_eq!((mia.as_str(), other.as_str(), names.hidden("Mia Doe").as_str()), ("[A]", "[B]", "[A]"));
        assert_eq!(names.restored("[A] sold less, [B] more; [C] and [x"), "Mia Doe sold less, [A] more; [C] and [x");
    }

    #[test]
    fn a_text_loses_its_names() {
        let mut names = Names::default();
        let hidden = names.hidden_in("The customer clicked Mia Doe's link, not Mia's.", &["Mia", "Mia Doe", " "]);
        assert_eq!(hidden, "The customer clicked [A]'s link, not [B]'s.");
        assert_eq!(names.restored(&hidden), "The customer clicked Mia Doe's link, not Mia's.");
    }

    /// The text without the names, which come back in their places.
    fn hidden(text: &str, names: &[&str]) -> String {
        let mut known = Names::default();
        let hidden = known.hidden_in(text, names);
        assert_eq!(known.restored(&hidden), text);
        hidden
    }

    #[test]
    fn a_name_in_a_longer_word_is_none() {
        for (text, names, without) in [
            ("Also, Al's sale is alright. Al", &["Al"][..], "Also, [A]'s sale is alright. [A]"),
            ("Ann\u{e9}e, Ann, 3Ann, Ann3 and (Ann)", &["Ann"][..], "Ann\u{e9}e, [A], 3Ann, Ann3 and ([A])"),
            ("\u{d6}mer and G\u{d6}mer", &["\u{d6}mer"][..], "[A] and G\u{d6}mer"),
            ("MiaMia Mia", &["Mia"][..], "MiaMia [A]"),
            // What is no word of its own may begin one.
            ("banana ana ana", &["ana ana"][..], "banana [A]"),
        ] {
            assert_eq!(hidden(text, names), without);
        }
    }

    #[test]
    fn a_name_is_hidden_beside_any_other_sign() {
        for (text, names, without) in [
            (
                "mia_doe, mia-doe, \u{201c}mia\u{201d}\u{2014}mia/mia",
                &["mia"][..],
                "[A]_doe, [A]-doe, \u{201c}[A]\u{201d}\u{2014}[A]/[A]",
            ),
            ("Mia D. and Mia D.: Mia D.s", &["Mia D."][..], "[A] and [A]: [A]s"),
            ("*Mia*Lark", &["*Mia*"][..], "[A]Lark"),
            ("O'Neil-Smith paid O'Neil", &["O'Neil", "O'Neil-Smith"][..], "[A] paid [B]"),
            ("from mia@creators.test.", &["mia@creators.test"][..], "from [A]."),
            (
                "anna+mia@creators.test and mia@creators.testing",
                &["mia@creators.test"][..],
                "anna+[A] and mia@creators.testing",
            ),
            ("\u{674e}\u{660e}\u{7684}\u{94fe}\u{63a5}", &["\u{674e}\u{660e}"][..], "[A]\u{7684}\u{94fe}\u{63a5}"),
            (" Mia ", &[" Mia "][..], " [A] "),
            ("MIA, Mia", &["Mia"][..], "MIA, [A]"),
        ] {
            assert_eq!(hidden(text, names), without);
        }
    }

    #[test]
    fn the_longest_of_several_names_is_hidden_first() {
        for (text, names, without) in [
            ("Mia Doe, Mia and Doe", &["Doe", "Mia", "Mia Doe"][..], "[A], [C] and [B]"),
            ("Ann Lee Marvin", &["Ann Lee", "Lee Marvin"][..], "Ann [A]"),
            ("mia@creators.test is mia", &["mia", "mia@creators.test"][..], "[A] is [B]"),
        ] {
            assert_eq!(hidden(text, names), without);
        }
    }

    #[test]
    fn a_stand_in_is_no_place_for_another_name() {
        let mut names = Names::default();
        let many: Vec<String> = (0..27).map(|at| format!("Creator{at}")).collect();
        many.iter().for_each(|name| drop(names.hidden(name)));
        let shown = names.hidden_in("Creator26 and AA", &["Creator26", "AA"]);
        assert_eq!((shown.as_str(), names.restored(&shown).as_str()), ("[AA] and [AB]", "Creator26 and AA"));
    }

    #[test]
    fn there_are_stand_ins_for_many() {
        let mut names = Names::default();
        let made: Vec<String> = (0..800).map(|at| names.hidden(&at.to_string())).collect();
        assert_eq!((made[25].as_str(), made[26].as_str(), made[702].as_str()), ("[Z]", "[AA]", "[AAA]"));
        let unique: std::collections::BTreeSet<&String> = made.iter().collect();
        assert_eq!(unique.len(), 800);
    }
}
