//! An asset for both the dashboard and the portal.

use super::{
    kind,
    store::{Asset, Form},
};

#[derive(Debug)]
pub struct View {
    pub id: String,
    pub form: Form,
    pub title: String,
    /// `PNG, 120 KB`, or empty.
    pub details: String,
    /// The program to whose affiliates it is limited.
    pub program: Option<String>,
    pub body: String,
    /// Whether it is an image, which can be shown inline.
    pub is_picture: bool,
}

impl View {
    pub fn of(row: Asset) -> Self {
        let content_type = row.content_type.unwrap_or_default();
        let message = row.size.map(|size| format!("{}, {}", kind::ending(&content_type).to_uppercase(), bytes(size)));
        Self {
            id: row.id.to_string(),
            form: row.form,
            title: row.title,
            details: message.unwrap_or_default(),
            program: row.program_name,
            body: row.body.unwrap_or_default(),
            is_picture: content_type.starts_with("image/"),
        }
    }
}

fn bytes(size: i32) -> String {
    match size {
        ..1_024 => format!("{size} bytes"),
        1_024..1_048_576 => format!("{} KB", size / 1_024),
        _ => format!("{}.{} MB", size / 1_048_576, size % 1_048_576 * 10 / 1_048_576),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short() {
        for (size, message) in [(12, "12 bytes"), (2_048, "2 KB"), (1_572_864, "1.5 MB")] {
            assert_eq!(bytes(size), message);
        }
    }
}
