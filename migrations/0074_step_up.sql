-- When the person last showed that it is them, by password or code. By the wall clock.
alter table sessions add column proved_at timestamptz;
