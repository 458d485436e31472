//! `resources/list`: the programs, which are few, and the guide. Affiliates and commissions are found by search.

use serde_json::{Map, Value, json};

use super::{
    address::{self, JSON, MARKDOWN},
    guide,
    read::Reader,
};
use crate::tool::catalog::{PER_PAGE_MAX, Tool};
use kit::error::Result;

/// The tool that lists programs.
pub const PROGRAMS: &str = "list_programs";

/// The resources that are worth showing. Without an answer from the API, only the guide.
///
/// # Errors
/// If the database is unavailable.
pub async fn list(reader: Reader<'_>, programs: Option<&Tool>) -> Result<Vec<Value>> {
    let mut all = Vec::new();
    if let Some(tool) = programs {
        let arguments = Map::from_iter([("perPage".to_owned(), PER_PAGE_MAX.into())]);
        let found = reader.call(tool, arguments, Ok(())).await?;
        all.extend(of_programs(&found["structuredContent"]));
    }
    all.extend(guide::PAGES.iter().map(|page| {
        json!({
            "uri": address::of_page(page.name),
            "name": page.name,
            "title": format!("Guide: {}", page.title),
            "mimeType": MARKDOWN,
            "size": page.text.len(),
        })
    }));
    Ok(all)
}

fn of_programs(page: &Value) -> Vec<Value> {
    let programs = page["data"].as_array().into_iter().flatten();
    let described = programs.filter_map(|program| {
        let (id, name) = (program["id"].as_str()?, program["name"].as_str()?);
        Some(json!({
            "uri": address::of_program(id),
            "name": id,
            "title": format!("Program: {name}"),
            "mimeType": JSON,
        }))
    });
    described.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_listed_by_name() {
        let page = json!({"data": [{"id": "prog_1", "name": "Partners"}, {"id": 7}], "nextCursor": null});
        let listed = of_programs(&page);
        assert_eq!(listed.len(), 1);
        assert_eq!(
            (&listed[0]["uri"], &listed[0]["title"]),
            (&json!("rekomi://programs/prog_1"), &json!("Program: Partners"))
        );
        assert!(of_programs(&json!({"error": "rate_limited"})).is_empty());
    }
}
