-- Made-up cases for looking at reviews and for measuring them: $1-like values are replaced by the test.
-- fill_review(cases, from, days): so many cases received within so many days.
create function fill_review(cases integer, first timestamptz, days integer) returns void
language plpgsql as $fill$
begin
    perform setseed(0.42);
    create temporary table made on commit drop as
    select n, -- a customer complains a few times
        (random() * cases / 1.4)::int as customer,
        first + random() * days * interval '1 day' as received_at,
        (array['email', 'email', 'email', 'phone', 'web'])[1 + (random() * 4.999)::int % 5] as channel,
        (array['product', 'product', 'delivery', 'delivery', 'delivery', 'service', 'billing', 'staff', 'website', null])
            [1 + (random() * 9.999)::int % 10] as category,
        (array['delay', 'delay', 'delay', 'delay', 'product_defect', 'product_defect', 'communication', 'process', 'system', null])
            [1 + (random() * 9.999)::int % 10] as cause,
        (array['li.na', 'wang.wei', 'zhao.min'])[1 + (random() * 2.999)::int % 3] as handler,
        random() as ack, random() as accept, -ln(1 - random()) as resolve, random() as fate, random() as luck,
        random() as breach, random() as answer
    from generate_series(1, cases) as n;

    insert into party (kind, address)
    select distinct 'customer', 'customer' || customer || '@filled.test' from made
    on conflict do nothing;

    create temporary table timed on commit drop as
    select made.*, p.id as customer_id,
        received_at + ack * interval '20 minutes' as acknowledged_at,
        received_at + accept * interval '2 days' as accepted_at,
        received_at + interval '2 days' + resolve * interval '7 days' as resolved_at,
        received_at + interval '5 days' + resolve * interval '7 days' + answer * interval '10 days' as closed_at
    from made join party p on p.address = 'customer' || customer || '@filled.test';
    delete from timed where received_at > now();

    insert into cases (reference, customer_id, received_at, opened_at, state, history_length, history_hash)
    select 'C-' || extract(year from first)::int || '-' || lpad(n::text, 6, '0') || '-0', customer_id, received_at,
        received_at, jsonb_build_object(
            'stage', case when closed_at < now() and fate < 0.97 then 'closed'
                          when resolved_at < now() then 'resolved' else 'investigating' end,
            'channel', channel, 'language', 'zh', 'profile', 'default', 'acknowledgement', 'delivered',
            'reachable', true, 'category', category, 'cause', cause, 'handler', handler,
            'have', case when luck < 0.8 then '["name", "contact", "details", "evidence"]'::jsonb
                         else '["contact", "details"]'::jsonb end,
            'finding', 'upheld', 'closed_at', case when closed_at < now() and fate < 0.97 then closed_at end,
            'close_reason', case when closed_at < now() and fate < 0.97 then 'satisfied' end,
            'recused', '[]'::jsonb),
        15, decode(repeat('00', 32), 'hex')
    from timed order by n;

    insert into history (case_id, sequence, at, actor, event, data, hash)
    select c.id, f.sequence, f.at, f.actor, f.event, f.data, decode(repeat('00', 32), 'hex')
    from timed t join cases c on c.reference = 'C-' || extract(year from first)::int || '-' || lpad(n::text, 6, '0') || '-0',
    lateral (values
        (1, t.received_at, 'customer', 'received', json_build_object('received_at', t.received_at, 'channel', t.channel), true),
        (2, t.received_at, 'redress', 'letter_queued', '{"letter":"acknowledgement"}'::json, true),
        (3, t.acknowledged_at, 'redress', 'letter_delivered', '{"letter":"acknowledgement"}', true),
        (4, t.accepted_at, t.handler, 'accepted', json_build_object('handler', t.handler, 'stage', 'investigating'), true),
        (5, t.accepted_at, t.handler, 'clocks', '{"changes":[{"name":"confirm","number":0,"change":"stopped"}]}', true),
        (6, t.resolved_at - interval '1 hour', t.handler, 'found', '{"words":"00","stage":"negotiating"}', true),
        (7, t.resolved_at - interval '50 minutes', 'redress', 'clocks',
            '{"changes":[{"name":"resolve","number":0,"change":"reached","percent":100,"breach":true,"next":null}]}', t.resolve > 2.3),
        (8, t.resolved_at - interval '50 minutes', 'redress', 'breached', json_build_object('clock', json_build_object('name', 'resolve', 'number', 0), 'by', t.handler, 'due_at', t.received_at + interval '18 days'), t.resolve > 2.3),
        (9, t.resolved_at - interval '45 minutes', t.handler, 'explained', '{"of":{"breach":{"name":"resolve","number":0}},"words":"00"}', t.resolve > 2.3 and t.breach < 0.7),
        (10, t.resolved_at - interval '40 minutes', t.handler, 'resolved', json_build_object('finding',
            (array['upheld', 'upheld', 'partly', 'rejected'])[1 + (t.luck * 3.999)::int % 4], 'remedy', case when t.luck < 0.6 then '00' end,
            'cost', case when t.luck < 0.4 then json_build_object('currency', 'CNY', 'minor', 5000 + (t.ack * 20000)::int) end,
            'cause', t.cause, 'agreed', false, 'stage', 'resolved'), true),
        (11, t.resolved_at, 'redress', 'letter_delivered', '{"letter":"outcome"}', true),
        (12, t.resolved_at, 'redress', 'clocks', '{"changes":[{"name":"resolve","number":0,"change":"stopped"}]}', true),
        (13, t.resolved_at + interval '1 day', 'redress', 'letter_delivered', '{"letter":"satisfaction_question"}', true),
        (14, t.closed_at, 'customer', 'satisfaction_answered', json_build_object('satisfied', t.answer < 0.4), t.answer < 0.5),
        (15, t.closed_at, 'redress', 'closed', json_build_object('reason',
            case when t.answer < 0.5 then 'satisfied' else 'no_answer' end, 'stage', 'closed'), t.fate < 0.97)
    ) as f (sequence, at, actor, event, data, happened)
    where f.happened and f.at < now();

    insert into clock (case_id, name, number, started_at, term, extensions, pauses, due_at, reached, stopped_at)
    select c.id, k.name, 0, t.received_at, k.term, '[]', '[]', t.received_at + k.within, 0,
        case when k.stops < now() then k.stops end
    from timed t join cases c on c.reference = 'C-' || extract(year from first)::int || '-' || lpad(n::text, 6, '0') || '-0',
    lateral (values
        ('acknowledge', '1 business day', interval '1 day', t.acknowledged_at),
        ('confirm', '2 business days', interval '47 hours', t.accepted_at),
        ('resolve', '15 business days', interval '18 days', t.resolved_at)
    ) as k (name, term, within, stops);
end $fill$;
