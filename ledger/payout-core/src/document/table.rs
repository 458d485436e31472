//! Tables: rows aren't split across pages, and each page repeats the header.

use super::{
    Row, Table,
    face::Shaped,
    layout::{BOTTOM, CELL, HEAD, Layout, MARGIN, Mark, Role, Style, WIDTH, count},
};

const PADDING: f32 = 3.5;
const BETWEEN: f32 = 8.0;

/// A column's left edge and width on paper.
struct Place {
    x: f32,
    width: f32,
    numbers: bool,
}

impl Layout<'_> {
    pub(super) fn table(&mut self, table: &Table) {
        let places = places(table);
        let node = self.node(Role::Table(table.summary.clone()), None);
        let heads: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
        self.room(70.0);
        let row = self.node(Role::Row, Some(node));
        self.head(&heads, &places, Some(row));
        for row in &table.rows {
            self.row(row, &places, &heads, node);
        }
        self.y += 8.0;
    }

    fn head(&mut self, heads: &[&str], places: &[Place], row: Option<usize>) {
        let cells: Vec<Vec<Shaped>> =
            places.iter().zip(heads).map(|(place, head)| self.wrapped(head, HEAD, place.width)).collect();
        let height = tallest(&cells, HEAD) + PADDING;
        for (place, lines) in places.iter().zip(cells) {
            let node = row.map(|row| self.node(Role::ColumnHead, Some(row)));
            self.cell(node, place, lines, HEAD);
        }
        self.y += height;
        self.rule(1.0, 90);
    }

    fn row(&mut self, row: &Row, places: &[Place], heads: &[&str], table: usize) {
        let style = Style { bold: row.total, ..CELL };
        let texts = row.cells.iter().map(String::as_str).chain(std::iter::repeat(""));
        let most = ((BOTTOM - 160.0) / style.line) as usize;
        let cells: Vec<Vec<Shaped>> = places
            .iter()
            .zip(texts)
            .map(|(place, text)| self.wrapped(text, style, place.width).into_iter().take(most).collect())
            .collect();
        let height = tallest(&cells, style) + 2.0 * PADDING;
        if self.room(height) {
            // A repeated header has no node, so screen readers skip it.
            self.head(heads, places, None);
        }
        if row.total {
            self.rule(0.8, 90);
        }
        let node = self.node(Role::Row, Some(table));
        self.y += PADDING;
        for (place, lines) in places.iter().zip(cells) {
            let cell = self.node(Role::Cell, Some(node));
            self.cell(Some(cell), place, lines, style);
        }
        self.y += height - PADDING;
        if !row.total {
            self.rule(0.4, 215);
        }
    }

    fn cell(&mut self, node: Option<usize>, place: &Place, lines: Vec<Shaped>, style: Style) {
        let mut top = self.y;
        for line in lines {
            let x = if place.numbers { place.x + place.width - line.width * style.size } else { place.x };
            self.lines(node, vec![line], style, x, top);
            top += style.line;
        }
    }

    fn rule(&mut self, height: f32, grey: u8) {
        let at = [MARGIN, self.y, WIDTH - 2.0 * MARGIN, height];
        self.put(None, Mark::Area { at, grey });
    }
}

fn tallest(cells: &[Vec<Shaped>], style: Style) -> f32 {
    style.line * count(cells.iter().map(Vec::len).max().unwrap_or(1))
}

fn places(table: &Table) -> Vec<Place> {
    let whole = f32::from(table.columns.iter().map(|column| column.share).fold(0, u16::saturating_add).max(1));
    let width = WIDTH - 2.0 * MARGIN;
    let mut x = MARGIN;
    let columns = table.columns.iter().map(|column| {
        let all = width * f32::from(column.share) / whole;
        let place = Place { x, width: (all - BETWEEN).max(10.0), numbers: column.numbers };
        x += all;
        place
    });
    let mut places: Vec<Place> = columns.collect();
    if let Some(last) = places.last_mut() {
        last.width += BETWEEN;
    }
    places
}
