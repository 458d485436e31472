-- As before, also for the shards of a table: on the other servers of a cluster, the table's name ends with the shard's number
-- (`affiliates_102061`), and `case x when y` is refused there.
create or replace function rekomi_coupon_is_due() returns trigger
    language plpgsql as $$
begin
    update gateway_coupons set changes = changes + 1, due_at = now(), attempts = 0
    where organization_id = new.organization_id
      and case when starts_with(tg_table_name, 'coupons') then coupon_id = new.id
               when starts_with(tg_table_name, 'affiliates') then affiliate_id = new.id
               else program_id = new.id
          end;
    return null;
end $$;
