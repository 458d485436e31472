//! Layout: places blocks on pages, and builds the structure tree for screen readers.

use std::collections::BTreeSet;

use super::{
    Block, Document,
    face::{Faces, Shaped},
    wrap::wrap,
};

/// A4, in points.
pub(super) const WIDTH: f32 = 595.28;
pub(super) const HEIGHT: f32 = 841.89;
pub(super) const MARGIN: f32 = 56.0;
/// The footer is below this line.
pub(super) const BOTTOM: f32 = HEIGHT - 68.0;
const TOP: f32 = 60.0;
/// The top of every page but the first: below the repeated title.
const TOP_AGAIN: f32 = 76.0;

const LACKING_NOTE: &str = "□ stands for a character that isn’t available in this document’s fonts. You can still copy \
                            and search for the original character.";

/// How a text looks.
#[derive(Clone, Copy)]
pub(super) struct Style {
    pub(super) size: f32,
    pub(super) line: f32,
    pub(super) bold: bool,
    pub(super) grey: bool,
}

const fn style(size: f32, line: f32, bold: bool, grey: bool) -> Style {
    Style { size, line, bold, grey }
}

const TITLE: Style = style(20.0, 25.0, true, false);
const HEADING: Style = style(12.0, 16.0, true, false);
const TEXT: Style = style(9.5, 13.5, false, false);
const NOTICE: Style = style(10.0, 14.0, true, false);
const LABEL: Style = style(9.5, 13.5, false, true);
pub(super) const NOTE: Style = style(8.0, 11.0, false, true);
pub(super) const CELL: Style = style(8.5, 11.5, false, false);
pub(super) const HEAD: Style = style(8.0, 11.0, true, true);

/// The role of a node in the structure tree.
#[derive(Debug, Clone)]
pub(super) enum Role {
    Heading(u16, String),
    Paragraph,
    Table(String),
    Row,
    ColumnHead,
    RowHead,
    Cell,
}

pub(super) struct Node {
    pub(super) role: Role,
    pub(super) parent: Option<usize>,
}

pub(super) enum Mark {
    /// At a baseline.
    Text { x: f32, y: f32, line: Shaped, style: Style },
    /// Filled: left, top, width, height.
    Area { at: [f32; 4], grey: u8 },
}

/// A mark and its node; no node for decoration.
pub(super) struct Piece {
    pub(super) node: Option<usize>,
    pub(super) mark: Mark,
}

pub(super) struct Pages {
    pub(super) pages: Vec<Vec<Piece>>,
    pub(super) nodes: Vec<Node>,
    /// Heading, page and vertical position, for the outline.
    pub(super) headings: Vec<(String, usize, f32)>,
    /// Texts that contain a character without a glyph.
    pub(super) lacking: BTreeSet<String>,
}

pub(super) struct Layout<'a> {
    pub(super) faces: &'a Faces,
    pub(super) out: Pages,
    /// The next free vertical position on the last page.
    pub(super) y: f32,
    title: &'a str,
}

pub(super) fn lay_out(faces: &Faces, document: &Document) -> Pages {
    let out = Pages { pages: vec![Vec::new()], nodes: Vec::new(), headings: Vec::new(), lacking: BTreeSet::new() };
    let mut layout = Layout { faces, out, y: TOP, title: &document.title };
    for block in &document.blocks {
        layout.block(block);
    }
    if !layout.out.lacking.is_empty() {
        layout.gap(8.0);
        layout.text(LACKING_NOTE, NOTE, MARGIN, WIDTH - 2.0 * MARGIN);
    }
    layout.feet(&document.foot);
    layout.out
}

impl Layout<'_> {
    fn block(&mut self, block: &Block) {
        let width = WIDTH - 2.0 * MARGIN;
        match block {
            Block::Title(text) => {
                self.heading(1, text, TITLE);
                self.gap(8.0);
            }
            Block::Heading(text) => {
                self.gap(14.0);
                // Keeps a heading together with some content below it.
                self.room(HEADING.line + 48.0);
                self.heading(2, text, HEADING);
                self.gap(5.0);
            }
            Block::Paragraph(text) => {
                self.text(text, TEXT, MARGIN, width);
                self.gap(5.0);
            }
            Block::Note(text) => {
                self.text(text, NOTE, MARGIN, width);
                self.gap(4.0);
            }
            Block::Notice(text) => self.notice(text),
            Block::Pairs(pairs) => self.pairs(pairs),
            Block::Table(table) => self.table(table),
        }
    }

    pub(super) fn node(&mut self, role: Role, parent: Option<usize>) -> usize {
        self.out.nodes.push(Node { role, parent });
        self.out.nodes.len() - 1
    }

    pub(super) fn put(&mut self, node: Option<usize>, mark: Mark) {
        if let Mark::Text { line, .. } = &mark
            && line.lacks
        {
            self.out.lacking.insert(line.text.clone());
        }
        if let Some(page) = self.out.pages.last_mut() {
            page.push(Piece { node, mark });
        }
    }

    /// Places lines from `top` downwards, on the current page.
    pub(super) fn lines(&mut self, node: Option<usize>, lines: Vec<Shaped>, style: Style, x: f32, top: f32) {
        let mut y = top + style.size;
        for line in lines {
            self.put(node, Mark::Text { x, y, line, style });
            y += style.line;
        }
    }

    pub(super) fn wrapped(&self, text: &str, style: Style, width: f32) -> Vec<Shaped> {
        wrap(self.faces.of(style.bold), text, style.size, width)
    }

    /// Starts a new page unless this much space is left.
    pub(super) fn room(&mut self, height: f32) -> bool {
        let new = self.y + height > BOTTOM && self.y > TOP_AGAIN;
        if new {
            self.turn();
        }
        new
    }

    fn turn(&mut self) {
        self.out.pages.push(Vec::new());
        let line = self.wrapped(self.title, NOTE, WIDTH - 2.0 * MARGIN).into_iter().take(1).collect();
        self.lines(None, line, NOTE, MARGIN, TOP - 14.0);
        self.y = TOP_AGAIN;
    }

    fn gap(&mut self, height: f32) {
        if self.y > TOP {
            self.y += height;
        }
    }

    fn heading(&mut self, level: u16, text: &str, style: Style) {
        let lines = self.wrapped(text, style, WIDTH - 2.0 * MARGIN);
        let plain: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
        let plain = plain.join(" ");
        let node = self.node(Role::Heading(level, plain.clone()), None);
        self.out.headings.push((plain, self.out.pages.len() - 1, self.y));
        self.flow(node, lines, style, MARGIN);
    }

    fn text(&mut self, text: &str, style: Style, x: f32, width: f32) {
        let lines = self.wrapped(text, style, width);
        let node = self.node(Role::Paragraph, None);
        self.flow(node, lines, style, x);
    }

    /// Places lines one by one, continuing on the next page.
    fn flow(&mut self, node: usize, lines: Vec<Shaped>, style: Style, x: f32) {
        for line in lines {
            self.room(style.line);
            let y = self.y;
            self.lines(Some(node), vec![line], style, x, y);
            self.y += style.line;
        }
    }

    fn notice(&mut self, text: &str) {
        let width = WIDTH - 2.0 * MARGIN;
        let lines = self.wrapped(text, NOTICE, width - 26.0);
        let height = NOTICE.line * count(lines.len()) + 15.0;
        self.gap(6.0);
        self.room(height);
        let y = self.y;
        self.put(None, Mark::Area { at: [MARGIN, y, width, height], grey: 240 });
        self.put(None, Mark::Area { at: [MARGIN, y, 3.0, height], grey: 40 });
        let node = self.node(Role::Paragraph, None);
        self.lines(Some(node), lines, NOTICE, MARGIN + 14.0, y + 8.0);
        self.y += height;
        self.gap(8.0);
    }

    /// Lays out a table of two columns without borders; each label is the header of its value.
    fn pairs(&mut self, pairs: &[(String, String)]) {
        let width = WIDTH - 2.0 * MARGIN;
        let left = width * 0.3;
        let table = self.node(Role::Table(String::new()), None);
        for (label, value) in pairs {
            let label = self.wrapped(label, LABEL, left - 8.0);
            let value = self.wrapped(value, TEXT, width - left);
            let height = TEXT.line * count(label.len().max(value.len()));
            self.room(height);
            let (y, row) = (self.y, self.node(Role::Row, Some(table)));
            let head = self.node(Role::RowHead, Some(row));
            self.lines(Some(head), label, LABEL, MARGIN, y);
            let cell = self.node(Role::Cell, Some(row));
            self.lines(Some(cell), value, TEXT, MARGIN + left, y);
            self.y += height + 1.0;
        }
        self.gap(5.0);
    }

    fn feet(&mut self, foot: &str) {
        let all = self.out.pages.len();
        let left = self.wrapped(foot, NOTE, WIDTH - 2.0 * MARGIN - 80.0);
        let left: Vec<Shaped> = left.into_iter().take(2).collect();
        for page in 0..all {
            let number = self.faces.regular.shape(&format!("Page {} of {all}", page + 1));
            let x = WIDTH - MARGIN - number.width * NOTE.size;
            let y = HEIGHT - 46.0;
            let texts = left.iter().cloned().map(|line| (MARGIN, line)).enumerate();
            let texts = texts.map(|(at, (x, line))| (x, y + NOTE.line * count(at), line)).chain([(x, y, number)]);
            let pieces: Vec<Piece> =
                texts.map(|(x, y, line)| Piece { node: None, mark: Mark::Text { x, y, line, style: NOTE } }).collect();
            if let Some(page) = self.out.pages.get_mut(page) {
                let at = [MARGIN, HEIGHT - 60.0, WIDTH - 2.0 * MARGIN, 0.5];
                page.push(Piece { node: None, mark: Mark::Area { at, grey: 200 } });
                page.extend(pieces);
            }
        }
    }
}

pub(super) fn count(number: usize) -> f32 {
    f32::from(u16::try_from(number).unwrap_or(u16::MAX))
}
