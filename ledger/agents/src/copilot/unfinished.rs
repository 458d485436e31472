//! The end of an answer that is being written. What comes before it is finished: nothing that follows changes how a page
//! shows it. No I/O.

use super::render::FENCE;

/// What isn't finished yet.
#[derive(Debug, Default)]
pub struct Unfinished {
    text: String,
    /// Where its last line begins.
    line: usize,
    is_code: bool,
}

impl Unfinished {
    /// Adds what follows. Returns what is finished by it: up to the last empty line that isn't in code, because no form of
    /// [`super::render`] goes on after one.
    pub fn push(&mut self, more: &str) -> Option<String> {
        self.text.push_str(more);
        // Most pieces are a part of a line. An answer without lines isn't read again for each of them.
        if !more.contains('\n') {
            return None;
        }
        let mut end = 0;
        for line in self.text[self.line..].split_inclusive('\n').filter(|line| line.ends_with('\n')) {
            self.line += line.len();
            let trimmed = line.trim();
            self.is_code ^= trimmed.starts_with(FENCE);
            if trimmed.is_empty() && !self.is_code {
                end = self.line;
            }
        }
        self.line -= end;
        (end > 0).then(|| self.text.drain(..end).collect())
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// The rest, which nothing follows.
    pub fn end(&mut self) -> String {
        std::mem::take(self).text
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::copilot::render::parts;

    #[test]
    fn a_paragraph_is_finished_by_an_empty_line() {
        let mut rest = Unfinished::default();
        assert_eq!(rest.push("**Thr"), None);
        assert_eq!(rest.push("ee** br"), None);
        assert_eq!(rest.push("ands:\n- one\n"), None);
        assert_eq!(rest.push("\n- t").as_deref(), Some("**Three** brands:\n- one\n\n"));
        assert_eq!(rest.text(), "- t");
        assert_eq!(rest.push("wo\n\n```\na\n\nb\n").as_deref(), Some("- two\n\n"));
        assert_eq!(rest.push("\n"), None, "code has empty lines");
        assert_eq!(rest.push("```\n\nEnd").as_deref(), Some("```\na\n\nb\n\n```\n\n"));
        assert_eq!((rest.end().as_str(), rest.text()), ("End", ""));
    }

    proptest! {
        #[test]
        fn finished_parts_stay_as_they_are(pieces in prop::collection::vec("[a*`|#. -]{0,4}(```|\n|\n\n| - |\\| )?", 0..40)) {
            let (mut rest, mut shown) = (Unfinished::default(), Vec::new());
            for piece in &pieces {
                shown.extend(rest.push(piece).iter().flat_map(|finished| parts(finished, "")));
            }
            shown.extend(parts(&rest.end(), ""));
            prop_assert_eq!(shown, parts(&pieces.concat(), ""));
        }
    }
}
