-- Lists of requests are found by index, however many there are: by side first, as every list is of what was sent or of what came. Locks request and deadline while the indexes are made.
drop index request_newest;
drop index request_by_state;
create index request_by_state on request (side, state, created_at desc, id desc);
create index request_by_measure on request (side, measure, created_at desc, id desc);
drop index request_by_peer;
create index request_by_peer on request (peer, side, created_at desc, id desc);
drop index request_by_office;
create index request_by_office on request (office, side, created_at desc, id desc) where office is not null;
create index request_by_office_state on request (office, state, created_at desc, id desc) where office is not null;
drop index request_assigned;
create index request_assigned on request (assigned_office, side, created_at desc, id desc) where assigned_office is not null;
-- What waits: few of all, and each found without reading past the others.
create index request_to_send on request (created_at desc, id desc, office) where side = 'sender' and state = 'authorised' and measure not in ('O18a', 'S19', 'A32a', 'A32b');
create index request_to_give on request (created_at desc, id desc, office) where side = 'sender' and state = 'accepted' and measure = 'SP26' and executed_by is null;
create index request_to_carry_out on request (created_at desc, id desc, office) where side = 'sender' and state in ('authorised', 'executing', 'partly-executed') and measure in ('O18a', 'S19', 'A32a', 'A32b');
create index request_to_answer on request (created_at desc, id desc) where side = 'receiver' and state in ('delivered', 'acknowledged', 'postponed', 'accepted', 'executing', 'partly-executed');
create index request_amended on request (created_at desc, id desc, office) where side = 'sender' and amended_by is not null;
create index request_terms on request (side, created_at desc, id desc, office, assigned_office) where terms_state = 'proposed';
create index request_sought on request (side, created_at desc, id desc, office, assigned_office) where terms_state = 'agreed' and terms @? '$[*] ? (exists(@.sought) && !exists(@.waived))';
create index request_translating on request (side, created_at desc, id desc, office, assigned_office) where translations <> '[]' and translations @? '$[*] ? (!exists(@.received_at))';
create index request_pressing on request (urgency, side, created_at desc, id desc, office, assigned_office) where urgency <> 'routine';
create index request_drafted on request (drafted_by, side, created_at desc, id desc) where drafted_by is not null;
-- What oversight looks at, each by itself: the list of all of it has had its index.
create index request_intrusive on request (created_at desc, id desc) where intrusive and state <> 'draft';
create index request_validation on request (validation, created_at desc, id desc) where validation is not null;
create index request_notification on request (notification, created_at desc, id desc) where notification is not null;
create index request_halted on request (created_at desc, id desc) where halts <> '{}';
create index request_answered on request (executed_at desc, id desc) where side = 'receiver' and executed_at is not null;
-- Clocks that stand, and those of which oversight or a contact point is told when they have run out.
create index deadline_standing on deadline (subject_kind, wakes_at, id) where suspended_at is not null and ended_at is null;
create index deadline_overdue on deadline (rule, due_at, subject_id) where ended_at is null and rule in ('request.notification', 'request.voice');
create index deadline_validated_late on deadline (subject_id) where rule = 'request.validation' and fired_at is not null;
-- All clocks of a thing, the ended ones too: its page shows them.
create index deadline_of on deadline (subject_id);
-- Emergencies by the day they were sent, and by what became of their review.
create index emergency_use_newest on emergency_use (sent_at desc, request_id desc);
create index emergency_use_reviewed on emergency_use (coalesce(verdict, 'open'), sent_at desc, request_id desc);
-- What came and nobody has taken up, as the contact point's board has it.
create index request_untaken on request (urgency, received_at, id) where side = 'receiver' and state = 'delivered';
-- Who has drafted it, and who carries it out, go with the side that it stands on: without that PostgreSQL would think what is given to an office too little to be read in order.
create statistics request_side_office (mcv) on side, office from request;
create statistics request_side_assigned (mcv) on side, assigned_office from request;
create statistics request_side_state (mcv) on side, state from request;
create statistics request_side_measure (mcv) on side, measure from request;
