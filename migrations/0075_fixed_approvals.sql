-- What a run needs is fixed when it is proposed, and so is where each of its payouts goes.

alter table payout_runs add column needs_second boolean not null default false;
alter table payout_runs no force row level security;
alter table payout_settings no force row level security;
update payout_runs r set needs_second = true
from payout_settings s
where s.organization_id = r.organization_id and s.second_approver and r.state = 'Proposed';
alter table payout_settings force row level security;
alter table payout_runs force row level security;

-- SHA-256 of where the money goes, as it was when the run was proposed; null where no run proposed it, or earlier than this.
alter table payouts add column destination_digest bytea check (length(destination_digest) = 32);
