-- Which answer has the conversation until `busy_until`. The process that writes it renews the lease; after a crash no one does,
-- so another answer can soon take the conversation over. An answer stores nothing once another one has the lease.
alter table copilot_conversations add column lease uuid;
