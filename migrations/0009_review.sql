-- What a review looks for: facts by kind and time, so that its cost follows the period, not the archive.

create index history_reviewed on history (event, at) include (case_id)
    where event in ('accepted', 'closed', 'reopened', 'litigated', 'breached', 'overrode', 'refused',
        'access_refused', 'resolved', 'mediated', 'mediation_owed', 'mediator_named',
        'satisfaction_answered', 'suggested');

-- letters that reached the customer, of the kinds that a time or a share is reckoned by
create index history_letters_reviewed on history ((data->>'letter'), at) include (case_id)
    where event in ('letter_delivered', 'letter_handed_over')
        and data->>'letter' in ('acknowledgement', 'outcome', 'summary_resolution',
            'satisfaction_question');

-- outcomes of a case: which of them was the first
create index history_outcomes on history (case_id, at)
    where event in ('letter_delivered', 'letter_handed_over')
        and data->>'letter' in ('outcome', 'summary_resolution');

-- rungs of ladders at and over the whole term: each is a fact of its own
create index history_escalated on history (at) include (case_id)
    where event = 'clocks' and data->'changes'->0->>'change' = 'reached'
        and (data->'changes'->0->>'percent')::integer >= 100;

-- when each clock was kept or missed, whichever came first
create index clock_decided on clock ((least(stopped_at, due_at)));
