-- What waits for a decision is found by its urgency: an office that validates emergencies sees those, and in every list. Locks request while the index is made.
create index request_submitted on request (urgency, side, created_at desc, id desc, measure, data_category, office) where state = 'submitted';
