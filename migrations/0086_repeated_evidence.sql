-- From when on what a decision uses up includes evidence that later reports repeat, such as a subscription's update that
-- names its coupon again. Null: always. Decisions that exist have the day after this migration, when no build from before
-- it books any more: what they left credited until then stays so.
alter table decisions add column repeats_from timestamptz default (date_trunc('day', now()) + interval '1 day');
alter table decisions alter column repeats_from drop default;
