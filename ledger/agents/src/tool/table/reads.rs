//! Tools that change nothing.

use super::{Entry, read};

/// In the order in which they are listed.
pub(super) static READS: [Entry; 27] = [
    read(
        "search",
        "Search all records",
        "search",
        "Finds affiliates, programs, links, coupons, customers and conversions by name, email address, link, code, order \
         number or id. Read a result with fetch and its id. For lists and totals, use the other tools.",
    ),
    read(
        "read_organization",
        "Read the organization",
        "getOrganization",
        "The brand's own details: name, time zone, contact address, colors. Call it once to learn whom you work for.",
    ),
    read(
        "read_status",
        "Read the service's status",
        "getStatus",
        "Whether this Rekomi installation works: its components and recent incidents. Use it when other tools fail.",
    ),
    read(
        "list_programs",
        "List programs",
        "listPrograms",
        "The affiliate programs that the organization runs, with their settings: attribution, cookie window, review rules. \
         Most other tools take a program's id.",
    ),
    read(
        "read_program",
        "Read a program",
        "getProgram",
        "One program by its id (prog_…): attribution, cookie window, review rules and landing page.",
    ),
    read(
        "list_plans",
        "List a program's plans",
        "listPlans",
        "What a program pays: the versions of its commission plans, newest first, each with its components and scope. The \
         version without an end is in force.",
    ),
    read(
        "simulate_plan",
        "Simulate a plan",
        "simulatePlan",
        "What a plan would have paid for past sales, compared with what is booked. Changes nothing. A simple plan is \
         components [{\"type\":\"percentage\",\"ratePercent\":\"25\"}] or [{\"type\":\"flat\",\"amountCents\":500,\
         \"currency\":\"USD\"}].",
    ),
    read(
        "list_affiliates",
        "List affiliates",
        "listAffiliates",
        "Affiliates, filtered by status, segment, email, program or date. status Pending finds applications that wait for a \
         decision. To find one person, filter by email or slug.",
    ),
    read(
        "read_affiliate",
        "Read an affiliate",
        "getAffiliate",
        "One affiliate by their id (aff_…): status, segment, what they wrote in their application, and internal notes.",
    ),
    read(
        "read_affiliate_balances",
        "Read an affiliate's balances",
        "getAffiliateBalances",
        "What an affiliate has earned by currency: pending (on hold), payable, in payout, paid.",
    ),
    read(
        "read_statement",
        "Read an affiliate's statement",
        "getStatement",
        "Each change of an affiliate's balance in one currency and period, with opening and closing balance. Use it to \
         explain a balance.",
    ),
    read(
        "read_payout_account",
        "Read how an affiliate is paid",
        "getPayoutAccount",
        "An affiliate's payout method, whether it is complete, and what is missing before they can be paid. Bank details are \
         masked.",
    ),
    read(
        "list_links",
        "List links",
        "listLinks",
        "Tracking links, filtered by affiliate, program, slug, host or status.",
    ),
    read(
        "list_coupons",
        "List coupons",
        "listCoupons",
        "Coupon codes that credit an affiliate, filtered by affiliate, program, code or status.",
    ),
    read(
        "summarize_clicks",
        "Summarize clicks and sales",
        "getClickSummary",
        "Clicks, conversions, revenue and commissions in a period. Groups by day, affiliate, link or program have clicks \
         and no amounts: filter by affiliate or program for the revenue of each. The best start for questions about \
         performance.",
    ),
    read(
        "list_leads",
        "List leads",
        "listLeads",
        "Sign-ups and trials before a first payment, with the affiliate who gets credit if the person buys.",
    ),
    read(
        "list_conversions",
        "List conversions",
        "listConversions",
        "Sales, renewals and leads, filtered by affiliate, program, customer, status (such as Refunded), review (open: \
         flagged sales that wait for a review) or date. Use summarize_clicks for totals.",
    ),
    read(
        "read_conversion",
        "Read a conversion",
        "getConversion",
        "One sale or lead (conv_…): amount, refunds, dispute, who got the credit and why, review flags.",
    ),
    read(
        "list_commissions",
        "List commissions",
        "listCommissions",
        "Commissions, such as those of an order, filtered by affiliate, conversion, program, type, status, currency or date.",
    ),
    read(
        "explain_commission",
        "Explain a commission",
        "explainCommission",
        "Why a commission (com_…) is what it is: the attribution, the plan, the arithmetic, the decisions and bookings. Use \
         it to answer an affiliate's question.",
    ),
    read(
        "list_decisions",
        "List decisions",
        "listDecisions",
        "What people decided about sales and commissions, with their reasons: releases, denials, reassignments, bonuses.",
    ),
    read(
        "list_customers",
        "List customers",
        "listCustomers",
        "Customers whose sales or refunds were reported, filtered by id, email, affiliate or program.",
    ),
    read(
        "read_customer_journey",
        "Read a customer's journey",
        "getCustomerJourney",
        "A customer's clicks, leads, sales and refunds in order, with the credit of each.",
    ),
    read(
        "read_balances",
        "Read all balances",
        "getBalances",
        "What the organization owes its affiliates in total, by currency.",
    ),
    read(
        "list_payouts",
        "List payouts",
        "listPayouts",
        "Payments to affiliates, filtered by affiliate, run, status, method or date.",
    ),
    read(
        "list_payout_runs",
        "List payout runs",
        "listPayoutRuns",
        "Runs that pay many affiliates at once, with totals and who proposed and approved them.",
    ),
    read(
        "preview_payout_run",
        "Preview a payout run",
        "previewPayoutRun",
        "Who would be paid how much in a currency if a run were proposed now, who would be left out, and why. Proposes \
         nothing.",
    ),
];
