-- What affiliates sold in a period, exactly, whatever the time zone of its days: `conversion_days` for the UTC days that
-- begin in it, plus the conversions between its start and the first of these days, minus those between its end and the
-- end of the last one. A day's clicks, bonuses and adjustments count at the start of their UTC day, as everywhere.
--
-- A single statement without side effects, so that Postgres plans it as a part of the query that uses it: conditions on
-- the affiliate, program or currency reach the indexes.
create function rekomi_sold(organization uuid, from_at timestamptz, to_at timestamptz)
    returns table (affiliate_id uuid, program_id uuid, currency text, conversions bigint, renewals bigint, leads bigint,
                   revenue bigint, commission bigint)
    language sql stable parallel safe as $$
    select d.affiliate_id, d.program_id, d.currency, d.conversions, d.renewals, d.leads, d.revenue, d.commission
    from conversion_days d
    where d.organization_id = $1
      and d.day >= ($2 at time zone 'UTC' + interval '1 day' - interval '1 microsecond')::date
      and d.day < ($3 at time zone 'UTC' + interval '1 day' - interval '1 microsecond')::date
    union all
    select v.affiliate_id, v.program_id, v.currency, case v.kind when 'Lead' then 0 else e.sign end,
           case v.kind when 'Recurring' then e.sign else 0 end, case v.kind when 'Lead' then e.sign else 0 end,
           case v.kind when 'Lead' then 0 else e.sign * (v.amount - v.refunded) end, 0::bigint
    from (values ($2, ($2 at time zone 'UTC' + interval '1 day' - interval '1 microsecond')::date, 1::bigint),
                 ($3, ($3 at time zone 'UTC' + interval '1 day' - interval '1 microsecond')::date, -1::bigint))
         e (from_at, until, sign)
    join conversions v on v.organization_id = $1 and v.occurred_at >= e.from_at
                      and v.occurred_at < e.until::timestamp at time zone 'UTC'
    where v.affiliate_id is not null and v.review is distinct from 'Denied'
    union all
    select c.affiliate_id, c.program_id, c.currency, 0::bigint, 0::bigint, 0::bigint, 0::bigint, e.sign * c.amount
    from (values ($2, ($2 at time zone 'UTC' + interval '1 day' - interval '1 microsecond')::date, 1::bigint),
                 ($3, ($3 at time zone 'UTC' + interval '1 day' - interval '1 microsecond')::date, -1::bigint))
         e (from_at, until, sign)
    join conversions v on v.organization_id = $1 and v.occurred_at >= e.from_at
                      and v.occurred_at < e.until::timestamp at time zone 'UTC'
    join commissions c on c.organization_id = $1 and c.conversion_id = v.id
$$;
