-- From when a provider owes its user word, and by when: one clock of the request itself. Locks user_notice, deadline and request for a moment.
alter table user_notice add column owed_from timestamptz, add column due_at timestamptz;
-- The clock of before ended with the delay and did nothing; the job counts each anew.
update deadline set ended_at = now() where subject_kind = 'user-notice' and ended_at is null;
create index user_notice_owed on user_notice (due_at) where told_at is null and due_at is not null;
-- Where the job looks for what is owed.
create index request_answered_here on request (id) where side = 'receiver' and state in ('executed', 'closed', 'lapsed', 'withdrawn', 'refused');
