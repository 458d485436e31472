//! PDF documents: receipts, statements, and whatever else is a title, some text and tables.
//!
//! Pure, and the same bytes for the same input: no clock, no random id. Documents are tagged (PDF/UA-1, checked while they
//! are written), so that a screen reader reads tables as tables. The two fonts in `assets` cover Latin, Greek, Cyrillic,
//! Hebrew, Arabic, Armenian and Georgian. Any other email is printed as □, the text behind it keeps the email itself (it
//! can be searched, read aloud and copied), the document's keywords hold the whole text, and a note at the end says so:
//! a font for Chinese or Japanese would be larger than the rest of the program, and a transliteration of a name is
//! somebody else's name.

pub mod amount;
mod face;
mod layout;
pub mod receipt;
mod table;
#[cfg(test)]
mod tests;
mod wrap;
mod write;
pub mod yearly;

use shared::timestamp::Timestamp;

/// Why there is no PDF.
#[derive(Debug, thiserror::Error)]
#[error("the PDF can't be written: {0}")]
pub struct Unprintable(pub(crate) String);

/// What a document says, from top to bottom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Its name, also in the window's title.
    pub title: String,
    /// Who issues it.
    pub author: String,
    /// In a sentence, for those who list files.
    pub about: String,
    /// At the foot of every page, beside its number.
    pub foot: String,
    /// What it is as of. Never the present moment, or equal input would give other bytes.
    pub as_of: Option<Timestamp>,
    pub blocks: Vec<Block>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// One a document, as its first block.
    Title(String),
    Heading(String),
    /// Line ends are kept. The fonts have ☐ and ☒ for boxes of forms.
    Paragraph(String),
    /// Smaller, and grey.
    Note(String),
    /// What must not be overlooked: in a box, bold.
    Notice(String),
    /// Label and value.
    Pairs(Vec<(String, String)>),
    Table(Table),
}

/// Runs on over as many pages as it needs; each begins with its header.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    /// What it shows, for those who can't see it.
    pub summary: String,
    pub columns: Vec<Column>,
    pub rows: Vec<Row>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    /// Its part of the whole width, in proportion to the others'. More than 0.
    pub share: u16,
    /// Numbers end at the right.
    pub numbers: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// As many as there are columns; missing ones are empty, surplus ones are left out.
    pub cells: Vec<String>,
    /// A sum: bold, with a line above.
    pub total: bool,
}

impl Row {
    pub fn new(cells: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { cells: cells.into_iter().map(Into::into).collect(), total: false }
    }

    pub fn total(cells: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { total: true, ..Self::new(cells) }
    }
}

impl Column {
    pub fn text(name: impl Into<String>, share: u16) -> Self {
        Self { name: name.into(), share, numbers: false }
    }

    pub fn numbers(name: impl Into<String>, share: u16) -> Self {
        Self { name: name.into(), share, numbers: true }
    }
}

impl Document {
    /// The document as a PDF file, on A4.
    ///
    /// # Errors
    /// Where the fonts that are built in can't be read, which would be a fault of the build.
    pub fn pdf(&self) -> Result<Vec<u8>, Unprintable> {
        let faces = face::Faces::new()?;
        let pages = layout::lay_out(&faces, self);
        write::write(&faces, self, &pages)
    }
}
