//! The records that can be read by their id alone, each with the operation that reads it.

use serde_json::{Map, Value, json};

use super::markdown;
use crate::tool::{
    catalog::Tool,
    table::{Entry, read},
};

/// Records of one type.
#[derive(Debug)]
pub struct Kind {
    /// What their ids begin with.
    prefix: &'static str,
    /// As the search names the type.
    name: &'static str,
    /// The part of the dashboard with their pages.
    folder: &'static str,
    /// The field with the id that the page has in its address.
    page_id: &'static str,
    /// The field that tells people which record it is.
    title: &'static str,
    entry: Entry,
}

const fn kind(
    prefix: &'static str,
    name: &'static str,
    [folder, page_id]: [&'static str; 2],
    title: &'static str,
    operation: &'static str,
) -> Kind {
    Kind { prefix, name, folder, page_id, title, entry: read("fetch", "Fetch a record", operation, "") }
}

static KINDS: [Kind; 8] = [
    kind("aff_", "Affiliate", ["affiliates", "id"], "name", "getAffiliate"),
    kind("prog_", "Program", ["programs", "id"], "name", "getProgram"),
    kind("lnk_", "Link", ["affiliates", "affiliateId"], "url", "getLink"),
    kind("cpn_", "Coupon", ["affiliates", "affiliateId"], "code", "getCoupon"),
    kind("cus_", "Customer", ["customers", "id"], "customerId", "getCustomer"),
    kind("conv_", "Conversion", ["conversions", "id"], "externalEventId", "getConversion"),
    kind("com_", "Commission", ["commissions", "commissionId"], "headline", "explainCommission"),
    kind("po_", "Payout", ["payouts", "id"], "reference", "getPayout"),
];

/// The operations that read records, ready to be called.
#[derive(Debug)]
pub struct Records(Vec<(&'static Kind, Tool)>);

impl Records {
    /// # Errors
    /// Names the type whose operation doesn't exist or can't be described.
    pub fn of(document: &Value) -> Result<Self, String> {
        let made = KINDS.iter().map(|kind| {
            let tool = Tool::of(&kind.entry, document).map_err(|why| format!("{}: {why}", kind.name))?;
            Ok((kind, tool))
        });
        made.collect::<Result<_, String>>().map(Self)
    }

    /// The type of the record with the id, and what reads it.
    pub fn find(&self, id: &str) -> Option<(&'static Kind, &Tool)> {
        self.0.iter().find(|(kind, _)| id.starts_with(kind.prefix)).map(|(kind, tool)| (*kind, tool))
    }
}

impl Kind {
    /// A record for assistants that read documents: with a title, a text and a page to cite. `page` makes the address of a
    /// page of the dashboard.
    pub fn document(&self, id: &str, record: &Value, page: impl Fn(&str) -> String) -> Value {
        let field = |name: &str| record[name].as_str().filter(|text| !text.is_empty()).unwrap_or(id);
        let text =
            if self.name == "Commission" { markdown::receipt(record) } else { markdown::cut(record.to_string()) };
        let mut document = Map::new();
        document.insert("id".to_owned(), id.into());
        document.insert("title".to_owned(), format!("{}: {}", self.name, field(self.title)).into());
        document.insert("text".to_owned(), text.into());
        document.insert("url".to_owned(), page(&format!("{}/{}", self.folder, field(self.page_id))).into());
        document.insert("metadata".to_owned(), json!({ "type": self.name }));
        Value::Object(document)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_becomes_a_document_to_cite() {
        let kind = |prefix: &str| KINDS.iter().find(|kind| kind.prefix == prefix).unwrap();
        let page = |path: &str| format!("https://x.test/dashboard/{path}");
        let link = json!({"id": "lnk_1", "affiliateId": "aff_1", "url": "https://go.x.test/mia"});
        let made = kind("lnk_").document("lnk_1", &link, page);
        assert_eq!((&made["id"], &made["title"]), (&json!("lnk_1"), &json!("Link: https://go.x.test/mia")));
        assert_eq!(made["url"], "https://x.test/dashboard/affiliates/aff_1");
        assert_eq!(serde_json::from_str::<Value>(made["text"].as_str().unwrap()).unwrap(), link);
        let payout = kind("po_").document("po_1", &json!({"id": "po_1", "reference": null}), page);
        assert_eq!((&payout["title"], &payout["metadata"]["type"]), (&json!("Payout: po_1"), &json!("Payout")));
        let receipt = kind("com_").document("com_1", &json!({"commissionId": "com_1", "headline": "USD 1.00"}), page);
        assert!(receipt["text"].as_str().unwrap().starts_with("# "), "{receipt}");
    }

    #[test]
    fn an_id_belongs_to_one_type() {
        for one in &KINDS {
            assert_eq!(KINDS.iter().filter(|other| one.prefix.starts_with(other.prefix)).count(), 1, "{}", one.prefix);
        }
    }
}
