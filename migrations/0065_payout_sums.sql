-- A tax year sums up all that was sent in it, and the list of runs all that is in them: both read the index alone.
drop index payouts_sent;
create index payouts_sent on payouts (organization_id, sent_at)
    include (affiliate_id, currency, status, amount, returned, withheld, withheld_returned) where sent_at is not null;
drop index payouts_run;
create index payouts_run on payouts (organization_id, run_id, id)
    include (rail, status, amount, withheld, withheld_reason, exported_at) where run_id is not null;
