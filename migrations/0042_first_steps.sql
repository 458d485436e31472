-- When somebody put the overview's first steps away.
alter table organizations add column first_steps_dismissed_at timestamptz;
