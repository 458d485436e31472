//! The data kept about an affiliate and its sources: the parts of their export, each as a query.

use super::retained_data::Part;

/// The data kept about an affiliate.
pub const AFFILIATE: [Part; 46] = [
    Part {
        name: "affiliates",
        source: "Entered by the organization, or by the affiliate in their application",
        rows: "select to_jsonb(a) - 'organization_id' as row from affiliates a where a.organization_id = $1 and a.id = $2",
    },
    Part {
        name: "statuses",
        source: "Set by the organization, or by the affiliate who accepted an invitation or confirmed their email address",
        rows: "select effective_at, status, reason from affiliate_statuses where organization_id = $1 and affiliate_id = $2",
    },
    Part {
        name: "addresses",
        source: "Recorded when the affiliate's email address changes, in the form used for comparison",
        rows: "select effective_at, email_key as email from affiliate_emails where organization_id = $1 and affiliate_id = $2",
    },
    Part {
        name: "signIns",
        source: "Recorded when the affiliate uses a sign-in link, until the session ends",
        rows: "select created_at, expires_at, email from affiliate_sessions
               where organization_id = $1 and affiliate_id = $2",
    },
    Part {
        name: "signInLinks",
        source: "Sent to the affiliate by email",
        rows: "select created_at, expires_at, used_at, email from affiliate_links
               where organization_id = $1 and affiliate_id = $2",
    },
    Part {
        name: "emails",
        source: "Sent to the affiliate, or about them. Kept for 30 days, without the text",
        rows: "select kind, recipient, subject, status, created_at, ended_at from mails
               where tenant = $1 and affiliate = $2",
    },
    Part {
        name: "segments",
        source: "Set by the organization",
        rows: "select effective_at, segment from affiliate_segments where organization_id = $1 and affiliate_id = $2",
    },
    Part {
        name: "recruiters",
        source: "Named by the affiliate in their application, taken from the link that they followed, or decided by the \
                 organization",
        rows: "select since, recruiter_id, source, reason, shows_name, created_at from affiliate_recruits
               where organization_id = $1 and affiliate_id = $2",
    },
    Part {
        name: "recruits",
        source: "Named by others in their applications, taken from the links that they followed, or decided by the \
                 organization",
        rows: "select since, affiliate_id, source from affiliate_recruits
               where organization_id = $1 and recruiter_id = $2",
    },
    Part {
        name: "payoutAccountKeys",
        source: "Hashes of the payout methods, from which a method can't be read. They show whether two affiliates have \
                 the same one",
        rows: "select effective_at, account_key from payout_account_keys
               where organization_id = $1 and affiliate_id = $2",
    },
    Part {
        name: "links",
        source: "Created by the organization or the affiliate",
        rows: "select id, program_id, host, slug, destination, created_at from links
               where organization_id = $1 and affiliate_id = $2",
    },
    Part {
        name: "reservedSlugs",
        source: "Link names that the affiliate gave up or requested, stored as hashes",
        rows: "select reserved_at from reserved_slugs where organization_id = $1 and affiliate_id = $2",
    },
    Part {
        name: "coupons",
        source: "Created by the organization, or chosen by the affiliate",
        rows: "select id, program_id, code, external_id, created_at from coupons
               where organization_id = $1 and affiliate_id = $2",
    },
    Part {
        name: "clickDays",
        source: "Counted from the clicks on the affiliate's links",
        rows: "select hour::date as day, program_id, sum(clicks) as clicks from click_hours
               where organization_id = $1 and affiliate_id = $2 group by 1, 2",
    },
    Part {
        name: "plans",
        source: "Published by the organization for this affiliate alone",
        rows: "select id as plan_version_id, program_id, effective_at, components, hold_days, note, created_at
               from plan_versions where organization_id = $1 and affiliate_id = $2",
    },
    Part {
        name: "raises",
        source: "Requested by an automation of the organization, or won as a reward",
        rows: "select program_id, key, plan_version_id, ends_at, created_at from rate_bumps
               where organization_id = $1 and affiliate_id = $2",
    },
    Part {
        name: "conversions",
        source: "Sales credited to the affiliate, reported by the organization or its payment gateway",
        rows:
            "select id, external_id, kind, status, amount, currency, occurred_at, program_id, credited_by, flags, review
               from conversions where organization_id = $1 and affiliate_id = $2",
    },
    Part {
        name: "commissions",
        source: "Calculated from the conversion and the plan in effect",
        rows: "select id, kind, conversion_id, program_id, amount, earned, paid, currency, status, hold_until, reason
               from commissions where organization_id = $1 and affiliate_id = $2",
    },
    Part {
        name: "payouts",
        source: "Recorded by the organization",
        rows: "select id, amount, currency, rail, status, reference, actor, created_at from payouts
               where organization_id = $1 and affiliate_id = $2",
    },
    Part {
        name: "payoutReturns",
        source: "Recorded when a payment was returned",
        rows: "select r.payout_id, r.amount, r.withheld, r.returned_at from payout_returns r
               join payouts p on p.organization_id = r.organization_id and p.id = r.payout_id
               where r.organization_id = $1 and p.affiliate_id = $2",
    },
    Part {
        name: "payoutAccounts",
        source: "Set up by the affiliate and reported by Stripe, which holds the payment details",
        rows: "select country, entity, agreement, stripe_account, status, transfers, payouts_enabled, details_submitted,
                      disabled_reason, requirements, bank_hint, ready_at, checked_at, created_at from payout_accounts
               where organization_id = $1 and affiliate_id = $2",
    },
    Part {
        name: "payoutMethods",
        source: "Chosen by the affiliate or entered by the organization. Stored encrypted; hint shows part of it",
        rows: "select rail, hint, updated_at from payout_methods where organization_id = $1 and affiliate_id = $2",
    },
    Part {
        name: "payoutDestinations",
        source: "Recorded when the payout destination changed",
        rows: "select changed_at from payout_destinations where organization_id = $1 and affiliate_id = $2",
    },
    Part {
        name: "taxForms",
        source: "Submitted by the affiliate in the portal or uploaded by the organization. Stored encrypted; the PDF \
                 is in the portal",
        rows: "select id, kind, source, status, country, tin_hint, corporation, subject_to_withholding, signed_on, expires_on,
                      submitted_at, decided_at, reason, ended_at, keep_until from tax_forms
               where organization_id = $1 and affiliate_id = $2",
    },
    Part {
        name: "taxReminders",
        source: "Emails about tax forms",
        rows: "select kind, sent_at from tax_reminders where organization_id = $1 and affiliate_id = $2",
    },
    Part {
        name: "applications",
        source: "Sent by the affiliate on a program page. The answers are under affiliates",
        rows: "select program_id, terms_version, created_at, awaits_entry from applications
               where organization_id = $1 and affiliate_id = $2",
    },
    Part {
        name: "successLetters",
        source: "Emails about clicks and commissions, and when the affiliate unsubscribed from them",
        rows: "select first_click_at, earned_until, click_due_at, earned_due_at from milestone_emails
               where organization_id = $1 and affiliate_id = $2",
    },
    Part {
        name: "milestones",
        source: "Recorded with the affiliate's first click and first sale in each program",
        rows: "select program_id, kind, occurred_at, announced from milestones
               where organization_id = $1 and affiliate_id = $2",
    },
    Part {
        name: "payoutHolds",
        source: "Set by the people and API keys in actor",
        rows: "select reason, actor, held_at, ends_at, paused_until, pause_reason from payout_holds
               where organization_id = $1 and affiliate_id = $2",
    },
    Part {
        name: "payoutInvitations",
        source: "Emails that asked the affiliate to set up payouts",
        rows: "select invited_at, times from payout_invitations where organization_id = $1 and affiliate_id = $2",
    },
    Part {
        name: "decisions",
        source: "Made by the people and API keys in actor",
        rows: "select kind, conversion_id, commission_id, reason, actor, decided_at from decisions
               where organization_id = $1 and affiliate_id = $2",
    },
    Part {
        name: "consents",
        source: "Given in the portal, or reported by the organization",
        rows: "select kind, version, granted, decided_at, evidence, actor from consents
               where organization_id = $1 and affiliate_id = $2",
    },
    Part {
        name: "linkPage",
        source: "Chosen and written by the affiliate in the portal",
        rows: "select is_on, introduction, items, updated_at from bio_pages where organization_id = $1 and affiliate_id = $2",
    },
    Part {
        name: "notifications",
        source: "Turned on or off by the affiliate in the portal",
        rows: "select kind, enabled as wanted, changed_at from affiliate_notifications where organization_id = $1 and affiliate_id = $2",
    },
    Part {
        name: "inquiries",
        source: "Submitted by the affiliate in the portal, answered by the organization",
        rows: "select status, ordered_on, bought, order_id, buyer_email, note, submitted_at as asked_at, decided_at, answer, conversion_id
               from missing_sale_claims where organization_id = $1 and affiliate_id = $2",
    },
    Part {
        name: "rewardClaims",
        source: "Computed from the affiliate's sales, or submitted by the affiliate in the portal, decided by the organization",
        rows: "select r.title, c.period, c.state, c.value, c.place, c.amount, c.note, c.submitted_at, c.decided_at, c.reason,
                      (select coalesce(jsonb_agg(l.url order by l.position), '[]') from reward_proof_links l
                       where l.organization_id = $1 and l.claim_id = c.id) as links
               from reward_claims c join rewards r on r.organization_id = c.organization_id and r.id = c.reward_id
               where c.organization_id = $1 and c.affiliate_id = $2",
    },
    Part {
        name: "leaderboardName",
        source: "Chosen by the affiliate in the portal",
        rows: "select name, agreed_at from leaderboard_names where organization_id = $1 and affiliate_id = $2",
    },
    Part {
        name: "crmContacts",
        source: "What was last synced to the organization's CRMs",
        rows: "select c.vendor, c.account, k.contact, k.email, k.former_emails, k.name, k.lists, k.tags,
                      k.affiliate_status as standing, k.synced_at
               from crm_contacts k
               join crm_connections c on c.organization_id = k.organization_id and c.id = k.connection_id
               where k.organization_id = $1 and k.affiliate_id = $2",
    },
    Part {
        name: "crmSyncs",
        source: "Requests to the organization's CRMs and their responses: kept for 90 days, their contents for 30",
        rows: "select c.vendor, c.account, s.task, s.reason, s.state, s.message, s.names, s.event, s.created_at, s.finished_at,
                      (select coalesce(jsonb_agg(jsonb_build_object('sentAt', a.started_at, 'method', a.method, 'url', a.url,
                                                                    'sent', a.request_body, 'status', a.status,
                                                                    'answer', a.answer) order by a.id), '[]')
                       from crm_attempts a where a.organization_id = $1 and a.sync_id = s.id) as sent
               from crm_syncs s
               join crm_connections c on c.organization_id = s.organization_id and c.id = s.connection_id
               where s.organization_id = $1 and s.affiliate_id = $2 order by s.created_at",
    },
    Part {
        name: "invitations",
        source: "Invitation emails from the organization",
        rows: "select program_id, destination, note, actor, invited_at, sent_at, times, came_at from invites
               where organization_id = $1 and affiliate_id = $2",
    },
    Part {
        name: "imports",
        source: "Files that the organization imported from another platform, kept for 30 days",
        rows: "select r.import_id, r.line, r.cells from import_rows r
               join affiliates a on a.organization_id = r.organization_id and a.id = $2
               where r.organization_id = $1 and exists (
                   select from jsonb_array_elements_text(r.cells) c where lower(btrim(c)) = a.email)",
    },
    Part {
        name: "importTokens",
        source: "Files that the organization imported from another platform: the names of the affiliate's links there",
        rows: "select source, token from import_tokens where organization_id = $1 and affiliate_id = $2",
    },
    Part {
        name: "questions",
        source: "Counted when the affiliate asks about their earnings in the portal. The questions aren't kept",
        rows: "select day, questions from portal_assistant_usage where organization_id = $1 and affiliate_id = $2",
    },
    Part {
        name: "networkContacts",
        source: "Invitations by the organization and applications by the affiliate in the creator network",
        rows: "select program_id, status, message, score, invited_at, answered_at, created_at, changed_at
               from network_contacts where organization_id = $1 and affiliate_id = $2",
    },
    Part {
        name: "networkMessages",
        source: "Written by the affiliate and the organization in the creator network",
        rows: "select from_brand, body, created_at from network_messages
               where organization_id = $1 and creator_id in (
                   select creator_id from network_contacts where organization_id = $1 and affiliate_id = $2)",
    },
    Part {
        name: "auditLog",
        source: "Changes by the organization's members and API keys",
        rows: "select at, actor, action, before, after from audit_log where organization_id = $1 and target = $3",
    },
];
