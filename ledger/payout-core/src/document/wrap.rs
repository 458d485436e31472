//! Breaks text into lines that fit a width.

use super::face::{Face, Shaped, clean};

/// Returns at least one line, which may be empty. Splits words that are wider than a line.
pub(super) fn wrap(face: &Face, text: &str, size: f32, width: f32) -> Vec<Shaped> {
    let most = width / size;
    text.split('\n').flat_map(|paragraph| paragraph_lines(face, &clean(paragraph), most)).collect()
}

fn paragraph_lines(face: &Face, text: &str, most: f32) -> Vec<Shaped> {
    let blank = face.shape(" ").width;
    let (mut lines, mut line, mut used) = (Vec::new(), String::new(), 0.0_f32);
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        for piece in cut(face, word, most) {
            let (piece, wide, begins) = piece;
            let gap = if line.is_empty() { 0.0 } else { blank };
            if !line.is_empty() && (!begins || used + gap + wide > most) {
                lines.push(face.shape(&std::mem::take(&mut line)));
                used = 0.0;
            }
            if !line.is_empty() {
                line.push(' ');
                used += blank;
            }
            line.push_str(&piece);
            used += wide;
        }
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(face.shape(&line));
    }
    lines
}

/// Splits a word into pieces that fit; each has its width and whether it is the word's first piece.
fn cut(face: &Face, word: &str, most: f32) -> Vec<(String, f32, bool)> {
    let whole = face.shape(word).width;
    if whole <= most {
        return vec![(word.to_owned(), whole, true)];
    }
    let mut pieces: Vec<(String, f32, bool)> = Vec::new();
    let mut piece = String::new();
    for c in word.chars() {
        piece.push(c);
        if face.shape(&piece).width > most && piece.chars().count() > 1 {
            piece.pop();
            let wide = face.shape(&piece).width;
            pieces.push((std::mem::take(&mut piece), wide, pieces.is_empty()));
            piece.push(c);
        }
    }
    let wide = face.shape(&piece).width;
    pieces.push((piece, wide, pieces.is_empty()));
    pieces
}
