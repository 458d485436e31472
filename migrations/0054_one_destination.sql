-- A program says itself where its links lead: its public page had a second answer, which stays where the program had none.
alter table programs no force row level security;
alter table program_pages no force row level security;
update programs g set destination = p.destination
from program_pages p
where p.organization_id = g.organization_id and p.program_id = g.id and g.destination is null and p.destination is not null;
alter table program_pages force row level security;
alter table programs force row level security;
alter table program_pages drop column destination;
