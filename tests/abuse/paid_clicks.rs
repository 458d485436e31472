//! Goal: one person is one paid visitor a day, whatever they change: privacy control, browser, address inside their network;
//! and what a page loads, or a machine sends, is no visitor at all. Everybody is redirected.
//! Method: hundreds of clicks on one link at the real edge, with the headers that Cloudflare and browsers set; then the
//! commission that the ledger books for them.

use world::{
    World,
    brand::Partner,
    client::browser::USER_AGENT,
    http::{Request, Response},
    shared_app::{name, shared_app},
    visits::Paying,
    wait,
};

struct Clicker<'a> {
    world: &'a World,
    partner: Partner,
    paying: Paying,
    sent: i64,
}

impl<'a> Clicker<'a> {
    async fn new() -> Self {
        let world = shared_app().await;
        let paying = Paying::ten_cents(world).await;
        let partner = paying.partner(&name("clicker")).await;
        let mut clicker = Clicker { world, partner, paying, sent: 0 };
        let requested = || Request::new("HEAD", "").header("User-Agent", USER_AGENT);
        wait::until("the link to be known at the edge", 60, async || {
            (clicker.answer(requested()).await.status == 302).then_some(())
        })
        .await;
        clicker.sent = 0;
        clicker
    }

    async fn answer(&self, mut request: Request) -> Response {
        request.target = format!("/{}", self.partner.slug);
        request.header("Host", &self.partner.host).send(&self.world.edge_base()).await.unwrap()
    }

    /// From an address, with a browser, and with these headers besides.
    async fn click(&mut self, address: &str, browser: &str, headers: &[(&str, &str)]) {
        let mut request = Request::new("GET", "").header("User-Agent", browser).header("CF-Connecting-IP", address);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let answer = self.answer(request).await.expect_status(302);
        assert!(answer.header("location").unwrap().contains("rk=rkc_"), "everybody is redirected, with a token");
        self.sent += 1;
    }

    /// All clicks have arrived; how many of them counted as a person's.
    async fn arrived(&self) -> i64 {
        let of = |class: &str| {
            let id = self.partner.affiliate.uuid();
            format!("select count(*) from clicks where affiliate_id = '{id}' and class {class}")
        };
        let all = of("<> 'head'");
        wait::until("all clicks to arrive", 30, async || {
            (self.world.database.count(&all).await >= self.sent).then_some(())
        })
        .await;
        assert_eq!(self.world.database.count(&all).await, self.sent);
        self.world.database.count(&of("= 'human'")).await
    }

    async fn cents(&self) -> Vec<i64> {
        self.paying.recount(self.world).await;
        self.paying.cents(&self.partner).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_clicks_of_one_person_are_one_paid_visitor() {
    let mut clicker = Clicker::new().await;
    for number in 0..100 {
        clicker.click("203.0.113.7", USER_AGENT, &[("Sec-GPC", "1")]).await;
        let chrome = USER_AGENT.replace("140.0.0.0", &format!("{}.0.{number}.0", 100 + number));
        clicker.click("203.0.113.7", &chrome, &[]).await;
        clicker.click(&format!("203.0.113.{number}"), USER_AGENT, &[("CF-IPCountry", "DE")]).await;
        let firefox = format!("Mozilla/5.0 (X11; Linux x86_64; rv:{number}.0) Gecko/20100101 Firefox/{number}.0");
        clicker.click("::ffff:203.0.113.9", &firefox, &[("Sec-Fetch-Dest", "document"), ("CF-IPCountry", "US")]).await;
        let both = [("Sec-GPC", "1"), ("Sec-Fetch-Mode", "navigate"), ("Cookie", "_rkmi=x")];
        clicker.click(&format!("203.0.113.{}", 255 - number), &chrome, &both).await;
    }
    assert_eq!(clicker.arrived().await, 500);
    assert_eq!(clicker.cents().await, [10]);
    clicker.click("198.51.100.1", USER_AGENT, &[]).await;
    assert_eq!(clicker.arrived().await, 501);
    assert_eq!(clicker.cents().await, [20], "another network is another one");
}

#[tokio::test(flavor = "multi_thread")]
async fn all_addresses_of_one_ipv6_network_are_one_paid_visitor() {
    let mut clicker = Clicker::new().await;
    for number in 0..250_u32 {
        clicker.click(&format!("2001:db8:7:{number:x}::{number:x}"), USER_AGENT, &[]).await;
        let private = [("Sec-GPC", "1")];
        clicker.click(&format!("2001:db8:7:{:x}:1:2:3:{number:x}", 0xffff - number), USER_AGENT, &private).await;
    }
    assert_eq!(clicker.arrived().await, 500);
    assert_eq!(clicker.cents().await, [10]);
    clicker.click("2001:db8:8::1", USER_AGENT, &[]).await;
    assert_eq!(clicker.arrived().await, 501);
    assert_eq!(clicker.cents().await, [20], "another network is another one");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_page_loads_and_what_machines_send_is_no_visitor() {
    let mut clicker = Clicker::new().await;
    for (number, destination) in ["image", "script", "iframe", "empty", "object", "video"].into_iter().enumerate() {
        clicker.click(&format!("203.0.{number}.7"), USER_AGENT, &[("Sec-Fetch-Dest", destination)]).await;
    }
    for (number, asn) in [16_509, 24_940, 396_982].into_iter().enumerate() {
        let known = format!("{{\"asn\":{asn}}}");
        clicker.click(&format!("198.51.{number}.7"), USER_AGENT, &[("MF-CF-Blob", &known)]).await;
    }
    clicker.click("192.0.2.7", "curl/8.5.0", &[]).await;
    assert_eq!(clicker.arrived().await, 0);
    assert_eq!(clicker.cents().await, Vec::<i64>::new());
    clicker.click("192.0.2.8", USER_AGENT, &[("Sec-Fetch-Dest", "document"), ("MF-CF-Blob", r#"{"asn":3320}"#)]).await;
    assert_eq!(clicker.arrived().await, 1);
    assert_eq!(clicker.cents().await, [10]);
}
