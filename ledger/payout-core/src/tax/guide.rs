//! Suggests the right form by a few questions, instead of the instructions' flow charts.

use super::form::Kind;

/// The affiliate's answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answers {
    /// A citizen or resident of the United States (green card, or enough days there), or an entity organized there
    /// (Form W-9, "Definition of a U.S. person").
    pub us_person: bool,
    /// A company, partnership or other entity, not a person under their own name.
    pub entity: bool,
    /// Some of the work is done in the United States.
    pub works_in_us: bool,
}

/// The suggested form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advice {
    Form(Kind),
    /// A form that isn't accepted here: 8233, W-4 or W-8ECI for a person who works in the United States, and usually
    /// W-8ECI for an entity that does.
    Other {
        entity: bool,
    },
}

/// Applies the "Do not use this form if" sections of Forms W-9, W-8BEN and W-8BEN-E.
pub const fn advise(answers: Answers) -> Advice {
    match answers {
        Answers { us_person: true, .. } => Advice::Form(Kind::W9),
        Answers { works_in_us: true, entity, .. } => Advice::Other { entity },
        Answers { entity: true, .. } => Advice::Form(Kind::W8bene),
        Answers { entity: false, .. } => Advice::Form(Kind::W8ben),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_gives_what() {
        let advice = |us_person, entity, works_in_us| advise(Answers { us_person, entity, works_in_us });
        for (entity, works_in_us) in [(false, false), (false, true), (true, false), (true, true)] {
            assert_eq!(advice(true, entity, works_in_us), Advice::Form(Kind::W9));
        }
        assert_eq!(advice(false, false, false), Advice::Form(Kind::W8ben));
        assert_eq!(advice(false, true, false), Advice::Form(Kind::W8bene));
        assert_eq!(advice(false, false, true), Advice::Other { entity: false });
        assert_eq!(advice(false, true, true), Advice::Other { entity: true });
    }
}
