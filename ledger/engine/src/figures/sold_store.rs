//! SQL of what affiliates sold in a period, exactly, whatever the time zone of its days: `conversion_days` for the UTC days
//! that begin in it, plus the conversions between its start and the first of these days, minus those between its end and the
//! end of the last one. A day's clicks, bonuses and adjustments count at the start of their UTC day, as everywhere.
//!
//! It is text that each statement contains, not a function of the database: a cluster would send a call of one to a server
//! where its tables are empty.

/// A query with these rows as `s`: `affiliate_id, program_id, currency, conversions, renewals, leads, revenue, commission`. It
/// names the SQL before and after them, and the start and end of the period between. `$1` is the organization. Postgres plans
/// them as a part of the query, so that conditions on the affiliate, program or currency reach the indexes, and it knows how
/// long the parts of days are: one row of expressions is a part of the conditions, where two rows would be joined.
#[macro_export]
macro_rules! sold {
    ($row:ident, $beginning:literal, ($from:literal, $to:literal), $end:literal, $($parameter:expr),* $(,)?) => {
        sqlx::query_as!(
            $row,
            $beginning
                + " (
             select d.affiliate_id, d.program_id, d.currency, d.conversions, d.renewals, d.leads, d.revenue, d.commission
             from conversion_days d
             where d.organization_id = $1
               and d.day >= (" + $from + " at time zone 'UTC' + interval '1 day' - interval '1 microsecond')::date
               and d.day < (" + $to + " at time zone 'UTC' + interval '1 day' - interval '1 microsecond')::date
             union all
             select v.affiliate_id, v.program_id, v.currency, case when v.kind = 'Lead' then 0 else p.sign end,
                    case when v.kind = 'Recurring' then p.sign else 0 end, case when v.kind = 'Lead' then p.sign else 0 end,
                    case when v.kind = 'Lead' then 0 else p.sign * (v.amount - v.refunded) end, 0::bigint
             from (select " + $from + " as since,
                          (" + $from + " at time zone 'UTC' + interval '1 day' - interval '1 microsecond')::date
                              ::timestamp at time zone 'UTC' as first_day,
                          " + $to + " as until,
                          (" + $to + " at time zone 'UTC' + interval '1 day' - interval '1 microsecond')::date
                              ::timestamp at time zone 'UTC' as last_day) b
             join conversions v on v.organization_id = $1 and (v.occurred_at >= b.since and v.occurred_at < b.first_day
                                                               or v.occurred_at >= b.until and v.occurred_at < b.last_day)
             cross join lateral (select (v.occurred_at >= b.since and v.occurred_at < b.first_day)::int
                                        - (v.occurred_at >= b.until and v.occurred_at < b.last_day)::int as sign) p
             where v.affiliate_id is not null and v.review is distinct from 'Denied'
             union all
             select c.affiliate_id, c.program_id, c.currency, 0::bigint, 0::bigint, 0::bigint, 0::bigint, p.sign * c.amount
             from (select " + $from + " as since,
                          (" + $from + " at time zone 'UTC' + interval '1 day' - interval '1 microsecond')::date
                              ::timestamp at time zone 'UTC' as first_day,
                          " + $to + " as until,
                          (" + $to + " at time zone 'UTC' + interval '1 day' - interval '1 microsecond')::date
                              ::timestamp at time zone 'UTC' as last_day) b
             join conversions v on v.organization_id = $1 and (v.occurred_at >= b.since and v.occurred_at < b.first_day
                                                               or v.occurred_at >= b.until and v.occurred_at < b.last_day)
             cross join lateral (select (v.occurred_at >= b.since and v.occurred_at < b.first_day)::int
                                        - (v.occurred_at >= b.until and v.occurred_at < b.last_day)::int as sign) p
             join commissions c on c.organization_id = $1 and c.conversion_id = v.id) s "
                + $end,
            $($parameter),*
        )
    };
}
