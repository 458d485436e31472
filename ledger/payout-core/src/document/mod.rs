//! PDF documents, such as receipts and statements, made of a title, text and tables.
//!
//! Pure: the same input gives the same bytes, without clock or random ids. Documents are tagged (PDF/UA-1, validated
//! while they are written), so that a screen reader reads tables as tables. The two fonts in `assets` cover Latin,
//! Greek, Cyrillic, Hebrew, Arabic, Armenian and Georgian. Any other character is printed as □, but the text behind it
//! keeps the character itself (it can be searched, read aloud and copied), the document's keywords hold the whole text,
//! and a note at the end says so. A font for Chinese or Japanese would be larger than the rest of the program, and a
//! transliterated name would be a different name.

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

/// Why a PDF can't be written.
#[derive(Debug, thiserror::Error)]
#[error("the PDF can't be written: {0}")]
pub struct Unprintable(pub(crate) String);

/// A document's content, from top to bottom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The document's title, also shown as the window title.
    pub title: String,
    /// Who issues it.
    pub author: String,
    /// One sentence, shown in file lists.
    pub about: String,
    /// In the footer of every page, next to the page number.
    pub foot: String,
    /// The date that the content refers to. Never the current time, or equal input would give different bytes.
    pub as_of: Option<Timestamp>,
    pub blocks: Vec<Block>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// Exactly one per document, as its first block.
    Title(String),
    Heading(String),
    /// Keeps line breaks. The fonts have ☐ and ☒ for the boxes of forms.
    Paragraph(String),
    /// Smaller, and grey.
    Note(String),
    /// An important notice: bold, in a box.
    Notice(String),
    /// Label and value.
    Pairs(Vec<(String, String)>),
    Table(Table),
}

/// A table; it continues over as many pages as it needs, each with its header.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    /// Describes the table to screen reader users.
    pub summary: String,
    pub columns: Vec<Column>,
    pub rows: Vec<Row>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    /// Its share of the total width, relative to the other columns. Greater than 0.
    pub share: u16,
    /// Aligns numbers to the right.
    pub numbers: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// One per column; missing ones are empty, extra ones are left out.
    pub cells: Vec<String>,
    /// A total: bold, with a line above.
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
    /// Renders the document as a PDF file, on A4.
    ///
    /// # Errors
    /// If the built-in fonts can't be read, which would be a build error.
    pub fn pdf(&self) -> Result<Vec<u8>, Unprintable> {
        let faces = face::Faces::new()?;
        let pages = layout::lay_out(&faces, self);
        write::write(&faces, self, &pages)
    }
}
