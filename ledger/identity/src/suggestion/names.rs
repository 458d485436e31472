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

    /// A text with a stand-in for each of these names in it. Names of one letter are left alone.
    pub fn hidden_in(&mut self, text: &str, names: &[&str]) -> String {
        let mut longest: Vec<&str> = names.iter().copied().filter(|name| name.trim().chars().count() > 1).collect();
        longest.sort_by_key(|name| std::cmp::Reverse(name.len()));
        longest.iter().fold(text.to_owned(), |text, name| {
            if text.contains(name) { text.replace(name, &self.hidden(name)) } else { text }
        })
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

    #[test]
    fn there_are_stand_ins_for_many() {
        let mut names = Names::default();
        let made: Vec<String> = (0..800).map(|at| names.hidden(&at.to_string())).collect();
        assert_eq!((made[25].as_str(), made[26].as_str(), made[702].as_str()), ("[Z]", "[AA]", "[AAA]"));
        let unique: std::collections::BTreeSet<&String> = made.iter().collect();
        assert_eq!(unique.len(), 800);
    }
}
