//! The European Central Bank's site, as far as its euro reference rates go: the two XML files, in the form that it
//! publishes (ecb.europa.eu, "Euro foreign exchange reference rates"; a copy of each is in `fixtures/ecb`).

use std::collections::BTreeMap;

use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::{Answer, Call, FakeServer, Vendor};

pub const DAILY: &str = "/stats/eurofxref/eurofxref-daily.xml";
pub const HISTORY: &str = "/stats/eurofxref/eurofxref-hist-90d.xml";

/// By day, what one euro is worth in each currency.
#[derive(Debug, Default)]
pub struct Ecb {
    days: BTreeMap<String, BTreeMap<&'static str, &'static str>>,
}

pub fn start() -> FakeServer<Ecb> {
    FakeServer::of(Ecb::default())
}

impl Ecb {
    pub fn publish(&mut self, day: &str, rates: &[(&'static str, &'static str)]) {
        assert!(self.days.insert(day.to_owned(), rates.iter().copied().collect()).is_none(), "rates never change");
    }

    /// The newest days first, as many as asked for.
    fn file(&self, days: usize) -> String {
        let mut cubes = String::new();
        for (day, rates) in self.days.iter().rev().take(days) {
            let rows = rates.iter().map(|(code, rate)| format!("\t\t\t<Cube currency='{code}' rate='{rate}'/>\n"));
            cubes += &format!("\t\t<Cube time='{day}'>\n{}\t\t</Cube>\n", rows.collect::<String>());
        }
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <gesmes:Envelope xmlns:gesmes=\"http://www.gesmes.org/xml/2002-08-01\" \
             xmlns=\"http://www.ecb.int/vocabulary/2002-08-01/eurofxref\">\n\
             \t<gesmes:subject>Reference rates</gesmes:subject>\n\
             \t<gesmes:Sender>\n\t\t<gesmes:name>European Central Bank</gesmes:name>\n\t</gesmes:Sender>\n\
             \t<Cube>\n{cubes}\t</Cube>\n</gesmes:Envelope>\n"
        )
    }
}

impl Vendor for Ecb {
    /// Refuses everything but a plain GET of one of the two files.
    fn answer(&mut self, call: &Call) -> Answer {
        let is_plain = call.query.is_empty() && call.body.is_empty() && call.header("authorization").is_empty();
        let status = match (call.method.as_str(), call.path.as_str()) {
            ("GET", DAILY | HISTORY) if is_plain => 200,
            ("GET", DAILY | HISTORY) => 400,
            ("GET", _) => 404,
            _ => 405,
        };
        Answer(status, Value::Null)
    }

    fn respond(&mut self, call: &Call) -> Response {
        match self.answer(call).0 {
            200 => {
                let file = self.file(if call.path == DAILY { 1 } else { 64 });
                ([(axum::http::header::CONTENT_TYPE, "text/xml")], file).into_response()
            }
            status => axum::http::StatusCode::from_u16(status).unwrap().into_response(),
        }
    }
}
