-- A pause after a change of the payout destination or the email address, while a person must end the hold: until when it
-- lasts, and why. If the hold is released earlier, the pause goes on.
alter table payout_holds
    add column paused_until timestamptz,
    add column pause_reason text check (length(pause_reason) between 1 and 1000);
