-- Whether a raise of an affiliate's rate wrote the version, such as the one that ends it, or one that repeats a decision
-- after it. A decision of the brand takes the place of these. Versions from before count as decisions.
alter table plan_versions add column of_raise boolean not null default false;
