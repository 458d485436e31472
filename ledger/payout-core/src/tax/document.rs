//! Renders a form that was filled in online as a document for the files.

use super::form::{CONSENT, Form, Shown};
use crate::document::{Block, Column, Document, Row, Table};

impl Form {
    /// Returns the substitute form: every question and answer, the certification as it was shown, and the signature.
    pub fn document(&self) -> Document {
        let kind = self.kind();
        let rows = self
            .lines(Shown::Whole)
            .into_iter()
            .map(|line| Row::new([line.number.to_owned(), line.label.to_owned(), line.value]));
        let table = Table {
            summary: format!("Lines of Form {}", kind.name()),
            columns: vec![Column::text("Line", 2), Column::text("Question", 6), Column::text("Answer", 8)],
            rows: rows.collect(),
        };
        let mut blocks = vec![
            Block::Title(format!("Form {}", kind.name())),
            Block::Paragraph(kind.title().to_owned()),
            Block::Note(format!(
                "Substitute for Form {} ({}), completed and signed electronically.",
                kind.name(),
                kind.revision()
            )),
            Block::Table(table),
            Block::Heading("Certification".to_owned()),
        ];
        blocks.extend(kind.certification().iter().map(|sentence| Block::Paragraph((*sentence).to_owned())));
        blocks.push(Block::Note(CONSENT.to_owned()));
        Document {
            title: format!("Form {} for {}", kind.name(), self.name()),
            author: self.name().to_owned(),
            about: format!("{} ({})", kind.title(), kind.revision()),
            foot: format!("Form {} ({}), substitute", kind.name(), kind.revision()),
            as_of: None,
            blocks,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use time::macros::date;

    use super::*;
    use crate::tax::form::Kind;

    #[test]
    fn it_holds_every_line_and_the_certification() {
        let fields = [
            ("name", "Ana Souza"),
            ("citizenship", "BR"),
            ("street", "Rua Augusta 100"),
            ("city", "São Paulo"),
            ("country", "BR"),
            ("foreignTin", "529.982.247-25"),
            ("birthDate", "1990-05-17"),
            ("certify", "yes"),
            ("consent", "yes"),
            ("signature", "Ana Souza"),
        ];
        let given: BTreeMap<String, String> =
            fields.iter().map(|(field, value)| ((*field).to_owned(), (*value).to_owned())).collect();
        let form = Form::read(Kind::W8ben, &given, date!(2026 - 11 - 20)).unwrap();
        let document = form.document();
        let text = format!("{:?}", document.blocks);
        for part in ["529.982.247-25", "05-17-1990", "11-20-2026", "not a U.S. person", "Rev. October 2021"] {
            assert!(text.contains(part), "{part}");
        }
        assert!(document.pdf().unwrap().starts_with(b"%PDF-"));
    }
}
