//! What may happen next, as proptest makes and shrinks it. Names are chosen here, so that a step means the same when
//! others are left out.

use proptest::{prelude::*, sample::Index, strategy::Union};

use super::{
    credit::Reach,
    facts::{
        AFFILIATES, CUSTOMERS, Currency, Customer, DisputeState, EMAILS, Evidence, LEADS, Lead, Name, RefundState,
        Reporter, SALES, Sale,
    },
    ideal::Account,
    machine::State,
    moves::moves,
    payout::{Fate, PayoutState},
    recruits,
    worth::PLANS,
};

#[derive(Debug, Clone)]
pub(crate) enum Step {
    Report(Vec<What>, How),
    /// What was held back comes now, the last first.
    Held {
        one_by_one: bool,
    },
    /// Something reported before comes again.
    Again(Index),
    Plan {
        affiliate: Option<usize>,
        plan: Option<u8>,
        hold_days: u8,
    },
    /// What recruiters earn from now on, in millionths, and for how many months after recruiting.
    Terms(u32, Option<u32>),
    /// Whom, and by whom.
    Recruit(usize, Option<usize>),
    Reattribute {
        name: Name,
        to: Option<usize>,
        reach: Reach,
    },
    Review {
        name: Name,
        deny: bool,
    },
    Decide {
        what: &'static str,
        name: Name,
        component: u8,
    },
    /// About a recruiter's share of it.
    DecideShare {
        what: &'static str,
        name: Name,
        component: u8,
    },
    DecideExtra {
        what: &'static str,
        number: usize,
    },
    ReleaseAffiliate(usize),
    ReleaseBuyer(u8),
    /// With everyone who is one buyer with them.
    Erase(u8),
    Give {
        affiliate: usize,
        cents: i64,
        hold_days: u8,
    },
    /// The ledger may be killed so many milliseconds after it was asked.
    Pay {
        affiliate: usize,
        currency: Currency,
        kill: Option<u8>,
    },
    /// Through Stripe: everything that is payable.
    Send {
        affiliate: usize,
        currency: Currency,
        tax: bool,
        fate: Fate,
        kill: Option<u8>,
    },
    /// One that waits goes on.
    Goes {
        number: usize,
        fate: Fate,
    },
    /// A transfer is reversed, in part or in full.
    Returns {
        number: usize,
        share: Share,
    },
    Days(u8),
    Kill,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    Now,
    /// It is held back.
    Later,
    /// In two parallel deliveries.
    Twice,
    /// The ledger is killed so many milliseconds after it was sent, and it is sent again.
    Kill(u8),
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum What {
    /// So many days ago.
    Sale {
        sale: Sale,
        ago: u8,
    },
    /// The other reporter's report of a known sale.
    Retell {
        sale: u8,
        /// Who may be named otherwise here: then the two are one buyer.
        customer: Option<Customer>,
        click: Option<(usize, u16)>,
    },
    Lead {
        lead: Lead,
        ago: u8,
    },
    Refund {
        refund: u8,
        sale: u8,
        share: Share,
    },
    StripeRefund {
        refund: u8,
        sale: u8,
        share: Share,
        state: RefundState,
    },
    RefundMoves {
        refund: u8,
        state: RefundState,
    },
    StripeTotal {
        sale: u8,
    },
    Dispute {
        dispute: u8,
        sale: u8,
        share: Share,
    },
    DisputeMoves {
        dispute: u8,
        state: DisputeState,
    },
}

/// How much of a sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Share {
    Cent,
    Tenth,
    Third,
    Half,
    All,
    Over,
    /// All of it, in another currency.
    Foreign,
}

pub(crate) fn steps(state: &State) -> BoxedStrategy<Step> {
    let what = Union::new_weighted(whats(state)).boxed();
    let mut steps = vec![
        (22, (what.clone(), how()).prop_map(|(what, how)| Step::Report(vec![what], how)).boxed()),
        (6, (prop::collection::vec(what, 2..5), how()).prop_map(|(what, how)| Step::Report(what, how)).boxed()),
        (2, plan().boxed()),
        (1, (0..AFFILIATES).prop_map(Step::ReleaseAffiliate).boxed()),
        (1, (0..CUSTOMERS).prop_map(Step::ReleaseBuyer).boxed()),
        (1, (0..CUSTOMERS).prop_map(Step::Erase).boxed()),
        (1, give().boxed()),
        (5, pay(state)),
        (7, send(state)),
        (6, (1_u8..45).prop_map(Step::Days).boxed()),
        (1, Just(Step::Kill).boxed()),
    ];
    steps.extend(recruits::steps());
    let of = |stands: PayoutState| -> Vec<usize> {
        let all = state.ideal.payouts.iter().enumerate();
        all.filter(|(_, one)| one.stands == stands).map(|(number, _)| number).collect()
    };
    let (waiting, sent) = (of(PayoutState::Waiting), of(PayoutState::Sent));
    if !waiting.is_empty() {
        let goes = (prop::sample::select(waiting), goes());
        steps.push((5, goes.prop_map(|(number, fate)| Step::Goes { number, fate }).boxed()));
    }
    if !sent.is_empty() {
        let returns = (prop::sample::select(sent), share());
        steps.push((2, returns.prop_map(|(number, share)| Step::Returns { number, share }).boxed()));
    }
    if state.has_held() {
        steps.push((3, any::<bool>().prop_map(|one_by_one| Step::Held { one_by_one }).boxed()));
    }
    if !state.ideal.report.is_empty() {
        steps.push((2, any::<Index>().prop_map(Step::Again).boxed()));
    }
    let names: Vec<Name> = state.ideal.credits().into_keys().collect();
    if !names.is_empty() {
        let name = prop::sample::select(names);
        let to = prop::option::weighted(0.8, 0..AFFILIATES);
        let reach = prop_oneof![Just(Reach::Conversion), Just(Reach::Customer)];
        steps.push((
            2,
            (name.clone(), to, reach).prop_map(|(name, to, reach)| Step::Reattribute { name, to, reach }).boxed(),
        ));
        steps.push((1, (name.clone(), any::<bool>()).prop_map(|(name, deny)| Step::Review { name, deny }).boxed()));
        let decide = (name, word(), 0_u8..2);
        steps.push((2, decide.clone().prop_map(recruits::decided).boxed()));
        steps.push((3, decide.prop_map(|(name, what, component)| Step::Decide { what, name, component }).boxed()));
    }
    if !state.ideal.extras.is_empty() {
        let decide = (0..state.ideal.extras.len(), word());
        steps.push((1, decide.prop_map(|(number, what)| Step::DecideExtra { what, number }).boxed()));
    }
    Union::new_weighted(steps).boxed()
}

fn how() -> impl Strategy<Value = How> {
    prop_oneof![12 => Just(How::Now), 3 => Just(How::Later), 2 => Just(How::Twice), 1 => (0_u8..40).prop_map(How::Kill)]
}

fn word() -> impl Strategy<Value = &'static str> + Clone {
    prop_oneof![Just("deny"), Just("approve"), Just("release")]
}

fn plan() -> impl Strategy<Value = Step> {
    let plan = prop::option::weighted(0.9, 0..u8::try_from(PLANS.len()).unwrap());
    let hold_days = prop_oneof![3 => Just(30_u8), 1 => Just(0), 1 => Just(14)];
    (prop::option::weighted(0.4, 0..AFFILIATES), plan, hold_days).prop_map(|(affiliate, plan, hold_days)| Step::Plan {
        affiliate,
        plan,
        hold_days,
    })
}

fn give() -> impl Strategy<Value = Step> {
    (0..AFFILIATES, prop_oneof![1_i64..3_000, -3_000_i64..0], prop_oneof![Just(0_u8), Just(20)])
        .prop_map(|(affiliate, cents, hold_days)| Step::Give { affiliate, cents, hold_days })
}

/// As [`pay`], and mostly one that goes through at once or waits.
fn send(state: &State) -> BoxedStrategy<Step> {
    let fate = prop_oneof![
        3 => Just(Fate::Sent), 5 => Just(Fate::Waits), 1 => Just(Fate::Lost), 1 => Just(Fate::Failure),
        1 => Just(Fate::Stored), 1 => Just(Fate::Refused),
    ];
    let kill = prop::option::weighted(0.1, 0_u8..40);
    (whom(state), prop::bool::weighted(0.3), fate, kill)
        .prop_map(|((affiliate, currency), tax, fate, kill)| Step::Send { affiliate, currency, tax, fate, kill })
        .boxed()
}

fn goes() -> impl Strategy<Value = Fate> {
    prop_oneof![
        4 => Just(Fate::Sent), 3 => Just(Fate::Cancelled), 2 => Just(Fate::Refused), 1 => Just(Fate::Lost),
        1 => Just(Fate::Failure), 1 => Just(Fate::Stored),
    ]
}

fn pay(state: &State) -> BoxedStrategy<Step> {
    (whom(state), prop::option::weighted(0.1, 0_u8..40))
        .prop_map(|((affiliate, currency), kill)| Step::Pay { affiliate, currency, kill })
        .boxed()
}

/// Mostly somebody to whom something is payable.
fn whom(state: &State) -> BoxedStrategy<(usize, Currency)> {
    let balances = state.ideal.balances();
    let payable = balances.iter().filter_map(|((account, currency), cents)| match account {
        Account::Payable(affiliate) if *cents > 0 => Some((*affiliate, *currency)),
        _ => None,
    });
    let mut payable: Vec<(usize, Currency)> = payable.collect();
    if payable.is_empty() {
        payable.push((0, Currency::Usd));
    }
    prop_oneof![5 => prop::sample::select(payable), 1 => (0..AFFILIATES, currency())].boxed()
}

fn currency() -> impl Strategy<Value = Currency> {
    prop_oneof![6 => Just(Currency::Usd), 1 => Just(Currency::Eur), 1 => Just(Currency::Jpy)]
}

/// Amounts at the edges of rounding more often than elsewhere.
fn cents() -> impl Strategy<Value = i64> {
    prop_oneof![
        1 => Just(0_i64), 1 => Just(1), 1 => Just(2), 1 => Just(3), 1 => Just(5), 1 => Just(7),
        3 => prop::sample::select(vec![99_i64, 777, 4_900, 9_900, 9_999, 10_000, 1_000_000_007]),
        3 => 1_i64..20_000,
    ]
}

/// Mostly a small part, so that several of them leave something.
fn share() -> impl Strategy<Value = Share> {
    prop_oneof![
        1 => Just(Share::Cent), 4 => Just(Share::Tenth), 3 => Just(Share::Third), 2 => Just(Share::Half),
        2 => Just(Share::All), 1 => Just(Share::Over), 1 => Just(Share::Foreign),
    ]
}

fn evidence() -> impl Strategy<Value = Evidence> {
    prop_oneof![
        3 => Just(Evidence::None),
        // 60 days are 1,440 hours: some lie outside of the window.
        4 => click().prop_map(|(affiliate, hours)| Evidence::Click { affiliate, hours }),
        3 => (0..AFFILIATES).prop_map(|affiliate| Evidence::Slug { affiliate }),
        1 => Just(Evidence::Coupon),
    ]
}

fn customer() -> impl Strategy<Value = Customer> {
    let email = prop_oneof![6 => Just(None), 2 => (0..EMAILS - 1).prop_map(Some), 1 => Just(Some(EMAILS - 1))];
    (0..CUSTOMERS, email).prop_map(|(number, email)| Customer { number, email })
}

fn click() -> impl Strategy<Value = (usize, u16)> {
    (0..AFFILIATES, prop_oneof![3 => 0_u16..200, 1 => 1_300_u16..1_500])
}

/// Most of it is today's; some is reported late.
fn ago() -> impl Strategy<Value = u8> {
    prop_oneof![3 => Just(0_u8), 2 => 1_u8..25, 4 => 25_u8..80]
}

fn sale(sale: u8) -> impl Strategy<Value = What> {
    let reporter = prop_oneof![2 => Just(Reporter::Brand), 1 => Just(Reporter::Stripe)];
    let customer = prop::option::weighted(0.85, customer());
    let subscription = prop::option::weighted(0.5, 0_u8..2);
    (reporter, customer, cents(), currency(), subscription, evidence(), ago()).prop_map(
        move |(reporter, customer, cents, currency, subscription, evidence, ago)| {
            // A checkout of nothing is no sale.
            let cents = if reporter == Reporter::Stripe { cents.max(1) } else { cents };
            let tax = cents / 5 + 1;
            What::Sale { sale: Sale { sale, reporter, customer, cents, tax, currency, subscription, evidence }, ago }
        },
    )
}

/// The names of what happened so far; a refund may also be of what never did.
fn whats(state: &State) -> Vec<(u32, BoxedStrategy<What>)> {
    let mut whats = Vec::new();
    let unused: Vec<u8> = (0..SALES).filter(|sale| state.sale(*sale).is_none()).collect();
    if !unused.is_empty() {
        whats.push((8, prop::sample::select(unused).prop_flat_map(sale).boxed()));
    }
    let unused: Vec<u8> = (0..LEADS).filter(|lead| !state.leads.contains(lead)).collect();
    if !unused.is_empty() {
        let lead = (prop::sample::select(unused), customer(), evidence(), ago());
        let lead = lead
            .prop_map(|(lead, customer, evidence, ago)| What::Lead { lead: Lead { lead, customer, evidence }, ago });
        whats.push((2, lead.boxed()));
    }
    let known: Vec<u8> = state.sales.iter().map(|sale| sale.sale).collect();
    if !known.is_empty() {
        let click = prop::option::of(click());
        let again = (prop::sample::select(known.clone()), prop::option::weighted(0.6, customer()), click);
        let again = again.prop_map(|(sale, customer, click)| What::Retell { sale, customer, click });
        whats.push((1, again.boxed()));
    }
    let known: Vec<(u8, u8)> = known.into_iter().map(|sale| (sale, sale)).collect();
    let unknown = (0..SALES).boxed();
    let of = if known.is_empty() { unknown } else { prop_oneof![11 => pick(state, known, 2), 1 => unknown].boxed() };
    let refund =
        (any::<u8>(), of.clone(), share()).prop_map(|(refund, sale, share)| What::Refund { refund, sale, share });
    whats.push((3, refund.boxed()));
    let made = prop_oneof![3 => Just(RefundState::Succeeded), 1 => Just(RefundState::Pending)];
    let refund = (any::<u8>(), of.clone(), share(), made);
    let refund = refund.prop_map(|(refund, sale, share, state)| What::StripeRefund { refund, sale, share, state });
    whats.push((5, refund.boxed()));
    whats.push((1, of.clone().prop_map(|sale| What::StripeTotal { sale }).boxed()));
    let dispute = (any::<u8>(), of, share()).prop_map(|(dispute, sale, share)| What::Dispute { dispute, sale, share });
    whats.push((2, dispute.boxed()));
    whats.extend(moves(state));
    whats
}

/// Of these, by name and sale: mostly what is about the sale that was last spoken of, or about one that was paid out,
/// so that much happens to few.
pub(super) fn pick(state: &State, all: Vec<(u8, u8)>, paid_first: u32) -> BoxedStrategy<u8> {
    let paid = state.ideal.paid_sales();
    let of = |requested: &dyn Fn(u8) -> bool| -> Vec<u8> {
        all.iter().filter(|(_, sale)| requested(*sale)).map(|(name, _)| *name).collect()
    };
    let lists = [
        (4, of(&|sale| Some(sale) == state.focus)),
        (paid_first, of(&|sale| paid.contains(&sale))),
        (3, of(&|_| true)),
    ];
    let lists = lists.into_iter().filter(|(_, list)| !list.is_empty());
    Union::new_weighted(lists.map(|(weight, list)| (weight, prop::sample::select(list))).collect()).boxed()
}
