-- The language that an affiliate reads, such as `de`; null until they choose one. Which languages there are is up to the
-- program: a new one needs no migration, and one that a build doesn't know is read as none.
alter table affiliates add column language text constraint affiliates_language check (language ~ '^[a-z]{2,3}$');
