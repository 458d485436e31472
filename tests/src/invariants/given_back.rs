//! What refunds and lost disputes take of each sale, recounted in SQL.

/// The arithmetic of `ledger::conversion::given_back`, once more in SQL: everything told under any name of the sale, in its
/// currency; each refund once; failed ones not at all; of disputes the latest word.
pub(super) const GIVEN_BACK: &str = "
    with recursive below (organization_id, sale, name) as (
        select organization_id, external_id, external_id from conversions
        union
        select a.organization_id, n.sale, a.alias from below n
        join sale_aliases a on a.organization_id = n.organization_id and a.name = n.name),
    above (organization_id, sale, name) as (
        select organization_id, external_id, external_id from conversions
        union
        select a.organization_id, n.sale, a.name from above n
        join sale_aliases a on a.organization_id = n.organization_id and a.alias = n.name),
    named as (
        select organization_id, sale, name, false as upwards from below
        union select organization_id, sale, name, true from above where name <> sale),
    report as (
        select distinct c.organization_id, c.id, r.external_id, r.effect, r.basis, r.amount, r.event_id
        from conversions c join named n on (n.organization_id, n.sale) = (c.organization_id, c.external_id)
        join refunds r on (r.organization_id, r.refund_of, r.currency) = (c.organization_id, n.name, c.currency)
        where not n.upwards or r.basis = 'Paid'),
    counted as (
        select organization_id, id, external_id, effect, basis, max(amount) as amount from report t
        where effect = 'Undone' or not exists (
            select from report u where (u.organization_id, u.id, u.external_id, u.effect)
                                   = (t.organization_id, t.id, t.external_id, 'Undone'))
        group by 1, 2, 3, 4, 5),
    by_name as (
        select organization_id, id, external_id, effect, max(amount) as amount from counted group by 1, 2, 3, 4),
    words as (
        select distinct on (c.organization_id, c.id, d.external_id) c.organization_id, c.id, d.state, d.amount
        from conversions c join named n on (n.organization_id, n.sale) = (c.organization_id, c.external_id)
        join disputes d on (d.organization_id, d.dispute_of, d.currency) = (c.organization_id, n.name, c.currency)
        order by c.organization_id, c.id, d.external_id, d.occurred_at desc, d.state = 'Open', d.event_id desc),
    sums as (
        select c.organization_id, c.id, c.external_id, c.amount, c.refunded, c.dispute,
               greatest(c.paid, (select max(d.total) from named n
                                 join disputes d on (d.organization_id, d.dispute_of, d.currency)
                                                  = (n.organization_id, n.name, c.currency)
                                 where (n.organization_id, n.sale) = (c.organization_id, c.external_id))) as paid,
               coalesce((select sum(amount) filter (where effect = 'Made') - sum(amount) filter (where effect = 'Restored')
                         from (select effect, amount from counted k where (k.organization_id, k.id) = (c.organization_id, c.id)
                                 and basis = 'Commissionable' and not exists (
                                     select from counted p where p.basis = 'Paid'
                                       and (p.organization_id, p.id, p.external_id, p.effect)
                                           = (k.organization_id, k.id, k.external_id, k.effect))
                               union all values ('Made', 0), ('Restored', 0)) k), 0) as of_sale,
               greatest(coalesce((select sum(amount) from counted k where (k.organization_id, k.id) = (c.organization_id, c.id)
                                    and effect = 'Made' and basis = 'Paid'), 0),
                        coalesce((select sum(case effect when 'Total' then amount else -amount end) from by_name k
                                  where (k.organization_id, k.id) = (c.organization_id, c.id)
                                    and effect in ('Total', 'Undone')), 0))
               + coalesce((select sum(amount) from words w where (w.organization_id, w.id) = (c.organization_id, c.id)
                             and state = 'Lost'), 0)
               - coalesce((select sum(amount) from counted k where (k.organization_id, k.id) = (c.organization_id, c.id)
                             and effect = 'Restored' and basis = 'Paid'), 0) as of_paid,
               (select case when bool_or(state = 'Open') then 'Open' when bool_or(state = 'Lost') then 'Lost'
                            when bool_or(state = 'Won') then 'Won' end
                from words w where (w.organization_id, w.id) = (c.organization_id, c.id)) as latest
        from conversions c)
    select organization_id, external_id, amount, paid, refunded, of_sale, of_paid, dispute, latest from sums
    where dispute is distinct from latest
       or refunded <> least(amount, greatest(0, of_sale + case when paid = 0 then 0 else
              div(least(greatest(of_paid, 0), paid)::numeric * amount * 2 + paid, paid::numeric * 2) end))";
