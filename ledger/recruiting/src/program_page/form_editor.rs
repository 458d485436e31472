//! The questions in the editor of a page: plain buttons move, add and remove rows. Pure.

use super::field::{self, Field, Kind};
use kit::{
    error::{Error, Result},
    form::Fields,
};

/// The rows of the form, and what is typed into the row that adds another.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) fields: Vec<Field>,
    pub(super) new_label: String,
    pub(super) new_kind: String,
    pub(super) new_options: String,
    /// Whether someone removed a question that the form has: the others' rows have other numbers by now.
    is_outdated: bool,
}

impl Rows {
    pub(super) fn of(fields: Vec<Field>) -> Self {
        Self { fields, new_kind: Kind::Text.name().to_owned(), ..Self::default() }
    }

    /// Reads the rows as they were typed, without those that someone removed meanwhile.
    pub(super) fn read(form: &Fields, kept: &[Field]) -> Self {
        let sent = (0..field::FIELDS_MAX).take_while(|row| form.sent(&format!("key_{row}")).is_some());
        let rows: Vec<Option<Field>> = sent.map(|row| one(form, kept, row)).collect();
        Self {
            is_outdated: rows.iter().any(Option::is_none),
            fields: rows.into_iter().flatten().collect(),
            new_label: form.raw("newLabel").to_owned(),
            new_kind: form.raw("newKind").to_owned(),
            new_options: form.raw("newOptions").to_owned(),
        }
    }

    /// Performs a button's action, and returns the part of the page to show afterwards if it was one of the questions'.
    /// In an outdated form, a button of a row does nothing.
    ///
    /// # Errors
    /// 400 if the new question has no type.
    pub(super) fn doing(mut self, what: &str) -> Result<(Self, Option<&'static str>)> {
        let (what, row) = what.split_once(':').unwrap_or((what, ""));
        if self.is_outdated && !row.is_empty() {
            return Ok((self, None));
        }
        let row = row.parse::<usize>().ok().filter(|row| *row < self.fields.len());
        match (what, row) {
            ("up", Some(row)) => self.fields.swap(row, row.saturating_sub(1)),
            ("down", Some(row)) => {
                let next = (row + 1).min(self.fields.len() - 1);
                self.fields.swap(row, next);
            }
            ("remove", Some(row)) if self.fields[row].may_go() => drop(self.fields.remove(row)),
            ("add", _) => return self.added().map(|rows| (rows, Some("#new"))),
            _ => return Ok((self, None)),
        }
        Ok((self, Some("#questions")))
    }

    fn added(mut self) -> Result<Self> {
        let kind = Kind::named(&self.new_kind).ok_or_else(|| Error::field("newKind", "Choose a question type."))?;
        let mut question = field::new(kind, &self.new_label, &self.fields);
        question.options = lines(&self.new_options);
        self.fields.push(question);
        Ok(Self { new_label: String::new(), new_options: String::new(), ..self })
    }
}

fn one(form: &Fields, kept: &[Field], row: usize) -> Option<Field> {
    let text = |what: &str| form.raw(&format!("{what}_{row}"));
    let known = kept.iter().find(|field| field.key == text("key"))?;
    // A question's kind can't be changed, because people have already answered it.
    Some(Field {
        key: known.key.clone(),
        kind: known.kind,
        label: text("label").to_owned(),
        hint: text("hint").to_owned(),
        required: text("required") == "yes",
        options: lines(text("options")),
    })
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(pairs: &[(&str, &str)]) -> Fields {
        let mut form = Fields::default();
        for (row, field) in field::usual().into_iter().enumerate() {
            form.set(&format!("key_{row}"), field.key);
            form.set(&format!("label_{row}"), field.label);
            form.set(&format!("hint_{row}"), field.hint);
            form.set(&format!("required_{row}"), if field.required { "yes" } else { "" });
        }
        for (name, value) in pairs {
            form.set(name, *value);
        }
        form
    }

    fn after(what: &str, pairs: &[(&str, &str)]) -> Vec<String> {
        let rows = Rows::read(&form(pairs), &field::usual());
        rows.doing(what).unwrap().0.fields.into_iter().map(|field| field.key).collect()
    }

    #[test]
    fn rows_move_come_and_go() {
        assert_eq!(after("save", &[]), ["email", "name", "website", "promotion", "alias"]);
        assert_eq!(after("up:2", &[]), ["email", "website", "name", "promotion", "alias"]);
        assert_eq!(after("up:0", &[]), ["email", "name", "website", "promotion", "alias"]);
        assert_eq!(after("down:4", &[]), ["email", "name", "website", "promotion", "alias"]);
        assert_eq!(after("down:0", &[]), ["name", "email", "website", "promotion", "alias"]);
        assert_eq!(after("remove:1", &[]), ["email", "website", "promotion", "alias"]);
        assert_eq!(after("remove:0", &[]).len(), 5, "the address stays");
        assert_eq!(after("remove:9", &[]).len(), 5);
        assert_eq!(after("add", &[("newLabel", "Phone"), ("newKind", "phone")]).last().map(String::as_str), Some("q1"));
        assert!(Rows::read(&form(&[("newKind", "file")]), &field::usual()).doing("add").is_err());
    }

    #[test]
    fn what_was_removed_meanwhile_is_skipped() {
        let mut kept = field::usual();
        kept.remove(2);
        for button in ["save", "up:3", "down:2", "remove:2"] {
            let (rows, part) = Rows::read(&form(&[]), &kept).doing(button).unwrap();
            assert_eq!((rows.fields, part), (kept.clone(), None), "{button}");
        }
        let (rows, _) = Rows::read(&form(&[("newLabel", "Phone"), ("newKind", "phone")]), &kept).doing("add").unwrap();
        assert_eq!(rows.fields.len(), kept.len() + 1);
    }

    #[test]
    fn what_is_typed_is_read_and_a_kind_stays() {
        let rows =
            Rows::read(&form(&[("label_2", "Blog"), ("kind_2", "phone"), ("required_2", "yes")]), &field::usual());
        let blog = &rows.fields[2];
        assert_eq!((blog.label.as_str(), blog.kind, blog.required), ("Blog", Kind::Url, true));
    }
}
