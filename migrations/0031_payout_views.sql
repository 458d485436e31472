-- Saved views of the payouts list.
alter table saved_views drop constraint saved_views_list_check;
alter table saved_views add constraint saved_views_list_check
    check (list in ('overview', 'affiliates', 'conversions', 'commissions', 'customers', 'payouts'));
