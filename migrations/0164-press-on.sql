-- What presses is found by its state within the index: who may order at once reads what was submitted of it. Locks request while the index is made.
drop index request_pressing;
create index request_pressing on request (urgency, side, created_at desc, id desc, state, measure, data_category, office, assigned_office) where urgency <> 'routine';
