//! Goal: `rekomi audit` and `rekomi replay --verify` have nothing to say about a book in which everything has happened, and
//! name each thing that is made wrong in it.
//! Method: one busy world; then copies of its database, in each of which one value is changed behind the triggers' backs,
//! as only a superuser can. Both programs run on each copy, and must object where something says otherwise.

mod busy;

use busy::{Busy, busy};
use world::{
    database::{Database, run_untriggered},
    verify::{self, Output},
};

/// One value made wrong, and who notices.
struct Wrong {
    what: &'static str,
    statement: String,
    /// The check that names it, and what it says about the row.
    audit: Option<(&'static str, String)>,
    /// The field that differs, and what is said about the row.
    replay: Option<(&'static str, String)>,
}

const BALANCES: &str = "account balances equal the sum of their transfers";
const COMMISSIONS: &str = "commission amounts, outstanding and paid, match their transfers";
const DAYS: &str = "daily totals match a recount";
const HOURS: &str = "hourly totals match a recount";
const CLICKS: &str = "program and daily clicks match the hourly clicks of links";
const EVENTS: &str = "events are intact, and what they report exists";
const FACTS: &str = "every fact comes from an existing event";

/// The sale that most of them are about.
const PLAIN: &str = "external_id = 'plain'";

fn wrongs(busy: &Busy, plain: &str, commission: &str) -> Vec<Wrong> {
    let (early, late) = (busy.early.affiliate, busy.late.affiliate);
    let of_plain = |columns: &str| format!("update conversions set {columns} where {PLAIN}");
    let wrong =
        |what, statement: String, audit: Option<(&'static str, &str)>, replay: Option<(&'static str, &str)>| Wrong {
            what,
            statement,
            audit: audit.map(|(check, row)| (check, row.to_owned())),
            replay: replay.map(|(field, row)| (field, row.to_owned())),
        };
    let id = format!("(select id from commissions where conversion_id = (select id from conversions where {PLAIN}))");
    vec![
        wrong(
            "a balance",
            format!(
                "update accounts set balance = balance + 1
                 where kind = 'affiliate_paid' and currency = 'USD' and affiliate_id = '{}'",
                early.uuid()
            ),
            Some((BALANCES, &format!("affiliate_paid USD of {early}"))),
            None,
        ),
        wrong(
            "a transfer's amount",
            format!("update transfers set amount = amount + 1 where commission_id = {id} and kind = 'commission_earned'"),
            Some((COMMISSIONS, commission)),
            Some(("transfers", commission)),
        ),
        wrong(
            "a transfer's account",
            format!(
                "update transfers set credit_account_id = (select id from accounts where affiliate_id is not null and currency = 'EUR' limit 1)
                 where commission_id = {id} and kind = 'commission_earned'"
            ),
            Some(("transfers sum to zero in every currency", "EUR")),
            Some(("transfers", commission)),
        ),
        wrong(
            "a commission's amount",
            format!("update commissions set amount = amount - 1 where id = {id}"),
            Some((COMMISSIONS, commission)),
            Some(("commission amount", commission)),
        ),
        wrong(
            "a commission's state",
            format!("update commissions set status = 'Pending', paid = 0 where id = {id}"),
            Some(("account balances match the commissions", &early.to_string())),
            Some(("transfers", plain)),
        ),
        wrong(
            "a conversion that was deleted",
            format!("delete from conversions where {PLAIN}"),
            Some((EVENTS, "conversion plain")),
            Some(("conversion", "conversion plain")),
        ),
        wrong(
            "a conversion's affiliate",
            of_plain(&format!("affiliate_id = '{}'", late.uuid())),
            Some((DAYS, &late.to_string())),
            Some(("affiliate", plain)),
        ),
        wrong(
            "what was refunded",
            of_plain("refunded = refunded + 1"),
            Some(("refunded amounts match the reported refunds and disputes", plain)),
            Some(("refunded", plain)),
        ),
        wrong("a conversion's amount", of_plain("amount = amount + 1"), Some((DAYS, &early.to_string())), Some(("amount", plain))),
        wrong(
            "an event's content",
            format!(
                r#"update events set body = replace(body, '"amountCents":10000', '"amountCents":10001')
                   where id = (select event_id from conversions where {PLAIN})"#
            ),
            Some((EVENTS, "changed content")),
            Some(("event", "changed content")),
        ),
        wrong(
            "an event that was deleted",
            format!("delete from events where id = (select event_id from conversions where {PLAIN})"),
            Some((FACTS, "a conversion of evt_")),
            None,
        ),
        wrong(
            "a refund that was deleted",
            "delete from refunds where external_id = 'after-payout'".to_owned(),
            Some((EVENTS, "after-payout")),
            Some(("refund", "after-payout")),
        ),
        wrong(
            "a name that was deleted",
            "delete from sale_aliases where name = 'in_calm_1'".to_owned(),
            Some((EVENTS, "in_calm_1")),
            Some(("alias", "in_calm_1")),
        ),
        wrong(
            "a click's touch",
            "update touches set click_id = md5(event_id::text)::uuid where kind = 'click'".to_owned(),
            None,
            Some(("touch", "clk_")),
        ),
        wrong(
            "a plan version's rate",
            r#"update plan_versions set components = '[{"type":"percentage","ratePpm":210000}]' where affiliate_id is null and segment is null"#.to_owned(),
            None,
            Some(("commission earned", "")),
        ),
        wrong(
            "a policy's window",
            "update program_policies set window_days = 1".to_owned(),
            None,
            Some(("affiliate", "")),
        ),
        wrong(
            "a decision that was deleted",
            "delete from decisions where kind = 'Deny' and commission_id is not null".to_owned(),
            None,
            Some(("commission status", "conversion argued")),
        ),
        wrong(
            "a day's figures",
            "update conversion_days set revenue = revenue + 1 where currency = 'EUR'".to_owned(),
            Some((DAYS, "EUR")),
            None,
        ),
        wrong(
            "an hour's figures",
            "update conversion_hours set renewals = renewals + 1 where currency = 'EUR'".to_owned(),
            Some((HOURS, "EUR")),
            None,
        ),
        wrong(
            "an hour's clicks",
            "update click_facets set clicks = clicks + 1 where facet = 'all'".to_owned(),
            Some(("click totals agree and are complete", "by people")),
            None,
        ),
        wrong(
            "an hour's clicks of a program",
            "update click_facets set clicks = clicks + 1 where facet = 'program'".to_owned(),
            Some((CLICKS, ": stored ")),
            None,
        ),
        wrong(
            "an hour's figures of a country",
            "update conversion_facets set revenue = revenue + 1 where facet = 'country' and currency = 'EUR'".to_owned(),
            Some(("figures by country, source and device add up to the totals", "country")),
            None,
        ),
        wrong(
            "a payout's amount",
            "update payouts set amount = amount + 1".to_owned(),
            Some(("payout amounts match their transfers", &early.to_string())),
            None,
        ),
        wrong(
            "an applied event in quarantine",
            format!(
                "insert into quarantine (organization_id, id, event_id, reason, detail, body, digest, created_at)
                 select organization_id, gen_random_uuid(), event_id, 'unprocessable', '', '', sha256(''), now()
                 from conversions where {PLAIN}"
            ),
            Some(("no event is both applied and quarantined", "unprocessable")),
            None,
        ),
        wrong(
            "a buyer's group",
            "update customers set group_id = id where external_id in ('fred', 'fred-two')".to_owned(),
            Some(("buyers who share an address or purchase are grouped together", "cus_")),
            Some(("affiliate", "of-kin")),
        ),
        wrong(
            "who is one customer",
            "update customers set buyer_id = id where external_id in ('carl', 'carl-two')".to_owned(),
            Some(("buyers who share an address or purchase are grouped together", "cus_")),
            Some(("buyer", "cus_")),
        ),
        wrong(
            "where a join stands",
            "update customer_joins set state = 'Split'".to_owned(),
            Some(("buyers who share an address or purchase are grouped together", "cus_")),
            Some(("join", "join_")),
        ),
        wrong(
            "who was reported for a sale",
            "update sale_buyers set received_at = now() - interval '1 hour'".to_owned(),
            None,
            Some(("buyers", "slug")),
        ),
    ]
}

async fn proofs(database: &Database) -> (Output, Output) {
    let program = |name| database.server.ledger(name, &database.name);
    tokio::join!(verify::run(program("audit")), verify::run(verify::replay(program("replay"))))
}

#[tokio::test(flavor = "multi_thread")]
async fn each_wrong_is_named() {
    let mut busy = busy().await;
    let id = |query: String| {
        let database = &busy.world.database;
        async move { database.texts(&query).await.remove(0).remove(0).parse().unwrap() }
    };
    let plain = shared::id::ConversionId::new(id(format!("select id from conversions where {PLAIN}")).await);
    let of_plain =
        format!("select c.id from commissions c join conversions v on v.id = c.conversion_id where v.{PLAIN}");
    let commission = shared::id::CommissionId::new(id(of_plain).await);
    // A database with connections can't be copied.
    busy.world.ledger.stop();
    // As a day later: figures by country, source and device are checked once they are counted twice.
    busy.world
        .database
        .run(
            "insert into facet_fills (organization_id, passes, changed_at) select id, 2, now() from tenants
             on conflict (organization_id) do update set passes = 2",
        )
        .await;
    let (audit, replay) = proofs(&busy.world.database).await;
    assert!(audit.well && replay.well, "{}\n{}", audit.text, replay.text);
    assert!(!audit.text.contains("FAILED") && audit.text.contains(": 0 of "), "{}", audit.text);
    assert!(replay.text.contains("no differences"), "{}", replay.text);

    for wrong in wrongs(&busy, &plain.to_string(), &commission.to_string()) {
        let copy = busy.world.database.server.copy(&busy.world.database).await;
        run_untriggered(&mut copy.connect().await, &wrong.statement).await;
        let (audit, replay) = proofs(&copy).await;
        let (what, message) = (wrong.what, format!("{}\n{}", audit.text, replay.text));
        if let Some((check, row)) = &wrong.audit {
            assert!(!audit.well, "{what}: the audit notices\n{message}");
            let report = audit.text.split_once(&format!("FAILED  {check}")).map(|(_, after)| after);
            let report = report.unwrap_or_else(|| panic!("{what}: the audit names the check\n{message}"));
            let offenders: String = report.lines().skip(1).take_while(|line| line.starts_with("    ")).collect();
            assert!(offenders.contains(row), "{what}: the audit names the row {row}\n{message}");
        }
        if let Some((field, row)) = &wrong.replay {
            assert!(!replay.well, "{what}: the replay notices\n{message}");
            assert!(replay.text.contains(&format!("\n  {field}: ")), "{what}: the replay names the field\n{message}");
            assert!(replay.text.contains(row.as_str()), "{what}: the replay names the row {row}\n{message}");
        }
        assert!(wrong.audit.is_some() || audit.well, "{what}: the audit can't know\n{message}");
    }
    let copy = busy.world.database.server.copy(&busy.world.database).await;
    run_untriggered(
        &mut copy.connect().await,
        "update commissions set amount = amount - 1 where conversion_id is not null and amount > 0",
    )
    .await;
    let first = differences(&copy).await;
    assert!(first.contains("commission amount"), "{first}");
    for _ in 0..4 {
        assert_eq!(differences(&copy).await, first, "every replay prints the same first difference");
    }
}

/// What a replay prints, without how long it took and when it failed.
async fn differences(database: &Database) -> String {
    let replay = verify::run(verify::replay(database.server.ledger("replay", &database.name))).await;
    assert!(!replay.well, "{}", replay.text);
    let is_timed = |line: &&str| line.starts_with("replay: ") || line.contains("ERROR");
    replay.text.lines().filter(|line| !is_timed(line)).collect::<Vec<_>>().join("\n")
}

/// Nothing that was told, decided or booked is another organization's business, and no flag is taken for another one.
#[tokio::test]
async fn one_organization_and_no_other_word() {
    let world = world::World::start().await;
    let one = |subcommand: &str, arguments: &[&str]| {
        let mut command = world.ledger.command(subcommand);
        command.args(arguments);
        verify::run(command)
    };
    let acme = world.acme.organization.to_string();
    for message in
        [one("audit", &["--organization", &acme]).await, one("replay", &["--verify", "--organization", &acme]).await]
    {
        assert!(message.well, "{}", message.text);
    }
    let stranger = world::brand::fresh::<shared::id::Organization>().to_string();
    let unknown = one("audit", &["--organization", &stranger]).await;
    assert!(!unknown.well && unknown.text.contains("doesn't exist"), "{}", unknown.text);
    for refused in [one("replay", &[]).await, one("audit", &["--organization", "aff_1"]).await] {
        assert!(!refused.well && refused.text.contains("error:"), "{}", refused.text);
    }
    world.finish().await;
}
