-- Where visitors go who follow a link of the program, unless the link says otherwise: what a new link begins with.
alter table programs add column destination text check (length(destination) <= 2048);

-- A program's links and coupons are a page of their own.
create index links_program on links (organization_id, program_id, id desc);
create index coupons_program on coupons (organization_id, program_id, id desc);
