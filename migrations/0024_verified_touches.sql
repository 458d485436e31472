-- Evidence that only a page told comes after what a backend or gateway told: anybody can make a page tell something.
alter table touches add column verified boolean not null default true;
alter table touches alter column verified drop default;
