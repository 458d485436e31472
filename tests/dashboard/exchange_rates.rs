//! Goal: sums of several currencies can be read in the home currency, at rates that come by themselves, and nothing in
//! the book changes.
//! Method: a fake of the European Central Bank publishes rates day by day, one of which jumps, and once something else;
//! pages, files and the API are read.

use serde_json::{Value, json};
use world::{
    Plan, World,
    brand::But,
    client::dashboard::Marketer,
    fakes::{
        FakeServer, Mood,
        ecb::{self, Ecb, HISTORY},
    },
    http::Request,
    organization_fixture::{owner, pass_days},
    wait::{self, now},
};

struct Fixture {
    world: World,
    bank: FakeServer<Ecb>,
    owner: Marketer,
}

/// A day before or after today, as the bank writes it.
fn day(days: i64) -> String {
    now().plus_days(days).to_string()[..10].to_owned()
}

impl Fixture {
    /// USD 100.00 and EUR 20.00, of which a fifth each is commission; one euro is USD 1.25.
    async fn open() -> Self {
        let bank = ecb::start();
        bank.with(|bank| {
            bank.publish(&day(-4), &[("JPY", "160.00"), ("USD", "1.2000")]);
            bank.publish(&day(-3), &[("JPY", "160.50"), ("USD", "1.2500")]);
        });
        let world = Plan::default().ledger_setting("REKOMI_VENDOR_BASE_ECB", bank.base()).start().await;
        world.ledger.run_jobs().await;
        let days = "select count(distinct day) from reference_rates where not held";
        wait::until("the rates", 30, async || (world.database.count(days).await == 2).then_some(())).await;
        let sales = [("dollars", 10_000, "USD"), ("euros", 2_000, "EUR")].map(|(id, cents, currency)| {
            let slug = world.acme.partner.slug.clone();
            world.acme.sale(id, cents).but(|report| {
                report.affiliate_slug = Some(slug);
                report.customer_id = Some(format!("buyer of {id}"));
                report.currency = currency.parse().unwrap();
            })
        });
        world.intake().accept(&sales).await;
        let body = json!({"currency": "EUR"}).to_string();
        let home = Request { method: "PUT".to_owned(), ..Request::post("/api/v1/home-currency", body) };
        let owner = owner(&world).await;
        world.api().send(home).await.expect_status(200);
        Self { world, bank, owner }
    }

    async fn read(&mut self, path: &str) -> String {
        self.owner.browser.get(path).await.expect_status(200).text()
    }

    async fn expect(&mut self, path: &str, texts: &[&str]) {
        let page = self.read(path).await;
        for text in texts {
            assert!(page.contains(text), "{path}: {text}: {page}");
        }
    }

    async fn totals(&self) -> Value {
        self.world.api().get("/clicks/summary").await.expect_status(200).json()["totals"]["home"].clone()
    }

    /// Lets a day pass, on which the bank publishes rates.
    async fn next_day(&self, published: &str, dollars: &'static str) {
        self.bank.with(|bank| bank.publish(published, &[("JPY", "160.50"), ("USD", dollars)]));
        pass_days(&self.world, 1).await;
        self.world.ledger.run_jobs().await;
    }
}

#[tokio::test]
async fn two_currencies_are_also_read_in_the_home_currency() {
    let mut fixture = Fixture::open().await;
    // However many rounds there were, the file was fetched once: all days, since none was known.
    fixture.world.ledger.run_jobs().await;
    assert_eq!(fixture.bank.calls().iter().map(|call| call.path.clone()).collect::<Vec<_>>(), [HISTORY]);
    // USD 100.00 x 0.8 and EUR 20.00; the last rates are three days old, and the page says so.
    let hint = "Converted to EUR at the rates of ";
    let overview =
        ["data-home=\"revenue\">≈\u{a0}€100.00<", "data-home=\"commissions\">≈\u{a0}€20.00<", hint, "(ECB)."];
    fixture.expect("/dashboard", &overview).await;
    for path in ["/dashboard/commissions", "/dashboard/payouts"] {
        fixture.expect(path, &[">≈\u{a0}€20.00<", hint]).await;
    }
    fixture.expect("/dashboard/conversions", &[">≈\u{a0}€80.00<", hint]).await;
    let rated = day(-3);
    let dollars = format!("\"80.00\",\"EUR\",\"0.8\",\"{rated}\"");
    fixture.expect("/dashboard/conversions.csv", &[&dollars, "\"20.00\",\"EUR\",\"1\",\"\"", "rate day"]).await;
    let commission = format!("\"16.00\",\"EUR\",\"0.8\",\"{rated}\"");
    fixture.expect("/dashboard/commissions.csv", &[&commission, "\"4.00\",\"EUR\",\"1\",\"\""]).await;
    fixture.expect("/dashboard/affiliates.csv", &[&format!("\"100.00\",\"20.00\",\"EUR\",\"{rated}\"")]).await;
    let figures = format!("\"USD\",\"100.00\",\"20.00\",\"EUR\",\"80.00\",\"16.00\",\"0.8\",\"{rated}\"");
    fixture.expect("/dashboard/figures.csv", &[&figures]).await;
    let totals = json!({"currency": "EUR", "amountCents": 10_000, "commissionCents": 2_000, "rateDay": rated,
                        "rateSources": ["ECB"], "missing": [], "rounding": "half up"});
    assert_eq!(fixture.totals().await, totals);
    // An own rate of a later day counts in its place.
    let own = json!({"day": day(-1), "currency": "USD", "rate": "0.5", "source": "own"});
    fixture.world.api().post("/exchange-rates", &own).await.expect_status(201);
    fixture.expect("/dashboard", &["data-home=\"revenue\">≈\u{a0}€70.00<", "(own)."]).await;
    let home = fixture.world.api().get("/balances").await.expect_status(200).json();
    let rates: Vec<_> =
        home["data"].as_array().unwrap().iter().map(|balance| balance["home"]["rate"].clone()).collect();
    assert!(rates.contains(&json!("0.5")) && rates.contains(&json!("1")), "{home}");
    // Nothing in the book has another currency or amount than before.
    let commissions = fixture.world.api().all("/commissions").await;
    let mut amounts: Vec<_> =
        commissions.iter().map(|row| (row["currency"].clone(), row["amountCents"].clone())).collect();
    amounts.sort_by_key(|row| row.0.to_string());
    assert_eq!(amounts, [(json!("EUR"), json!(400)), (json!("USD"), json!(2_000))]);
    fixture.world.finish().await;
}

#[tokio::test]
async fn a_currency_without_a_rate_is_named_and_left_out() {
    let mut fixture = Fixture::open().await;
    let slug = fixture.world.acme.partner.slug.clone();
    let dirhams = fixture.world.acme.sale("dirhams", 5_000).but(|report| {
        report.affiliate_slug = Some(slug);
        report.currency = "AED".parse().unwrap();
    });
    fixture.world.intake().accept(&[dirhams]).await;
    let text = "AED has no rate to EUR and isn’t included.";
    fixture.expect("/dashboard", &["data-home=\"revenue\">≈\u{a0}€100.00<", text]).await;
    // Where nothing has a rate, the overview has no line for the sum.
    let dirhams = fixture.read("/dashboard?currency=AED").await;
    assert!(dirhams.contains(text) && !dirhams.contains("data-home="), "{dirhams}");
    fixture.expect("/dashboard/conversions", &[&format!("title=\"{text}\">\u{2013}<")]).await;
    fixture.expect("/dashboard/conversions.csv", &["\"yes\",\"\",\"\",\"\",\"\""]).await;
    assert_eq!(fixture.totals().await["missing"], json!(["AED"]));
    fixture.world.finish().await;
}

#[tokio::test]
async fn a_rate_that_jumps_waits_for_the_next_day_and_a_malformed_file_changes_nothing() {
    let mut fixture = Fixture::open().await;
    fixture.next_day(&day(-2), "2.5000").await;
    let held = "select count(*) from reference_rates where held";
    assert_eq!(fixture.world.database.count(held).await, 1);
    fixture.expect("/dashboard", &["data-home=\"revenue\">≈\u{a0}€100.00<"]).await;
    // 100.00 / 2.4 = 41.666….
    fixture.next_day(&day(-1), "2.4000").await;
    assert_eq!(fixture.world.database.count(held).await, 0);
    fixture.expect("/dashboard", &["data-home=\"revenue\">≈\u{a0}€61.67<"]).await;
    fixture.bank.when("GET /stats", Mood::Garbage);
    fixture.next_day(&day(0), "2.0000").await;
    let days = "select count(distinct day) from reference_rates";
    assert_eq!(fixture.world.database.count(days).await, 4);
    fixture.expect("/dashboard", &["data-home=\"revenue\">≈\u{a0}€61.67<"]).await;
    // It is fetched again soon, and what the bank published meanwhile counts.
    fixture.bank.recover();
    pass_days(&fixture.world, 1).await;
    fixture.world.ledger.run_jobs().await;
    fixture.expect("/dashboard", &["data-home=\"revenue\">≈\u{a0}€70.00<"]).await;
    fixture.world.finish().await;
}
